"""The page, over a socket: what it shows, who may answer, and that nothing that is shown becomes markup."""

import asyncio
import re
from contextlib import asynccontextmanager
from itertools import count

import httpx
import pytest

from conformance.operations import OPERATIONS, Operation
from conformance.rigs import Unable
from conformance.rigs.page import Page
from conformance.rigs.prompt import HEADLINE_CHARS, PromptHands, Question
from conformance.vocabulary import STATION

EVIL = "<script>alert(1)</script>\"'&\u202e\x1b"


@asynccontextmanager
async def page():
    numbers = count(1)
    made = await Page.open("127.0.0.1", 0, lambda: f"key-{next(numbers)}")
    async with httpx.AsyncClient(base_url=made.url) as browser:
        yield made, browser
    await made.close()


def asks(name, **more):
    operation = OPERATIONS[STATION, name]
    return Question(1, operation, operation.says, **more)


async def posted(made, browser, question, **form):
    asked = asyncio.create_task(made.ask(question))
    await asyncio.sleep(0)
    shown = (await browser.get("/")).text
    key = re.search(r'name=key value="([^"]+)"', shown)[1]
    answer = await browser.post("/answer", data={"key": key} | form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return asked, shown


async def test_done():
    async with page() as (made, browser):
        assert "Nothing to do" in (await browser.get("/")).text
        asked, shown = await posted(made, browser, asks("power_off", occasion="TC_X"), answer="")
        assert await asked is None
        assert "Cut the station&#x27;s power." in shown
        assert "TC_X" in shown
        assert "Nothing to do" in (await browser.get("/")).text


async def test_cannot_be_done():
    async with page() as (made, browser):
        asked, _ = await posted(made, browser, asks("power_off"), answer="s")
        with pytest.raises(Unable, match="the operator cannot"):
            await asked


@pytest.mark.parametrize(("answer", "means"), [("y", True), ("n", False)])
async def test_yes_and_no(answer, means):
    async with page() as (made, browser):
        asked, shown = await posted(made, browser, asks("ready"), answer=answer)
        assert ">Yes<" in shown
        assert await asked is means


async def test_a_result_is_typed_and_a_strange_one_is_asked_for_again():
    async with page() as (made, browser):
        question = Question(1, Operation("x", STATION, "", {}, "the serial number"), "Read it.")
        asked, shown = await posted(made, browser, question, answer="")
        assert "<input name=answer" in shown
        assert not asked.done()
        shown = (await browser.get("/")).text
        assert "type the serial number" in shown
        await browser.post("/answer", data={"key": "key-1", "answer": "007"})
        assert await asked == "007"


async def test_only_the_page_itself_can_answer():
    async with page() as (made, browser):
        asked = asyncio.create_task(made.ask(asks("power_off")))
        await asyncio.sleep(0)
        for form in ({"answer": ""}, {"key": "", "answer": ""}, {"key": "guess", "answer": ""}):
            await browser.post("/answer", data=form)
        await browser.post("/answer", content=b"key=key-1&answer=" + b"x" * 20_000)
        assert not asked.done()
        foreign = await browser.get("/", headers={"Host": "evil.example"})
        assert (foreign.status_code, "key-1" in foreign.text) == (421, False)
        assert (await browser.get("/", headers={"Host": "localhost:1"})).status_code == 200
        asked.cancel()


async def test_what_is_shown_is_text():
    async with page() as (made, browser):
        question = Question(1, OPERATIONS[STATION, "plug"], EVIL, ((EVIL, EVIL, EVIL),), EVIL)
        asked = asyncio.create_task(made.ask(question))
        await asyncio.sleep(0)
        answer = await browser.get("/")
        assert "<script>alert" not in answer.text
        assert answer.text.count("&lt;/script&gt;&quot;&#x27;&amp;&lt;U+202E&gt;&lt;U+001B&gt;") == 6  # with the title
        assert answer.text.isprintable() or set(filter(lambda each: not each.isprintable(), answer.text)) == {"\n"}
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        asked.cancel()


async def test_the_page_looks_for_the_next_question():
    async with page() as (made, browser):
        assert (await browser.get("/now")).json() == {"question": ""}
        asked = asyncio.create_task(made.ask(asks("power_off")))
        await asyncio.sleep(0)
        assert (await browser.get("/now")).json() == {"question": "key-1"}
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert (await browser.get("/now")).json() == {"question": ""}
        assert "location.reload" in (await browser.get("/page.js")).text
        assert "button" in (await browser.get("/page.css")).text
        assert (await browser.get("/page.py")).status_code == 404


async def test_the_last_answer_stays_in_sight():
    async with page() as (made, browser):
        asked, _ = await posted(made, browser, asks("power_off"), answer="")
        await asked
        assert "Cut the station&#x27;s power. Your answer: done" in (await browser.get("/")).text
        asked, shown = await posted(made, browser, asks("power_on"), answer="s")
        assert "Your answer" not in shown
        with pytest.raises(Unable):
            await asked
        assert "Your answer: cannot be done" in (await browser.get("/")).text
        asked = asyncio.create_task(made.ask(asks("plug")))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        assert "Settled without an answer here" in (await browser.get("/")).text


async def test_a_long_value_stands_beside_the_headline_and_not_in_it():
    async with page() as (made, browser):
        hands = PromptHands(STATION, [made])
        long = "x" * 500
        asked = asyncio.create_task(hands.find("present")(token=long, type="Central", evse=1))
        while not (await browser.get("/now")).json()["question"]:
            pass
        shown = (await browser.get("/")).text
        assert f"<pre>{long}</pre>" in shown
        assert f"<h1>Present the token {'x' * HEADLINE_CHARS}… (Central) at EVSE 1.</h1>" in shown
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


async def test_a_page_tells_when_the_bench_is_away():
    async with page() as (_, browser):
        assert 'classList.add("away")' in (await browser.get("/page.js")).text
        assert "body.away" in (await browser.get("/page.css")).text
