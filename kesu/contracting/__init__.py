"""What Kesu has promised in writing: generated from the code, committed, and compared with it."""
