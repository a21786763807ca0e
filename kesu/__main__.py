"""`python -m kesu` is `kesu`."""

import sys

from kesu.cli import main

sys.exit(main())
