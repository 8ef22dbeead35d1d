"""A local controller: it keeps firmware for the stations behind it (2.0.1 part 2 L03, L04)."""
