"""What the cases for a CSMS share in every version of OCPP."""
