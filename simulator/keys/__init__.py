"""A station's keys and certificates: what it has, whom it trusts, how it gets certificates of its own and renews them.

Blocks A and M of OCPP 2.0.1, and the security whitepaper of 1.6. ``store.Keys`` is the function that the rest of the
station asks; the modules beside it know no station.
"""
