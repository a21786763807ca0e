"""Plays scenario files against a running Kesu through its public APIs: for people and for tests."""
