"""Faulty peers for the cases of our own."""
