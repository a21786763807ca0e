# ruff: noqa: ANN401 - schemathesis's cases and answers are generic over its own inside
"""A check of schemathesis: every refusal is a problem of the catalogue, with its own status."""

from typing import Any

from shared.plumbing.problems import MEDIA_TYPE, TYPE_PREFIX, catalogue


def catalogued(_context: Any, answer: Any, _case: Any) -> None:
    """Raises AssertionError for a refusal that is not one of ours or not as the catalogue has it.

    A rule's refusal of its own carries the status of its kind, which the catalogue gives as 0.
    """
    if answer.status_code < 400:
        return
    assert answer.headers["content-type"] == [MEDIA_TYPE], answer.headers["content-type"]
    problem = answer.json()
    entry = catalogue().types.get(problem["code"])
    assert entry is not None, f"{problem['code']} is not in the catalogue"
    assert problem["type"] == TYPE_PREFIX + problem["code"]
    assert problem["status"] == answer.status_code
    assert entry.status in {0, answer.status_code}, problem["code"]
    for error in problem.get("errors", []):
        assert error["code"] in catalogue().codes, f"{error['code']} is not in the catalogue"
