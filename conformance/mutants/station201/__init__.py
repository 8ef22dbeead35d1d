"""Faulty 2.0.1 stations, a line or two each, one module per functional block."""
