"""What keeps a CSMS in operation: its measures, its logs, whether it is ready, and how much a client may ask."""
