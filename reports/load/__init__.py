"""The report of a load run: what it measured second by second, as a page for people and as tables for programs."""
