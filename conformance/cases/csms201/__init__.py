"""Cases of OCPP 2.0.1 for a CSMS under test (part 6), one module per functional block."""
