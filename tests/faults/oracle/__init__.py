"""Judges a run by what it left behind: I1 to I14 of reliability.md §3, and rare paths reached."""

from tests.faults.oracle.evidence import (
    Answered,
    Evidence,
    Op,
    Outcome,
    Record,
    Recovery,
    Ticket,
    read_topics,
)
from tests.faults.oracle.judging import judge
from tests.faults.oracle.sometimes import sometimes
from tests.faults.oracle.verdicts import Verdict

__all__ = [
    "Answered",
    "Evidence",
    "Op",
    "Outcome",
    "Record",
    "Recovery",
    "Ticket",
    "Verdict",
    "judge",
    "read_topics",
    "sometimes",
]
