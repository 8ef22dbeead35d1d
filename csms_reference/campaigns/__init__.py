"""Campaigns: one thing that many stations are to do, a few first and then the others."""
