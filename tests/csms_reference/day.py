"""A charging day as the events that tell it."""

from csms_reference.services.fold import TransactionEvent
from csms_reference.services.metering import Reading


def reading(at_s, value, context="Sample.Periodic"):
    return Reading(at_s * 1000, value, context=context, unit="Wh")


def event(seq_no, kind="Updated", *, at_s=None, **more):
    at_s = seq_no * 60 if at_s is None else at_s
    values = {
        "station": "CP-1",
        "version": "2.0.1",
        "transaction_id": "T1",
        "seq_no": seq_no,
        "kind": kind,
        "received_ms": 1,
        "timestamp_ms": at_s * 1000,
        "payload": f"{seq_no} {kind}",
    }
    return TransactionEvent(**{**values, **more})


DAY = [
    event(0, "Started", evse=1, connector=2, readings=(reading(0, 1000.0, "Transaction.Begin"),)),
    event(1, id_token="TAG", token_type="ISO14443", charging_state="EVConnected"),
    event(2, charging_state="Charging", readings=(reading(120, 1100.0),)),
    event(3, offline=True, readings=(reading(180, 1500.0),)),
    event(4, stop_token="OTHER", charging_state="SuspendedEV"),
    event(5, "Ended", stop_reason="EVDisconnected", readings=(reading(300, 2000.0, "Transaction.End"),)),
]
