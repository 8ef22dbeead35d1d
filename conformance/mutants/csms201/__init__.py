"""Faulty 2.0.1 CSMSs, a line or two each, one module per functional block."""
