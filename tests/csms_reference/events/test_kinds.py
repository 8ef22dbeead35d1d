"""Every kind of event is made by what stations and operators do, and is as AsyncAPI describes it."""

import json

import jsonschema_rs
import pytest

from csms_reference.alerts.docket import Docket
from csms_reference.alerts.security import Security
from csms_reference.campaigns.engine import Campaigns
from csms_reference.events.asyncapi import document
from csms_reference.events.event import Filter
from csms_reference.events.kinds import KINDS, kinds_of
from csms_reference.events.secrets import without_passwords
from csms_reference.services.registration import Registration
from protocol.link import Knock
from tests.csms_reference.clients import client_of

AT = "2026-03-01T08:00:00Z"
ENERGY = "Energy.Active.Import.Register"
COMPONENTS = document("csms.example:9080", "/v1")["components"]


class Ears:
    """Keeps every event, the messages of CP-1 too, each of which must be as AsyncAPI describes it."""

    def __init__(self, csms):
        self.filter = Filter(kinds_of(["*"]), frozenset({"CP-1"}))
        self.events = []
        csms.bus.join(self)

    def put(self, event):
        self.events.append(event)
        described = {"$ref": f"#/components/messages/{event.kind}/payload", "components": COMPONENTS}
        jsonschema_rs.validate(described, json.loads(event.text))

    def of(self, kind):
        """The data of the events of a kind."""
        return [event.data for event in self.events if event.kind == kind]

    @property
    def kinds(self):
        """The kinds in their order, without messages."""
        return [event.kind for event in self.events if not event.kind.startswith("message.")]


@pytest.fixture
def heard(bench):
    """A bench, and what is heard of it."""
    it = bench(accept_unknown_tokens=True)
    return it, Ears(it.csms)


def meter(*values):
    return [{"timestamp": AT, "sampledValue": [{"measurand": name, "value": value} for name, value in values]}]


async def session_1_6(station):
    """Plug, charge, unplug."""
    status = {"connectorId": 1, "errorCode": "NoError", "status": "Charging", "timestamp": AT}
    await station.ask("StatusNotification", status)
    start = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": AT}
    number = (await station.ask("StartTransaction", start))["transactionId"]
    values = meter((ENERGY, "1500"), ("Power.Active.Import", "7400"), ("SoC", "33"))
    await station.ask("MeterValues", {"connectorId": 1, "transactionId": number, "meterValue": values})
    stop = {"transactionId": number, "meterStop": 2000, "timestamp": AT, "reason": "EVDisconnected"}
    await station.ask("StopTransaction", stop)
    return stop


def event_2_0_1(kind, number, trigger, *values, **more):
    return {
        "eventType": kind,
        "seqNo": number,
        "timestamp": AT,
        "triggerReason": trigger,
        "transactionInfo": {"transactionId": "T-1", **more},
        "evse": {"id": 1, "connectorId": 1},
        **({"meterValue": meter(*values)} if values else {}),
    }


async def session_2_0_1(station):
    """Plug, charge, unplug."""
    status = {"timestamp": AT, "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
    await station.ask("StatusNotification", status)
    power = ("Power.Active.Import", 7400.0)
    begun = event_2_0_1("Started", 0, "CablePluggedIn", (ENERGY, 1000.0), chargingState="Charging")
    await station.ask("TransactionEvent", begun)
    later = event_2_0_1("Updated", 1, "MeterValuePeriodic", (ENERGY, 1500.0), power, ("SoC", 33.0))
    await station.ask("TransactionEvent", later)
    ended = event_2_0_1("Ended", 2, "EVCommunicationLost", (ENERGY, 2000.0), stoppedReason="EVDisconnected")
    await station.ask("TransactionEvent", ended)
    return ended


SESSION = [
    "connector.status",
    *("transaction.started", "meter.values"),
    *("transaction.updated", "meter.values"),
    *("transaction.ended", "meter.values"),
]


@pytest.mark.parametrize(("version", "session"), [("1.6", session_1_6), ("2.0.1", session_2_0_1)])
async def test_a_session_is_told_as_it_goes(heard, version, session):
    it, ears = heard
    station = await it.station("CP-1", version)
    assert ears.kinds == ["station.connected", "station.booted"]
    last = await session(station)
    assert sorted(ears.kinds[2:]) == sorted(SESSION)
    (updated,), (ended,) = ears.of("transaction.updated"), ears.of("transaction.ended")
    assert (updated["energy_wh"], updated["power_w"], updated["soc_percent"]) == (500.0, 7400.0, 33.0)
    assert (ended["energy_wh"], ended["state"], ended["stop_reason"]) == (1000.0, "Ended", "EVDisconnected")
    assert [each["register_wh"] for each in ears.of("meter.values")] == [1000.0, 1500.0, 2000.0]
    before = len(ears.kinds)
    await station.ask("StopTransaction" if version == "1.6" else "TransactionEvent", last)
    assert len(ears.kinds) == before  # what comes again is no news


async def test_no_id_of_a_token_is_told(heard):
    it, ears = heard
    await session_1_6(await it.station("CP-1", "1.6"))
    assert not any("TAG" in event.text for event in ears.events if not event.kind.startswith("message."))


async def test_messages_are_told_as_they_went(heard):
    it, ears = heard
    station = await it.dial("CP-1", "1.6")
    await station.boot()
    (received,), (sent,) = ears.of("message.received"), ears.of("message.sent")
    assert json.loads(received["text"])[2] == "BootNotification"
    assert json.loads(sent["text"])[2]["status"] == "Accepted"


async def test_no_password_is_told_in_a_message(heard):
    it, ears = heard
    station = await it.station("CP-1", "1.6")
    station.replies["ChangeConfiguration"] = {"status": "Accepted"}
    await it.csms.call("CP-1", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "0123456789abcdef"})
    assert "AuthorizationKey" in ears.of("message.sent")[-1]["text"]
    assert not any("0123456789abcdef" in event.text for event in ears.events)


async def test_a_command_is_told_from_its_beginning_to_its_end(heard):
    it, ears = heard
    station = await it.station("CP-1", "1.6")
    station.replies["ClearCache"] = {"status": "Accepted"}
    async with client_of(it.front) as client:
        answer = await client.post("/stations/CP-1/commands", json={"command": "clear_cache"})
    assert answer.json()["state"] == "accepted"
    await it.quiet()
    same = {"id": answer.json()["id"], "command": "clear_cache", "error": None}
    assert ears.of("command.queued") == [{**same, "state": "queued", "status": None}]
    assert ears.of("command.sent") == [{**same, "state": "sent", "status": None}]
    assert ears.of("command.ended") == [{**same, "state": "accepted", "status": "Accepted"}]


async def test_an_operators_decision_is_told(heard):
    it, ears = heard
    await it.csms.register("CP-1")
    await it.csms.register("CP-1", security_profile=1)
    await it.csms.register("CP-1", registration=Registration.PENDING)
    told = ears.of("station.registration-changed")
    assert told == [{"registration": "Accepted", "new": True}, {"registration": "Pending", "new": False}]


async def test_a_station_that_leaves_is_told_and_one_that_comes_again_has_not_left(heard):
    it, ears = heard
    first = await it.dial("CP-1", "1.6")
    second = await it.dial("CP-1", "1.6")
    await first.until(lambda: first.ended)
    assert ears.kinds == ["station.connected"] * 2
    second.link.close(1000, "enough")
    await second.until(lambda: second.ended)
    assert ears.of("station.disconnected") == [{"code": 1000, "reason": "enough"}]


async def test_security_events_are_told_once(heard):
    it, ears = heard
    station = await it.station("CP-1", "2.0.1")
    said = {"type": "TamperDetectionActivated", "timestamp": AT, "techInfo": "lid"}
    for _ in range(2):
        await station.ask("SecurityEventNotification", said)
    happened = "2026-03-01T08:00:00.000Z"
    told = {"type": said["type"], "tech_info": "lid", "from_station": True, "happened": happened}
    assert ears.of("security.event") == [told]


async def test_security_events_of_the_csms_are_told(heard):
    it, ears = heard
    await it.quiet()  # whoever is knocked at knows that somebody listens
    knock = Knock("CP-1", ("ocpp2.0.1",), "here", secure=True, certificate=b"no certificate")
    await it.csms.admit(knock)
    await it.quiet()
    (told,) = ears.of("security.event")
    assert (told["type"], told["from_station"]) == ("InvalidChargingStationCertificate", False)


@pytest.mark.parametrize(
    ("version", "action", "ask", "kind"),
    [
        ("1.6", "FirmwareStatusNotification", {"status": "Installing"}, "firmware.status"),
        ("2.0.1", "FirmwareStatusNotification", {"status": "Installing", "requestId": 7}, "firmware.status"),
        ("1.6", "DiagnosticsStatusNotification", {"status": "Uploading"}, "log.status"),
        ("2.0.1", "LogStatusNotification", {"status": "Uploading", "requestId": 7}, "log.status"),
    ],
)
async def test_how_updates_and_uploads_go_is_told(heard, version, action, ask, kind):
    it, ears = heard
    station = await it.station("CP-1", version)
    await station.ask(action, ask)
    assert ears.of(kind) == [{"status": ask["status"], "request_id": ask.get("requestId")}]


def variable_event(**more):
    return {
        "eventId": 5,
        "timestamp": AT,
        "trigger": "Alerting",
        "eventNotificationType": "CustomMonitor",
        "actualValue": "81",
        "component": {"name": "ChargingStation"},
        "variable": {"name": "Temperature"},
        **more,
    }


async def test_events_of_variables_are_told(heard):
    it, ears = heard
    station = await it.station("CP-1", "2.0.1")
    place = {"name": "Connector", "evse": {"id": 1, "connectorId": 2}}
    state = variable_event(component=place, variable={"name": "AvailabilityState"}, actualValue="Faulted", eventId=6)
    said = [variable_event(variableMonitoringId=3), state]
    await station.ask("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": said})
    temperature, _ = ears.of("variable.event")
    assert (temperature["variable"], temperature["value"], temperature["monitor"]) == ("Temperature", "81", 3)
    (status,) = ears.of("connector.status")
    assert (status["evse"], status["connector"], status["status"]) == (1, 2, "Faulted")


async def alerted(it):
    """Of what CP-1 has told an alert is raised, which somebody sees, leaves alone, and closes."""
    await Security().look(Docket(it.front))
    async with client_of(it.front) as client:
        for method, what in (("put", "acknowledgement"), ("delete", "acknowledgement"), ("put", "closure")):
            answer = await client.request(method, f"/alerts/1/{what}", json=None if method == "delete" else {})
            assert answer.is_success, answer.text


async def campaigned(it, client):
    """A campaign has had every station do something; the kinds that tell of it as a whole, and of no station."""
    engine, told = Campaigns(it.front, it.csms), it.csms.bus.subscribe(Filter(frozenset({"campaign.changed"})))
    await client.post("/campaigns", json={"name": "C", "actions": [{"command": "clear_cache"}]})
    await client.post("/campaigns/1/start")
    await it.quiet()
    await engine.close()
    told.close()
    return {(await told.next()).kind}


@pytest.mark.one_node("each node makes the rounds of its own stations, and looks every 5 s what others were asked for")
async def test_every_kind_is_made(heard):
    """By the stations and operators of the tests above, all of them together."""
    it, ears = heard
    old = await it.station("CP-1", "1.6")
    old.replies |= {"ClearCache": {"status": "Accepted"}, "GetLocalListVersion": {"listVersion": -1}}
    await session_1_6(old)
    await old.ask("FirmwareStatusNotification", {"status": "Installing"})
    await old.ask("DiagnosticsStatusNotification", {"status": "Uploading"})
    async with client_of(it.front) as client:
        await client.post("/stations/CP-1/commands", json={"command": "clear_cache"})
        of_none = await campaigned(it, client)
        for rounds in ("local-list-synchronisations", "authorization-cache-clearances"):
            await client.post(f"/{rounds}", json={})
        await it.quiet()
    old.link.close(1000, "enough")
    await old.until(lambda: old.ended)
    await it.csms.register("CP-1", registration=Registration.ACCEPTED)
    new = await it.station("CP-1", "2.0.1")
    await new.ask("SecurityEventNotification", {"type": "TamperDetectionActivated", "timestamp": AT})
    await new.ask("NotifyEvent", {"generatedAt": AT, "seqNo": 0, "eventData": [variable_event()]})
    await alerted(it)
    await it.quiet()
    assert {event.kind for event in ears.events} | of_none == KINDS.keys()


def test_passwords_are_left_out_of_messages():
    old = '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"secret"}]'
    data = {
        "attributeValue": "secret",
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
    }
    new = json.dumps([2, "1", "SetVariables", {"setVariableData": [data]}])
    for text in (old, new):
        assert "secret" not in without_passwords(text)
        assert json.loads(without_passwords(text))[:3] == json.loads(text)[:3]
    assert "secret" not in without_passwords('{"AuthorizationKey": "secret"')
    other = '[2,"1","ChangeConfiguration",{"key":"HeartbeatInterval","value":"300"}]'
    assert without_passwords(other) is other
