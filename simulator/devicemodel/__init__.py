"""The device model of OCPP 2.0.1 as stations hold it: what a variable is, which ones a kind of station has, and the
values of one station. All versions of OCPP, and the firmware itself, keep their settings here."""
