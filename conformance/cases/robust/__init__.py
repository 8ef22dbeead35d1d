"""Cases of our own beyond the catalogue: what a system makes of a peer that does wrong."""
