"""The commands, one file per group; each has ``add_to(app)``."""
