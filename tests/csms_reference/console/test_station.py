"""A station's pages."""

from csms_reference.console.text import visible
from tests.csms_reference.conftest import NOW
from tests.csms_reference.console.hostile import HOSTILE, UNSEEN
from tests.csms_reference.console.test_transactions import charge


async def test_what_it_is_and_does(desk):
    it, console = desk
    station = await it.station()
    said = {"timestamp": NOW.isoformat(), "connectorStatus": "Available", "evseId": 2, "connectorId": 1}
    await station.ask("StatusNotification", said)
    await charge(it, station, powers=(11_000, 7_400))
    page = await console.page("/stations/CP-1")
    for told in (
        "CP-1 Connected",
        "Acme One",
        "OCPP 2.0.1",
        "EVSE 1",
        "7.40 kW",
        "Energy 0.30 kWh",
        "EVSE 2 Available",
    ):
        assert told in page.text
    assert "/console/transactions/CP-1/T-1" in page.links()


async def test_what_a_station_says_stands_there_as_text(desk):
    it, console = desk
    for number, words in enumerate(each.replace("\x00", "") for each in HOSTILE):  # U+0000 is refused before
        station = await it.dial(f"CP-{number}")
        make = {
            "vendorName": words[:50],
            "model": words[:20],
            "serialNumber": words[:25],
            "firmwareVersion": words[:50],
        }
        await station.ask("BootNotification", {"reason": "PowerUp", "chargingStation": make})
        await charge(it, station, powers=(1, 2), number=f"T-{number}", token=words[:36])
        event = {"type": words[:50], "timestamp": NOW.isoformat(), "techInfo": words}
        await station.ask("SecurityEventNotification", event)
        for path in (
            f"/stations/CP-{number}",
            f"/stations/CP-{number}/security",
            f"/transactions/CP-{number}/T-{number}",
        ):
            page = await console.page(path)
            names = {tag for tag, _ in page.elements} | {name for _, has in page.elements for name in has}
            assert not names & {"img", "onerror", "onfocus", "onload", "autofocus", "style"}
            assert page.all("script") == [{"type": "module", "src": "/console/static/console.js"}]
            assert not set(page.text) & set(UNSEEN)
        shown = (await console.page(f"/stations/CP-{number}")).text
        assert " ".join(visible(words[:25]).split()) in shown


async def test_a_station_that_has_left(desk):
    it, console = desk
    station = await it.station()
    station.link.close(1000, "")
    await it.quiet()
    it.forward(120)
    page = await console.page("/stations/CP-1/commands?command=reset")
    assert "Offline last heard 2 min ago" in page.text
    assert "disabled" in page.all("button")[-1]
    assert "There is no station 'CP-9'." in (await console.page("/stations/CP-9", 404)).text


async def test_messages_are_kept_from_the_first_look_on(desk):
    it, console = desk
    station = await it.station()
    assert "Nothing was said since" in (await console.page("/stations/CP-1/messages")).text
    await it.quiet()
    await station.ask("Heartbeat", {})
    await station.raw("not json")
    page = await console.page("/stations/CP-1/messages")
    assert "Heartbeat answered" in page.text
    assert "not readable" in page.text
    kinds = [each["class"] for each in page.all("details")]
    assert kinds[-2:] == ["frame down is-reply", "frame up is-call"]  # the newest comes first


async def test_messages_are_forgotten_when_nobody_looks(desk):
    it, console = desk
    station = await it.station()
    await it.station("CP-2")
    await console.page("/stations/CP-1/messages")
    assert it.csms.bus.watched == {"CP-1"}
    it.forward(16 * 60)
    await console.page("/stations/CP-2/messages")
    assert it.csms.bus.watched == {"CP-2"}
    await station.ask("Heartbeat", {})
    assert "Nothing was said since" in (await console.page("/stations/CP-1/messages")).text


async def test_configuration_keys_are_asked_for_shown_and_changed(desk):
    it, console = desk
    station = await it.station(version="1.6")
    keys = [("HeartbeatInterval", "300", False), ("NumberOfConnectors", "2", True)]
    station.replies = {
        "GetConfiguration": {"configurationKey": [{"key": k, "value": v, "readonly": r} for k, v, r in keys]},
        "ChangeConfiguration": {"status": "Accepted"},
    }
    await console.form("/stations/CP-1/commands", command="get_variables")
    await it.quiet()
    page = await console.page("/stations/CP-1/device")
    assert "Configuration keys" in page.text
    assert [each["value"] for each in page.all("input", name="variable")] == ["HeartbeatInterval"]
    await console.form("/stations/CP-1/commands", command="set_variables", variable="HeartbeatInterval", value="60")
    await it.quiet()
    assert station.calls[-1] == ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"})
    page = await console.page("/stations/CP-1/device")
    assert [each["value"] for each in page.all("input", name="value")] == ["60"]


async def test_a_variable_is_changed_from_the_device_model(desk):
    it, console = desk
    station = await it.station()
    limits = {"dataType": "OptionList", "valuesList": "a,b", "supportsMonitoring": False}
    variable = {
        "component": {"name": "Ctrlr", "evse": {"id": 1}},
        "variable": {"name": "Mode"},
        "variableAttribute": [{"value": "a", "mutability": "ReadWrite"}],
        "variableCharacteristics": limits,
    }
    report = {"requestId": 1, "seqNo": 0, "generatedAt": NOW.isoformat(), "reportData": [variable]}
    await station.ask("NotifyReport", report)
    page = await console.page("/stations/CP-1/device?text=mod&part=Ctrlr%7C%7C1%7C0")
    assert page.all("input", name="variable")[0]["value"] == "Ctrlr(1).Mode"
    assert "No variable fits" in (await console.page("/stations/CP-1/device?part=Other%7C%7C0%7C0")).text
    await console.form("/stations/CP-1/commands", command="set_variables", variable="Ctrlr(1).Mode", value="b=c")
    await station.until(lambda: station.calls)
    ((action, payload),) = station.calls
    assert (action, payload["setVariableData"][0]["attributeValue"]) == ("SetVariables", "b=c")


async def test_security_events(desk):
    it, console = desk
    station = await it.station()
    event = {"type": "TamperDetectionActivated", "timestamp": NOW.isoformat(), "techInfo": "lid"}
    await station.ask("SecurityEventNotification", event)
    page = await console.page("/stations/CP-1/security")
    assert "Tamper Detection Activated lid" in page.text
    assert "No update was asked for." in page.text
