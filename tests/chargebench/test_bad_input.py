"""Bad input, at the level a user meets it: every kind has a clear outcome, and nothing acknowledged is lost."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from csms_reference.store.database import VERSION_TABLE, make_engine, migrate, parse_url
from protocol.security import server_tls
from tests.certificates import Authority, Pair
from tests.chargebench.hostile import (
    CLOSES,
    ERRORS,
    LEAVES_OPEN,
    NOW,
    SPOKEN,
    ask,
    closed_with,
    hostile_csms,
    reply_to,
    served,
    station,
)
from tests.chargebench.processes import Csms, child, csms, finished, frames, refused

VERSIONS = tuple(SPOKEN)
KNOCKING = ("run", "cable-first"), ("fleet", "--stations", "1"), ("certify", "csms")
"""The commands that dial a CSMS and make a run of it, beside ``station``."""


def dialling(words: tuple[str, ...], url: str, *more: str) -> tuple[int, str, str]:
    """Run a command against the CSMS at ``url``."""
    return finished(*words, "--target" if words[0] == "certify" else "--csms", url, *more)


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Csms]:
    """One CSMS for all hostile stations of this file: it must outlive every one of them."""
    with csms(tmp_path_factory.mktemp("csms"), "--unknown-tokens") as running:
        yield running
        assert running.stop() == 0
        assert "Traceback" not in running.running.text


# -- files and names


@pytest.mark.parametrize("command", ["station", "fleet"])
def test_unknown_profile(command: str) -> None:
    where = ("ws://127.0.0.1:9/",) if command == "station" else ()
    refused(finished(command, *where, "--profile", "ac-23kw"), 2, "ac-23kw", "ac-22kw")


def test_invalid_scenario(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("scenario: Mine\nduration: 1h\nfleet:\n  - {profile: ac-22kw, cuont: 3}\nexpect: [{seen: boot}]\n")
    refused(finished("run", str(file), "--out", str(tmp_path / "run")), 2, f"{file}:4", "cuont", "count")
    assert not (tmp_path / "run").exists()


# -- the network


@pytest.mark.parametrize("option", ["--port", "--api-port"])
def test_port_taken_by_csms(option: str, tmp_path: Path) -> None:
    ports = {"--port": "0", "--api-port": "0"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports[option] = str(taken.getsockname()[1])
        words = [word for pair in ports.items() for word in pair]
        refused(finished("csms", *words, "--database", str(tmp_path / "c.sqlite")), 2, ports[option], "in use")


def test_port_taken_by_certify(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        refused(finished("certify", "station", "--listen", place, "--out", str(tmp_path / "run")), 2, "in use")


@pytest.mark.parametrize("words", [("station",), *KNOCKING], ids=" ".join)
def test_csms_unreachable(words: tuple[str, ...], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        url = f"ws://127.0.0.1:{nobody.getsockname()[1]}/"
    out = ("--out", str(tmp_path / "run"))
    outcome = finished("station", url) if words == ("station",) else dialling(words, url, *out)
    refused(outcome, 1, "cannot reach", url)
    assert not (tmp_path / "run").exists()


# -- who may come in


@pytest.mark.parametrize("password", [(), ("--password", "not-the-right-one")], ids=["none", "wrong"])
def test_wrong_password(password: tuple[str, ...], tmp_path: Path) -> None:
    with csms(tmp_path, "--passwords") as running:
        running.post("/stations", id="CP-001", password="the-right-one-of-16")
        refused(finished("station", running.url, *password), 1, "refused", "(401)", "--password")
        accepted, _, err = finished("station", running.url, "--password", "the-right-one-of-16")
        assert accepted == 0, err


def test_wrong_password_of_a_fleet(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with csms(tmp_path, "--passwords") as running:
        words = ("--speed", "20", "--duration", "100s", "--password", "not-the-right-one", "--out", str(out))
        code, said, _ = dialling(("fleet", "--stations", "2"), running.url, *words)
    assert code == 1
    assert "2 station(s) could not connect, refused (401)" in said
    assert "not-the-right-one" not in (out / "run.json").read_text()


def certificate(authority: Authority, fault: str) -> tuple[Pair, Path]:
    """A server's certificate that has something wrong with it, and the CA that the client trusts."""
    if fault == "untrusted":
        stranger = Authority(authority.folder, "Nobody's CA")
        return stranger.issue("untrusted"), authority.cert
    return {"expired": authority.expired, "wrong name": authority.wrong_name}[fault](), authority.cert


@pytest.mark.parametrize("words", [("station",), *KNOCKING], ids=" ".join)
@pytest.mark.parametrize("fault", ["untrusted", "expired", "wrong name"])
def test_wrong_certificate(fault: str, words: tuple[str, ...], tmp_path: Path) -> None:
    if words != ("station",) and fault != "untrusted":
        words = ("run", "cable-first")
    pair, ca = certificate(Authority(tmp_path), fault)
    with served(lambda _link: None, "2.0.1", server_tls(pair.cert, pair.key)) as port:
        url, trusted = f"wss://127.0.0.1:{port}/", ("--ca", str(ca))
        outcome = finished("station", url, *trusted) if words == ("station",) else dialling(words, url, *trusted)
    refused(outcome, 1, "certificate", "not trusted", url)


@pytest.mark.parametrize("what", ["--cert", "--ca"])
def test_unusable_certificate_file(what: str, tmp_path: Path) -> None:
    file = tmp_path / "letter.pem"
    file.write_text("Dear certificate")
    key = Authority(tmp_path).issue().key
    serving = ("csms", "--port", "0", "--api-port", "0", "--database", str(tmp_path / "c.sqlite"))
    words = (*serving, "--cert", str(file), "--key", str(key)) if what == "--cert" else ("station", "wss://h/", what)
    refused(finished(*words, *([str(file)] if what == "--ca" else [])), 2, str(file))


@pytest.mark.parametrize("version", VERSIONS)
def test_wrong_subprotocol_of_a_csms(version: str) -> None:
    with served(lambda link: link.close(), None) as port:
        refused(finished("station", f"ws://127.0.0.1:{port}/", "--version", version), 1, "OCPP version", "--version")


def test_wrong_subprotocol_of_a_station(reference: Csms) -> None:
    with connect(reference.url + "OTHER", subprotocols=[Subprotocol("ocpp9.9")], proxy=None) as link:
        assert link.subprotocol is None
        assert closed_with(link) == 1002
    httpx.get(f"{reference.api}/health").raise_for_status()


# -- frames that a hostile CSMS sends to our station


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("attack", LEAVES_OPEN)
def test_station_goes_on_after(attack: str, version: str) -> None:
    with (
        hostile_csms(version, LEAVES_OPEN[attack]) as hostile,
        child("station", hostile.url, "--version", version, "--speed", "20") as running,
    ):
        if attack in ERRORS:
            error = hostile.reply_to("evil-1")
            assert error[0] == 4
            assert error[2] in ERRORS[attack][version]
        assert hostile.reply_to("still-there")[0] == 3
        running.say("quit")
        assert running.end() == 0
    assert hostile.closed.empty()
    assert "Traceback" not in running.text
    assert "\x1b" not in running.text


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("attack", CLOSES)
def test_station_closes_and_comes_back_after(attack: str, version: str) -> None:
    data, code = CLOSES[attack]
    with (
        hostile_csms(version, data) as hostile,
        child("station", hostile.url, "--version", version, "--speed", "100") as running,
    ):
        assert hostile.closed.get(timeout=30) == code
        assert hostile.reply_to("still-there")[0] == 3
        running.say("quit")
        assert running.end() == 0
    assert "Traceback" not in running.text


# -- frames that a hostile station sends to our CSMS


def charged(link: ClientConnection, identity: str, version: str) -> str:
    """Boot, and have a transaction acknowledged; returns its id."""
    if version == "1.6":
        boot = {"chargePointVendor": "Evil", "chargePointModel": "One"}
        begin = {"connectorId": 1, "idTag": "T1", "meterStart": 0, "timestamp": NOW}
        assert ask(link, "boot", "BootNotification", boot)[2]["status"] == "Accepted"
        return str(ask(link, "begin", "StartTransaction", begin)[2]["transactionId"])
    boot_201 = {"reason": "PowerUp", "chargingStation": {"vendorName": "Evil", "model": "One"}}
    tx = f"tx-{identity}"[:36]
    event: dict[str, object] = {
        "eventType": "Started",
        "timestamp": NOW,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": tx},
        "evse": {"id": 1, "connectorId": 1},
        "idToken": {"idToken": "T1", "type": "ISO14443"},
    }
    assert ask(link, "boot", "BootNotification", boot_201)[2]["status"] == "Accepted"
    assert ask(link, "begin", "TransactionEvent", event)[0] == 3
    return tx


def kept(reference: Csms, identity: str) -> list[str]:
    """The ids of a station's transactions that the CSMS knows."""
    return [str(each["transaction_id"]) for each in reference.get("/transactions") if each["station"] == identity]


def named(attack: str, version: str) -> str:
    return f"EVIL-{attack.replace(' ', '-')}-{version}"[:48]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("attack", LEAVES_OPEN)
def test_csms_goes_on_after(attack: str, version: str, reference: Csms) -> None:
    identity = named(attack, version)
    with station(reference.url, identity, version) as link:
        transaction = charged(link, identity, version)
        link.send(LEAVES_OPEN[attack].replace('"Reset",{"type":7}', '"Heartbeat",{"type":7}'))
        if attack in ERRORS:
            assert reply_to(link, "evil-1")[0] == 4
        assert ask(link, "beat", "Heartbeat", {})[0] == 3
    assert kept(reference, identity) == [transaction]


@pytest.mark.parametrize("version", VERSIONS)
def test_csms_goes_on_after_binary_frames(version: str, reference: Csms) -> None:
    identity = named("binary frames", version)
    with station(reference.url, identity, version) as link:
        transaction = charged(link, identity, version)
        link.send(CLOSES["binary frames"][0])
        assert ask(link, "beat", "Heartbeat", {})[0] == 3
    assert kept(reference, identity) == [transaction]


@pytest.mark.parametrize("version", VERSIONS)
def test_csms_closes_and_lets_in_again_after_oversized_frames(version: str, reference: Csms) -> None:
    data, code = CLOSES["oversized frames"]
    identity = named("oversized frames", version)
    with station(reference.url, identity, version) as link:
        transaction = charged(link, identity, version)
        link.send(data)
        assert closed_with(link) == code
    with station(reference.url, identity, version) as link:
        assert ask(link, "beat", "Heartbeat", {})[0] == 3
    assert kept(reference, identity) == [transaction]


# -- databases


def test_database_from_an_older_version(tmp_path: Path) -> None:
    database = tmp_path / "csms.sqlite"
    engine = make_engine(parse_url(f"sqlite:///{database}"))
    migrate(engine, to="0001")
    engine.dispose()
    with sqlite3.connect(database) as old:
        old.execute("insert into stations (station, registration, created_ms) values ('OLD-1', 'Accepted', 1)")
    old.close()
    with csms(tmp_path) as running:
        assert [each["id"] for each in running.get("/stations")] == ["OLD-1"]
        with station(running.url, "OLD-1", "2.0.1") as link:
            charged(link, "OLD-1", "2.0.1")
        assert running.stop() == 0


def test_database_from_a_newer_version(tmp_path: Path) -> None:
    database = tmp_path / "csms.sqlite"
    engine = make_engine(parse_url(f"sqlite:///{database}"))
    migrate(engine)
    engine.dispose()
    with sqlite3.connect(database) as newer:
        newer.execute(f"update {VERSION_TABLE} set version_num = '9999'")
    before = list(newer.iterdump())
    refused(finished("csms", "--port", "0", "--api-port", "0", "--database", str(database)), 2, "newer version", "9999")
    assert list(newer.iterdump()) == before
    newer.close()


def test_database_that_is_none(tmp_path: Path) -> None:
    database = tmp_path / "letter.sqlite"
    database.write_text("Dear database, " * 100)
    words = ("csms", "--port", "0", "--api-port", "0", "--database")
    refused(finished(*words, str(database)), 2, "letter.sqlite")
    refused(finished(*words, str(tmp_path / "no" / "folder.sqlite")), 2, "folder")
    assert database.read_text().startswith("Dear database")


# -- what a failed run leaves


def test_an_attack_is_in_the_record_of_a_run(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with hostile_csms("2.0.1", '[2,"evil-1","Frobnicate",{}]') as hostile:
        words = ("--stations", "1", "--arrivals", "0", "--speed", "8", "--duration", "40s", "--out", str(out))
        code, _, err = finished("fleet", "--csms", hostile.url, *words)
    assert code == 0, err
    assert any("Frobnicate" in each["text"] and each["direction"] == "down" for each in frames(out))
