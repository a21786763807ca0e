"""A supervisor whose services are stand-ins: `python stand_in.py` is `kesu up`, `… service` one.

A stand-in answers with what it was told, and has a child of its own, so that orphans would show.
"""

import json
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answers(BaseHTTPRequestHandler):
    """Tells its environment."""

    protocol_version = "HTTP/1.1"
    grandchild = 0

    def do_GET(self) -> None:
        told = {name: value for name, value in os.environ.items() if name.startswith("KESU_")}
        body = json.dumps(told | {"pid": os.getpid(), "grandchild": self.grandchild}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing."""


def main() -> int:
    if sys.argv[1:] == ["service"]:
        Answers.grandchild = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)"]
        ).pid
        place = ("127.0.0.1", int(os.environ["KESU_PORT"]))
        ThreadingHTTPServer(place, Answers).serve_forever()
    from kesu.home import Home  # noqa: PLC0415 - a stand-in does without
    from kesu.supervisor import Supervisor  # noqa: PLC0415

    def serve(_service: str) -> list[str]:
        return [sys.executable, __file__, "service"]

    prepare = (["prepare-topics"], ["prepare-database", "--without-tables"])
    home = Home.from_environment()
    return Supervisor(home=home, serve=serve, prepare=prepare, catch_up=()).run()


if __name__ == "__main__":
    sys.exit(main())
