"""Every command as a process: what it announces, what it leaves, how it ends."""

from __future__ import annotations

import json
import re
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.chargebench.hostile import hostile_csms
from tests.chargebench.processes import Csms, child, csms, environment, finished, frames, refused

HANDS_ON = """wait 15
plug compact-50kwh 30%
present T1
wait 40
status
stop
wait 3
unplug
wait 2
fault leakage in the station leakage_ac_a=0.2
wait 2
mend leakage in the station
fault tilt
clear
wait 2
off
on
wait 15
"""
WRONG = {
    "frob": "no such command",
    "wait soon": "no number of seconds",
    "wait -1": "no number of seconds",
    "present": "present TOKEN",
    "plug no-such-car": "compact-50kwh",
    "plug compact-50kwh 400": "0 to 100",
    "unplug": "no EV",
    "unplug it": "too many words",
    "evse 2": "no EVSE 2",
    "evse": "evse NUMBER",
    "fault flod": "did you mean 'flood'?",
    "fault flood": "no FloodSensor",
    "fault ground fault leakage_a=3": "did you mean 'leakage_ac_a'?",
    "fault ground fault leakage_ac_a=much": "is like 0.03",
    "mend": "mend NAME",
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Csms]:
    """One CSMS for the commands that need a peer."""
    with csms(tmp_path_factory.mktemp("csms"), "--unknown-tokens") as running:
        yield running


# -- station


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_station_is_operated_from_a_pipe(version: str, reference: Csms) -> None:
    identity = f"PIPE-{version}"
    words = ("station", reference.url, "--id", identity, "--version", version, "--speed", "30")
    code, out, err = finished(*words, stdin=HANDS_ON)
    assert (code, err) == (0, "")
    steps = "Plugged", "TokenPresented", "TransactionStarted", "TransactionEnded", "Unplugged", "ConnectorFaulted"
    places = [out.index(f"• {step} ") for step in (*steps, "FaultCleared", "PoweredOff")]
    assert places == sorted(places)
    assert out.count("• PoweredOn ") == 2
    (snapshot,) = re.findall(r"^\{$.*?^\}$", out, flags=re.MULTILINE | re.DOTALL)
    assert json.loads(snapshot)["evses"]["1"]["power_w"] > 1000
    (charged,) = [each for each in reference.get("/transactions") if each["station"] == identity]
    assert charged["state"] == "Ended"


def test_station_says_what_was_wrong_with_a_line_and_goes_on(reference: Csms) -> None:
    lines = [*WRONG, "help"]
    words = ("station", reference.url, "--id", "WRONG", "--speed", "30", "--no-frames")
    code, out, err = finished(*words, stdin="".join(f"{line}\n" for line in lines))
    assert (code, err) == (0, "")
    said = [line for line in out.splitlines() if re.match(r"[a-z]+: ", line)]
    assert len(said) == len(WRONG)
    for line, (typed, told) in zip(said, WRONG.items(), strict=True):
        assert line.startswith(f"{typed.split()[0]}: ")
        assert told in line
    assert "present TOKEN " in out
    assert "→" not in out


def test_station_has_several_evses(reference: Csms) -> None:
    words = ("station", reference.url, "--id", "DUO", "--profile", "ac-22kw-duo", "--speed", "30", "--no-frames")
    _, out, _ = finished(*words, stdin="wait 15\nevse 2\nplug\nwait 2\n")
    assert "Plugged evse=2 connector=1" in out


def test_station_ends_at_quit_though_more_could_come(reference: Csms) -> None:
    with child("station", reference.url, "--id", "QUIT", "--speed", "30") as running:
        running.until("Registered status=Accepted")
        running.say("quit")
        assert running.process.wait(30) == 0


def test_station_ends_at_ctrl_c(reference: Csms) -> None:
    with child("station", reference.url, "--id", "CTRL-C") as running:
        running.until("Registered status=Accepted")
        assert running.end(signal.SIGINT) == 130
        assert "Traceback" not in running.text


def test_station_keeps_trying_if_told_so() -> None:
    with child("station", "ws://127.0.0.1:9/", "--retry", "--speed", "100") as running:
        running.until("Disconnected ending=unreachable")
        running.until("WaitedToReconnect attempt=1")
        running.until("Disconnected ending=unreachable")
        running.say("quit")
        assert running.end() == 1


def test_what_a_peer_sends_cannot_draw_on_the_terminal() -> None:
    with (
        hostile_csms("2.0.1", '[2,"x","[red]\x1b[2J\u202e",{}]') as hostile,
        child("station", hostile.url, "--speed", "20") as running,
    ):
        hostile.reply_to("still-there")
        running.say("quit")
        running.end()
    assert r"[red]\x1b[2J\u202e" in running.text
    assert "\x1b" not in running.text


# -- csms


def test_csms_serves_and_ends_at_sigterm(tmp_path: Path) -> None:
    with csms(tmp_path, "--unknown-tokens") as running, child("station", running.url, "--speed", "30") as station:
        station.until("Registered status=Accepted")
        station.say("plug", "present T1")
        station.until("TransactionStarted")
        station.until(r"\[3,")
        assert len(running.get("/transactions")) == 1
        assert running.stop() == 0
        station.until("Disconnected ending=closed code=1001")
        assert "Traceback" not in running.running.text


def test_csms_settings_come_from_a_file_and_options_override_it(tmp_path: Path) -> None:
    file = tmp_path / "csms.yaml"
    file.write_text("heartbeat_s: 77\nunknown_stations: refuse\n")
    with csms(tmp_path, "--settings", str(file), "--unknown-stations", "register") as running:
        code, out, _ = finished("station", running.url, "--speed", "20")
    assert code == 0
    assert '"interval":77' in out


@pytest.mark.parametrize(
    ("content", "told"), [("heartbeat: 7\n", "heartbeat_s"), ("heartbeat_s: often\n", "heartbeat_s"), ("- 1\n", "list")]
)
def test_csms_settings_that_cannot_be_used(content: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "csms.yaml"
    file.write_text(content)
    refused(finished("csms", "--settings", str(file)), 2, "csms.yaml", told)


def test_tls_and_passwords_together(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue()
    words = ("--cert", str(pair.cert), "--key", str(pair.key), "--passwords")
    secret = {"CHARGEBENCH_PASSWORD": "the-right-one-of-16"}
    with csms(tmp_path, *words) as running:
        assert running.url.startswith("wss://")
        for identity in ("CP-001", "CP-00001"):
            running.post("/stations", id=identity, password=secret["CHARGEBENCH_PASSWORD"])
        trusted = ("--ca", str(authority.cert))
        assert finished("station", running.url, *trusted, "--speed", "20", **secret)[0] == 0
        fleet = ("--stations", "1", "--arrivals", "0", "--speed", "8", "--duration", "40s", "--out")
        code, out, err = finished("fleet", "--csms", running.url, *trusted, *fleet, str(tmp_path / "run"), **secret)
        assert code == 0, out + err
        assert secret["CHARGEBENCH_PASSWORD"] not in (tmp_path / "run" / "run.json").read_text()


# -- fleet


def test_fleet_in_process_shares_out_profiles_and_versions(tmp_path: Path) -> None:
    out = tmp_path / "run"
    kinds = ("--profile", "ac-22kw", "--profile", "dc-150kw", "--version", "1.6", "--version", "2.0.1")
    code, said, err = finished("fleet", "--stations", "6", *kinds, "--duration", "4h", "--out", str(out))
    assert code == 0, said + err
    run = json.loads((out / "run.json").read_text())
    found = Counter((each["profile"], each["version"]) for each in run["stations"])
    assert found == {("ac-22kw", "1.6"): 2, ("ac-22kw", "2.0.1"): 2, ("dc-150kw", "1.6"): 1, ("dc-150kw", "2.0.1"): 1}
    assert any('"TransactionEvent"' in each["text"] for each in frames(out))
    assert any('"StartTransaction"' in each["text"] for each in frames(out))
    assert "\r" not in said
    assert len([line for line in said.splitlines() if "messages" in line]) == 1


def test_fleet_against_a_csms_of_its_own_process(reference: Csms, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ("--stations", "3", "--id", "FLEET-{n}", "--speed", "120", "--duration", "20m", "--arrivals", "6")
    code, said, err = finished("fleet", "--csms", reference.url, *words, "--token", "T1", "--out", str(out))
    assert code == 0, said + err
    known = {each["station"] for each in reference.get("/transactions")}
    started = {each["station"] for each in frames(out) if '"eventType":"Started"' in each["text"]}
    assert started
    assert started <= known


@pytest.mark.parametrize("words", [("--id", "ONE"), ("--duration", "soon"), ("--speed", "inf"), ("--version", "9")])
def test_fleet_options_that_cannot_be_used(words: tuple[str, str], tmp_path: Path) -> None:
    refused(finished("fleet", *words, "--out", str(tmp_path / "run")), 2, words[1])


# -- run


def test_run_interrupted_leaves_a_readable_run(reference: Csms, tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ("fleet", "--csms", reference.url, "--stations", "1", "--id", "GONE-{n}", "--duration", "1h", "--out")
    with child(*words, str(out)) as running:
        reached(reference, "GONE-1")
        assert running.end(signal.SIGINT) == 130
    assert running.text.strip() == f"interrupted; chargebench report {out} shows the run as far as it went"
    code, said, _ = finished("report", str(out))
    assert code == 0
    assert "incomplete" in said
    assert "incomplete" in (out / "report.html").read_text()


def reached(reference: Csms, identity: str) -> None:
    """Wait until the CSMS has accepted a station."""
    for _ in range(200):
        if any(each["id"] == identity and each["connected"] for each in reference.get("/stations")):
            return
        time.sleep(0.05)
    raise AssertionError(f"{identity} never came")


def test_an_unwritable_out_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused(finished("run", "cable-first", "--out", str(tmp_path / "file" / "run")), 2, "file/run")
    refused(finished("run", "cable-first", "--out", "/proc/run"), 2, "/proc/run")


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    done = subprocess.run(
        [sys.executable, "-m", "chargebench", "run", "charging-day", "--out", str(tmp_path / "run")],
        preexec_fn=small, capture_output=True, text=True, env=environment(), timeout=50, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "File too large" in done.stderr
    assert "Traceback" not in done.stderr


# -- certify


def test_certify_lists_cases() -> None:
    code, out, _ = finished("certify", "station", "--list", "--block", "B")
    assert code == 0
    assert out.splitlines()
    assert all(line.split()[0].startswith("TC_B_") for line in out.splitlines())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--case", "TC_X_99"), "TC_X_99"),
        (("--block", "Z"), "no case fits"),
        (("--profile", "Cores"), "Core"),
        (("--version", "3.0"), "3.0"),
        (("--features", "/no/such.yaml"), "such.yaml"),
    ],
)
@pytest.mark.parametrize("role", ["station", "csms"])
def test_certify_asked_for_what_is_not_there(role: str, words: tuple[str, str], told: str, tmp_path: Path) -> None:
    refused(finished("certify", role, *words, "--out", str(tmp_path / "run")), 2, told)


def test_certify_options_that_do_not_go_together(tmp_path: Path) -> None:
    refused(finished("certify", "station", "--listen", "nowhere"), 2, "HOST:PORT")
    refused(finished("certify", "station", "--listen", "127.0.0.1:0", "--cert", "x.pem"), 2, "--key")
    refused(finished("certify", "csms", "--api", "http://127.0.0.1:9"), 2, "--target")


@pytest.mark.parametrize("role", ["station", "csms"])
def test_certify_judges_our_own(role: str, tmp_path: Path) -> None:
    case = first_case(role)
    code, out, err = finished("certify", role, "--case", case, "--out", str(tmp_path / "run"))
    assert (code, err) == (0, "")
    assert case in out
    assert "PASS  1 pass" in out
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (run["kind"], [each["id"] for each in run["verdicts"]]) == (f"certify-{role}", [case])
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize("role", ["station", "csms"])
def test_certify_checks_itself(role: str) -> None:
    code, out, err = finished("certify", role, "--self-check", "--case", first_case(role))
    assert (code, err) == (0, ""), out
    assert "1/1 cases pass" in out


def first_case(role: str) -> str:
    """A case about booting."""
    return {"station": "TC_B_01_CS", "csms": "TC_B_01_CSMS"}[role]


def test_certify_a_csms_of_another_process(reference: Csms, tmp_path: Path) -> None:
    words = ("--target", reference.url, "--api", reference.api, "--case", first_case("csms"))
    code, out, err = finished("certify", "csms", *words, "--out", str(tmp_path / "run"))
    assert code == 0, out + err
    assert json.loads((tmp_path / "run" / "run.json").read_text())["clock"]["pace"] == "real"


def test_certify_a_station_of_another_process(tmp_path: Path) -> None:
    words = ("--listen", "127.0.0.1:0", "--id", "FOREIGN", "--case", "TC_B_32_CS", "--out", str(tmp_path / "run"))
    with child("certify", "station", *words) as bench:
        url = bench.until(r"waiting for the station at (ws://\S+) ")[1]
        with child("station", url, "--id", "FOREIGN", "--retry", "--speed", "5") as station:
            bench.until(r"^(PASS|INCONCLUSIVE|FAIL|ERROR)  ")
            code = bench.end()
            station.say("quit")
    run = json.loads((tmp_path / "run" / "run.json").read_text())
    assert run["stations"][0]["id"] == "FOREIGN"
    assert any('"BootNotification"' in each["text"] for each in frames(tmp_path / "run"))
    assert (code, run["verdict"]) == (0, "pass"), bench.text


# -- report, bench, the program itself


def test_output_into_a_pipe_that_closes_is_no_error() -> None:
    command = f"'{sys.executable}' -m chargebench scenarios | true"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment(), check=False)
    assert done.stderr == ""


def test_version_is_told() -> None:
    assert re.fullmatch(r"chargebench \d+\.\d+\.\d+\n", finished("--version")[1])


def test_help_loads_no_heavy_room() -> None:
    heavy = ("fastapi", "sqlalchemy", "pyarrow", "jsonschema_rs", "websockets", "simpy", "conformance", "scenarios")
    script = f"import sys, chargebench.cli; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "[]\n"


def test_a_station_loads_no_csms() -> None:
    heavy = ("sqlalchemy", "fastapi", "alembic", "csms_reference.csms")
    tell = f"import atexit, sys; atexit.register(lambda: print([each for each in {heavy} if each in sys.modules]))"
    script = f"{tell}; from chargebench.cli import main; main()"
    words = ["station", "ws://127.0.0.1:9/", "--profile", "there-is-none"]
    done = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "[]\n")
    assert "there-is-none" in done.stderr
