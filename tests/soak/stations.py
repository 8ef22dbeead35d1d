"""Stations over real sockets: each repeats a transaction message, with the same content, until it is acknowledged."""

import asyncio
import itertools
import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import websockets

from tests.soak.history import Event, Message

BEGINNING = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ATTEMPT_S = 1.0
"""So long a station waits for an answer before it sends again."""


def at(mark):
    """An instant that grows with the marks."""
    return (BEGINNING + timedelta(seconds=mark)).isoformat()


@dataclass
class Place:
    """Where the CSMS listens; the same after every start."""

    port: int = 0

    def url(self, identity):
        """Where a station connects."""
        return f"ws://127.0.0.1:{self.port}/{identity}"


class Station:
    """One charging station with one EVSE, which charges one car after the other."""

    subprotocol: str
    boot: ClassVar[dict]

    def __init__(self, identity, place, history, *, seed, pause_s, attempt_s=ATTEMPT_S):
        self.identity = identity
        self.heartbeats = []  # seconds that each answer took
        self.unanswered = 0
        self.drops = 0
        self.served = asyncio.Event()  # set whenever a message is acknowledged
        self._place = place
        self._history = history
        self._pause_s = pause_s
        self._attempt_s = attempt_s
        self._chance = random.Random(f"{seed}/{identity}")
        self._marks = itertools.count(1)
        self._ids = itertools.count(1)
        self._socket = None
        self._booted = False

    async def live(self, over):
        """Charge until ``over`` is set, then finish the transaction at hand, whatever that takes."""
        while not over.is_set():
            async for message in self.transaction(self._chance.randrange(0, 5)):
                await self.deliver(message)
        await self._hang_up()

    async def _hang_up(self):
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def transaction(self, updates):
        """Messages of one transaction with so many in the middle, one after the other."""
        raise NotImplementedError
        yield

    async def deliver(self, message):
        """Send a message until it is acknowledged, over as many connections as it takes."""
        self._history.messages.append(message)
        while message.answer is None:
            await self._pause()
            try:
                await self._connect()
                message.sent += 1
                message.answer = await self._ask(message.action, message.payload)
                self._history.moved.set()
                self.served.set()
            except TimeoutError:
                self.unanswered += 1
                await self.heartbeat()
            except (OSError, websockets.WebSocketException):
                self.drops += self._socket is not None
                await self._hang_up()

    async def heartbeat(self):
        """Ask for the time, and note how long that took; nothing when there is no connection."""
        since_s = asyncio.get_running_loop().time()
        try:
            await self._ask("Heartbeat", {}, within_s=60)
        except (OSError, websockets.WebSocketException, AttributeError):
            return
        except TimeoutError:
            self._history.errors.append(f"{self.identity}: no answer to a Heartbeat in 60 s")
        self.heartbeats.append(asyncio.get_running_loop().time() - since_s)

    async def _pause(self):
        await asyncio.sleep(self._chance.uniform(0, 2 * self._pause_s))

    async def _connect(self):
        if self._socket is not None:
            return
        self._socket = await websockets.connect(
            self._place.url(self.identity),
            subprotocols=[self.subprotocol],
            proxy=None,
            open_timeout=5,
            ping_interval=None,
            compression=None,
        )
        if not self._booted:
            told = await self._ask("BootNotification", self.boot)
            self._booted = told == dict(told, status="Accepted")
            if not self._booted:
                raise ConnectionError(f"not accepted: {told}")

    async def _ask(self, action, payload, *, within_s=None):
        """The answer to a CALL. Raises TimeoutError; answers that come later are for nobody."""
        number = f"{self.identity}-{next(self._ids)}"
        await self._socket.send(json.dumps([2, number, action, payload]))
        async with asyncio.timeout(within_s or self._attempt_s):
            while (told := json.loads(await self._socket.recv()))[1] != number:
                pass
        if told[0] == 3:
            return told[2]
        if action != "BootNotification":
            self._history.errors.append(f"{self.identity}: {action} was answered with {told[2:]}")
        raise ConnectionError(f"refused: {told}")


class Station16(Station):
    """OCPP 1.6."""

    subprotocol = "ocpp1.6"
    boot: ClassVar = {"chargePointVendor": "Acme", "chargePointModel": "One"}

    async def transaction(self, updates):
        first = next(self._marks)
        event = Event(self.identity, first, 0, "Started")
        start = {"connectorId": 1, "idTag": "TAG", "meterStart": first, "timestamp": at(first)}
        begun = Message(self.identity, "StartTransaction", start, first, event)
        yield begun
        number = begun.answer["transactionId"]
        for _ in range(updates):
            mark = next(self._marks)
            value = [{"timestamp": at(mark), "sampledValue": [{"value": str(mark)}]}]
            values = {"connectorId": 1, "transactionId": number, "meterValue": value}
            yield Message(self.identity, "MeterValues", values, mark)
        mark = next(self._marks)
        stop = {"transactionId": number, "meterStop": mark, "timestamp": at(mark)}
        yield Message(self.identity, "StopTransaction", stop, mark, event._replace(seq_no=1, kind="Ended"))


class Station201(Station):
    """OCPP 2.0.1."""

    subprotocol = "ocpp2.0.1"
    boot: ClassVar = {"reason": "PowerUp", "chargingStation": {"vendorName": "Acme", "model": "One"}}

    async def transaction(self, updates):
        first = None
        for seq_no, kind in enumerate(("Started", *["Updated"] * updates, "Ended")):
            mark = next(self._marks)
            first = first or mark
            said = {
                "eventType": kind,
                "timestamp": at(mark),
                "triggerReason": "MeterValuePeriodic",
                "seqNo": seq_no,
                "transactionInfo": {"transactionId": f"T{first}"},
                "evse": {"id": 1, "connectorId": 1},
                "meterValue": [{"timestamp": at(mark), "sampledValue": [{"value": mark}]}],
            }
            event = Event(self.identity, first, seq_no, kind)
            yield Message(self.identity, "TransactionEvent", said, mark, event)


def fleet(count, place, history, **more):
    """So many stations, of either version by turns."""
    kinds = itertools.cycle((Station16, Station201))
    return [next(kinds)(f"CP-{number}", place, history, **more) for number in range(count)]
