"""The bench's addresses over real sockets: TLS as a case wants it, one address open and the other shut."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from conformance import handshakes, papers, runner
from conformance import vocabulary as say
from conformance.rigs import Doorway
from conformance.rigs.foreign import ListeningRig
from conformance.vocabulary import STATION, V201
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
    came = []

    def script(station):
        for kind in (papers.UNKNOWN, papers.VALID):
            yield say.shakes_hands(kind)
            came.append((yield say.dials_in(20)))
        yield say.shut_out(at=1)
        came.append((yield say.dials_in(20)))
        came.append((yield say.dials_in(20)))

    async def dialling():
        await asyncio.sleep(0.3)  # until it is listened at
        for count, at in enumerate((0, 0, 1, 0), 1):
            await dials(urls[at])
            while len(came) < count:
                await asyncio.sleep(0.05)

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
