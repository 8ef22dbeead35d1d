"""What a CSMS has a station watch: monitors on variables, and what becomes of them (2.0.1 part 2, block N)."""
