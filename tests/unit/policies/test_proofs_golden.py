"""The shipped packs give exactly the findings that somebody looked at and let stand.

After a look at each, write them anew with `python -m tests.unit.policies.test_proofs_golden`.
"""

import json
from pathlib import Path

from kesu.policing._meant import is_pack, users_of
from kesu.policing.check import as_line
from shared.plumbing.packs import ORGANISATIONS, POLICIES
from shared.plumbing.packs.organisations import organisations_in
from shared.plumbing.packs.shelf import examined, sources_of

GOLDEN = Path(__file__).parent / "golden" / "findings.jsonl"


def found() -> list[str]:
    """The findings of every shipped pack, without the lines they stand on."""
    served = organisations_in(ORGANISATIONS)
    told = []
    for name in sorted(place.name for place in POLICIES.iterdir() if is_pack(place)):
        for source in sources_of(POLICIES, name):
            for organisation in users_of(source, served) or (None,):
                told += [json.loads(as_line(one)) for one in examined(source, organisation)[1]]
    return [json.dumps({**one, "line": None}, ensure_ascii=False) for one in told]


def test_the_shipped_packs_give_exactly_the_known_findings() -> None:
    assert found() == GOLDEN.read_text().splitlines()


def test_no_shipped_pack_has_an_error() -> None:
    assert [one for one in found() if json.loads(one)["severity"] == "error"] == []


def test_every_shipped_pack_is_run_by_an_organisation() -> None:
    served = organisations_in(ORGANISATIONS)
    packs = {place.name for place in POLICIES.iterdir() if is_pack(place)}
    assert packs == {organisation.pack for organisation in served}


if __name__ == "__main__":
    GOLDEN.write_text("".join(f"{one}\n" for one in found()))
