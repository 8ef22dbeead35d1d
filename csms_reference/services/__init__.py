"""What the CSMS does, without a word of OCPP's versions: functions on a database connection."""
