"""Benchmarks: how fast and how small, every comparison as a ratio measured in the same run.

``catalogue`` knows them all; each has a module of its own. Peers that play the other end, and the plain stack that
ours is compared with, run in processes of their own (``child``).
"""
