"""What a station does now, as the API tells it at once."""

from csms_reference.services.live import current_a, newest, power_w, register_wh, soc_percent
from csms_reference.services.metering import ENERGY, Reading

AT = "2026-03-01T08:00:00Z"


def read(measurand, value, at_ms=1, phase=None, location="Outlet"):
    return Reading(at_ms, value, measurand, phase=phase, location=location)


def test_of_each_measurand_and_phase_the_newest_counts():
    old, new, other = read("SoC", 40.0, 1), read("SoC", 41.0, 2), read("Voltage", 230.0, 1, "L1-N")
    assert newest([new, other, old]) == [new, other]
    assert newest([read("SoC", 40.0, None), new]) == [new]


def test_power_of_phases_adds_up_and_current_does_not():
    phases = [read("Power.Active.Import", 1000.0 * n, phase=f"L{n}") for n in (1, 2, 3)]
    assert power_w(phases) == 6000.0
    assert power_w([*phases, read("Power.Active.Import", 6100.0)]) == 6100.0
    assert current_a([read("Current.Import", 5.0 + n, phase=f"L{n}") for n in (1, 3, 2)]) == 8.0
    assert current_a([read("Current.Import", 9.0, phase="N")]) is None


def test_figures_are_those_of_the_outlet():
    assert register_wh([read(ENERGY, 5.0, location="Inlet"), read(ENERGY, 7.0)]) == 7.0
    assert power_w([read("Power.Active.Import", None)]) is None
    assert (soc_percent([]), soc_percent([read("SoC", 55.0, location="EV")])) == (None, 55.0)


def sampled(*values):
    return [{"timestamp": AT, "sampledValue": [{"measurand": name, "value": value} for name, value in values]}]


async def test_a_2_0_1_station_that_charges(api):
    it, client = api
    station = await it.station("CP-1", "2.0.1")
    status = {"timestamp": AT, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    await station.ask("StatusNotification", status)
    event = {"timestamp": AT, "triggerReason": "CablePluggedIn", "seqNo": 0, "evse": {"id": 1, "connectorId": 1}}
    info = {"transactionId": "T-1", "chargingState": "Charging"}
    measured = sampled((ENERGY, 100.0), ("Power.Active.Import", 7400.0), ("SoC", 20.0))
    await station.ask(
        "TransactionEvent", {**event, "eventType": "Started", "transactionInfo": info, "meterValue": measured}
    )
    later = sampled((ENERGY, 350.0), ("Power.Active.Import", 7000.0))
    event |= {"seqNo": 1, "triggerReason": "MeterValuePeriodic"}
    await station.ask(
        "TransactionEvent", {**event, "eventType": "Updated", "transactionInfo": info, "meterValue": later}
    )
    told = (await client.get("/stations/CP-1/live")).json()
    (place,) = told["evses"]
    assert told["connected"] is True
    assert [each["status"] for each in place["connectors"]] == ["Occupied"]
    assert place["transaction"] == {
        "transaction_id": "T-1",
        "connector": 1,
        "charging_state": "Charging",
        "started": "2026-03-01T08:00:00.000Z",
        "energy_wh": 250.0,
    }
    figures = [place[name] for name in ("power_w", "register_wh", "soc_percent", "current_a", "measured")]
    assert figures == [7000.0, 350.0, 20.0, None, "2026-03-01T08:00:00.000Z"]
    assert {each["measurand"] for each in place["values"]} == {ENERGY, "Power.Active.Import", "SoC"}


async def test_a_1_6_charge_point_of_which_nothing_charges(api):
    it, client = api
    station = await it.station("CP-1", "1.6")
    value = {"value": "11", "measurand": "Power.Active.Import", "unit": "kW"}
    await station.ask("MeterValues", {"connectorId": 0, "meterValue": [{"timestamp": AT, "sampledValue": [value]}]})
    (place,) = (await client.get("/stations/CP-1/live")).json()["evses"]
    assert (place["evse"], place["transaction"], place["power_w"]) == (0, None, 11000.0)


async def test_of_two_transactions_at_one_evse_the_newer_one_is_told(api):
    it, client = api
    station = await it.station("CP-1", "1.6")
    for tag in ("OLD", "NEW"):
        begun = {"connectorId": 1, "idTag": tag, "meterStart": 0, "timestamp": AT}
        number = (await station.ask("StartTransaction", begun))["transactionId"]
    (place,) = (await client.get("/stations/CP-1/live")).json()["evses"]
    assert place["transaction"]["transaction_id"] == str(number)


async def test_of_a_station_that_nobody_knows_there_is_nothing(api):
    _, client = api
    assert (await client.get("/stations/CP-9/live")).status_code == 404
