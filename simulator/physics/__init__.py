"""Formulas and small states of a charging station's hardware. They know no clock, no station and no OCPP: time is an
argument, and every formula names its source."""
