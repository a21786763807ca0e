"""HTTP for every service: doors, their headers, their refusals, and how a process serves them."""
