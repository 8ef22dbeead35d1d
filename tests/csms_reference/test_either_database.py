"""What the newer functions keep, they keep on SQLite and on PostgreSQL: each message, each command, each migration."""

import json
from decimal import Decimal

import pytest
from alembic import command
from sqlalchemy import inspect, text

from csms_reference.dialects.registry import handled
from csms_reference.services import addresses, authorization, tariff
from csms_reference.services.authorization import Terms, Token
from csms_reference.services.pricing import Price
from csms_reference.services.pricing import Terms as Prices
from csms_reference.services.tariff import Tariff
from csms_reference.store.certificate_tables import certificates, signing_requests
from csms_reference.store.database import alembic_config
from csms_reference.store.firmware_tables import firmware_updates
from csms_reference.store.network_tables import network_profiles
from csms_reference.store.tariff_tables import charges
from protocol.schemas import INTEGER_MAX, load
from protocol.session import Answered
from protocol.versions import V16, V21, V201
from tests.csms_reference.pki.conftest import csr

AT = "2026-03-01T08:00:00Z"
OFTEN = {"calls_per_s": 1e6, "calls_burst": 10**6}


def fullest(schema, root):
    """Every field that there is, texts as long and numbers as large as they may be."""
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    if "enum" in schema:
        return max(schema["enum"], key=len)
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return {name: fullest(its, root) for name, its in schema.get("properties", {}).items()}
    if kind == "array":
        return [fullest(schema["items"], root) for _ in range(max(1, schema.get("minItems", 0)))]
    if kind == "integer":
        return int(schema.get("maximum", INTEGER_MAX))
    if kind == "number":
        return schema.get("maximum", 1e300)
    if kind == "boolean":
        return True
    if schema.get("format"):
        return AT if schema["format"] == "date-time" else "http://x"
    return "ü" * min(schema.get("maxLength", 600), 3000)


@pytest.mark.parametrize("version", [V16, V201, V21], ids=lambda version: version.name)
async def test_the_fullest_of_every_message_is_kept(bench, either, version):
    it = bench(either, **OFTEN)
    await it.token("ü" * 20)
    await it.token("ü" * 36)
    station = await it.station("CP-1", version.name)
    refused = {}
    for action in sorted(handled(version)):
        root = load(version, action, "request")
        for _ in range(2):  # whatever is there already is changed
            end = await station.event(action, fullest(root, root), validate=False)
            if not isinstance(end, Answered):
                refused[action] = end
    await it.quiet()
    assert refused == {}


def period(limit):
    return [{"startPeriod": 0, "limit": limit}]


SCHEDULE = {"startSchedule": AT, "chargingRateUnit": "A", "chargingSchedulePeriod": period(10.0)}
DEFAULT = {"chargingProfilePurpose": "TxDefaultProfile", "chargingSchedule": SCHEDULE}
COMMANDS = (
    ("set_charging_profile", {"profile": DEFAULT | {"id": INTEGER_MAX}, "evse": 1}),
    ("clear_charging_profile", {"evse": 1}),
    ("get_charging_profiles", {"purpose": "TxDefaultProfile"}),
    ("reserve", {"id_token": "é" * 36, "expires": AT, "evse": 1, "group_id": "G" * 36, "reservation_id": INTEGER_MAX}),
    ("cancel_reservation", {"reservation_id": INTEGER_MAX}),
    ("remote_start", {"id_token": "é" * 36, "evse": 1}),
    ("change_availability", {"operative": False}),
    ("set_display_message", {"id": INTEGER_MAX, "content": "é" * 512, "priority": "AlwaysFront", "end": AT}),
    ("get_display_messages", {}),
    ("clear_display_message", {"id": INTEGER_MAX}),
    ("update_firmware", {"location": "ftp://u:secret@h/" + "x" * 1900, "request_id": INTEGER_MAX}),
    ("set_network_profile", {"slot": 1, "url": "wss://u:secret@h/" + "x" * 400, "security_profile": 2}),
    ("install_certificate", {"type": "V2GRootCertificate"}),
    ("get_installed_certificate_ids", {}),
    ("sync_local_list", {}),
    ("send_local_list", {"version": 9, "entries": [], "update": "Full"}),
)


@pytest.mark.parametrize(("name", "fields"), COMMANDS, ids=lambda one: one if isinstance(one, str) else "")
async def test_what_a_command_leaves_behind_is_kept(bench, either, name, fields):
    it = bench(either, **OFTEN)
    terms = Terms(("de", "en"), "é" * 512, "de", -9, {"CP-1": (1, 2)}, ("cCCS2",), None)
    await it.store.write(lambda database: authorization.put(database, Token("É", terms=terms)))
    station = await it.station("CP-1", "2.1")
    accepted = {"status": "Accepted"}
    station.replies = dict.fromkeys(
        (
            *("SetChargingProfile", "ClearChargingProfile", "GetChargingProfiles", "ReserveNow", "CancelReservation"),
            *("RequestStartTransaction", "ChangeAvailability", "SetDisplayMessage", "GetDisplayMessages"),
            *("ClearDisplayMessage", "UpdateFirmware", "SetNetworkProfile", "InstallCertificate", "SendLocalList"),
            "GetInstalledCertificateIds",
        ),
        accepted,
    )
    station.replies["GetLocalListVersion"] = {"versionNumber": 3}
    station.replies["GetVariables"] = {"getVariableResult": [{
        "attributeStatus": "UnknownVariable", "component": {"name": "LocalAuthListCtrlr"},
        "variable": {"name": "ItemsPerMessage"},
    }]}  # fmt: skip
    for _ in range(2):
        end = await it.csms.command("CP-1", name, **fields)
        assert (end.status, end.error) == ("Accepted", None)
    for table in (firmware_updates, network_profiles):  # what is read by others has no passwords in it
        assert "secret" not in json.dumps([str(dict(row)) for row in await it.rows(table)])


def event(seq, kind, wh):
    return {
        "eventType": kind,
        "timestamp": f"2026-03-01T08:0{seq}:00Z",
        "triggerReason": "MeterValuePeriodic",
        "seqNo": seq,
        "transactionInfo": {"transactionId": "T", "chargingState": "Charging"},
        "idToken": {"idToken": "TAG", "type": "Central"},
        "meterValue": [{"timestamp": AT, "sampledValue": [{"value": wh}]}],
    }


async def test_meters_that_run_wild_cost_nothing_but_are_answered(bench, either):
    """E04: a station repeats an event until it is answered, so that it has to be, whatever its meter shows."""
    it = bench(either)
    await it.token()
    made = Tariff("basic", "EUR", Prices(energy=Price(Decimal("0.4"), Decimal(19))), changed_ms=1)
    await it.store.write(lambda database: tariff.put(database, made))
    await it.store.write(lambda database: tariff.assign(database, "all", "", "basic"))
    station = await it.station()
    for seq, kind, wh in ((0, "Started", -1e300), (1, "Updated", 1e300), (2, "Updated", 5.0), (3, "Ended", 1e305)):
        await station.ask("TransactionEvent", event(seq, kind, wh))
    (row,) = await it.rows(charges)
    assert row["cost"] == "0.00"


async def test_a_certificate_is_asked_for_issued_and_noted(bench, either):
    it = bench(either)
    station = await it.station()
    station.replies["CertificateSigned"] = {"status": "Accepted"}
    for _ in range(2):
        await station.ask("SignCertificate", {"csr": csr("CP-1"), "certificateType": "V2GCertificate"})
    await station.until(lambda: len(station.calls) == 2)
    await it.quiet()
    assert {row["state"] for row in await it.rows(signing_requests)} == {"Installed"}
    assert [row["kind"] for row in await it.rows(certificates)].count("v2g") == 2


async def test_migrations_lead_there_and_back_with_rows_in_the_tables(bench, either):
    it = bench(either, **OFTEN)
    await it.token()
    station = await it.station("CP-1", "2.1")
    for action in ("NotifyChargingLimit", "ReportChargingProfiles", "TransactionEvent", "SecurityEventNotification"):
        root = load(V21, action, "request")
        await station.event(action, fullest(root, root), validate=False)
    await it.quiet()
    engine = either.engine
    for target in ("0003", "0002", "0001"):
        with engine.begin() as connection:
            config = alembic_config()
            config.attributes["connection"] = connection
            command.downgrade(config, target)
    with engine.begin() as connection:
        assert "charging_profiles" not in inspect(connection).get_table_names()
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        assert connection.execute(text("select station, admits_expired from stations")).all() == [("CP-1", None)]
        assert connection.execute(text("select tariff from transactions")).all() == [(None,)]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("ftp://u:p@h/x:y@z", "ftp://u:***@h/x:y@z"),
        ("ftp://u@h/x", "ftp://u@h/x"),
        ("https://h/x?a=b:c@d", "https://h/x?a=b:c@d"),
        ("ftps://u:p%40@[::1]:21/x", "ftps://u:***@[::1]:21/x"),
        ("nonsense", "nonsense"),
    ],
)
def test_passwords_are_left_out_of_urls(url, shown):
    assert addresses.bare(url) == shown
