"""Certificate authorities: the operator's own for stations, and small ones for V2G, eMobility provider, OEM and maker.

``hierarchy`` has the authorities, ``issuing`` what they sign, ``requests`` what a station may ask to have signed,
``responder`` and ``lists`` say what is revoked, ``contracts`` is the eMobility provider, ``validity`` judges contracts.
"""
