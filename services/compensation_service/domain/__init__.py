"""What compensation decides, without I/O: dossiers of claims, and delegations."""
