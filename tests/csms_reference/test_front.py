"""The front of a single process, and how figures add up."""

from csms_reference.front import Process, figures_of, seen_here, total_of


async def test_it_knows_who_is_connected_and_when_they_spoke(bench):
    it = bench()
    front = it.front
    await it.station("CP-1")
    it.forward(5)
    await it.station("CP-2")
    seen = await front.seen(["CP-1", "CP-2", "CP-3"])
    assert seen == seen_here(it.csms, ["CP-1", "CP-2"])
    assert seen["CP-2"] - seen["CP-1"] == 5000
    assert front.connected() == 2
    (process,) = await front.processes()
    assert (process.figures["connections"], process.figures["frames_received"]) == (2, 2)
    assert process.pid == figures_of(it.csms, None)["pid"]


def test_totals_are_sums_of_what_can_be_added():
    processes = [Process(1, 10, "serving", figures={"pid": 10, "sent": 3, "pressure": 2}), Process(2, None, "starting")]
    processes.append(Process(3, 12, "serving", figures={"pid": 12, "sent": 4, "new": 1, "pressure": 1}))
    assert total_of(processes) == {"sent": 7, "new": 1, "pressure": 2}
