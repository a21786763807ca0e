"""Just enough of Kafka's protocol to answer a batch in the broker's place (Produce, version 7)."""

import io
import struct

from aiokafka.protocol.produce import ProduceRequest_v7, ProduceResponse_v7
from aiokafka.protocol.types import String

_HEADER = struct.Struct(">ihhi")
"""Length, what is asked, in which version, and the request's number."""
_NOWHERE = -1


def refusal(chunk: bytes, code: int) -> bytes | None:
    """What refuses every batch of this request with an error; None when it is nothing of the kind,
    or not whole.
    """
    if len(chunk) < _HEADER.size:
        return None
    length, asked, version, number = _HEADER.unpack_from(chunk)
    wanted = (ProduceRequest_v7.API_KEY, ProduceRequest_v7.API_VERSION)
    if (asked, version) != wanted or length + 4 != len(chunk):
        return None
    body = io.BytesIO(chunk[_HEADER.size :])
    String("utf-8").decode(body)
    _, _, _, topics = ProduceRequest_v7.SCHEMA.decode(body)
    told = [
        (topic, [(place, code, _NOWHERE, _NOWHERE, _NOWHERE) for place, _ in partitions])
        for topic, partitions in topics
    ]
    answer: bytes = struct.pack(">i", number) + ProduceResponse_v7.SCHEMA.encode((told, 0))
    return struct.pack(">i", len(answer)) + answer
