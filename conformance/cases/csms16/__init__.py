"""Cases of OCPP 1.6 for a CSMS under test, one module per profile."""
