"""What every test may ask for: the session's servers."""

pytest_plugins = ["tests.support.servers", "tests.support.services"]
