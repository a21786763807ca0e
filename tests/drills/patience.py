"""Waiting for what comes true, with an end."""

from collections.abc import Callable

from tests.faults.fault import happened


async def eventually(true: Callable[[], bool], *, within: float, what: str) -> None:
    """Returns as soon as it is so. Raises TimeoutError that says what never was."""
    if not await happened(true, within=within):
        raise TimeoutError(f"not within {within:.0f} s: {what}")
