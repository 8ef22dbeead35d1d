"""Our station against a CSMS that is not ours: the ocpp package's ChargePoint over real WebSockets."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import pytest
import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint as Foreign16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v21 import ChargePoint as Foreign21
from ocpp.v201 import ChargePoint as Foreign201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201
from websockets.asyncio.server import ServerConnection, serve

from protocol.transports.websocket import WebSocketDialer
from protocol.versions import V16, V21, V201, Version
from simulator import facts
from simulator.clock import VIRTUAL, Clock, Pace, Scaled
from simulator.station import Station
from tests.simulator.csms import START, car, profile


def now() -> str:
    return datetime.now(UTC).isoformat()


class Seen(list[tuple[str, dict[str, Any]]]):
    """What a CSMS got; whoever waits for more is woken."""

    def __init__(self, news: asyncio.Event) -> None:
        super().__init__()
        self._news = news

    def append(self, item: tuple[str, dict[str, Any]]) -> None:
        super().append(item)
        self._news.set()


class Csms16(Foreign16):
    """Says yes to everything, and writes it down."""

    seen: Seen

    @on("BootNotification")
    def on_boot(self, **ask: Any) -> Any:
        self.seen.append(("BootNotification", ask))
        return result16.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("StatusNotification")
    def on_status(self, **ask: Any) -> Any:
        self.seen.append(("StatusNotification", ask))
        return result16.StatusNotification()

    @on("Heartbeat")
    def on_heartbeat(self) -> Any:
        return result16.Heartbeat(current_time=now())

    @on("SecurityEventNotification")
    def on_security_event(self, **ask: Any) -> Any:
        return result16.SecurityEventNotification()

    @on("Authorize")
    def on_authorize(self, **ask: Any) -> Any:
        self.seen.append(("Authorize", ask))
        return result16.Authorize(id_tag_info={"status": "Accepted"})

    @on("StartTransaction")
    def on_start(self, **ask: Any) -> Any:
        self.seen.append(("StartTransaction", ask))
        number = sum(name == "StartTransaction" for name, _ in self.seen)
        return result16.StartTransaction(transaction_id=number, id_tag_info={"status": "Accepted"})

    @on("MeterValues")
    def on_values(self, **ask: Any) -> Any:
        self.seen.append(("MeterValues", ask))
        return result16.MeterValues()

    @on("StopTransaction")
    def on_stop(self, **ask: Any) -> Any:
        self.seen.append(("StopTransaction", ask))
        return result16.StopTransaction()


class Newer:
    """The same for 2.0.1 and 2.1, which answer these messages alike."""

    seen: Seen

    @on("BootNotification")
    def on_boot(self, **ask: Any) -> Any:
        self.seen.append(("BootNotification", ask))
        return result201.BootNotification(current_time=now(), interval=300, status="Accepted")

    @on("StatusNotification")
    def on_status(self, **ask: Any) -> Any:
        self.seen.append(("StatusNotification", ask))
        return result201.StatusNotification()

    @on("Heartbeat")
    def on_heartbeat(self) -> Any:
        return result201.Heartbeat(current_time=now())

    @on("Authorize")
    def on_authorize(self, **ask: Any) -> Any:
        self.seen.append(("Authorize", ask))
        return result201.Authorize(id_token_info={"status": "Accepted"})

    @on("SecurityEventNotification")
    def on_security(self, **ask: Any) -> Any:
        self.seen.append(("SecurityEventNotification", ask))
        return result201.SecurityEventNotification()

    @on("TransactionEvent")
    def on_event(self, **ask: Any) -> Any:
        self.seen.append((ask["event_type"], ask))
        return result201.TransactionEvent(id_token_info={"status": "Accepted"} if "id_token" in ask else None)


class Csms201(Newer, Foreign201):
    """2.0.1, with that version's schemas."""


class Csms21(Newer, Foreign21):
    """2.1, with that version's schemas."""


FOREIGN = {V16: Csms16, V201: Csms201, V21: Csms21}


class Meeting:
    """A foreign CSMS, our station, and what they said."""

    def __init__(self, version: Version, pace: Pace) -> None:
        self.version = version
        self.clock = Clock(START, pace)
        self.news = asyncio.Event()
        self.seen = Seen(self.news)
        self.facts: list[facts.Fact] = []
        self.peer: Any = None

    async def serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.peer = FOREIGN[self.version](connection.request.path.rpartition("/")[2], connection)
        self.peer.seen = self.seen
        with suppress(websockets.ConnectionClosed):
            await self.peer.start()

    def note(self, _station: str, fact: facts.Fact) -> None:
        self.facts.append(fact)
        self.news.set()

    async def until(self, kind: type[facts.Fact], count: int = 1, **fields: Any) -> None:
        """Wait until that many such facts were told."""
        async with asyncio.timeout(20):
            while (
                sum(isinstance(fact, kind) and fields.items() <= fact.fields().items() for fact in self.facts) < count
            ):
                self.news.clear()
                await self.news.wait()

    async def seen_of(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until the CSMS has got that many of a kind."""
        async with asyncio.timeout(20):
            while len(found := [ask for seen, ask in self.seen if seen == name]) < count:
                self.news.clear()
                await self.news.wait()
        return found

    async def do(self, action: Callable[[], Any]) -> None:
        self.clock.soon(action)
        await asyncio.sleep(0)


@asynccontextmanager
async def meeting(version: Version, pace: Pace) -> AsyncIterator[tuple[Meeting, Station]]:
    place = Meeting(version, pace)
    async with serve(place.serve, "127.0.0.1", 0, subprotocols=[version.subprotocol]) as server:  # type: ignore[list-item]
        port = next(iter(server.sockets)).getsockname()[1]
        station = Station(
            "CP-1", profile("ac-22kw"), version, place.clock, WebSocketDialer(),
            url=f"ws://127.0.0.1:{port}/ocpp", seed=7, on_fact=place.note,
        )  # fmt: skip
        pump = asyncio.create_task(place.clock.run())
        await place.do(station.power_on)
        try:
            yield place, station
        finally:
            await place.do(station.power_off)
            await place.until(facts.PoweredOff)
            place.clock.stop()
            await pump


@pytest.mark.parametrize("version", [V16, V201, V21], ids=str)
async def test_boot_visit_and_remote_control(version):
    """Cable first and a card; then started and stopped from afar."""
    async with meeting(version, Scaled(300)) as (place, station):
        await place.until(facts.Registered, status="Accepted")
        await place.seen_of("StatusNotification")
        await place.do(lambda: station.plug(car()))
        await place.do(lambda: station.present("CARD"))
        await place.until(facts.ChargingStateChanged, state="Charging")
        await place.do(lambda: station.present("CARD"))
        await place.until(facts.TransactionEnded)
        await _check_visit(place)

        assert (await _remote_start(place)).status == "Accepted"
        await place.until(facts.ChargingStateChanged, 2, state="Charging")
        assert (await _remote_stop(place)).status == "Accepted"
        await place.until(facts.TransactionEnded, 2)
        ended = await place.seen_of("StopTransaction" if version is V16 else "Ended", 2)
        reason = ended[1]["reason"] if version is V16 else ended[1]["transaction_info"]["stopped_reason"]
        assert reason == "Remote"
        assert not [fact for fact in place.facts if isinstance(fact, facts.CallFailed | facts.FrameIgnored)]


async def _check_visit(place: Meeting) -> None:
    if place.version is V16:
        [start] = await place.seen_of("StartTransaction")
        [stop] = await place.seen_of("StopTransaction")
        assert start["id_tag"] == "CARD"
        assert stop["transaction_id"] == 1
        assert stop["meter_stop"] >= start["meter_start"]
    else:
        [started] = await place.seen_of("Started")
        [ended] = await place.seen_of("Ended")
        assert started["id_token"]["id_token"] == "CARD"
        assert ended["transaction_info"]["transaction_id"] == started["transaction_info"]["transaction_id"]
        assert ended["transaction_info"]["stopped_reason"] == "Local"


async def _remote_start(place: Meeting) -> Any:
    if place.version is V16:
        return await place.peer.call(call16.RemoteStartTransaction(id_tag="APP", connector_id=1))
    token = {"id_token": "APP", "type": "Central"}
    return await place.peer.call(call201.RequestStartTransaction(id_token=token, remote_start_id=1, evse_id=1))


async def _remote_stop(place: Meeting) -> Any:
    if place.version is V16:
        await place.seen_of("StartTransaction", 2)
        return await place.peer.call(call16.RemoteStopTransaction(transaction_id=2))
    started = (await place.seen_of("Started", 2))[1]
    transaction = started["transaction_info"]["transaction_id"]
    return await place.peer.call(call201.RequestStopTransaction(transaction_id=transaction))


@pytest.mark.parametrize("version", [V16, V201], ids=str)
async def test_virtual_time_waits_for_real_answers(version):
    """An hour of charging passes between two frames; nothing times out."""
    async with meeting(version, VIRTUAL) as (place, station):
        await place.until(facts.Registered, status="Accepted")
        place.clock.after(1, lambda: station.plug(car()))
        place.clock.after(2, lambda: station.present("CARD"))
        place.clock.after(3600, lambda: station.present("CARD"))
        await place.until(facts.TransactionEnded)
        await _check_visit(place)
        periodic = await place.seen_of("MeterValues" if version is V16 else "Updated", 10)
        assert len(periodic) >= 10
        assert place.clock.out_of_patience == 0
        assert not [fact for fact in place.facts if isinstance(fact, facts.CallFailed)]
