"""A CSMS that asks for anything, in any order and at any time, gets an answer each time; and the station lives on."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, partial
from itertools import count
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.errors import Code
from protocol.schemas import Kind
from protocol.versions import V16, V21, V201, Side, Version
from simulator import faults
from simulator.devicemodel.controllers import STANDARD
from simulator.dialects.keys16 import ALIASES
from simulator.flash import Flash
from simulator.profile import Profile
from simulator.state.codec import decode, encode
from tests.extremes import Payloads
from tests.simulator.csms import MUTE, World, car, profile
from tests.simulator.hazards import no_errors

VERSIONS = (V16, V201, V21)
SEQUENCES = max(200, settings.default.max_examples)
"""In all; more by ``--hypothesis-profile``."""
PATIENCE_S = 400.0
"""After this each answer has come, if the station has any."""

USUAL = {"BootNotification", "Heartbeat", "Authorize", "StartTransaction", "TransactionEvent"}
RUNNING = "the transaction that runs"
COMPONENTS = tuple(sorted({each.component for each in STANDARD}))
NAMES = tuple(sorted({each.name for each in STANDARD}))
INSTANCES = tuple(sorted({each.instance for each in STANDARD if each.instance}))
POOLS: dict[str, tuple[Any, ...]] = {
    "evseId": (1, 2, 0, -1, 99),
    "connectorId": (1, 2, 0, -1, 99),
    "id": (1, 0, 5, -1),
    "requestId": (1, 0, -1),
    "reservationId": (1, 5),
    "chargingProfileId": (1, 5),
    "stackLevel": (0, 1, 9),
    "transactionId": (RUNNING,),
    "idTag": ("A", "R"),
    "parentIdTag": ("G",),
    "idToken": ("A", "R"),
    "instance": INSTANCES,
    "key": tuple(sorted(ALIASES)),
    "value": ("true", "false", "1", "0", "60", "A", "Energy.Active.Import.Register,Power.Active.Import"),
    "vendorId": ("org.openchargealliance",),
    "limit": (0, 6, 16, 16.1),
    "duration": (0, 60, 86_400),
    "startPeriod": (0, 60, 600),
    "numberPhases": (1, 2, 3),
    "versionNumber": (1, 0, 2, -1),
    "listVersion": (1, 0, 2, -1),
    "retries": (0, 1, 3, -1),
    "retryInterval": (0, 1, 60, -1),
}


PERIOD = {"startPeriod": 0, "limit": 10.0}
SCHEDULE = {"chargingRateUnit": "A", "chargingSchedulePeriod": [PERIOD, {"startPeriod": 600, "limit": 6.0}]}
PURPOSE = {"stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Relative"}
TAG = {"idToken": "A", "type": "ISO14443"}
LINK = {
    "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "ws://csms", "messageTimeout": 30,
    "securityProfile": 0, "ocppInterface": "Wired0",
}  # fmt: skip
MESSAGE = {"id": 1, "priority": "AlwaysFront", "message": {"format": "UTF8", "content": "Hello"}}
MONITOR = {
    "value": 1, "type": "Delta", "severity": 1, "component": {"name": "EVSE", "evse": {"id": 1}},
    "variable": {"name": "AvailabilityState"},
}  # fmt: skip
LATER = "2025-06-02T09:00:00Z"
KNOWN: dict[tuple[bool, str], dict[str, Any]] = {
    (True, "SetChargingProfile"): {
        "connectorId": 1, "csChargingProfiles": {"chargingProfileId": 5, **PURPOSE, "chargingSchedule": SCHEDULE},
    },
    (True, "RemoteStartTransaction"): {"connectorId": 1, "idTag": "R"},
    (True, "RemoteStopTransaction"): {"transactionId": 1},
    (True, "ReserveNow"): {"connectorId": 1, "expiryDate": LATER, "idTag": "A", "reservationId": 1},
    (True, "GetDiagnostics"): {"location": "http://127.0.0.1:1/x"},
    (True, "GetLog"): {"logType": "DiagnosticsLog", "requestId": 1, "log": {"remoteLocation": "ftp://127.0.0.1:1/"}},
    (True, "SendLocalList"): {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [{"idTag": "A"}]},
    (False, "SetChargingProfile"): {
        "evseId": 1, "chargingProfile": {"id": 5, **PURPOSE, "chargingSchedule": [{"id": 1, **SCHEDULE}]},
    },
    (False, "GetChargingProfiles"): {"requestId": 1, "chargingProfile": {}},
    (False, "SetNetworkProfile"): {"configurationSlot": 1, "connectionData": LINK},
    (False, "SetVariables"): {
        "setVariableData": [{
            "attributeValue": "60", "component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"},
        }]
    },
    (False, "SetVariableMonitoring"): {"setMonitoringData": [MONITOR]},
    (False, "SetDisplayMessage"): {"message": MESSAGE},
    (False, "GetDisplayMessages"): {"requestId": 1},
    (False, "CostUpdated"): {"totalCost": 3.5, "transactionId": RUNNING},
    (False, "RequestStartTransaction"): {"idToken": TAG, "remoteStartId": 1, "evseId": 1},
    (False, "RequestStopTransaction"): {"transactionId": RUNNING},
    (False, "ReserveNow"): {"id": 1, "expiryDateTime": LATER, "idToken": TAG, "evseId": 1},
    (False, "UnlockConnector"): {"evseId": 1, "connectorId": 1},
    (False, "CustomerInformation"): {"requestId": 1, "report": True, "clear": True, "idToken": TAG},
    (False, "SendLocalList"): {
        "versionNumber": 1, "updateType": "Full",
        "localAuthorizationList": [{"idToken": TAG, "idTokenInfo": {"status": "Accepted"}}],
    },
    (False, "GetLog"): {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": "http://127.0.0.1:1/x"}},
    (False, "PublishFirmware"): {"location": "http://127.0.0.1:1/x", "checksum": "0" * 32, "requestId": 1},
}  # fmt: skip
"""By whether it is 1.6, and the action: payloads that a station takes, in some state."""


class Asked(NamedTuple):
    """What a CSMS asks, and how long it waits before it asks again."""

    action: str
    payload: dict[str, Any]
    then_s: float = 0.0


@cache
def payloads(version: Version, action: str, kind: Kind = "request") -> Payloads:
    return Payloads(version, action, POOLS | ({} if version is V16 else {"name": (*COMPONENTS, *NAMES)}), kind)


def anything(version: Version, action: str, seed: int, then_s: float) -> Asked:
    kind, known = payloads(version, action), KNOWN.get((version is V16, action))
    payload = kind.any(seed) if known is None or seed % 3 == 0 else kind.near(known, seed)
    if "retries" in payload:
        payload["retries"] = min(3, payload["retries"])  # each one knocks at a real door
    return Asked(action, payload, then_s)


def actions(version: Version) -> list[str]:
    return sorted(version.calls[Side.CSMS])


@cache
def without_functions(name: str) -> Profile:
    """A station of which nothing is available that may be left out."""
    own = profile(name)
    off = {each.key: "false" for each in STANDARD if each.name == "Available"}
    return replace(own, variables={**own.variables, **off})


# -- in which state it is asked ------------------------------------------------------------------------------------


async def booted(world: World) -> None:
    await world.boot()


async def pending(world: World) -> None:
    world.csms.answers["BootNotification"] = lambda _ask: {
        "status": "Pending", "interval": 60, "currentTime": world.clock.stamp()
    }  # fmt: skip
    world.station.power_on()
    await world.run(20)


async def charging(world: World) -> None:
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A", 1), 60)


async def queueing(world: World) -> None:
    """Messages of a transaction while offline wait for a CSMS that does not take them."""
    await charging(world)
    world.csms.down()
    world.csms.link.abort()
    await world.do(world.station.unplug, 600)
    for action in ("TransactionEvent", "StartTransaction", "StopTransaction", "MeterValues"):
        world.csms.answers[action] = MUTE
    world.csms.up()
    await world.run(world.clock.now + 300)


async def faulted(world: World) -> None:
    await charging(world)
    faults.inject(world.station, "contactor welded", 1)
    faults.inject(world.station, "over-current", 1)
    await world.run(world.clock.now + 10)


STATES = {each.__name__: each for each in (booted, pending, charging, queueing, faulted)}


# -- and what comes of it ------------------------------------------------------------------------------------------


class Trial:
    """One station, in some state, whose CSMS asks for anything, and gives ``odd`` answers where that is a number."""

    def __init__(self, version: Version, of: str | Profile, state: str, odd: int | None = None) -> None:
        self.world = World(version, of)
        self.state = state
        self.asked: list[tuple[str, Asked, object]] = []
        self._number = count(odd or 0)
        for action in version.calls[Side.STATION] - (USUAL if odd is None else {"BootNotification"}):
            self.world.csms.answers[action] = partial(self.answer, action, odd is not None)
        self.answers = dict(self.world.csms.answers)

    def answer(self, action: str, odd: bool, _ask: dict[str, Any]) -> dict[str, Any]:
        """What fits, and no more than that."""
        kind = payloads(self.world.version, action, "response")
        return kind.any(next(self._number)) if odd else kind.least()

    async def live(self, script: Iterable[Asked]) -> None:
        with no_errors():
            await STATES[self.state](self.world)
            for each in script:
                self.ask(each)
                await self.world.run(self.world.clock.now + each.then_s)
            await self.world.run(self.world.clock.now + PATIENCE_S)
            self.check_answers()
            await self.go_on()

    def ask(self, asked: Asked) -> None:
        csms = self.world.csms
        if csms.link is not None:
            payload = self.with_transaction(asked.payload)
            self.asked.append((csms.call(asked.action, payload), asked, csms.session))

    def with_transaction(self, value: Any) -> Any:
        """With the id of the transaction at the first EVSE in the place of the word for it."""
        if isinstance(value, dict):
            return {name: self.with_transaction(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.with_transaction(each) for each in value]
        tx = self.world.station.evses[0].tx
        return tx.id if value == RUNNING and tx is not None else value

    def check_answers(self) -> None:
        """All are answered unless the link went, none in a way that says that the station did not know what to do."""
        csms = self.world.csms
        for message_id, asked, session in self.asked:
            answer = csms.replies.get(message_id)
            assert answer is not None or session is not csms.session, asked
            assert answer not in (Code.INTERNAL_ERROR, Code.GENERIC_ERROR), asked

    async def go_on(self) -> None:
        """What the station keeps can be written and read; it starts again with that, and answers its CSMS."""
        world = self.world
        world.station.power_off()
        kept = encode(decode(Flash, encode(world.station.flash)))  # twice: large whole numbers may become round ones
        assert encode(decode(Flash, kept)) == kept
        world.csms.answers = dict(self.answers)
        world.csms.replies.clear()
        world.station.power_on()
        await world.run(world.clock.now + 3 * 3600)
        if world.csms.link is not None:
            last = world.csms.call(*_harmless(world.version))
            await world.run(world.clock.now + 60)
            assert isinstance(world.csms.replies[last], dict)


def _harmless(version: Version) -> tuple[str, dict[str, Any]]:
    if version is V16:
        return "GetConfiguration", {"key": ["HeartbeatInterval"]}
    wanted = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
    return "GetVariables", {"getVariableData": [wanted]}


def live(version: Version, of: str | Profile, state: str, script: Iterable[Asked], odd: int | None = None) -> None:
    asyncio.run(Trial(version, of, state, odd).live(script))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_each_message_at_its_smallest_and_at_its_largest(version, state):
    for of in ("ac-22kw-duo", without_functions("ac-22kw")):
        for action in actions(version):
            kind = payloads(version, action)
            live(version, of, state, [Asked(action, kind.least(), 1.0), Asked(action, kind.whole(), 1.0)])


@pytest.mark.parametrize("of", ["ac-22kw-duo", "dc-150kw"])
@pytest.mark.parametrize("version", VERSIONS, ids=str)
def test_anything_in_any_order(version, of):
    one = st.builds(
        partial(anything, version),
        st.sampled_from(actions(version)), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.0, 1.0, 90.0, 4000.0]),
    )  # fmt: skip

    odd = st.one_of(st.none(), st.integers(0, 2**32 - 1))

    @given(st.sampled_from(sorted(STATES)), st.booleans(), st.lists(one, min_size=1, max_size=12), odd)
    @settings(max_examples=SEQUENCES // 6, suppress_health_check=list(HealthCheck), deadline=None)
    def holds(state: str, less: bool, script: list[Asked], odd: int | None) -> None:
        live(version, without_functions(of) if less else of, state, script, odd)

    holds()
