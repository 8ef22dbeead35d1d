"""Campaigns at stations: in waves, at the right time, at the right stations, and each station once."""

import json
from collections import Counter

import pytest
from sqlalchemy import delete, update

from csms_reference.campaigns import rollout, rows, steering, target
from csms_reference.campaigns.states import Standing, State
from csms_reference.services import firmware
from csms_reference.services.firmware import Image
from csms_reference.store.command_tables import commands
from csms_reference.store.firmware_tables import firmware_images
from csms_reference.store.tables import stations
from tests.csms_reference.campaigns.conftest import RESET, UPDATE
from tests.csms_reference.test_authorization import event


async def counted(it, number):
    return Counter((await it.states(number)).values())


async def test_an_update_goes_from_wave_to_wave(yard):
    it = yard()
    await it.fleet(4)
    waves = [{"count": 1, "soak_s": 60}, {"percent": 50, "approval": True}]
    number = await it.start(UPDATE, waves=waves, expected="2.0", pace={"at_once": 3})
    assert await counted(it, number) == {Standing.IN_PROGRESS: 1, Standing.PENDING: 3}
    await it.pass_time(8)
    assert await counted(it, number) == {Standing.SUCCEEDED: 1, Standing.PENDING: 3}
    assert (await it.campaign(number))["phase"] == "soaking"
    await it.pass_time(50, every=10)
    assert (await counted(it, number))[Standing.SUCCEEDED] == 1
    await it.pass_time(20, every=2)
    assert await counted(it, number) == {Standing.SUCCEEDED: 2, Standing.PENDING: 2}
    assert (await it.campaign(number))["phase"] == "approval"
    await it.move(number, "approve")
    await it.pass_time(10)
    assert await counted(it, number) == {Standing.SUCCEEDED: 4}
    row = await it.campaign(number)
    assert (row["state"], row["wave"], row["ended_ms"] is not None) == (State.COMPLETED, 2, True)
    assert [len(machine.updates) for machine in it.machines.values()] == [1] * 4


async def test_no_more_than_the_pace_allows_at_once_and_of_each_owner(yard):
    it = yard()
    for number in range(6):
        await it.machine(f"S-{number}", owner="ann" if number < 4 else "bea")
    number = await it.start(UPDATE, pace={"at_once": 3, "at_once_per_owner": 2})
    most, in_all = 0, 0
    for _ in range(20):
        await it.pass_time(1)
        owners = Counter()
        for name, state in (await it.states(number)).items():
            owners[name < "S-4"] += state in (Standing.SENT, Standing.IN_PROGRESS)
        most, in_all = max(most, *owners.values()), max(in_all, owners.total())
    assert (most, in_all, await counted(it, number)) == (2, 3, {Standing.SUCCEEDED: 6})


async def test_enough_failures_pause_it_and_what_is_forgiven_does_not_count_again(yard):
    it = yard()
    await it.fleet(6)
    for machine in it.machines.values():
        machine.fails = "InstallationFailed"
    number = await it.start(UPDATE, waves=[{"count": 3}], threshold={"percent": 50}, retries=0, pace={"at_once": 1})
    await it.pass_time(12)
    row = await it.campaign(number)
    assert (row["state"], row["why"]) == (State.PAUSED, "1 of 1 stations have failed")
    assert await counted(it, number) == {Standing.FAILED: 1, Standing.PENDING: 5}
    for machine in it.machines.values():
        machine.fails = ""
    await it.move(number, "resume")
    await it.pass_time(40)
    assert await counted(it, number) == {Standing.FAILED: 1, Standing.SUCCEEDED: 5}
    assert set((await it.whys(number)).values()) == {"InstallationFailed", None}
    assert (await it.campaign(number))["state"] == State.COMPLETED


async def test_a_number_of_failures_is_a_threshold_too(yard):
    it = yard()
    await it.fleet(3)
    for machine in it.machines.values():
        machine.fails = "InstallationFailed"
    number = await it.start(UPDATE, threshold={"count": 2}, retries=0, pace={"at_once": 1})
    await it.pass_time(15)
    assert (await it.campaign(number))["why"] == "2 stations have failed"


async def test_a_failure_is_tried_again_after_a_while_that_doubles(yard):
    it = yard()
    machine = await it.machine("S")
    machine.fails = "DownloadFailed"
    number = await it.start(UPDATE, retries=2, backoff_s=60, threshold={"count": 5})
    asked = []
    for second in range(80):
        before = len(machine.updates)
        await it.pass_time(3, every=3)
        if len(machine.updates) > before:
            asked.append(3 * second)
    assert len(asked) == 3
    assert 60 <= asked[1] - asked[0] <= 75
    assert 120 <= asked[2] - asked[1] <= 135
    assert await it.whys(number) == {"S": "DownloadFailed"}
    assert len({update["requestId"] for update in machine.updates}) == 3


async def test_who_is_away_holds_its_wave_up_for_a_while_and_has_its_turn_when_it_comes(yard):
    it = yard()
    away = await it.machine("S-0", connected=False)
    away.firmware = "1.0"
    await it.fleet(3, prefix="T")
    plan = {"target": {"stations": ["S-0", "T-00"]}, "waves": [{"count": 2}], "patience_s": 100}
    number = await it.start(RESET, **plan)
    assert await it.states(number) == {"S-0": Standing.WAITING, "T-00": Standing.SUCCEEDED}
    await it.pass_time(90, every=10)
    assert (await it.campaign(number))["wave"] == 0
    await it.pass_time(20, every=10)
    assert (await it.campaign(number))["wave"] == 1
    await away.connect(it.it)
    await it.it.quiet()
    assert (await it.states(number))["S-0"] == Standing.SUCCEEDED
    assert (away.station.calls[0][0], (await it.campaign(number))["state"]) == ("Reset", State.COMPLETED)


async def test_only_idle_stations_are_asked_and_the_others_afterwards(yard):
    it = yard()
    machine = await it.machine("S")
    await machine.station.ask("TransactionEvent", event())
    number = await it.start(RESET, only_idle=True)
    assert (await it.states(number), await it.whys(number)) == ({"S": Standing.WAITING}, {"S": "charging"})
    await machine.station.ask("TransactionEvent", event("Ended", seqNo=1))
    await it.it.quiet()
    assert await it.states(number) == {"S": Standing.SUCCEEDED}


async def test_stations_begin_in_the_window_of_their_time_zone_alone(yard):
    it = yard()  # it is 08:00 UTC, 09:00 in Berlin
    await it.fleet(2)
    window = {"begins": "09:30", "ends": "09:31", "zone": "Europe/Berlin"}
    number = await it.start(UPDATE, schedule={"window": window}, pace={"at_once": 1})
    await it.pass_time(1799, every=600)
    assert await counted(it, number) == {Standing.PENDING: 2}
    await it.pass_time(1)
    assert await counted(it, number) == {Standing.PENDING: 1, Standing.IN_PROGRESS: 1}
    await it.pass_time(600, every=60)
    assert await counted(it, number) == {Standing.PENDING: 1, Standing.SUCCEEDED: 1}
    await it.pass_time(86_400 - 601, every=7200)
    assert await counted(it, number) == {Standing.PENDING: 1, Standing.SUCCEEDED: 1}
    await it.pass_time(10, every=1)
    assert await counted(it, number) == {Standing.SUCCEEDED: 2}


async def test_it_begins_when_its_time_comes_and_ends_at_the_deadline(yard):
    it = yard()
    await it.machine("S-0")
    await it.machine("S-1", connected=False)
    schedule = {"not_before": "2026-03-01T09:00:00Z", "deadline": "2026-03-01T10:00:00Z"}
    number = await it.start(RESET, schedule=schedule)
    await it.pass_time(3599, every=600)
    assert ((await it.campaign(number))["state"], await it.states(number)) == (State.SCHEDULED, {})
    await it.pass_time(1)
    assert await it.states(number) == {"S-0": Standing.SUCCEEDED, "S-1": Standing.WAITING}
    await it.pass_time(3599, every=600)
    assert (await it.campaign(number))["state"] == State.RUNNING
    await it.pass_time(1)
    row = await it.campaign(number)
    assert (row["state"], row["why"]) == (State.COMPLETED, "the deadline has passed")
    assert await it.states(number) == {"S-0": Standing.SUCCEEDED, "S-1": Standing.FAILED}


async def test_a_pause_holds_who_has_not_begun_and_a_cancel_ends_it(yard):
    it = yard()
    await it.fleet(4)
    number = await it.start(UPDATE, pace={"at_once": 1}, expected="2.0")
    await it.move(number, "pause", "too hot")
    await it.pass_time(20)
    assert await counted(it, number) == {Standing.SUCCEEDED: 1, Standing.PENDING: 3}
    await it.move(number, "resume")
    assert await counted(it, number) == {Standing.SUCCEEDED: 1, Standing.IN_PROGRESS: 1, Standing.PENDING: 2}
    await it.move(number, "cancel")
    assert await counted(it, number) == {Standing.SUCCEEDED: 1, Standing.IN_PROGRESS: 1, Standing.SKIPPED: 2}
    assert (await it.campaign(number))["ended_ms"] is None
    await it.pass_time(10)
    assert await counted(it, number) == {Standing.SUCCEEDED: 2, Standing.SKIPPED: 2}
    assert (await it.campaign(number))["ended_ms"] is not None
    assert sum(len(machine.updates) for machine in it.machines.values()) == 2


async def test_a_cancelled_campaign_does_not_try_again(yard):
    it = yard()
    machine = await it.machine("S")
    machine.fails = "InstallationFailed"
    number = await it.start(UPDATE, retries=5, backoff_s=1)
    await it.move(number, "cancel")
    await it.pass_time(30)
    assert (await it.states(number), len(machine.updates)) == ({"S": Standing.FAILED}, 1)


async def test_an_owners_campaign_never_touches_what_is_not_theirs(yard):
    it = yard()
    for name, owner in (("A-0", "ann"), ("A-1", "ann"), ("A-2", "ann"), ("B", "bea"), ("C", None)):
        await it.machine(name, owner=owner)
    plan = {"pace": {"at_once": 1}, "target": {"stations": ["A-0", "A-1", "A-2", "B", "D"]}, "threshold": {"count": 9}}
    number = await it.start(UPDATE, owner="ann", **plan)
    states = await it.states(number)
    assert (states["B"], states["D"]) == (Standing.SKIPPED, Standing.SKIPPED)
    assert {(await it.whys(number))[name] for name in ("B", "D")} == {"there is no such station"}
    begun = next(name for name, state in states.items() if state == Standing.IN_PROGRESS)
    waiting = next(name for name, state in states.items() if state == Standing.PENDING)
    for name in (begun, waiting):
        await it.it.csms.register(name, owner="bea")
    await it.pass_time(30)
    assert {(await it.whys(number))[name] for name in (begun, waiting)} == {"it is another owner's by now"}
    assert (await counted(it, number)) == {Standing.SKIPPED: 4, Standing.SUCCEEDED: 1}
    assert [len(it.machines[name].updates) for name in ("B", "C", waiting)] == [0, 0, 0]


async def test_a_station_that_changes_hands_in_the_last_moment_is_not_asked(yard, monkeypatch):
    it = yard()
    machine = await it.machine("S", owner="ann")
    looked = rollout.before

    def taken(plan, seen):  # between the look and the question
        it.it.store._writer._connection.execute(update(stations).values(owner="bea"))
        return looked(plan, seen)

    monkeypatch.setattr(rollout, "before", taken)
    number = await it.start(RESET, owner="ann")
    assert (await it.states(number), machine.station.calls) == ({"S": Standing.SKIPPED}, [])


async def test_those_are_chosen_that_fit_and_those_that_have_it_are_left_alone(yard):
    it = yard()
    await it.machine("S-0", firmware="1.4.2")
    await it.machine("S-1", firmware="1.5")
    await it.machine("S-2", firmware="1.4", vendor="Other")
    await it.machine("S-3", firmware="[ab]*?")
    await it.machine("S-4", firmware="a")
    plan = {"target": {"vendor": "Acme", "firmware": "1.4*"}}
    assert await it.states(await it.start(RESET, **plan)) == {"S-0": Standing.SUCCEEDED}
    assert await it.states(await it.start(RESET, target={"firmware": "[ab]*?"})) == {"S-3": Standing.SUCCEEDED}
    number = await it.start(UPDATE, target={"firmware": "?.5"}, expected="1.5")
    assert await it.whys(number) == {"S-1": "it has 1.5 already"}


async def test_each_version_has_its_own_command(yard):
    it = yard()
    await it.machine("S-1", "1.6")
    await it.machine("S-2", "2.0.1")
    await it.machine("S-3", "2.0.1")
    one = {"command": "set_variables", "versions": ["1.6"], "fields": {"values": {"HeartbeatInterval": 60}}}
    number = await it.start(one)
    assert await it.states(number) == dict(zip(("S-1", "S-2", "S-3"), ("Succeeded", "Skipped", "Skipped"), strict=True))
    assert (await it.whys(number))["S-2"] == "nothing is planned for OCPP 2.0.1"
    number = await it.start(one, {"command": "reset", "versions": ["2.0.1", "2.1"]})
    assert set((await it.states(number)).values()) == {Standing.SUCCEEDED}
    assert [machine.resets + len(machine.hear()) for machine in it.machines.values()] == [2, 1, 1]


async def test_stations_that_come_later_are_taken_along(yard):
    it = yard()
    await it.machine("S-0")
    plan = {"target": {"later": True, "vendor": "Acme"}, "schedule": {"deadline": "2026-03-02T00:00:00Z"}}
    number = await it.start(RESET, **plan)
    await it.machine("S-1")
    await it.machine("S-2", vendor="Other")
    await it.it.quiet()
    assert await it.states(number) == {"S-0": Standing.SUCCEEDED, "S-1": Standing.SUCCEEDED}
    assert (await it.campaign(number))["state"] == State.RUNNING
    await it.pass_time(16 * 3600, every=3600)
    assert (await it.campaign(number))["state"] == State.COMPLETED


async def test_news_that_were_lost_are_made_good(yard):
    it = yard()
    machine = await it.machine("S", connected=False)
    number = await it.start(RESET)
    it.it.csms.bus.leave(it.engine)
    await machine.connect(it.it)
    assert await it.states(number) == {"S": Standing.WAITING}
    it.it.csms.bus.join(it.engine)
    it.it.csms.bus.lost(None)
    await it.it.quiet()
    assert await it.states(number) == {"S": Standing.SUCCEEDED}


@pytest.fixture
def image(yard):
    """A yard whose files are public, with an image."""

    async def make(**more):
        it = yard(files_url="http://files.example")
        image = Image("a.bin", 8, "5" * 64, "m", "2.0", signature="SIGNED", certificate="CERT", **more)
        await it.it.store.write(lambda database: firmware.publish(database, image, 0))
        return it

    return make


ACME = {"command": "update_firmware", "image": "a.bin"}


async def test_an_image_is_rolled_out_with_its_signature_until_its_version_has_booted(image):
    it = await image()
    await it.machine("S-1", "1.6")
    await it.machine("S-2", "2.0.1")
    number = await it.start(ACME)
    await it.pass_time(4)
    whys = await it.whys(number)
    assert set(whys.values()) == {"Installed, has not booted with it"}
    await it.pass_time(2)
    assert await counted(it, number) == {Standing.SUCCEEDED: 2}
    asked = [machine.updates[0] for machine in it.machines.values()]
    assert [each["firmware"]["signature"] for each in asked] == ["SIGNED"] * 2
    assert asked[1]["firmware"]["location"] == "http://files.example/firmware/a.bin"


async def test_an_image_for_another_model_is_not_for_a_station(image):
    it = await image(model="Two")
    await it.machine("S")
    assert await it.whys(await it.start(ACME)) == {"S": "the image is for Two"}


@pytest.mark.parametrize(("change", "why"), [
    (update(firmware_images).values(sha256="6" * 64), "the image 'a.bin' is another one than at the start"),
    (delete(firmware_images), "there is no image 'a.bin' any more"),
])  # fmt: skip
async def test_an_image_that_changes_midway_pauses_it(image, change, why):
    it = await image()
    await it.fleet(2)
    number = await it.start(ACME, pace={"at_once": 1})
    await it.it.store.write(lambda database: database.execute(change) and None)
    await it.pass_time(10)
    row = await it.campaign(number)
    assert (row["state"], row["why"]) == (State.PAUSED, why)
    assert sum(len(machine.updates) for machine in it.machines.values()) == 1


async def test_a_station_that_boots_with_the_wrong_version_has_failed(yard):
    it = yard()
    machine = await it.machine("S")
    machine.new_firmware = "1.9"
    number = await it.start(UPDATE, expected="2.0", retries=0, threshold={"count": 2})
    await it.pass_time(10)
    assert (await it.states(number), await it.whys(number)) == ({"S": Standing.FAILED}, {"S": "booted with 1.9"})


async def test_an_update_without_an_answer_is_not_repeated_before_the_station_says_that_it_does_none(yard):
    it = yard()
    machine = await it.machine("S")
    del machine.station.replies["UpdateFirmware"]
    number = await it.start(UPDATE, expected="2.0", backoff_s=10)
    it.it.forward(31)
    await it.it.quiet()
    assert [action for action, _ in machine.station.calls] == ["UpdateFirmware", "TriggerMessage"]
    machine._heard, machine._due = 2, []  # it never noticed the first
    await machine.say("Idle")
    await it.it.quiet()
    assert await it.whys(number) == {"S": "it is not known whether it was carried out; it does no update"}
    machine.station.replies["UpdateFirmware"] = {"status": "Accepted"}
    await it.pass_time(20)
    assert (await it.states(number), len(machine.updates)) == ({"S": Standing.SUCCEEDED}, 1)


async def test_an_update_without_an_answer_that_goes_on_is_followed(yard):
    it = yard()
    machine = await it.machine("S")
    del machine.station.replies["UpdateFirmware"]
    number = await it.start(UPDATE, expected="2.0")
    it.it.forward(31)
    await it.it.quiet()
    machine.hear()
    machine._due.remove("tell")
    await it.pass_time(10)
    assert (await it.states(number), len(machine.updates)) == ({"S": Standing.SUCCEEDED}, 1)


async def test_who_never_says_anything_has_failed_at_last_and_is_not_asked_twice(yard):
    it = yard()
    machine = await it.machine("S")
    machine.station.replies.clear()
    number = await it.start(UPDATE, timeout_s=600, threshold={"count": 2})
    for _ in range(60):
        it.it.forward(30)
        await it.it.quiet()
    assert await it.states(number) == {"S": Standing.FAILED}
    actions = Counter(action for action, _ in machine.station.calls)
    assert (actions["UpdateFirmware"], actions["TriggerMessage"] <= 20) == (1, True)


async def test_what_does_no_harm_twice_is_repeated_and_what_may_is_not(yard):
    it = yard()
    machine = await it.machine("S")
    machine.station.replies.clear()
    clear = {"command": "clear_cache"}
    numbers = [await it.start(each, retries=1, backoff_s=5, threshold={"count": 9}) for each in (clear, RESET)]
    for _ in range(30):
        it.it.forward(10)
        await it.it.quiet()
    actions = Counter(action for action, _ in machine.station.calls)
    assert actions == {"ClearCache": 2, "Reset": 1}
    assert [set((await it.whys(number)).values()) for number in numbers] == [
        {"it is not known whether it was carried out"}
    ] * 2


async def test_a_key_that_somebody_else_has_used_keeps_no_station_from_its_turn(yard):
    it = yard()
    machine = await it.machine("S")
    made = {"station": "S", "command": "x", "fields": "{}", "state": "accepted", "node": "n", "digest": "d"}
    for each in range(3):
        row = {**made, "client": "campaign 1", "idempotency_key": f"1.{each}", "asked_ms": it.it.csms.now_ms()}
        await it.it.store.write(lambda database, row=row: database.execute(commands.insert(), row) and None)
    number = await it.start(RESET)
    assert (await it.states(number), len(machine.hear())) == ({"S": Standing.SUCCEEDED}, 1)


async def test_pages_of_stations_are_entered_and_ended_a_part_at_a_time(yard, monkeypatch):
    monkeypatch.setattr(target, "LOOKED_AT", 3)
    monkeypatch.setattr(steering, "ENDED_AT_ONCE", 3)
    monkeypatch.setattr(rollout, "AT_ONCE", 2)
    it = yard()
    for number in range(10):
        await it.machine(f"S-{number}", connected=False)
    number = await it.start(RESET)
    assert await counted(it, number) == {Standing.WAITING: 10} or await it.whys(number)
    assert len(await it.states(number)) == 10
    await it.move(number, "cancel")
    assert await counted(it, number) == {Standing.SKIPPED: 10}
    assert (await it.campaign(number))["ended_ms"] is not None


async def test_a_plan_of_another_version_pauses_it(yard):
    it = yard()
    await it.machine("S")
    plan = json.dumps({"actions": [{"command": "sing"}]})
    values = {"owner": None, "client": "me", "now_ms": 0}
    number = await it.it.store.write(lambda database: rows.add(database, "C", plan, **values).id)
    await it.move(number, "start")
    row = await it.campaign(number)
    assert (row["state"], row["why"]) == (State.PAUSED, "its plan is not understood by this version of the CSMS")
    assert await it.states(await it.start(RESET)) == {"S": Standing.SUCCEEDED}


async def test_a_station_that_is_removed_is_out_of_it(yard):
    it = yard()
    await it.machine("S-0")
    await it.machine("S-1", connected=False)
    number = await it.start(RESET, patience_s=0)
    await it.it.csms.remove("S-1")
    await it.pass_time(700, every=100)
    assert (await it.states(number), (await it.campaign(number))["state"]) == ({"S-0": "Succeeded"}, State.COMPLETED)


async def test_ranks_are_drawn_and_stay_the_same():
    ranks = [target.rank(1, f"S-{number}") for number in range(100)]
    assert ranks == [target.rank(1, f"S-{number}") for number in range(100)]
    assert ranks != sorted(ranks)
    assert all(0 <= rank < 2**63 for rank in ranks)
    assert target.rank(2, "S-1") != ranks[1]
