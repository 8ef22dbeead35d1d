"""Cases of OCPP 1.6 for a charging station under test, one module per profile."""
