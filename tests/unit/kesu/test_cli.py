"""The command line finds its commands by their files."""

import argparse

import pytest

from kesu.cli import TRY_AGAIN, load, main, names, parser_for


def test_every_command_offers_what_the_line_needs() -> None:
    for name in names():
        command = load(name)
        assert name == command.NAME
        assert command.HELP
        assert callable(command.run)
        command.add_arguments(argparse.ArgumentParser())


def test_a_command_is_found_by_its_name() -> None:
    args = parser_for(["up", "--broker", "kafka"]).parse_args(["up", "--broker", "kafka"])
    assert (args.command.NAME, args.broker) == ("up", "kafka")


def test_a_misspelt_command_is_refused() -> None:
    with pytest.raises(SystemExit) as ended:
        parser_for(["upp"]).parse_args(["upp"])
    assert ended.value.code == 2


def test_a_command_without_a_database_says_so_and_can_be_given_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KESU_ADMIN_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/kesu")

    assert main(["parked", "list"]) == TRY_AGAIN
    assert "give the command again" in capsys.readouterr().out
