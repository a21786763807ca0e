"""The command line finds its commands by their files."""

import argparse

import pytest

from kesu.cli import load, names, parser_for


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
