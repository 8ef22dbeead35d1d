"""What a step can do, one entry in a table each: to a station, or (``site``) to the CSMS and everybody at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from protocol.versions import V16
from scenarios import outside
from scenarios.addresses import Addresses
from scenarios.model import Token
from scenarios.papers import papers
from scenarios.stage import Stage, Steps
from scenarios.values import filled, filled_path
from simulator.dialects.keys16 import ALIASES
from simulator.ev import EV
from simulator.hardware import buttons
from simulator.network import CERTIFICATES
from simulator.station import Station
from simulator.tokens import CARD
from simulator.tokens import Token as IdToken
from simulator.transfer import Transfers

Fields = Mapping[str, Any]
Action = Callable[[Stage, str, Fields], Steps]
ACTIONS: dict[str, Action] = {}
SITE_ACTIONS: dict[str, Action] = {}
KEYS_16 = {variable: key for key, variable in ALIASES.items()}
RESTART_S = 30.0

SLOWNESS: Mapping[str, tuple[str, float]] = {
    "latency": ("latency_s", 1.0),
    "jitter": ("jitter_s", 1.0),
    "loss": ("loss", 0.01),
    "bandwidth": ("bandwidth_bytes_s", 1.0),
}
"""What slows a link down: the network's field for it, and what a scenario's number is worth there."""

OBSTACLES: Mapping[str, Mapping[str, Any]] = {
    "dns": {"name_unknown": True},
    "captive_portal": {"refusal": 302},
    "client_certificate_expired": {"certificate": "client expired"},
    **{
        f"certificate_{name.replace(' ', '_').replace('-', '_')}": {"certificate": name}
        for name in CERTIFICATES
        if name != "client expired"
    },
}
"""Why a dial can fail, by its name in scenarios: fields of the network."""

TRIGGERS: Mapping[str, tuple[str, str]] = {
    "boot": ("BootNotification", "BootNotification"),
    "heartbeat": ("Heartbeat", "Heartbeat"),
    "status": ("StatusNotification", "StatusNotification"),
    "meter_values": ("MeterValues", "MeterValues"),
    "transaction": ("MeterValues", "TransactionEvent"),
}
"""Neutral names to MessageTriggers of 1.6 and 2.0.1."""


def action(name: str, table: dict[str, Action] = ACTIONS) -> Callable[[Action], Action]:
    """Register what a step of that name does. Raises KeyError for a second one."""

    def put(does: Action) -> Action:
        if name in table:
            raise KeyError(f"{name} is registered")
        table[name] = does
        return does

    return put


def _nothing() -> Steps:
    """Steps of an action that takes no time."""
    yield from ()


# -- drivers


@action("plug")
def plug(stage: Stage, station: str, fields: Fields) -> Steps:
    """Put the cable of an EV in."""
    ev = stage.car(fields.get("ev", "compact-50kwh"), fields.get("soc", 20.0), fields.get("target", 100.0))
    ev.battery_c = fields.get("battery_c", ev.battery_c)
    ev.departs_s = stage.clock.now + fields.get("departs", math.inf)
    if "negotiates" in fields:
        ev.talk = outside.TALKS[fields["negotiates"]]
    if "pcid" in fields:
        ev.provisioning = yield from papers(stage, "provisioning", fields["pcid"])
    if "contract" in fields:
        ev.contract = yield from papers(stage, "contract", fields["contract"], fields.get("contract_days"))
    cable_a = fields.get("cable_a", math.inf)
    stage.stations[station].plug(ev, fields.get("evse", 1), fields.get("connector", 1), cable_a=cable_a)


@action("unplug")
def unplug(stage: Stage, station: str, fields: Fields) -> Steps:
    """Pull the cable."""
    stage.stations[station].unplug(fields.get("evse", 1))
    return _nothing()


@action("present")
def present(stage: Stage, station: str, fields: Fields) -> Steps:
    """Hold a card to the reader, or identify oneself otherwise: by what the scenario says of the token."""
    named = stage.scenario.token(fields["token"])
    card = IdToken(fields["token"], CARD if named is None else named.type)
    stage.stations[station].present(card, fields.get("evse"))
    return _nothing()


@action("press_start")
def press_start(stage: Stage, station: str, fields: Fields) -> Steps:
    """Press the start button. Raises ValueError where there is none."""
    buttons.press(stage.stations[station], buttons.START, fields.get("evse", 1))
    return _nothing()


@action("press_stop")
def press_stop(stage: Stage, station: str, fields: Fields) -> Steps:
    """Press the stop button."""
    buttons.press(stage.stations[station], buttons.STOP, fields.get("evse", 1))
    return _nothing()


@action("renegotiate")
def renegotiate(stage: Stage, station: str, fields: Fields) -> Steps:
    """The EV wants another schedule. Raises ValueError where none negotiates."""
    outside.renegotiate(stage.stations[station], stage.clock.now, **fields)
    return _nothing()


@action("limit_from_outside")
def limit_from_outside(stage: Stage, station: str, fields: Fields) -> Steps:
    """A system at the site limits the station; it is lifted after ``for`` if that is given, and nobody waits for it."""
    limited = stage.stations[station]
    stage.tell(
        "scenario", "LimitedFromOutside", station, **{key: value for key, value in fields.items() if key != "for"}
    )
    outside.limit(limited, **{key: value for key, value in fields.items() if key != "for"})
    if "for" in fields:
        evse, source = fields.get("evse", 0), fields.get("source", "EMS")
        stage.clock.after(fields["for"], partial(_lifted, limited, evse, source))
    return _nothing()


def _lifted(station: Station, evse: int, source: str) -> None:
    outside.lift(station, evse, source)


@action("lift_limit")
def lift_limit(stage: Stage, station: str, fields: Fields) -> Steps:
    """It lifts its limit."""
    outside.lift(stage.stations[station], fields.get("evse", 0), fields.get("source", "EMS"))
    return _nothing()


@action("stop_at_car")
def stop_at_car(stage: Stage, station: str, fields: Fields) -> Steps:
    """End charging at the car."""
    stage.stations[station].stop_at_car(fields.get("evse", 1))
    return _nothing()


# -- faults


@action("power_off")
def power_off(stage: Stage, station: str, fields: Fields) -> Steps:
    """Mains go, and come back after ``for`` if that is given; nobody waits for it."""
    stage.stations[station].power_off()
    if "for" in fields:
        stage.clock.after(fields["for"], stage.stations[station].power_on)
    return _nothing()


@action("power_on")
def power_on(stage: Stage, station: str, _: Fields) -> Steps:
    """Mains come."""
    stage.stations[station].power_on()
    return _nothing()


@action("cut_link")
def cut_link(stage: Stage, station: str, fields: Fields) -> Steps:
    """The connection breaks; the station cannot reach the CSMS for ``for``."""
    stage.tell("fault", "LinkCut", station, for_s=fields.get("for", 0.0))
    stage.stations[station].network.cut(fields.get("for", 0.0))
    return _nothing()


@action("silence_link")
def silence_link(stage: Stage, station: str, fields: Fields) -> Steps:
    """Nothing passes between the station and the CSMS, and neither is told."""
    stage.tell("fault", "LinkSilenced", station, **_lasting(fields))
    stage.stations[station].network.change(fields.get("for", math.inf), silent=True)
    return _nothing()


@action("slow_link")
def slow_link(stage: Stage, station: str, fields: Fields) -> Steps:
    """What passes between the station and the CSMS takes longer."""
    stage.tell("fault", "LinkSlowed", station, **_lasting(fields), **_only(fields, *SLOWNESS))
    slowness = {name: fields[key] * unit for key, (name, unit) in SLOWNESS.items() if key in fields}
    stage.stations[station].network.change(fields.get("for", math.inf), **slowness)
    return _nothing()


@action("half_open_link")
def half_open_link(stage: Stage, station: str, _: Fields) -> Steps:
    """The CSMS loses the connection, and the station does not notice."""
    stage.tell("fault", "LinkHalfOpen", station)
    stage.stations[station].network.half_open()
    return _nothing()


@action("fail_dials")
def fail_dials(stage: Stage, station: str, fields: Fields) -> Steps:
    """The station's attempts to connect fail."""
    stage.tell("fault", "DialsFail", station, because=fields["because"], **_lasting(fields))
    stage.stations[station].network.change(fields.get("for", math.inf), **OBSTACLES[fields["because"]])
    return _nothing()


def _lasting(fields: Fields) -> dict[str, float]:
    return {"for_s": fields["for"]} if "for" in fields else {}


@action("csms_down", SITE_ACTIONS)
def csms_down(stage: Stage, _: str, fields: Fields) -> Steps:
    """Nobody reaches the CSMS for ``for``, or one address of it."""
    host = fields.get("at")
    stage.tell("fault", "CsmsDown", for_s=fields["for"], **({} if host is None else {"at": host}))
    if host is None:
        _cut_all(stage, fields["for"])
    else:
        _take_down(stage, host, fields["for"])
    return _nothing()


def _take_down(stage: Stage, host: str, for_s: float) -> None:
    """Raises TypeError where the run has no addresses of its own."""
    if not isinstance(stage.dialer, Addresses):
        raise TypeError("only the reference CSMS in process has addresses that can go down one by one")
    down = stage.dialer.down
    down.add(host)
    for station in stage.stations.values():
        if urlsplit(station.target.url).hostname == host:
            station.line.sever()
    stage.clock.after(for_s, lambda: down.discard(host))


def _cut_all(stage: Stage, for_s: float) -> None:
    for station in stage.stations.values():
        station.network.cut(for_s)


@action("csms_restart", SITE_ACTIONS)
def csms_restart(stage: Stage, _: str, fields: Fields) -> Steps:
    """The CSMS ends without notice and comes back with what it had stored."""
    away_s = fields.get("for", RESTART_S)
    stage.tell("fault", "CsmsStopped", for_s=away_s)
    _cut_all(stage, away_s)
    yield from stage.arrange("csms_restart", stage.access.stop)
    yield stage.clock.timeout(away_s)
    yield from stage.arrange("csms_restart", stage.access.start)
    stage.tell("fault", "CsmsStarted")


# -- operator


def _only(fields: Fields, *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


@action("remote_start")
def remote_start(stage: Stage, station: str, fields: Fields) -> Steps:
    """Start a transaction from afar."""
    token = stage.scenario.token(fields["token"])
    kind = token.type if token is not None else None
    fields = {"id_token": fields["token"], "token_type": kind, **_only(fields, "evse")}
    return (yield from stage.command(station, "remote_start", **fields))


@action("remote_stop")
def remote_stop(stage: Stage, station: str, fields: Fields) -> Steps:
    """Stop the transaction that runs. Raises ValueError when none does."""
    transaction = stage.transaction(station, fields.get("evse"))
    if transaction is None:
        raise ValueError(f"no transaction runs at {station} that could be stopped")
    return (yield from stage.command(station, "remote_stop", transaction_id=transaction))


@action("reset")
def reset(stage: Stage, station: str, fields: Fields) -> Steps:
    """Restart the station."""
    kind = {"immediately": "Immediate", "when_idle": "OnIdle"}[fields["when"]]
    return (yield from stage.command(station, "reset", kind=kind))


@action("availability")
def availability(stage: Stage, station: str, fields: Fields) -> Steps:
    """Put the station, or one EVSE, out of operation or back."""
    return (yield from stage.command(station, "change_availability", **_only(fields, "operative", "evse")))


@action("unlock")
def unlock(stage: Stage, station: str, fields: Fields) -> Steps:
    """Release the plug."""
    place = {"evse": fields.get("evse", 1), "connector": fields.get("connector", 1)}
    return (yield from stage.command(station, "unlock", **place))


@action("trigger")
def trigger(stage: Stage, station: str, fields: Fields) -> Steps:
    """Ask the station to send a message. In 2.0.1 a StatusNotification needs a connector (F06.FR.12)."""
    is_16 = stage.stations[station].version is V16
    message = TRIGGERS[fields["message"]][0 if is_16 else 1]
    place = _only(fields, "evse")
    if not is_16 and message == "StatusNotification":
        place = {"evse": fields.get("evse", 1), "connector": 1}
    return (yield from stage.command(station, "trigger", message=message, **place))


@action("local_list")
def local_list(stage: Stage, station: str, fields: Fields) -> Steps:
    """Send the local authorization list."""
    entries = []
    for entry in fields["tokens"]:
        named = {"id": entry} if isinstance(entry, str) else entry
        known = stage.scenario.token(named["id"]) or Token(named["id"])
        entries.append({"id_token": known.id, "type": known.type, "status": named.get("status", "Accepted")})
    update = {"full": "Full", "differential": "Differential"}[fields.get("update", "full")]
    return (
        yield from stage.command(station, "send_local_list", version=fields["version"], entries=entries, update=update)
    )


@action("local_list_version")
def local_list_version(stage: Stage, station: str, _: Fields) -> Steps:
    """Ask for the version of the local list."""
    return (yield from stage.command(station, "get_local_list_version"))


@action("clear_cache")
def clear_cache(stage: Stage, station: str, _: Fields) -> Steps:
    """Clear the authorization cache."""
    return (yield from stage.command(station, "clear_cache"))


def _key(stage: Stage, station: str, variable: str) -> str:
    """A variable's name in the station's version; in 1.6 its key, or the name as it is where 1.6 has none."""
    return KEYS_16.get(variable, variable) if stage.stations[station].version is V16 else variable


@action("set_variables")
def set_variables(stage: Stage, station: str, fields: Fields) -> Steps:
    """Set variables."""
    values = {_key(stage, station, name): _text(value) for name, value in fields["values"].items()}
    return (yield from stage.command(station, "set_variables", values=values))


def _text(value: Any) -> Any:
    return ",".join(value) if isinstance(value, list) else value


@action("get_variables")
def get_variables(stage: Stage, station: str, fields: Fields) -> Steps:
    """Ask for variables."""
    names = [_key(stage, station, name) for name in fields["names"]]
    return (yield from stage.command(station, "get_variables", names=names))


@action("data_transfer")
def data_transfer(stage: Stage, station: str, fields: Fields) -> Steps:
    """Send a DataTransfer."""
    sent = {"vendor_id": fields["vendor"], "message_id": fields.get("message"), "data": fields.get("data")}
    return (yield from stage.command(station, "data_transfer", **sent))


@action("transfer")
def transfer(stage: Stage, station: str, fields: Fields) -> Steps:
    """Have the station send a DataTransfer."""
    stage.stations[station].function(Transfers).send(fields["vendor"], fields.get("message"), fields.get("data"))
    return _nothing()


@action("call")
def call(stage: Stage, station: str, fields: Fields) -> Steps:
    """Send any request."""
    return (yield from stage.call(station, fields["action"], filled(stage, station, dict(fields["payload"]))))


@action("command")
def command(stage: Stage, station: str, fields: Fields) -> Steps:
    """Send any of the reference CSMS's commands."""
    return (yield from stage.command(station, fields["do"], **filled(stage, station, dict(fields.get("with", {})))))


@action("put")
def put(stage: Stage, station: str, fields: Fields) -> Steps:
    """Tell the CSMS's API something."""
    path = filled_path(stage, station, fields["path"])
    return (yield from stage.put(path, filled(stage, station, dict(fields["body"]))))


@action("post")
def post(stage: Stage, station: str, fields: Fields) -> Steps:
    """Have the CSMS's API do something."""
    path = filled_path(stage, station, fields["path"])
    return (yield from stage.post(path, filled(stage, station, dict(fields["body"]))))


@action("look")
def look(stage: Stage, station: str, fields: Fields) -> Steps:
    """Look something up in the CSMS's API."""
    return (yield from stage.look(station, filled_path(stage, station, fields["path"])))


@action("registration")
def registration(stage: Stage, station: str, fields: Fields) -> Steps:
    """Decide what the station's next boot is answered with."""
    operator, status = stage.reached.operator, fields["status"]
    work = None if operator is None else (lambda: operator.set_registration(station, status))
    yield from stage.arrange("registration", work)
    stage.tell("scenario", "Commanded", station, command="registration", status=status)


@action("token", SITE_ACTIONS)
def token(stage: Stage, _: str, fields: Fields) -> Steps:
    """Change what the CSMS says of a token."""
    operator, status = stage.reached.operator, fields["status"]
    known = stage.scenario.token(fields["id"]) or Token(fields["id"])
    work = None if operator is None else (lambda: operator.put_token(replace(known, status=status)))
    yield from stage.arrange("token", work)
    stage.tell("scenario", "Commanded", command="token", status=status)


def pulled(stage: Stage, station: str, evse: int, ev: EV) -> bool:
    """Pull the cable of a car, if it is still the one that is plugged in."""
    if stage.stations[station].evse(evse).ev is not ev:
        return False
    stage.stations[station].unplug(evse)
    return True
