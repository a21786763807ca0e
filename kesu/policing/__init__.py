"""`kesu policy <action>`: one module per action, found by its name.

Each has `NAME`, `HELP`, `add_arguments(parser)` and `run(args) -> int` (the exit status).
"""
