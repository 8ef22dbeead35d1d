"""Hands that are requests, against a server that notes what it was asked for."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from conformance import rigfile
from conformance.rigs import Unable
from conformance.rigs.http import HttpHands
from conformance.vocabulary import CSMS, STATION


class Lab:
    """An HTTP server that answers with the next of ``answers``: status and body. None: not at all."""

    def __init__(self):
        self.asked = []
        self.answers = []
        self.silent = []

    async def serve(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        line, *lines = head.split("\r\n")
        headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines if each)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = line.split()
        self.asked.append((method, path, headers, body.decode()))
        answer = self.answers.pop(0) if self.answers else (200, "{}")
        if answer is None:
            self.silent.append(writer)
        else:
            status, text = answer
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode())
            await writer.drain()
            writer.close()


@asynccontextmanager
async def hands(operations, role=STATION, top=""):
    lab = Lab()
    server = await asyncio.start_server(lab.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    text = f"kind: http\nurl: http://127.0.0.1:{port}\n{top}\noperations:\n  {operations}"
    made = HttpHands(rigfile.parse(text, role, {"PASSWORD": "pass word"}), "CP 1", "2.0.1")
    try:
        yield made, lab
    finally:
        await made.close()
        for writer in lab.silent:
            writer.close()
        server.close()
        await server.wait_closed()


async def test_fields_go_where_the_template_says_and_stay_values():
    async with hands('plug: {method: PUT, url: "/{identity}/{evse}?x=1", json: {c: "{connector}"}}') as (on, lab):
        assert await on.find("plug")(evse=1, connector=2) is None
        method, path, _, body = lab.asked[0]
        assert (method, path, json.loads(body)) == ("PUT", "/CP%201/1?x=1", {"c": 2})
        assert on.find("unplug") is None


async def test_a_wildcard_knows_which_command_it_is():
    rule = 'command.*: {url: "/{command}", json: {is: "{operation}", "<<": "{fields}"}}'
    async with hands(rule, CSMS) as (on, lab):
        await on.find("command.reset")(kind="Immediate", evse=None)
        assert lab.asked[0][1] == "/reset"
        assert json.loads(lab.asked[0][3]) == {"is": "command.reset", "kind": "Immediate"}


NASTY = '"},{"x\r\n<&> ä/..'


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ('json: {t: "{token}"}', json.dumps({"t": NASTY}, separators=(",", ":"), ensure_ascii=False)),
        (
            'headers: {Content-Type: application/json}, text: \'{{"t": "{{token}}"}}\'',
            json.dumps({"t": NASTY}),
        ),
        ("headers: {content-type: text/xml}, text: '<t>{token}</t>'", None),
        ('form: {t: "{token}", g: "{type}"}', "t=%22%7D%2C%7B%22x%0D%0A%3C%26%3E+%C3%A4%2F..&g=Central"),
    ],
)
async def test_values_are_escaped_for_the_body_they_stand_in(body, sent):
    body = body.replace('{{"t": "{{token}}"}}', '{"t": "{token}"}')
    async with hands(f'present: {{url: "/", {body}}}') as (on, lab):
        await on.find("present")(token=NASTY, type="Central", evse=1)
        found = lab.asked[0][3]
        assert found == (sent or "<t>&quot;},{&quot;x\r\n&lt;&amp;&gt; ä/..</t>")


@pytest.mark.parametrize("where", ['headers: {X-Token: "{token}"}', 'text: "{token}"'])
async def test_a_value_cannot_begin_another_line(where):
    async with hands(f'present: {{url: "/", {where}}}') as (on, lab):
        with pytest.raises(Unable, match="control characters"):
            await on.find("present")(token=NASTY, type="Central", evse=1)
        assert lab.asked == []


async def test_query_and_credentials():
    top = 'auth: {user: me, password: "${PASSWORD}"}'
    async with hands('plug: {method: GET, url: /, query: {e: "{evse}", c: "{connector}"}}', top=top) as (on, lab):
        await on.find("plug")(evse=1, connector=None)
        assert lab.asked[0][1] == "/?e=1"
        assert lab.asked[0][2]["authorization"] == "Basic bWU6cGFzcyB3b3Jk"


async def test_a_bearer():
    async with hands("plug: {url: /}", top='auth: {bearer: "${PASSWORD}"}') as (on, lab):
        await on.find("plug")(evse=1, connector=1)
        assert lab.asked[0][2]["authorization"] == "Bearer pass word"


async def test_the_result_is_a_path_into_the_answer():
    async with hands("ready: {url: /, result: data.0.boots}") as (on, lab):
        lab.answers = [(200, '{"data": [{"boots": true}]}'), (200, '{"data": []}'), (200, "plain")]
        assert await on.find("ready")() is True
        for _ in range(2):
            with pytest.raises(Unable, match=r"the answer has no data.0.boots"):
                await on.find("ready")()


async def test_another_status_than_expected_is_a_reason():
    async with hands("power_on: {url: /, status: 201}") as (on, lab):
        lab.answers = [(200, "only\nhalf"), (201, "")]
        with pytest.raises(Unable, match=r"power_on \(rig:5\): answered 200, expected 201: only half"):
            await on.find("power_on")()
        await on.find("power_on")()


async def test_what_is_busy_is_asked_again_and_what_is_wrong_is_not():
    async with hands("power_on: {url: /}", top="retries: 2\nretry_s: 0") as (on, lab):
        lab.answers = [(503, ""), (200, "")]
        await on.find("power_on")()
        assert len(lab.asked) == 2
        lab.answers = [(404, ""), (200, "")]
        with pytest.raises(Unable, match="answered 404"):
            await on.find("power_on")()
        assert len(lab.asked) == 3


async def test_nobody_there_and_nobody_answering():
    async with hands("power_on: {url: /, timeout_s: 0.05}\n  power_off: {url: 'http://127.0.0.1:9/'}") as (on, lab):
        lab.answers = [None]
        with pytest.raises(Unable, match="ReadTimeout"):
            await on.find("power_on")()
        with pytest.raises(Unable, match="power_off"):
            await on.find("power_off")()


async def test_an_answer_that_comes_late_is_not_waited_for_and_a_refusal_is(caplog):
    async with hands("command.*: {url: /, wait_s: 1, timeout_s: 1.2}", CSMS) as (on, lab):
        lab.answers = [None]
        assert await on.find("command.reset")(kind="Immediate") is None
        lab.answers = [(422, "no such kind")]
        with pytest.raises(Unable, match="no such kind"):
            await on.find("command.reset")(kind="Sideways")
        await asyncio.sleep(0.6)
        assert "too late for the case" in caplog.text


async def test_what_is_under_way_is_done_before_the_next_thing_begins():
    both = "command.reset: {url: /, wait_s: 0.01}\n  command.clear_cache: {url: /, wait_s: 30}"
    async with hands(both, CSMS) as (on, lab):
        lab.answers = [None]
        await on.find("command.reset")(kind="Immediate")
        asked = []

        def late():
            asked.extend(lab.asked)
            lab.silent[0].write(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")
            lab.silent[0].close()

        asyncio.get_running_loop().call_later(0.2, late)
        await on.find("command.clear_cache")()
        assert (len(asked), len(lab.asked)) == (1, 2)


async def test_several_requests_are_sent_one_after_the_other_until_one_fails():
    async with hands('plug: [{url: "/1", result: id}, {url: "/{evse}"}, {url: /3}]') as (on, lab):
        lab.answers = [(200, '{"id": 7}')]
        assert await on.find("plug")(evse=2, connector=1) == 7
        assert [each[1] for each in lab.asked] == ["/1", "/2", "/3"]
        lab.answers = [(200, '{"id": 7}'), (500, "")]
        with pytest.raises(Unable, match="answered 500"):
            await on.find("plug")(evse=2, connector=1)
        assert len(lab.asked) == 5
