"""Every fault there is, by kind. A new kind is a module here with `faults() -> list[Fault]`."""
