"""What Kesu costs, measured side by side in one run. `make bench` runs `python -m benchmarks`."""
