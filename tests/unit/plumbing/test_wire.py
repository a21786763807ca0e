"""Head and body of an answer go out together; nothing is held back for good."""

import asyncio
from typing import Any

from shared.plumbing.web.wire import Joining

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Line:
    """Where the bytes end up."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> Any:  # noqa: ANN401 as asyncio has it
        return name


def _joining() -> tuple[Line, Joining]:
    line = Line()
    return line, Joining(line, asyncio.get_running_loop())


async def test_head_and_body_are_one_write() -> None:
    line, joining = _joining()
    joining.write(HEAD)
    joining.write(b"{}")
    assert line.writes == [HEAD + b"{}"]
    joining.write(b"more")
    await asyncio.sleep(0)
    assert line.writes == [HEAD + b"{}", b"more"]


async def test_a_head_alone_goes_out_with_the_next_turn_of_the_loop() -> None:
    line, joining = _joining()
    joining.write(HEAD)
    assert line.writes == []
    await asyncio.sleep(0)
    assert line.writes == [HEAD]


async def test_an_empty_body_sends_the_head() -> None:
    line, joining = _joining()
    joining.write(HEAD)
    joining.write(b"")
    assert line.writes == [HEAD]


async def test_a_caller_who_has_left_is_sent_nothing() -> None:
    line, joining = _joining()
    joining.write(HEAD)
    line.closed = True
    await asyncio.sleep(0)
    assert line.writes == []


async def test_closing_loses_nothing() -> None:
    line, joining = _joining()
    joining.write(HEAD)
    joining.close()
    assert (line.writes, line.closed) == ([HEAD], True)
    assert joining.get_extra_info("peername") == "peername"
