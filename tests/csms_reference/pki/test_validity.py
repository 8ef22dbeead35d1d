"""Contracts whose certificates are somebody else's: their responder is asked, if it may be (C07.FR.05)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from csms_reference.instants import to_ms
from csms_reference.pki import validity
from csms_reference.pki.responder import respond
from csms_reference.pki.validity import Validity, joined, responder_url, same_emaid
from csms_reference.services import certificates
from csms_reference.services.authorization import Standing, Verdict
from csms_reference.store import Store
from protocol.x509 import hash_data, pem
from tests.csms_reference.conftest import Bench
from tests.csms_reference.pki.conftest import NOW, Responder, Site

EMAID = "DE-8ACC12E46L89"


@contextlib.asynccontextmanager
async def csms(tmp_path: Path, **settings: Any) -> AsyncIterator[Any]:
    """A CSMS with a database on disk: it is no simulation, and may ask others."""
    store = Store.open(f"sqlite:///{tmp_path}/csms.sqlite")
    try:
        yield Bench(store, **settings).csms
    finally:
        store.close()


@pytest.mark.parametrize(
    ("state", "expected"), [("good", Validity.ACCEPTED), ("revoked", Validity.REVOKED), ("gone", Validity.BAD_CHAIN)]
)
async def test_somebody_elses_responder_decides(
    site: Site, theirs: Responder, tmp_path: Path, state: str, expected: Validity
) -> None:
    url = await theirs.open()
    issued = site.issue("DE8ACC12E46L89", "contract")
    if state == "revoked":
        site.do(lambda database: certificates.revoke(database, issued.number, "keyCompromise", to_ms(NOW)))
    elif state == "gone":
        site.do(lambda database: database.exec_driver_sql("DELETE FROM certificates"))
    leaf, sub = issued.chain
    data = {**hash_data(leaf, sub), "responderURL": url}
    async with csms(tmp_path, ocsp_responders=[url]) as ours:
        assert await validity.of_hashes(ours, EMAID, [data], NOW) is expected
        answer = await validity.status_answer(ours, data, NOW)
        assert answer is not None
    async with csms(tmp_path) as ours:  # which may ask nobody
        before = theirs.asked
        assert await validity.of_hashes(ours, EMAID, [data], NOW) is Validity.BAD_CHAIN
        assert await validity.status_answer(ours, data, NOW) is None
        assert theirs.asked == before


async def test_a_chain_that_is_shown_whole_names_its_responders(site: Site, theirs: Responder, tmp_path: Path) -> None:
    url = await theirs.open()
    site.hierarchy = type(site.hierarchy)(site.hierarchy.organisation, type(site.hierarchy.places)(url, "http://x/"))
    issued = site.issue("DE8ACC12E46L89", "contract")
    assert responder_url(issued.chain[0]) == url
    assert responder_url(site.root("mo")) is None
    file = tmp_path / "mo.pem"
    file.write_text(pem(site.root("mo")))
    async with csms(tmp_path, ocsp_responders=[url], contract_ca=str(file)) as ours:
        assert await validity.of_chain(ours, EMAID, issued.pem, NOW) is Validity.ACCEPTED
        assert theirs.asked == 2  # the leaf and the authority above it


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("DE8ACC12E46L89", "DE-8AC-C12E46L89", True),
        ("de8acc12e46l89", "DE8ACC12E46L89", True),
        ("DE8ACC12E46L89X", "DE8ACC12E46L89", True),
        ("DE8ACC12E46L88", "DE8ACC12E46L89", False),
        ("DE8", "DE8A", False),
    ],
)
def test_emaids_have_several_spellings(one: str, other: str, same: bool) -> None:
    assert same_emaid(one, other) is same


def test_the_token_follows_the_certificate() -> None:
    """C07.FR.13 to FR.17."""
    accepted = Verdict(Standing.ACCEPTED)
    assert joined(Validity.ACCEPTED, accepted) == (Validity.ACCEPTED, accepted)
    assert joined(Validity.ACCEPTED, Verdict(Standing.CONCURRENT))[0] is Validity.ACCEPTED
    assert joined(Validity.ACCEPTED, Verdict(Standing.BLOCKED))[0] is Validity.CANCELLED
    assert joined(Validity.EXPIRED, accepted) == (Validity.EXPIRED, Verdict(Standing.EXPIRED))
    assert joined(Validity.REVOKED, accepted) == (Validity.REVOKED, Verdict(Standing.INVALID))


async def test_a_csms_inside_of_a_simulation_asks_nobody(site: Site, theirs: Responder, bench: Any) -> None:
    """Its answers would differ from run to run."""
    url = await theirs.open()
    leaf, sub = site.issue("DE8ACC12E46L89", "contract").chain
    data = {**hash_data(leaf, sub), "responderURL": url}
    assert await validity.status_answer(bench(ocsp_responders=[url]).csms, data, NOW) is None
    assert theirs.asked == 0


async def test_a_csms_inside_of_a_simulation_asks_who_is_inside_of_it(site: Site, bench: Any) -> None:
    """What is posted without a network is the same in every run."""
    leaf, sub = site.issue("DE8ACC12E46L89", "contract").chain
    data = {**hash_data(leaf, sub), "responderURL": "http://inside/"}
    asked: list[str] = []

    async def post(url: str, request: bytes) -> bytes:
        asked.append(url)
        return site.do(lambda database: respond(database, request, NOW))

    ours = bench(ocsp_responders=["http://inside/"]).csms
    ours.post = post
    assert await validity.status_answer(ours, data, NOW) is not None
    assert asked == ["http://inside/"]
