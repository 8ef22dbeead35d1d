"""A station's non-volatile memory in a file, so that it outlives the process."""
