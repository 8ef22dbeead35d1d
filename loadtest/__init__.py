"""Load tests: fleets of live stations against any CSMS, and what they measure."""
