"""Smart charging: what limits a station's power over time (2.0.1 part 2 K; 1.6 §3.13)."""
