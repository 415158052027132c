"""From what the load bench measured to replicas for a crowd: `python -m benchmarks sizing`."""
