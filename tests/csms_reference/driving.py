"""People and programs that charge at the stations of a bench, over the API or without it."""

import contextlib
from decimal import Decimal

import httpx

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import DRIVING
from csms_reference.api import make_app
from csms_reference.front import Alone
from csms_reference.services import authorization, tariff
from csms_reference.services.authorization import Token
from csms_reference.services.pricing import Price, Terms
from csms_reference.services.tariff import Tariff
from csms_reference.store.access_tables import users

AT = "2026-03-01T08:00:00Z"
ADA = Principal("user:ada", DRIVING)
BOB = Principal("user:bob", DRIVING)
KIOSK = Principal("kiosk", DRIVING)
ACCEPTED = {"status": "Accepted"}
STARTING = ("RequestStartTransaction", "RequestStopTransaction", "RemoteStartTransaction", "RemoteStopTransaction")


async def enter(bench, *names):
    """Users of these names."""
    rows = [
        {"username": name, "password_hash": "", "scopes": "sessions:read sessions:write", "active": True,
         "created_ms": 0, "mark": name}
        for name in names
    ]  # fmt: skip
    await bench.store.write(lambda database: database.execute(users.insert(), rows))


async def held(bench, id_token, holder, **more):
    """A token of somebody's."""
    await bench.store.write(lambda database: authorization.put(database, Token(id_token, **more), holder=holder))


async def opened(bench, identity="CP-1", version="2.0.1", **columns):
    """A public station that does what it is told."""
    station = await bench.station(identity, version)
    await bench.csms.register(identity, **{"public": True, **columns})
    station.replies = dict.fromkeys(STARTING, ACCEPTED)
    return station


async def priced(bench):
    """Everybody pays 40 ct for a kWh and 1 € for an hour."""
    terms = Terms(energy=Price(Decimal("0.40")), time=Price(Decimal("1.00")))

    def write(database):
        tariff.put(database, Tariff("day", "EUR", terms))
        tariff.assign(database, "all", "", "day")

    await bench.store.write(write)


@contextlib.asynccontextmanager
async def client_as(bench, monkeypatch, who):
    """A client of the API that is somebody. The application is made once for a bench, which takes long."""
    monkeypatch.setattr("csms_reference.access.guard.OPERATOR", who)
    if not hasattr(bench, "app"):
        bench.app = make_app(Alone(bench.csms))
    transport = httpx.ASGITransport(bench.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://csms/v1") as client:
        yield client


class Course:
    """A transaction as a 2.0.1 or 1.6 station tells it."""

    def __init__(self, station, token, *, remote=None, evse=1, kind="Central"):
        self.station, self.token, self.remote, self.evse, self.kind = station, token, remote, evse, kind
        self.old = station.session.version.name == "1.6"
        self.number, self.seq = "T-1", -1

    async def begin(self, wh=1000.0, at=AT):
        if self.old:
            begun = {"connectorId": self.evse, "idTag": self.token, "meterStart": int(wh), "timestamp": at}
            answer = await self.station.ask("StartTransaction", begun)
            self.number = answer["transactionId"]
            return answer["idTagInfo"]["status"]
        answer = await self._event("Started", "RemoteStart", wh, at, token=True)
        return answer["idTokenInfo"]["status"]

    async def take(self, wh, at, power=7400.0):
        if self.old:
            values = {
                "connectorId": self.evse,
                "transactionId": self.number,
                "meterValue": self._measured(wh, at, power),
            }
            return await self.station.ask("MeterValues", values)
        return await self._event("Updated", "MeterValuePeriodic", wh, at, power=power)

    async def end(self, wh, at):
        if self.old:
            ended = {"transactionId": self.number, "meterStop": int(wh), "timestamp": at}
            return await self.station.ask("StopTransaction", ended)
        return await self._event("Ended", "RemoteStop", wh, at)

    async def _event(self, kind, why, wh, at, *, token=False, power=None):
        self.seq += 1
        info = {"transactionId": self.number, "chargingState": "Charging"}
        if token and self.remote is not None:
            info["remoteStartId"] = self.remote
        told = {
            "eventType": kind, "timestamp": at, "triggerReason": why, "seqNo": self.seq, "transactionInfo": info,
            "evse": {"id": self.evse, "connectorId": 1}, "meterValue": self._measured(wh, at, power),
        }  # fmt: skip
        if token:
            told["idToken"] = {"idToken": self.token, "type": self.kind}
        return await self.station.ask("TransactionEvent", told)

    def _measured(self, wh, at, power):
        values = [("Energy.Active.Import.Register", wh)]
        values += [] if power is None else [("Power.Active.Import", power)]
        written = str if self.old else float
        return [
            {"timestamp": at, "sampledValue": [{"measurand": what, "value": written(value)} for what, value in values]}
        ]


def asked(station):
    """The payload of the last CALL to a station."""
    return station.calls[-1][1]
