"""Who writes little passes who writes much, and nobody waits for ever."""

import asyncio
import threading

import pytest
from sqlalchemy import create_engine, event

from csms_reference.store import Store
from csms_reference.store.line import (
    BATCH_MAX,
    HEAVY_ROWS,
    LIGHT_ROWS,
    LIGHT_S,
    PATIENCE_S,
    PAUSE,
    PAUSE_MOST_S,
    Job,
    Line,
)
from csms_reference.store.writer import Writer

HEAVY = LIGHT_ROWS + 1


class Clock:
    def __init__(self):
        self.now_s = 1000.0

    def __call__(self):
        return self.now_s


def job(name, rows=1):
    return Job(name, None, None, rows)


def lined_up(*jobs, end=False):
    line = Line()
    for each in jobs:
        line.put(each)
    if end:
        line.end()
    return line


def names(batch):
    return [each.fn for each in batch]


def test_light_ones_go_before_heavy_ones_and_each_kind_as_it_came():
    line = lined_up(job("H", HEAVY), job("a", LIGHT_ROWS), job("I", HEAVY), job("b"), end=True)
    assert names(line.take()) == ["a", "b", "H", "I"]
    assert not line.lags


def clocked(heavy):
    """A line of so many heavy ones, and its clock."""
    clock = Clock()
    line = Line(clock)
    for name in heavy:
        line.put(job(name, HEAVY_ROWS))
    return line, clock


def test_light_ones_that_come_later_pass_heavy_ones_that_wait():
    line, clock = clocked("HIJ")
    assert names(line.take()) == ["H"]
    line.put(job("a"))
    assert names(line.take()) == ["a", "I"]
    assert line.lags
    clock.now_s += LIGHT_S
    assert names(line.take()) == ["J"]
    assert not line.lags


def taken(line, clock, light, took_s=0.0):
    """The next batch, which takes so long, when a light one has come."""
    line.put(job(light))
    batch = names(line.take())
    clock.now_s += took_s
    return batch


def test_heavy_ones_have_their_share_of_the_time_while_light_ones_come():
    line, clock = clocked("HIJK")
    assert taken(line, clock, "a", took_s=0.01) == ["a", "H"]
    assert taken(line, clock, "b") == ["b"]
    clock.now_s += (PAUSE - 1) * 0.01
    assert taken(line, clock, "c") == ["c"]
    clock.now_s += 0.011
    assert taken(line, clock, "d", took_s=0.001) == ["d", "I"]
    assert taken(line, clock, "e") == ["e"]
    clock.now_s += PAUSE * 0.001 + 0.0001
    assert taken(line, clock, "f", took_s=0.01) == ["f", "J"]
    clock.now_s += LIGHT_S - 0.01  # no light one since
    assert names(line.take()) == ["K"]


def test_the_longer_a_heavy_one_has_waited_the_shorter_is_the_pause():
    line, clock = clocked("HI")
    assert taken(line, clock, "a", took_s=PATIENCE_S / 2) == ["a", "H"]
    assert taken(line, clock, "b") == ["b"]
    clock.now_s += 0.65 * PAUSE_MOST_S  # half of our patience is gone, and so is a quarter of the longest pause
    assert taken(line, clock, "c") == ["c"]
    clock.now_s += 0.1 * PAUSE_MOST_S
    assert taken(line, clock, "d") == ["d", "I"]


def test_at_the_end_no_heavy_one_has_to_wait():
    line, clock = clocked("HI")
    assert taken(line, clock, "a", took_s=0.01) == ["a", "H"]
    assert taken(line, clock, "b") == ["b"]
    line.end()
    assert names(line.take()) == ["I"]
    assert line.over


def test_who_waits_for_its_pause_to_end_takes_light_ones_meanwhile_and_then_goes_on():
    """By the real clock: nobody has to come for it to go on."""
    line = Line()
    for name in "HI":
        line.put(job(name, HEAVY_ROWS))
    line.put(job("a"))
    assert names(line.take()) == ["a", "H"]
    while not (batch := names(line.take())):
        pass
    assert batch == ["I"]


@pytest.mark.parametrize(
    ("rows", "batches"),
    [
        ([HEAVY_ROWS // 2] * 4, ["01", "23"]),
        ([HEAVY_ROWS - HEAVY, HEAVY, HEAVY], ["01", "2"]),
        ([HEAVY, HEAVY_ROWS, HEAVY], ["0", "1", "2"]),  # none that is behind passes one that finds no room
        ([HEAVY_ROWS * 100, HEAVY], ["0", "1"]),  # one gets in, whatever its size
    ],
)
def test_a_batch_has_room_for_so_many_rows_of_heavy_ones(rows, batches):
    line = lined_up(*(job(str(place), count) for place, count in enumerate(rows)), end=True)
    assert ["".join(names(line.take())) for _ in batches] == batches
    assert not line.lags


def test_company_that_comes_while_a_batch_lingers_finds_the_room_that_is_left():
    line = lined_up(job("H", HEAVY_ROWS - HEAVY))
    batch = line.take()
    for each in (job("I", HEAVY), job("a"), job("J", HEAVY)):
        line.put(each)
    line.gather(batch)
    assert names(batch) == ["H", "a", "I"]
    assert names(line.take()) == ["J"]


def test_a_batch_has_its_most_and_the_rest_is_the_next_and_a_heavy_one_gets_in_all_the_same():
    line = lined_up(job("H", HEAVY), *(job(number) for number in range(2 * BATCH_MAX)), end=True)
    assert names(line.take()) == [*range(BATCH_MAX), "H"]
    assert names(line.take()) == [*range(BATCH_MAX, 2 * BATCH_MAX)]


def test_what_was_there_before_the_end_is_taken_and_then_it_is_over():
    line = lined_up(job("H", HEAVY_ROWS), job("I", HEAVY_ROWS), job("a"), end=True)
    assert not line.over
    assert names(line.take()) == ["a", "H"]
    assert not line.over
    assert names(line.take()) == ["I"]
    assert line.over
    assert line.take() == []


def test_the_end_of_an_empty_line_gives_nobody():
    line = lined_up(end=True)
    assert line.take() == []
    assert line.over


async def submitted(desk, rows, named, count, written):
    """Queue functions that note that they were called."""
    work = [asyncio.ensure_future(desk(lambda _, n=n: written.append(f"{named}{n}"), rows)) for n in range(count)]
    await asyncio.sleep(0)
    return work


async def test_a_light_write_is_committed_although_many_heavy_ones_came_before_it():
    engine, gate, written, committed = create_engine("sqlite://"), threading.Event(), [], []
    event.listen(engine, "commit", lambda _: committed.append(list(written)))
    writer = Writer(engine)
    first = asyncio.ensure_future(writer.submit(lambda _: gate.wait(10)))
    heavy = await submitted(writer.submit, HEAVY_ROWS, "heavy", 20, written)
    light = await submitted(writer.submit, 1, "light", 1, written)
    gate.set()
    await asyncio.gather(first, *heavy, *light)
    with_it = next(names for names in committed if "light0" in names)
    assert len(with_it) <= 3  # one heavy batch may have been taken before it came
    assert [name for name in written if name != "light0"] == [f"heavy{n}" for n in range(20)]
    writer.close()


async def test_closing_writes_heavy_ones_too(tmp_path):
    store, gate, written = Store.open(f"sqlite:///{tmp_path}/csms.sqlite"), threading.Event(), []
    first = asyncio.ensure_future(store.write(lambda _: gate.wait(10)))
    heavy = await submitted(lambda fn, rows: store.write(fn, rows=rows), HEAVY_ROWS, "heavy", 5, written)
    gate.set()
    store.close()
    await asyncio.gather(first, *heavy)
    assert written == [f"heavy{n}" for n in range(5)]
