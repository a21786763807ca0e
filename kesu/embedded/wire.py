"""Just enough of the Kafka protocol to ask a broker whether it is really there."""

import socket
import struct

_METADATA = 3
_VERSION = 1
_TIMEOUT_SECONDS = 2.0


def broker_answers(port: int) -> bool:
    """Whether the broker on this loopback port names at least one broker in its metadata."""
    request = struct.pack(">hhihi", _METADATA, _VERSION, 1, -1, 0)
    try:
        with socket.create_connection(("127.0.0.1", port), _TIMEOUT_SECONDS) as connection:
            connection.settimeout(_TIMEOUT_SECONDS)
            connection.sendall(struct.pack(">i", len(request)) + request)
            answer = _exactly(connection, 12)
    except OSError:
        return False
    _, _, brokers = struct.unpack(">iii", answer)
    return bool(brokers > 0)


def _exactly(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = connection.recv(count - len(received))
        if not chunk:
            raise ConnectionResetError
        received += chunk
    return received
