"""The parts that commands are made of, each on its own."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest
import typer

from chargebench import certification, keyring, log, options, play, reach
from chargebench.commands import certify, csms, fleet, report, run, station
from chargebench.errors import Failed, Unusable
from protocol.link import Ending, Lost, Receiver, Target
from protocol.security import client_tls

URL = "ws://127.0.0.1:9000/"


def test_a_command_enters_under_its_own_name_only() -> None:
    for group, names in ((fleet, {"fleet"}), (station, {"station"})):
        app = typer.Typer()
        group.add_to(app)
        assert {each.name for each in app.registered_commands} == names
    both = typer.Typer()
    csms.add_to(both)
    run.add_to(both)
    certify.add_to(both)
    report.add_to(both)
    assert {each.name for each in both.registered_commands} == {"run", "scenarios"}
    assert [each.typer_instance for each in both.registered_groups] == [csms.group, certify.app, report.app]


# -- options


@pytest.mark.parametrize("speed", ["inf", "nan", "0", "-1", "fast", ""])
def test_a_speed_that_is_none(speed: str) -> None:
    with pytest.raises(Unusable, match="virtual, real"):
        options.pace_of(speed)


def test_speeds_have_names() -> None:
    assert [str(options.pace_of(each)) for each in ("virtual", "real", "60", "60x")] == [
        "virtual", "real", "scaled:60", "scaled:60",
    ]  # fmt: skip


@pytest.mark.parametrize("url", ["http://h/", "ws://", "ws://h:99999/", "ws://[::1/", "wss://:9/"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(Unusable, match="ws://HOST:PORT"):
        options.websocket_url(url)


def test_only_wss_has_certificates(tmp_path: Path) -> None:
    assert options.trust(URL, None) is None
    assert options.trust("WSS://h/", None) is not None
    with pytest.raises(Unusable, match="--ca"):
        options.trust(URL, tmp_path)


def test_a_run_remembers_no_secret() -> None:
    argv = ["fleet", "--password", "--secret--", "--id", "X", "--api-key=abc", "--password=s3", "--seed", "7"]
    assert options.words_of(argv) == ["fleet", "--id", "X", "--seed", "7"]
    how = play.How(csms=URL, password="s3", ca=Path("ca.pem"))
    assert how.command("mine.yaml", 7) == [
        "chargebench", "run", "mine.yaml", "--seed", "7", "--csms", URL, "--ca", "ca.pem",
    ]  # fmt: skip


# -- the keyring


class Noting:
    remote = True

    def __init__(self) -> None:
        self.targets: list[Target] = []

    def dial(self, target: Target, _receiver: Receiver) -> None:
        self.targets.append(target)


def test_a_keyring_adds_only_what_is_missing() -> None:
    noting, tls, own = Noting(), client_tls(), client_tls()
    ring = keyring.Keyring(noting, tls, "shared")
    assert ring.remote
    ring.dial(Target(URL, "A", ("ocpp1.6",)), None)  # type: ignore[arg-type]
    ring.dial(Target(URL, "B", ("ocpp1.6",), "its own", own), None)  # type: ignore[arg-type]
    assert [(each.password, each.tls) for each in noting.targets] == [("shared", tls), ("its own", own)]


# -- reach


def test_a_server_that_listens_is_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        reach.knock(f"ws://127.0.0.1:{server.getsockname()[1]}/")


@pytest.mark.parametrize("url", ["ws://127.0.0.1:9/", "ws://no-such-host.invalid/"])
def test_a_server_that_is_not_there(url: str) -> None:
    with pytest.raises(Failed, match=f"cannot reach the CSMS at {url}"):
        reach.knock(url)


@pytest.mark.parametrize("ending", [each for each in Ending if each is not Ending.CUT])
def test_every_ending_is_told_with_the_address(ending: Ending) -> None:
    assert URL in reach.told(URL, Lost(ending, 7, "why"))
    assert "why" in reach.told(URL, Lost(ending, 7, "why"))


# -- log


def test_a_logged_line_is_one_line_and_names_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    cause = ValueError("two\nlines")
    record = logging.LogRecord(
        "room", logging.ERROR, "", 0, "it %s\nforged", ("broke\x1b[2J",), (ValueError, cause, None)
    )
    log.OneLine().handle(record)
    assert capsys.readouterr().err == "error: room: it broke\\x1b[2J forged (ValueError: two lines)\n"


# -- certification


def test_cases_are_chosen_by_id_and_named_if_unknown() -> None:
    (case,) = certification.Wanted("station", "2.0.1", ["TC_B_01_CS"]).cases()
    assert case.id == "TC_B_01_CS"
    with pytest.raises(Unusable, match="no case fits"):
        certification.Wanted("station", "2.0.1", blocks=["Z"]).cases()
    with pytest.raises(Unusable, match="Core"):
        certification.Wanted("csms", "2.0.1", profiles=["Cor"]).cases()


def test_an_identity_is_agreed_upon() -> None:
    wanted = certification.Wanted("csms", "2.0.1", identity="X-1")
    assert wanted.known_as == "X-1"
    assert wanted.declaration() is None
    assert certification.Wanted("csms", "2.0.1").known_as == "BENCH-1"
