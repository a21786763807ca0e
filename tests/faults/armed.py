"""`python -m tests.faults.armed serve intake`: a `kesu` command whose crash points are armed.

What is to happen stands in the file KESU_FAULT_PLAN names, and may change while it runs.
"""

import os
import sys
from pathlib import Path

from kesu import cli
from shared.plumbing.crashpoints import arm
from tests.faults.mischief import Mischief

PLAN = "KESU_FAULT_PLAN"


def main() -> int:
    """Arms, then does what `kesu` would."""
    arm(Mischief(Path(os.environ[PLAN])))
    return cli.main(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
