"""One module per command of `kesu`; `kesu.cli` finds them here. `_name.py` is help for others."""
