"""NotifyEvent's payload: what is long is cut, what is not there is left out."""

from simulator.dialects.events201 import component, notify_event, variable
from simulator.event import Event, Noted
from simulator.hardware.place import Place
from tests.simulator.csms import World


def test_what_is_long_is_cut():
    """EventDataType: actualValue as ReportingValueSize says, techCode 50, techInfo 500."""
    station = World(config={"DeviceDataCtrlr.ReportingValueSize": 1000}).station
    event = Event("A", "B", "x" * 3000, tech_code="c" * 60, tech_info="i" * 600)
    action, payload = notify_event(station, [Noted(1, station.stamp(), event)], 3, True)
    assert action == "NotifyEvent"
    assert (payload["seqNo"], payload["tbc"]) == (3, True)
    (data,) = payload["eventData"]
    assert [len(data[key]) for key in ("actualValue", "techCode", "techInfo")] == [1000, 50, 500]
    assert not data.keys() & {"cause", "transactionId", "variableMonitoringId", "cleared"}


def test_names():
    assert component("RCD", "", Place()) == {"name": "RCD"}
    assert component("RCD", "a", Place(1)) == {"name": "RCD", "instance": "a", "evse": {"id": 1}}
    assert component("RCD", "", Place(1, 2)) == {"name": "RCD", "evse": {"id": 1, "connectorId": 2}}
    assert variable("Power", "") == {"name": "Power"}
    assert variable("Power", "L1") == {"name": "Power", "instance": "L1"}
