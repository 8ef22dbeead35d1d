"""``chargebench certify``: rigs, dry runs, what is run again, and how a run ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from chargebench.certification import PASSWORD, Wanted, csms_stage, place_of, printable_lines
from chargebench.errors import Unusable
from conformance.registry import HOMES
from conformance.vocabulary import V16, V201, Role
from reports.rundir import RunWriter
from tests.chargebench.processes import WAIT_S, child, csms, environment, finished, refused


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def summary(run: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((run / "run.json").read_text())
    return found


# -- rigs


@pytest.mark.parametrize(
    ("role", "rig", "told"),
    [
        ("station", "kind: http\nurl: http://x\noperations:\n  plugg: prompt\n", "rig.yaml:4: 'plugg' is no operation"),
        ("station", 'kind: http\nurl: "${UNSET_X}"\noperations:\n  plug: {url: /}\n', "UNSET_X is not set"),
        ("station", "kind: prompt\n", "--listen says where yours dials in"),
        ("csms", "kind: prompt\n", "--target says where yours is"),
    ],
)
def test_a_rig_that_cannot_be_used(role: str, rig: str, told: str, tmp_path: Path) -> None:
    path = written(tmp_path, "rig.yaml", rig)
    refused(finished("certify", role, "--rig", path, "--out", str(tmp_path / "run")), 2, told)
    assert not (tmp_path / "run").exists()


def test_rigs_that_do_not_go_together(tmp_path: Path) -> None:
    own = written(tmp_path, "own.yaml", "kind: simulated\n")
    refused(finished("certify", "station", "--listen", "127.0.0.1:0", "--rig", own), 2, "--listen")
    words = ("--target", "ws://127.0.0.1:9", "--api", "http://127.0.0.1:9", "--rig", "by-hand")
    refused(finished("certify", "csms", *words), 2, "one of them")


def test_our_own_station_with_other_equipment(tmp_path: Path) -> None:
    rig = written(tmp_path, "rig.yaml", "kind: simulated\nprofile: ac-22kw-duo\nseed: 5\n")
    run = tmp_path / "run"
    code, out, err = finished("certify", "station", "--rig", rig, "--case", "TC_B_06_CS", "--out", str(run))
    assert (code, err) == (0, ""), out
    assert summary(run)["stations"][0]["profile"] == "ac-22kw-duo"  # type: ignore[index]


def test_our_own_station_is_kept_from_case_to_case(tmp_path: Path) -> None:
    """It boots for the first of them, and is there for the second."""
    rig = written(tmp_path, "rig.yaml", "kind: simulated\nsecurity_profile: 1\nkept: yes\n")
    run = tmp_path / "run"
    cases = ("--case", "TC_B_01_CS", "--case", "TC_B_06_CS")
    code, out, err = finished("certify", "station", "--rig", rig, *cases, "--out", str(run))
    assert (code, err) == (0, ""), out
    assert summary(run)["rig"] == "kept"
    assert (run / "messages.jsonl").read_text().count("BootNotification") == 1


def test_a_person_is_asked_in_the_terminal(tmp_path: Path) -> None:
    """Nobody there brings the station; the person says that it cannot be done."""
    rig = written(tmp_path, "rig.yaml", "kind: prompt\n")
    declared = written(tmp_path, "f.yaml", "role: station\nconfiguration: {boot_s: 0.2}\n")
    words = ("--listen", "127.0.0.1:0", "--rig", rig, "--features", declared, "--case", "TC_B_32_CS")
    with child("certify", "station", *words, "--out", str(tmp_path / "run")) as bench:
        bench.until("See that the station is switched on")
        bench.until("y or n")
        bench.say("s")
        bench.until("^INCONCLUSIVE")
        assert bench.end() == 3
    assert "the operator cannot" in (tmp_path / "run" / "run.json").read_text()


def test_a_person_is_asked_on_a_page(tmp_path: Path) -> None:
    rig = written(tmp_path, "rig.yaml", "kind: prompt\nprompt: {terminal: no, page: '127.0.0.1:0'}\n")
    declared = written(tmp_path, "f.yaml", "role: station\nconfiguration: {boot_s: 0.2}\n")
    words = ("--listen", "127.0.0.1:0", "--rig", rig, "--features", declared, "--case", "TC_B_32_CS")
    with child("certify", "station", *words, "--out", str(tmp_path / "run")) as bench:
        url = bench.until(r"questions are asked at (http://\S+)")[1]
        shown = ""
        while "See that" not in shown:
            shown = httpx.get(url).text
        key = shown.partition('name=key value="')[2].partition('"')[0]
        assert httpx.post(f"{url}answer", data={"key": key, "answer": "s"}).status_code == 303
        bench.until("^INCONCLUSIVE")
        assert bench.end() == 3
    assert "TC_B_32_CS" in shown


def test_what_a_better_rig_would_unlock(tmp_path: Path) -> None:
    with csms(tmp_path) as reference:
        words = ("--case", "TC_B_20_CSMS", "--case", "TC_F_01_CSMS", "--case", "TC_B_01_CSMS")
        code, out, _ = finished("certify", "csms", "--target", reference.url, *words, "--out", str(tmp_path / "run"))
    assert code == 3, out
    assert "a better rig would unlock" in out
    assert "command.reset" in out
    lacks = summary(tmp_path / "run")["rig_lacks"]
    assert {each["operation"]: each["cases"] for each in lacks} == {  # type: ignore[attr-defined]
        "command.remote_start": ["TC_F_01_CSMS"],
        "command.reset": ["TC_B_20_CSMS"],
    }


def test_the_tokens_of_the_cases_are_entered_before_the_first(tmp_path: Path) -> None:
    with csms(tmp_path) as reference:
        words = ("--target", reference.url, "--api", reference.api, "--case", "TC_C_06_CSMS", "--case", "TC_E_03_CSMS")
        code, out, err = finished("certify", "csms", *words, "--out", str(tmp_path / "run"))
    assert code == 0, out + err
    assert "2 pass" in out


# -- which cases


def test_a_dry_run_says_what_would_be_run_and_what_not(tmp_path: Path) -> None:
    declared = written(tmp_path, "f.yaml", "role: station\nfeatures: {C-30: no}\n")
    rig = written(tmp_path, "rig.yaml", "kind: http\nurl: http://x\noperations:\n  plug: {url: /}\n")
    words = ("--listen", "127.0.0.1:0", "--rig", rig, "--features", declared, "--dry-run")
    code, out, err = finished("certify", "station", *words, "--case", "TC_C_02_CS", "--case", "TC_G_01_CS")
    assert (code, err) == (0, "")
    assert "not applicable  TC_C_02_CS" in out
    assert "C-30 is no" in out
    assert "TC_G_01_CS" in out
    assert "present" in out.partition("the rig lacks ")[2].splitlines()[0]
    assert "at least one kind of remote start" in out
    assert "1 would be run, 1 do not apply; 1 may want what the rig lacks" in out


def test_extras_are_run_when_they_are_asked_for() -> None:
    found = Wanted("station", "2.0.1")
    assert not found.all_extras
    assert Wanted("station", "2.0.1", extras=True).all_extras
    assert Wanted("station", "2.0.1", blocks=["B"]).all_extras
    assert Wanted("station", "2.0.1", ids=["TC_B_01_CS"]).all_extras


def test_only_what_did_not_pass_is_run_again(tmp_path: Path) -> None:
    verdicts = {"TC_B_01_CS": "pass", "TC_B_06_CS": "fail", "TC_B_02_CS": "inconclusive", "TC_GONE_CS": "error"}
    run = tmp_path / "run"
    finished("certify", "station", "--case", "TC_B_06_CS", "--out", str(run))
    told = summary(run)
    entry = told["verdicts"][0]  # type: ignore[index]
    told["verdicts"] = [{**entry, "id": name, "verdict": verdict} for name, verdict in verdicts.items()]
    (run / "run.json").write_text(json.dumps(told))
    again = Wanted("station", "2.0.1", again=run)
    assert [each.id for each in again.cases()] == ["TC_B_02_CS", "TC_B_06_CS"]
    assert [each.id for each in Wanted("station", "2.0.1", again=run, only=["fail"]).cases()] == ["TC_B_06_CS"]
    with pytest.raises(Unusable, match="certify csms"):
        Wanted("csms", "2.0.1", again=run).cases()
    with pytest.raises(Unusable, match=r"--version 2\.0\.1"):
        Wanted("station", "1.6", again=run).cases()
    code, out, _ = finished("certify", "station", "--again", str(run), "--only", "fail", "--out", str(tmp_path / "two"))
    assert code == 0, out
    assert [each["id"] for each in summary(tmp_path / "two")["verdicts"]] == ["TC_B_06_CS"]  # type: ignore[attr-defined]
    code, out, _ = finished("certify", "station", "--again", str(tmp_path / "two"))
    assert (code, out.strip()) == (0, f"nothing of {tmp_path / 'two'} is to be run again")


def test_what_is_agreed_counts_more_than_what_is_declared_and_decides_nothing_else(tmp_path: Path) -> None:
    declared = written(tmp_path, "f.yaml", "role: csms\nconfiguration: {identity: A, password: declared-password-1}\n")
    wanted = Wanted("csms", "2.0.1", identity="B", tolerance_s=9.0)
    stage = csms_stage(wanted, "ws://127.0.0.1:9", "http://127.0.0.1:9", None, None)
    assert wanted.declaration() is None
    assert wanted.agreed(stage) == {"identity": "B", "tolerance_s": 9.0, "password": PASSWORD, "security_profile": 1}
    named = Wanted("csms", "2.0.1", features=Path(declared))
    assert named.agreed(stage) == {"security_profile": 1}
    assert (named.known_as, wanted.known_as) == ("A", "B")
    assert Wanted("csms", "2.0.1").agreed(csms_stage(wanted, "ws://127.0.0.1:9", None, None, None)) == {}


def test_a_run_that_was_cut_off_can_be_gone_on_with(tmp_path: Path) -> None:
    run = tmp_path / "run"
    with RunWriter(run, {"kind": "certify-station", "stations": [{"id": "X", "version": "2.0.1"}]}) as writer:
        writer.event(1.0, "X", "verdict", "fail", case="TC_B_06_CS")
        writer.event(2.0, "X", "verdict", "pass", case="TC_B_07_CS")
    assert [each.id for each in Wanted("station", "2.0.1", again=run).cases()] == ["TC_B_06_CS"]


def test_options_about_earlier_runs(tmp_path: Path) -> None:
    refused(finished("certify", "station", "--only", "fail"), 2, "--again")
    refused(finished("certify", "station", "--again", str(tmp_path)), 2, "not a run directory")


def test_what_is_said_keeps_its_lines_and_nothing_else() -> None:
    assert printable_lines("a\nb\x1b[2J") == "a\nb\\x1b[2J"


# -- where to listen


@pytest.mark.parametrize(
    ("listen", "secure", "place"),
    [
        ("127.0.0.1:9000", False, ("127.0.0.1", 9000)),
        ("[::1]:0", True, ("::1", 0)),
        ("ws://0.0.0.0:80/", False, ("0.0.0.0", 80)),
        ("wss://bench.example:443", True, ("bench.example", 443)),
    ],
)
def test_a_place_to_listen_may_be_a_url(listen: str, secure: bool, place: tuple[str, int]) -> None:
    assert place_of(listen, secure=secure) == place


@pytest.mark.parametrize(
    ("listen", "secure", "told"),
    [
        ("9000", False, "no place to listen at"),
        ("host:70000", False, "no place to listen at"),
        ("ws://host:1/ocpp", False, "no place to listen at"),
        ("http://host:1", False, "begins with http://"),
        ("wss://host:1", False, "wss:// takes --cert and --key"),
        ("ws://host:1", True, "with --cert it is wss://"),
    ],
)
def test_what_is_no_place_to_listen(listen: str, secure: bool, told: str) -> None:
    with pytest.raises(Unusable, match=re.escape(told)):
        place_of(listen, secure=secure)


# -- what one case loads: it starts at once

TELLING = "import atexit, sys; atexit.register(lambda: print(*sys.modules)); from chargebench.cli import main; main()"
UNUSED = {
    Role.STATION: ("sqlalchemy", "csms_reference.csms", "httpx", "uvicorn", "websockets", "pyarrow.dataset"),
    Role.CSMS: ("simulator.station", "simulator.profile", "httpx", "uvicorn", "pyarrow.dataset"),
}
SHARED = ("states", "idle")
"""What the cases of one role and version have from those of another: how a system comes to a state."""


def loaded(role: Role, version: str, case: str, run: Path) -> set[str]:
    words = ["certify", role, "--version", version, "--case", case, "--out", str(run)]
    command = [sys.executable, "-c", TELLING, *words]
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=True, timeout=WAIT_S, stdin=subprocess.DEVNULL
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("role", "version", "case"),
    [
        (Role.STATION, V201, "TC_B_01_CS"),
        (Role.STATION, V16, "TC_003_CS"),
        (Role.CSMS, V201, "TC_B_01_CSMS"),
        (Role.CSMS, V16, "TC_001_CSMS"),
    ],
)
def test_one_case_loads_the_system_that_is_judged_and_its_cases_alone(
    role: Role, version: str, case: str, tmp_path: Path
) -> None:
    home, modules = HOMES[role, version], loaded(role, version, case, tmp_path / "run")
    assert f"conformance.cases.{home}.security" in modules
    assert not modules & set(UNUSED[role])
    # Some cases of 1.6 are those of 2.0.1 in other words.
    others = {other for (whose, _), other in HOMES.items() if whose is not role or version == V201} - {home}
    strange = [name.split(".") for name in modules if name.startswith(("conformance.cases.", "conformance.mutants."))]
    assert not [name for name in strange if name[2] in others and len(name) > 3 and name[3] not in SHARED]
    assert not [name for name in strange if name[1] == "mutants" and name[2] in HOMES.values()]
