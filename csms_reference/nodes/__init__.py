"""Several CSMS nodes that are one CSMS: they share a database and a Redis, and nothing else."""
