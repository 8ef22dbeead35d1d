"""The bench's addresses: TLS as a case wants it, one address open and the other shut, over sockets and without."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from conformance import handshakes, papers, registry, runner
from conformance import vocabulary as say
from conformance.mutants import CREDULOUS, Mutant, arrives
from conformance.rigs import Doorway
from conformance.rigs.foreign import ListeningRig
from conformance.rigs.reference import ReferenceCsms
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import CSMS, STATION, V201
from protocol.security import basic
from protocol.transports.websocket import serve
from reports.verdict import Verdict

PASSWORD = "0123456789abcdef"


async def free_port():
    probe = await serve(Doorway(), "127.0.0.1", 0)
    await probe.close()
    return probe.port


async def dials(url):
    """A station that trusts the bench; how it fares is the bench's to tell."""
    context = handshakes.client(papers.bench_pki().csms.pem, lambda shaken: None)
    named = {"Authorization": basic("BENCH-1", PASSWORD)}
    with contextlib.suppress(InvalidStatus, ssl.SSLError):
        async with connect(f"{url}/BENCH-1", ssl=context, subprotocols=["ocpp2.0.1"], additional_headers=named):
            await asyncio.sleep(0.2)


async def test_the_bench_knows_who_came_where_and_who_did_not_like_its_certificate():
    urls = tuple([f"wss://localhost:{await free_port()}" for _ in range(2)])
    station = say.Subject(STATION, V201, security_profile=2, password=PASSWORD, secure_urls=urls)
    came, turn = [], asyncio.Semaphore(0)

    def comes():
        came.append((yield say.dials_in(20)))
        turn.release()

    def script(station):
        for kind in (papers.UNKNOWN, papers.VALID):
            yield say.shakes_hands(kind)
            yield from comes()
        yield say.shut_out(at=1)
        yield from comes()
        yield from comes()

    async def dialling():
        await asyncio.sleep(0.3)  # until it is listened at
        for at in (0, 0, 1, 0):
            await dials(urls[at])
            await turn.acquire()

    rig = await ListeningRig.listen("127.0.0.1", 0)
    task = asyncio.create_task(dialling())
    try:
        case = say.Case("TC_X", "t", ("R",), STATION, (V201,), (), script)
        verdict = await runner.run_case(case, station, rig, start=runner.START)
        await task
    finally:
        await rig.close()
    assert verdict.verdict is Verdict.PASS, verdict
    assert [(each.ending, each.at, each.secure) for each in came] == [
        ("tls", 0, True),
        ("", 0, True),
        ("shut out", 1, True),
        ("", 0, True),
    ]
    assert (came[1].tls, came[1].user) == ("1.3", "BENCH-1")
    assert "ECDHE-ECDSA-AES128-GCM-SHA256" in came[1].ciphers


# -- without sockets


def on_own_station(script, level=2, mutant=None):
    """A case of one script on our own station, commissioned for a security profile."""
    case = say.Case("TC_X", "t", ("R",), STATION, (V201,), (), script)
    rig = SimulatedStation(runner.START, security_profile=level)
    return runner.run_case(case, runner.describe(STATION, V201, rig), rig, mutant=mutant)


def here(station):
    yield say.Operate("ready")
    return (yield say.dials_in(60, where={"ending": ""}))


@pytest.mark.parametrize(
    ("level", "shown"),
    [(0, ("", False, None, False)), (1, ("", False, "BENCH-1", False)), (2, ("1.3", True, "BENCH-1", False)),
     (3, ("1.3", True, None, True))],
)  # fmt: skip
async def test_our_own_station_comes_as_its_security_profile_says(level, shown):
    def script(station):
        came = yield from here(station)
        seen = came.tls, came.secure, came.user, came.certificate is not None
        yield say.check(seen == shown, str(shown), str(seen))

    assert (await on_own_station(script, level)).verdict is Verdict.PASS


async def test_an_address_is_shut_by_itself_and_only_as_far_as_is_said():
    def script(station):
        yield from here(station)
        yield say.shut_out(at=1)
        yield say.shut_out(secure=False)
        yield say.disconnect()
        yield say.dials_in(300, having={"ending": "", "at": 0, "secure": True})
        yield say.shut_out(at=0)
        yield say.disconnect()
        yield say.dials_in(300, having={"ending": "shut out", "at": 0})

    verdict = await on_own_station(script)
    assert verdict.verdict is Verdict.PASS, verdict


async def test_another_password_is_asked_for():
    def script(station):
        yield from here(station)
        yield say.let_in(password="another")
        yield say.disconnect()
        yield say.dials_in(300, having={"ending": "wrong password", "user": "BENCH-1"})

    assert (await on_own_station(script, 1)).verdict is Verdict.PASS


async def test_what_failed_before_the_bench_showed_something_else_does_not_count():
    def script(station):
        yield from here(station)
        yield say.shakes_hands(papers.EXPIRED)
        yield say.disconnect()
        yield say.let_pass(120)
        yield say.shakes_hands()
        yield say.dials_in(600, having={"ending": ""})

    verdict = await on_own_station(script)
    assert verdict.verdict is Verdict.PASS, verdict


async def test_a_credulous_station_is_shown_nothing_wrong():
    def script(station):
        yield from here(station)
        yield say.shakes_hands(papers.UNKNOWN)
        yield say.disconnect()
        yield say.dials_in(300, having={"ending": "tls"}, rule="R")

    assert (await on_own_station(script)).verdict is Verdict.PASS
    assert (await on_own_station(script, mutant=Mutant("m", guise=CREDULOUS))).verdict is Verdict.FAIL


async def test_a_guise_changes_what_the_bench_sees():
    def script(station):
        yield say.Operate("ready")
        yield say.dials_in(60, having={"user": "BENCH-1"}, rule="R")

    assert (await on_own_station(script, 1)).verdict is Verdict.PASS
    assert (await on_own_station(script, 1, Mutant("m", guise=arrives(user="x")))).verdict is Verdict.FAIL


async def test_the_time_of_day_is_the_benchs():
    def script(station):
        now = yield say.time_of_day()
        yield say.check(now == runner.START, str(runner.START), str(now))

    assert (await on_own_station(script)).verdict is Verdict.PASS


async def test_old_tls_is_not_judged_where_openssl_has_none(monkeypatch):
    monkeypatch.setattr(ssl, "HAS_TLSv1_1", False)
    rig = ReferenceCsms(runner.START).fitted("TC_A_06_CSMS")
    subject = runner.describe(CSMS, V201, rig)
    verdict = await runner.run_case(registry.cases()["TC_A_06_CSMS"], subject, rig)
    assert (verdict.verdict, verdict.reason) == (Verdict.INCONCLUSIVE, "no TLS 1.1 in this OpenSSL")
