"""The hardware of a charging station: components with state and physics, each a small file that enters itself in the
registry. What a component must be able to do stands in ``component``; how a station holds them in ``rig``."""
