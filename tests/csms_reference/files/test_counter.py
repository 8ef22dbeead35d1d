"""The public counter: images by range and tag, uploads to addresses that work once."""

import asyncio
import hashlib

import pytest

from csms_reference.api.public import ROUTERS
from csms_reference.files.counter import counter
from tests.csms_reference.clients import content
from tests.csms_reference.files.conftest import FILE


async def test_an_image_is_fetched_whole_and_in_parts(desk):
    assert counter in ROUTERS
    published = await desk.api.put("/firmware/ac22-2.0.0.bin", content=FILE, params={"sign_with": "none"})
    assert published.status_code == 201
    whole = await desk.public.get("/firmware/ac22-2.0.0.bin")
    assert whole.content == FILE
    tag = whole.headers["ETag"]
    assert tag == f'"{hashlib.sha256(FILE).hexdigest()[:32]}"'
    part = await desk.public.get("/firmware/ac22-2.0.0.bin", headers={"Range": "bytes=1000-", "If-Range": tag})
    assert (part.status_code, part.content) == (206, FILE[1000:])
    other = await desk.public.get("/firmware/ac22-2.0.0.bin", headers={"Range": "bytes=1000-", "If-Range": '"x"'})
    assert (other.status_code, other.content) == (200, FILE)
    beyond = await desk.public.get("/firmware/ac22-2.0.0.bin", headers={"Range": "bytes=999999-"})
    assert beyond.status_code == 416
    head = await desk.public.head("/firmware/ac22-2.0.0.bin")
    assert (head.status_code, head.headers["Content-Length"], head.content) == (200, str(len(FILE)), b"")


@pytest.mark.parametrize("name", ["other.bin", "..%2f..%2fetc%2fpasswd", ".hidden", "a%00b"])
async def test_nothing_else_can_be_fetched(desk, name):
    assert (await desk.public.get(f"/firmware/{name}")).status_code == 404


@pytest.mark.parametrize("path", ["/firmware/a%00b", "/firmware/.hidden", "/uploads/a%00b/", "/uploads/small/a%00b"])
async def test_what_is_no_name_is_not_looked_for(desk, path, monkeypatch):
    """A NUL would be an error of PostgreSQL's."""

    def never(_work):
        raise AssertionError("the store was asked")

    monkeypatch.setattr(desk.it.store, "read", never)
    method = "GET" if path.startswith("/firmware") else "PUT"
    assert (await desk.public.request(method, path, content=b"x")).status_code == 404


async def test_an_address_takes_one_file_once(desk):
    offered = (await desk.api.post("/uploads", json={"station": "CP-1", "address": "log-7"})).json()
    assert offered["url"] == "http://files.example/uploads/log-7/"
    assert (await desk.api.get("/uploads/log-7/content")).status_code == 404
    assert (await desk.public.put("/uploads/log-7/log.zip", content=FILE)).status_code == 201
    assert (await desk.public.put("/uploads/log-7/log.zip", content=b"other")).status_code == 410
    (found,) = content(await desk.api.get("/uploads", params={"station": "CP-1"}))
    assert (found["name"], found["size"], found["attempts"]) == ("log.zip", len(FILE), 1)
    assert found["sha256"] == hashlib.sha256(FILE).hexdigest()
    assert (await desk.api.get("/uploads/log-7/content")).content == FILE
    assert content(await desk.api.get("/uploads", params={"station": "CP-2"})) == []


async def test_of_two_who_send_at_once_the_one_who_is_ready_first_is_taken(desk):
    await desk.api.post("/uploads", json={"address": "log-8"})
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slowly():
        yield b"slow"
        begun.set()
        await go_on.wait()
        yield b"er"

    slow = asyncio.ensure_future(desk.public.put("/uploads/log-8/", content=slowly()))
    async with asyncio.timeout(5):
        await begun.wait()
    assert (await desk.public.put("/uploads/log-8/", content=FILE)).status_code == 201
    go_on.set()
    assert (await slow).status_code == 410
    assert (await desk.api.get("/uploads/log-8/content")).content == FILE


async def test_post_and_an_address_that_nobody_guesses(desk):
    first, second = [(await desk.api.post("/uploads", json={})).json() for _ in range(2)]
    assert first["address"] != second["address"]
    assert (await desk.public.post(f"/uploads/{first['address']}", content=FILE)).status_code == 201
    assert (await desk.public.post(f"/uploads/{second['address']}/", content=FILE)).status_code == 201
    assert (await desk.api.post("/uploads", json={"address": first["address"]})).status_code == 409


async def test_what_is_not_taken(desk):
    await desk.api.post("/uploads", json={"address": "small", "most_bytes": 1000, "lasts_s": 60})

    async def endless():
        for _ in range(100):
            yield b"x" * 1000

    assert (await desk.public.put("/uploads/unknown", content=b"x")).status_code == 404
    assert (await desk.public.put("/uploads/small", content=FILE)).status_code == 413
    assert (await desk.public.put("/uploads/small", content=endless())).status_code == 413
    assert (await desk.public.put("/uploads/small/.hidden", content=b"x")).status_code == 404
    desk.it.forward(60)
    assert (await desk.public.put("/uploads/small", content=b"x")).status_code == 410
    (found,) = content(await desk.api.get("/uploads"))
    assert (found["received"], found["attempts"]) == (None, 1)
