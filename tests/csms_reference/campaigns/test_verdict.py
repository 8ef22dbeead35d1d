"""What comes next of a station, by what is known of it: rules without a database."""

from types import SimpleNamespace as Row

import pytest

from csms_reference.campaigns.evidence import Evidence, Said
from csms_reference.campaigns.plan import Plan
from csms_reference.campaigns.states import Standing
from csms_reference.campaigns.verdict import before, judge, success_of

NOW = 1_000_000
STATION = {"version": "2.0.1", "firmware": "1.0", "registration": "Accepted", "told": "Accepted", "last_boot_ms": 0}
ROW = {"state": "Sent", "why": None, "sent_ms": NOW - 1000, "due_ms": NOW + 9000, "rests_ms": None, "failures": 0}
BOOTED = {"firmware": "2.0", "last_boot_ms": NOW - 10}


def plan(command="update_firmware", **more):
    fields = {"location": "x"} if command == "update_firmware" else {}
    return Plan.model_validate({"actions": [{"command": command, "fields": fields}], "backoff_s": 10, **more})


def seen(command="update_firmware", *, row=(), station=(), state="accepted", status="Accepted", asking=None, **more):
    order = None if state is None else Row(command=command, state=state, status=status)
    known = {"online": True, "charging": False, "now_ms": NOW, "expected": "2.0", "command": order, "asking": asking}
    return Evidence(row=Row(**{**ROW, **dict(row)}), station=Row(**{**STATION, **dict(station)}), **{**known, **more})


def said(status, at_ms=NOW - 100):
    return {"said": Said(status, at_ms)}


AT_LAST = {"now_ms": NOW + 3_600_000}
ASKED = Row(asked_ms=NOW - 500, state="accepted", status="Accepted")

UNKNOWN = "it is not known whether it was carried out"
UNBOOTED = "Installed, has not booted with it"
SILENT = {"state": "failed", "status": "timed out"}
GONE = {"state": "failed", "status": "lost"}
NO = {"state": "rejected", "status": "Rejected"}
IDLE = {"asking": ASKED, "idle_ms": NOW}

UPDATES = {
    "it has agreed": ({}, Standing.IN_PROGRESS, None),
    "it downloads": (said("Downloading"), Standing.IN_PROGRESS, "Downloading"),
    "it has not booted": (said("Installed"), Standing.IN_PROGRESS, UNBOOTED),
    "both": ({**said("Installed"), "station": BOOTED}, Standing.SUCCEEDED, None),
    "it booted first": ({**said("Installing"), "station": BOOTED}, Standing.IN_PROGRESS, "Installing"),
    "no boot since": ({**said("Installed"), "station": {"firmware": "2.0"}}, Standing.IN_PROGRESS, UNBOOTED),
    "the old one": ({**said("Installed"), "station": {"last_boot_ms": NOW}}, Standing.WAITING, "booted with 1.0"),
    "the download fails": (said("DownloadFailed"), Standing.WAITING, "DownloadFailed"),
    "too often": ({**said("DownloadFailed"), "row": {"failures": 2}}, Standing.FAILED, "DownloadFailed"),
    "never said so": (
        {"station": BOOTED, **AT_LAST}, Standing.SUCCEEDED, "it booted with it, and did not say Installed",
    ),
    "no": (NO, Standing.WAITING, "answered Rejected"),
    "no, though another goes on": ({**NO, **said("Downloading")}, Standing.WAITING, "answered Rejected"),
    "CALLERROR": ({"state": "failed", "status": "refused"}, Standing.WAITING, "answered with an error"),
    "unsent": ({"state": "failed", "status": "offline"}, Standing.WAITING, "offline"),
    "impossible": (
        {"state": "failed", "status": "not supported"}, Standing.FAILED, "not supported: it cannot do this",
    ),
    "unknown, but it goes on": ({**SILENT, **said("Downloading")}, Standing.IN_PROGRESS, "Downloading"),
    "unknown, but it has it": ({**GONE, "station": BOOTED}, Standing.SUCCEEDED, "known by its boot"),
    "unknown, and it does none": ({**SILENT, **IDLE}, Standing.WAITING, f"{UNKNOWN}; it does no update"),
    "lost, and it does none": ({**GONE, **IDLE}, Standing.PENDING, f"{UNKNOWN}; it does no update"),
    "it says nothing": (
        {**SILENT, "asking": ASKED, "now_ms": NOW + 5_000_000}, Standing.FAILED, f"{UNKNOWN}; nor does it say",
    ),
    "its command is gone": ({"state": None, **said("Downloading")}, Standing.IN_PROGRESS, "Downloading"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "state", "why"), UPDATES.values(), ids=UPDATES)
def test_an_update(given, state, why):
    verdict = judge(plan(), seen(**given))
    assert (verdict.state, verdict.why) == (state, why)


def test_an_idle_that_was_said_before_it_was_asked_says_nothing():
    given = {"state": "failed", "status": "timed out", "idle_ms": NOW - 900, "asking": ASKED}
    assert judge(plan(), seen(**given, row={"why": "x"})).state == Standing.SENT


def test_a_station_that_may_do_it_is_asked_once_it_is_there_and_again_in_a_while():
    unknown = {"state": "failed", "status": "timed out"}
    assert judge(plan(), seen(**unknown)).asks
    assert not judge(plan(), seen(**unknown, online=False)).asks
    assert not judge(plan(), seen(**unknown, asking=ASKED)).asks
    assert judge(plan(), seen(**unknown, asking=ASKED, now_ms=NOW + 360_000)).asks
    for status in ("offline", "lost"):
        unsent = Row(asked_ms=NOW - 1, state="failed", status=status)
        assert judge(plan(), seen(**unknown, asking=unsent)).asks


def test_the_next_look_is_not_put_off_by_news_that_say_nothing():
    same = seen(**said("Downloading"), row={"state": "InProgress", "why": "Downloading"})
    assert judge(plan(), same) is None
    due = seen(**said("Downloading"), row={"state": "InProgress", "why": "Downloading", "due_ms": NOW})
    assert judge(plan(), due).due_ms == NOW + 30_000


@pytest.mark.parametrize(("command", "status", "state"), [
    ("clear_cache", "timed out", Standing.WAITING), ("clear_cache", "lost", Standing.PENDING),
    ("reset", "timed out", Standing.FAILED), ("reset", "lost", Standing.FAILED),
])  # fmt: skip
def test_what_may_have_been_carried_out_is_repeated_where_that_does_no_harm(command, status, state):
    assert judge(plan(command), seen(command, state="failed", status=status)).state == state


def test_what_may_have_been_carried_out_is_not_skipped_when_it_is_cancelled():
    verdict = judge(plan("clear_cache"), seen("clear_cache", **GONE), cancelled=True)
    assert (verdict.state, verdict.why) == (Standing.FAILED, UNKNOWN)


def test_a_boot_is_waited_for_where_it_is_what_counts():
    wanted = plan("reset", success="booted", retries=0)
    assert judge(wanted, seen("reset")).state == Standing.IN_PROGRESS
    assert judge(wanted, seen("reset", station=BOOTED)).state == Standing.SUCCEEDED
    assert judge(wanted, seen("reset", state="failed", status="lost", station=BOOTED)).state == Standing.SUCCEEDED
    assert judge(wanted, seen("reset", state="failed", status="lost")).state == Standing.SENT
    assert judge(wanted, seen("reset", **AT_LAST)).state == Standing.FAILED


def test_rests_double_and_have_a_limit():
    rests = [
        judge(plan(retries=9), seen(**said("DownloadFailed"), row={"failures": n})).rests_ms - NOW for n in range(3)
    ]
    assert rests == [10_000, 20_000, 40_000]
    slow = plan(retries=9, backoff_s=86_400)
    assert judge(slow, seen(**said("DownloadFailed"), row={"failures": 8})).rests_ms == NOW + 86_400_000


@pytest.mark.parametrize("given", [
    said("DownloadFailed"), {"state": "rejected", "status": "Rejected"}, {"state": "failed", "status": "offline"},
    {"state": "failed", "status": "lost", "asking": ASKED, "idle_ms": NOW},
])  # fmt: skip
def test_nothing_is_tried_again_once_it_is_cancelled(given):
    assert judge(plan(), seen(**given), cancelled=True).state in (Standing.FAILED, Standing.SKIPPED)


@pytest.mark.parametrize(("given", "state", "why"), [
    ({"online": False}, Standing.WAITING, "offline"), ({"charging": True}, Standing.WAITING, "charging"),
    ({"station": {"version": None}}, Standing.WAITING, "it has never booted"),
    ({"station": {"told": "Pending"}}, Standing.WAITING, "it is not accepted"),
    ({"station": {"version": "9"}}, Standing.SKIPPED, "nothing is planned for OCPP 9"),
    ({"station": {"firmware": "2.0"}}, Standing.SKIPPED, "it has 2.0 already"),
    ({"row": {"rests_ms": NOW + 1, "why": "DownloadFailed"}}, Standing.WAITING, "DownloadFailed"),
])  # fmt: skip
def test_who_is_not_asked_now(given, state, why):
    verdict = before(plan(), seen(**given))
    assert (verdict.state, verdict.why) == (state, why)


def test_who_is_asked_now_and_who_waits_no_longer():
    assert before(plan(), seen()) is None
    assert judge(plan(), seen(row={"state": "Waiting"})).state == Standing.PENDING
    assert judge(plan(), seen(row={"state": "Waiting", "rests_ms": NOW + 1})) is None
    assert judge(plan(), seen(row={"state": "Waiting", "why": "offline", "due_ms": None}, online=False)) is None
    assert judge(plan(), seen(row={"state": "Waiting", "why": "offline"}, online=False)).due_ms is None
    assert judge(plan(), seen(row={"state": "Succeeded"})) is None


def test_what_counts_as_success_where_nobody_says():
    assert success_of(plan(), "2.0", "update_firmware") == "version"
    assert success_of(plan(), None, "update_firmware") == "installed"
    assert success_of(plan("reset"), None, "reset") == "accepted"
    assert success_of(plan(success="version", expected="2"), None, "update_firmware") == "installed"
