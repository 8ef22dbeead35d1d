"""Files over FTP and FTPS, with an independent server."""

import asyncio
import threading
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from protocol.security import client_tls
from protocol.x509 import load_chain
from simulator.courier import Parcel, Undelivered, courier
from simulator.keys.trust import trust
from tests.certificates import Authority
from tests.simulator.courier.test_courier import FILE, Trip
from tests.simulator.csms import START, World

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # it brings asyncore along where Python no longer has it
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import DTPHandler, FTPHandler, TLS_DTPHandler, TLS_FTPHandler
    from pyftpdlib.servers import FTPServer


@contextmanager
def ftp_server(folder, pair=None, user="cp", password="secret"):
    """An FTP server in a thread; yields its port and the commands that it got."""
    with watched_ftp_server(folder, pair, user, password) as (port, commands, _, _):
        yield port, commands


@contextmanager
def watched_ftp_server(folder, pair=None, user="cp", password="secret"):
    """The same; yields also what is set once it got some of a file, and what is set once it closed one."""
    commands = []
    begun, closed = threading.Event(), threading.Event()

    class Data(TLS_DTPHandler if pair else DTPHandler):
        def handle_read_event(self):
            super().handle_read_event()
            begun.set()

    class Handler(TLS_FTPHandler if pair else FTPHandler):
        dtp_handler = Data
        auth_failed_timeout = 0  # else it refuses after 3 s

        def pre_process_command(self, line, cmd, arg):
            commands.append(line)
            super().pre_process_command(line, cmd, arg)

        def on_file_received(self, file):  # a cut line looks like the end of a file
            closed.set()

        on_incomplete_file_received = on_file_received

    authorizer = DummyAuthorizer()
    authorizer.add_user(user, password, str(folder), perm="elradfmwMT")
    Handler.authorizer = authorizer
    if pair:
        joined = folder.parent / "ftp.pem"
        joined.write_bytes(pair.cert.read_bytes() + pair.key.read_bytes())
        Handler.certfile = str(joined)
        Handler.tls_control_required = Handler.tls_data_required = True
    server = FTPServer(("127.0.0.1", 0), Handler)
    stop = threading.Event()
    thread = threading.Thread(target=lambda: _serve(server, stop))
    thread.start()
    try:
        yield server.address[1], commands, begun, closed
    finally:
        stop.set()
        thread.join()


def _serve(server, stop):
    while not stop.is_set():
        server.serve_forever(timeout=0.02, blocking=False, handle_exit=False)
    server.close_all()


@pytest.fixture
def world():
    return World()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "ftp"
    folder.mkdir()
    return folder


def fetch(world, port, url, parcel=None, **more):
    courier(world.clock).hosts["files.example"] = ("127.0.0.1", port)
    return Trip(world).begin(courier(world.clock).fetch(world.station, url, parcel or Parcel(), **more))


def send(world, port, url, **more):
    courier(world.clock).hosts["files.example"] = ("127.0.0.1", port)
    return Trip(world).begin(courier(world.clock).send(world.station, url, FILE, "log.zip", **more))


async def test_a_file_comes_and_takes_its_time(world, folder):
    (folder / "firmware.bin").write_bytes(FILE)
    with ftp_server(folder) as (port, commands):
        trip = fetch(world, port, "ftp://cp:secret@files.example/firmware.bin")
        assert await trip.run() == FILE
    assert trip.over_s == pytest.approx(3.5)
    assert "PASV" in commands
    assert not any(line.startswith("REST") for line in commands)


async def test_it_comes_on_from_where_it_was_cut(world, folder):
    (folder / "firmware.bin").write_bytes(FILE)
    parcel = Parcel()
    url = "ftp://cp:secret@files.example/firmware.bin"
    with ftp_server(folder) as (port, commands):
        trip = fetch(world, port, url, parcel)
        world.clock.after(1.5, lambda: world.station.network.cut(for_s=10))
        assert isinstance(await trip.run(), Undelivered)
        assert parcel.arrived == 1_000_000
        assert await fetch(world, port, url, parcel).run() == FILE
        assert "REST 1000000" in commands
        assert await fetch(world, port, url, parcel).run() == FILE  # nothing is missing


async def test_a_changed_file_comes_from_the_start(world, folder):
    (folder / "firmware.bin").write_bytes(FILE)
    parcel = Parcel([b"x" * 1000], "213 19990101000000", len(FILE))
    with ftp_server(folder) as (port, commands):
        assert await fetch(world, port, "ftp://cp:secret@files.example/firmware.bin", parcel).run() == FILE
    assert not any(line.startswith("REST") for line in commands)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://cp:wrong@files.example/firmware.bin", "530"),
        ("ftp://cp:secret@files.example/other.bin", "550"),
        ("ftp://files.example/firmware.bin", "530"),
    ],
)
async def test_what_the_server_refuses(world, folder, url, words):
    (folder / "firmware.bin").write_bytes(FILE)
    with ftp_server(folder) as (port, _):
        assert words in str(await fetch(world, port, url).run())


async def test_ftps_with_the_given_roots_only(world, folder, tmp_path):
    authority = Authority(tmp_path)
    (folder / "firmware.bin").write_bytes(FILE)
    with ftp_server(folder, authority.issue(names=("files.example",))) as (port, commands):
        url = "ftps://cp:secret@files.example/firmware.bin"
        assert await fetch(world, port, url, tls=client_tls(authority.cert)).run() == FILE
        assert "PROT P" in commands
        assert "certificate" in str(await fetch(world, port, url).run()).lower()
        plain = fetch(world, port, "ftp://cp:secret@files.example/firmware.bin")
        assert isinstance(await plain.run(), Undelivered)  # the server wants TLS
        assert await send(world, port, "ftps://cp:secret@files.example/", tls=client_tls(authority.cert)).run() is None
    assert (folder / "log.zip").read_bytes() == FILE


@pytest.mark.parametrize(
    ("at", "words"), [(datetime.now(UTC), ""), (START, "is not valid before")], ids=["now", "before"]
)
async def test_ftps_by_the_dates_of_the_simulation(world, folder, tmp_path, at, words):
    authority = Authority(tmp_path)
    (folder / "firmware.bin").write_bytes(FILE)
    roots = load_chain(authority.cert.read_text())
    with ftp_server(folder, authority.issue(names=("files.example",))) as (port, _):
        tls = trust(roots, lambda: at, lambda _chain: None)
        outcome = await fetch(world, port, "ftps://cp:secret@files.example/firmware.bin", tls=tls).run()
    if words:
        assert words in str(outcome)[:300]
    else:
        assert outcome == FILE


async def test_a_file_goes_and_comes_on_from_where_it_was_cut(world, folder):
    sent = []
    url = "ftp://cp:secret@files.example/"

    def cut():
        assert begun.wait(10)  # else the server may have nothing to come on from
        world.station.network.cut(for_s=10)

    with watched_ftp_server(folder) as (port, commands, begun, closed):
        trip = send(world, port, url, left=sent.append)
        world.clock.after(1.5, cut)
        assert isinstance(await trip.run(), Undelivered)
        assert sent == [1_000_000]
        assert await asyncio.to_thread(closed.wait, 10)
        assert await send(world, port, url, sent=2_000_000).run() is None
    assert (folder / "log.zip").read_bytes() == FILE
    assert any(line.startswith("REST") for line in commands)


async def test_a_line_break_in_a_path_is_no_command(world, folder):
    with ftp_server(folder) as (port, commands):
        problem = await fetch(world, port, "ftp://cp:secret@files.example/a%0d%0aDELE%20b").run()
    assert isinstance(problem, Undelivered)
    assert not any("DELE" in line for line in commands)
