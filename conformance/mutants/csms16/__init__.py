"""Faulty 1.6 CSMSs, a line or two each."""
