"""Faulty 1.6 stations, a line or two each."""
