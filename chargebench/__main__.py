"""``python -m chargebench``."""

from chargebench.cli import main

main()
