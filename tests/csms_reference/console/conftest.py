"""A CSMS behind its console."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

from csms_reference.access.entry import entry_to
from csms_reference.console.app import open_console

HERE = "http://127.0.0.1"
OWN = {"Origin": HERE}


class Page(HTMLParser):
    """A page as a test looks at it: its text, its elements with their attributes, and the fields of its forms."""

    def __init__(self, text):
        super().__init__()
        self.words, self.elements = [], []
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag, **wanted):
        return [has for name, has in self.elements if name == tag and all(has.get(k) == v for k, v in wanted.items())]

    def links(self):
        return [has["href"] for has in self.all("a") if "href" in has]


class Console:
    """A browser without a screen. ``form`` sends what a page's own form would, with its token."""

    def __init__(self, client):
        self.client = client

    async def page(self, path, status=200):
        answer = await self.client.get(f"/console{path}")
        assert answer.status_code == status, (answer.status_code, answer.text)
        assert "text/html" in answer.headers["content-type"]
        return Page(answer.text)

    async def form(self, path, token=None, **fields):
        if token is None:
            token = re.search('name="token" value="([^"]*)"', (await self.client.get("/console/tokens")).text)[1]
        return await self.client.post(f"/console{path}", data={"token": token, **fields}, headers=OWN)


def browser_of(front):
    app = FastAPI(openapi_url=None)
    open_console(app, front, entry_to(front).access)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=HERE)


@pytest.fixture
async def desk(bench):
    """The bench and its console; the API is open."""
    it = bench()
    async with browser_of(it.front) as client:
        yield it, Console(client)
