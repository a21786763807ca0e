"""A broker that is started a hundred times starts a hundred times."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from kesu.embedded.kafka import cluster_id


@given(st.uuids())
def test_no_cluster_id_looks_like_an_option(random: UUID) -> None:
    assert not cluster_id(random).startswith("-")
    assert len(cluster_id(random)) == 22


def test_not_even_the_one_that_did() -> None:
    assert not cluster_id(UUID(bytes=b"\xf8" + bytes(15))).startswith("-")
