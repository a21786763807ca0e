"""What intake decides. Pure: no I/O, no clock, no randomness."""
