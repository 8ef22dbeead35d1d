"""Files over real HTTP(S) in simulated time: timed, interrupted, resumed, refused."""

import asyncio
import itertools
import math

import httpx
import pytest
import simpy

from protocol.security import client_tls, server_tls
from simulator.clock import Scaled
from simulator.courier import courier
from simulator.courier.destination import Destination
from simulator.courier.parcel import LEAST_PAUSE_S, Parcel, Undelivered, pause_s
from simulator.courier.road import PIECE
from simulator.courier.shelf import Shelf
from simulator.courier.uplink import LEAST, MOST, Uplink
from simulator.courier.web import strong
from tests.certificates import Authority
from tests.simulator.csms import World

FILE = bytes(itertools.islice(itertools.cycle(range(251)), 3_500_000))
URL = "http://files.example/firmware.bin"


class Trip:
    """A fetch or a send in the world of one station, and what came of it."""

    def __init__(self, world: World):
        self.world = world
        self.clock = world.clock
        self.clock._patience_s = 10
        self.outcome = None
        self.over_s = math.nan
        self.process = None

    def begin(self, steps):
        self.process = self.clock.process(self._run(steps))
        return self

    def _run(self, steps):
        try:
            self.outcome = yield from steps
        except Undelivered as problem:
            self.outcome = problem
        except simpy.Interrupt:
            self.outcome = "interrupted"
        self.over_s = self.clock.now

    async def run(self, for_s: float = 3600):
        await self.clock.run(self.clock.now + for_s)
        await courier(self.clock).close()
        return self.outcome


@pytest.fixture
def world():
    return World()


def go(world, shelf_port, **more):
    courier(world.clock).hosts["files.example"] = ("127.0.0.1", shelf_port)
    parcel = more.pop("parcel", None) or Parcel()
    trip = Trip(world).begin(courier(world.clock).fetch(world.station, more.pop("url", URL), parcel, **more))
    return trip, parcel


async def test_a_file_comes_whole_and_takes_the_time_of_the_uplink(world):
    shelf = Shelf({"/firmware.bin": FILE})
    async with shelf.serve() as port:
        trip, _ = go(world, port)
        assert await trip.run() == FILE
    assert trip.over_s == pytest.approx(3.5)
    assert shelf.asked == [("GET", "/firmware.bin", "")]
    assert courier(world.clock) is courier(world.clock)
    assert courier(world.clock).carried == len(FILE)


async def test_a_narrow_link_is_slow(world):
    world.station.network.change(bandwidth_bytes_s=100_000)
    async with Shelf({"/firmware.bin": FILE}).serve() as port:
        trip, _ = go(world, port)
        await trip.run()
    assert trip.over_s == pytest.approx(35)


async def test_what_breaks_off_comes_on_from_there(world):
    shelf = Shelf({"/firmware.bin": FILE})
    shelf.cut_after = 1_000_000
    async with shelf.serve() as port:
        trip, parcel = go(world, port)
        problem = await trip.run()
        assert isinstance(problem, Undelivered)
        assert not problem.final
        assert 0 < (had := parcel.arrived) <= 1_000_000
        trip, _ = go(world, port, parcel=parcel)
        assert await trip.run() == FILE
    assert shelf.asked[1] == ("GET", "/firmware.bin", f"bytes={had}-")


async def test_another_version_of_the_file_comes_from_the_start(world):
    shelf = Shelf({"/firmware.bin": FILE})
    shelf.cut_after = 1_000_000
    async with shelf.serve() as port:
        trip, parcel = go(world, port)
        await trip.run()
        shelf.files["/firmware.bin"] = other = FILE[::-1]
        trip, _ = go(world, port, parcel=parcel)
        assert await trip.run() == other  # If-Range: the tag is another one


async def test_what_is_whole_is_not_asked_for_again(world):
    shelf = Shelf({"/firmware.bin": FILE})
    async with shelf.serve() as port:
        trip, parcel = go(world, port)
        await trip.run()
        trip, _ = go(world, port, parcel=parcel)
        assert await trip.run() == FILE
    assert len(shelf.asked) == 1


async def test_a_link_that_breaks_between_pieces_ends_the_transfer(world):
    async with Shelf({"/firmware.bin": FILE}).serve() as port:
        trip, parcel = go(world, port)
        world.clock.after(1.5, lambda: world.station.network.cut(for_s=60))
        problem = await trip.run()
    assert "no route" in str(problem)
    assert parcel.arrived == 1_000_000
    assert trip.over_s == pytest.approx(2.0)


async def test_a_silent_link_is_given_up_after_the_stations_patience(world):
    async with Shelf({"/firmware.bin": FILE}).serve() as port:
        trip, parcel = go(world, port)
        world.clock.after(1.5, lambda: world.station.network.change(silent=True))
        problem = await trip.run()
    assert "nothing passes" in str(problem)
    assert trip.over_s == pytest.approx(2 + world.station.network.patience_s)
    assert parcel.arrived == 1_000_000


async def test_a_silent_server_is_given_up_in_simulated_time(world):
    shelf = Shelf({"/firmware.bin": FILE})
    shelf.silent_after = 1_500_000
    async with shelf.serve() as port:
        trip, parcel = go(world, port)
        trip.clock._patience_s = 0.3
        problem = await trip.run()
    assert "silence" in str(problem)
    assert trip.clock.out_of_patience > 0
    assert 1_000_000 <= parcel.arrived <= 1_500_000


async def test_power_loss_in_mid_transfer_drops_the_connection(world):
    shelf = Shelf({"/firmware.bin": FILE})
    async with shelf.serve() as port:
        trip, parcel = go(world, port)
        world.clock.after(2.5, trip.process.interrupt)
        assert await trip.run() == "interrupted"
        assert world.clock.busy.count == 0
    assert parcel.arrived == 2_000_000


@pytest.mark.parametrize(
    ("fault", "words", "after_s"),
    [({"name_unknown": True}, "not known", 10), ({"refusal": 302}, "302", 0), ({"closed_until_s": 99}, "no route", 0)],
)
async def test_what_is_wrong_with_the_network_concerns_files_too(world, fault, words, after_s):
    world.station.network.change(**fault)
    trip, _ = go(world, 1)
    assert words in str(await trip.run())
    assert trip.over_s == after_s


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sftp://files.example/x", "http, https, ftp, ftps"),
        ("gopher://files.example/x", "not spoken"),
        ("firmware.bin", "not spoken"),
        ("http:///x", "names no host"),
        ("http://files.example:99999/x", "no URL"),
    ],
)
async def test_other_schemes_are_refused_for_good_with_the_reason(world, url, words):
    trip, _ = go(world, 1, url=url)
    problem = await trip.run()
    assert problem.final
    assert words in str(problem)


async def test_a_file_that_is_not_there_or_too_large(world):
    async with Shelf({"/firmware.bin": FILE}).serve() as port:
        trip, _ = go(world, port, url="http://files.example/other.bin")
        problem = await trip.run()
        assert "404" in str(problem)
        assert not problem.final
        trip, parcel = go(world, port, most=1_000_000)
        problem = await trip.run()
        assert problem.final
        assert not parcel.arrived
    trip, _ = go(world, port)
    assert isinstance(await trip.run(), Undelivered)  # nobody listens any more


async def test_a_server_that_does_not_tell_the_size(world):
    shelf = Shelf({"/firmware.bin": FILE})
    shelf.sizeless = True
    async with shelf.serve() as port:
        trip, parcel = go(world, port)
        assert await trip.run() == FILE
        assert parcel.size is None
        trip, parcel = go(world, port, most=1_500_000)
        assert (await trip.run()).final  # it is too large, which shows only as it comes
        assert parcel.arrived == 2_000_000


async def test_https_with_the_given_roots_only(world, tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue(names=("files.example",))
    shelf = Shelf({"/firmware.bin": FILE})
    url = "https://files.example/firmware.bin"
    async with shelf.serve(tls=server_tls(pair.cert, pair.key)) as port:
        trip, _ = go(world, port, url=url, tls=client_tls(authority.cert))
        assert await trip.run() == FILE
        trip, _ = go(world, port, url=url)  # the roots of the operating system
        assert "certificate" in str(await trip.run()).lower()
        world.station.network.change(certificate="expired")
        trip, _ = go(world, port, url=url, tls=client_tls(authority.cert))
        assert "expired" in str(await trip.run())


async def test_a_certificate_of_another_host_is_refused(world, tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue(names=("other.example",))
    async with Shelf({"/firmware.bin": FILE}).serve(tls=server_tls(pair.cert, pair.key)) as port:
        trip, _ = go(
            world, port, url="https://files.example/firmware.bin", tls=client_tls(authority.cert)
        )  # fmt: skip
        assert "files.example" in str(await trip.run())


@pytest.mark.parametrize("method", ["PUT", "POST"])
async def test_a_file_goes_and_takes_the_time_of_the_uplink(world, method):
    shelf = Shelf(writable=("/logs/",))
    counts = []
    async with shelf.serve() as port:
        courier(world.clock).hosts["files.example"] = ("127.0.0.1", port)
        send = courier(world.clock).send(
            world.station, "http://files.example/logs/", FILE, "cp-1.zip", method=method, left=counts.append
        )
        trip = Trip(world).begin(send)
        assert await trip.run() is None
    assert shelf.files == {"/logs/cp-1.zip": FILE}
    assert shelf.asked == [(method, "/logs/cp-1.zip", "")]
    assert trip.over_s == pytest.approx(3.5)
    assert counts == [1_000_000, 2_000_000, 3_000_000, 3_500_000]


async def test_an_upload_that_is_not_wanted(world):
    async with Shelf(writable=("/logs/",)).serve() as port:
        courier(world.clock).hosts["files.example"] = ("127.0.0.1", port)
        trip = Trip(world).begin(courier(world.clock).send(world.station, "http://files.example/x", FILE, "cp-1.zip"))
        problem = await trip.run()
    assert isinstance(problem, Undelivered)


async def test_an_upload_over_a_link_that_breaks_leaves_nothing(world):
    shelf = Shelf(writable=("/",))
    async with shelf.serve() as port:
        courier(world.clock).hosts["files.example"] = ("127.0.0.1", port)
        trip = Trip(world).begin(courier(world.clock).send(world.station, "http://files.example/x", FILE, "x"))
        world.clock.after(1.5, lambda: world.station.network.cut(for_s=10))
        assert "no route" in str(await trip.run())
        assert shelf.files == {}


def test_pieces_fit_the_uplink(world):
    uplink = Uplink(world.station)
    assert uplink.rate_bytes_s == 1_000_000
    world.station.network.change(bandwidth_bytes_s=10)
    assert uplink.piece == LEAST
    world.station.network.change(bandwidth_bytes_s=math.inf)
    assert uplink.piece == 1_000_000 <= MOST
    assert PIECE < MOST


def test_destinations():
    at = Destination.of("FTP://us%40er:pa%3Ass@[::1]:2121/a%20b/", {})
    assert (at.scheme, at.host, at.port, at.user, at.password) == ("ftp", "::1", 2121, "us@er", "pa:ss")
    assert at.below("log.zip").file == "a b/log.zip"
    assert at.below("log.zip").below("other") == at.below("log.zip")
    assert at.authority == "[::1]:2121"
    web = Destination.of("https://files.example/x?y=1", {"files.example": ("127.0.0.1", 1)})
    assert (web.path, web.at, web.authority, web.secure) == ("/x?y=1", ("127.0.0.1", 1), "files.example", True)


async def test_the_shelf_serves_ranges_as_a_web_server_does():
    async with Shelf({"/f": b"0123456789"}).serve() as port, httpx.AsyncClient() as client:
        url = f"http://127.0.0.1:{port}/f"
        whole = await client.get(url)
        tag = whole.headers["ETag"]
        part = await client.get(url, headers={"Range": "bytes=3-5", "If-Range": tag})
        assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"345", "bytes 3-5/10")
        assert (await client.get(url, headers={"Range": "bytes=3-", "If-Range": '"x"'})).status_code == 200
        assert (await client.get(url, headers={"Range": "bytes=10-"})).status_code == 416
        assert (await client.head(url)).headers["Content-Length"] == "10"
        assert (await client.put(url, content=b"x")).status_code == 403
        assert (await client.delete(url)).status_code == 405


async def test_where_time_follows_the_wall_too(world):
    world.clock.pace = Scaled(20)
    async with Shelf({"/firmware.bin": FILE}).serve() as port:
        trip, _ = go(world, port)
        await asyncio.wait_for(world.clock.run(10), 5)
        await courier(world.clock).close()
    assert trip.outcome == FILE
    assert 3.5 <= trip.over_s < 6


def test_no_loop_no_harm(world):
    """A transfer that is thrown away after everything has ended asks nothing of a loop."""

    async def begin():
        async with Shelf({"/firmware.bin": FILE}).serve() as port:
            trip, _ = go(world, port)
            await trip.clock.run(1.5)
            return trip

    trip = asyncio.run(begin())
    trip.process._generator.close()
    assert trip.process.is_alive


def test_a_weak_tag_resumes_nothing():
    """RFC 9110 §13.1.5."""
    assert strong('"x"')
    assert not strong('W/"x"')
    assert not strong("")


def test_another_attempt_waits_a_while_whatever_the_csms_wants():
    """Or else time would never go on where a server refuses at once."""
    assert [pause_s(wanted_s, 60) for wanted_s in (None, 5, 0, -(2**31))] == [60, 5, LEAST_PAUSE_S, LEAST_PAUSE_S]


async def test_a_send_that_is_given_up_leaves_no_task_behind(world):
    """A server that takes the connection and then reads nothing more."""
    held = []
    server = await asyncio.start_server(lambda _reader, writer: held.append(writer), "127.0.0.1", 0, limit=1024)
    courier(world.clock).hosts["files.example"] = ("127.0.0.1", server.sockets[0].getsockname()[1])
    trip = Trip(world).begin(courier(world.clock).send(world.station, URL, FILE * 8, "log"))
    trip.clock._patience_s = 0.2
    assert isinstance(await trip.run(), Undelivered)
    assert not [task for task in asyncio.all_tasks() if "Queue.join" in repr(task)]
    for writer in held:
        writer.transport.abort()
    server.close()


async def test_a_stall_is_open_until_it_is_closed(world):
    """Under its name, for whoever asks; what cannot be opened is told."""
    carrier = courier(world.clock)

    def story():
        yield from carrier.open_stall("stall.example", Shelf({"/a": b"abc"}))
        port = carrier.hosts["stall.example"][1]
        assert (yield from carrier.fetch(world.station, "http://stall.example/a", Parcel())) == b"abc"
        assert not any(carrier.fetched.values())
        with pytest.raises(Undelivered):
            yield from carrier.open_stall("other.example", Shelf(), port)
        carrier.close_stall("stall.example")
        carrier.close_stall("stall.example")
        yield world.clock.timeout(1)
        assert "stall.example" not in carrier.hosts
        with pytest.raises(Undelivered):
            yield from carrier.fetch(world.station, f"http://127.0.0.1:{port}/a", Parcel())
        yield from carrier.open_stall("left.example", Shelf())
        return "told"

    assert await Trip(world).begin(story()).run() == "told"
    assert not [task for task in asyncio.all_tasks() if "_tend" in repr(task)]


async def test_a_refusal_has_its_code(world):
    async with Shelf({"/a": b"abc"}).serve() as port:
        courier(world.clock).hosts["files.example"] = ("127.0.0.1", port)
        missing = Trip(world).begin(courier(world.clock).fetch(world.station, URL, Parcel()))
        refused = Trip(world).begin(courier(world.clock).send(world.station, URL, b"abc", "log"))
        assert [(await trip.run()).code for trip in (missing, refused)] == [404, 403]


@pytest.mark.parametrize("server", ["[::1", "h:99999/", "/x", "\u2100/"])
def test_why_a_file_was_not_delivered_tells_no_password(server):
    with pytest.raises(Undelivered) as problem:
        Destination.of(f"http://u:secret@{server}", {})
    assert "secret" not in str(problem.value)
