"""A client is offered what it may do, all of that and nothing else: each link and form of each page is tried."""

import re
from dataclasses import replace

import pytest

from csms_reference.access import accounts
from csms_reference.access.principal import Principal
from csms_reference.access.scopes import EVERY_SCOPE, Scope
from csms_reference.store.access_tables import owners, users
from csms_reference.store.tables import stations
from tests.csms_reference.access.test_guard import Known
from tests.csms_reference.api.test_crawl import STREAM, Crawler, lived_in
from tests.csms_reference.files.conftest import Desk

READING = frozenset(scope for scope in Scope if scope.endswith(":read"))
CLIENTS = {
    "reads all": Principal("reader", READING),
    "commands": Principal("remote", frozenset({Scope.STATIONS_READ, Scope.COMMANDS_WRITE, Scope.TRANSACTIONS_READ})),
    "accounts": Principal("clerk", frozenset({Scope.ACCOUNTS_READ, Scope.ACCOUNTS_WRITE})),
    "nothing": Principal("nobody", frozenset()),
    "owner": Principal("owner", EVERY_SCOPE, "north"),
    "owner reads": Principal("owner", READING, "north"),
}


@pytest.fixture
async def lived(bench, tmp_path):
    """A CSMS in which there is something of everything, the operator's crawl of it, and what makes others ask."""

    def enter(database):
        for owner in ("north", "south"):
            accounts.add(database, owners, owner, created_ms=0)
        account = {"password_hash": "", "active": True, "created_ms": 0, "owner": "north"}
        accounts.add(database, users, "big", scopes=accounts.written(Scope), **account)
        accounts.add(database, users, "small", scopes="accounts:read", **account)
        database.execute(stations.update().values(owner="north"))

    it = bench(files_folder=str(tmp_path / "files"), files_url="http://files.example", files_most_bytes=200_000)
    desk = Desk(it, it.front)
    await lived_in(desk)
    await desk.it.store.write(enter)
    crawler = Crawler(desk.api)
    await crawler.fill()
    await crawler.crawl(lambda _: None)
    state = desk.api._transport.app.state

    def become(who):
        state.access = replace(state.access, guard=Known(who))

    yield desk.api, crawler.seen, become
    await desk.api.aclose()
    await desk.public.aclose()


def offers(told, within=""):
    """The methods and targets of the links and forms of every resource that is told of, by its own address."""
    links = [link["href"] for link in told.get("_links", {}).values() if link.get("type") != STREAM]
    hrefs = {re.sub(r"\{\?[^}]*\}", "", href) for href in links}
    forms = {(form["method"], form["target"]) for form in told.get("_templates", {}).values()}
    own = told.get("_links", {}).get("self", {"href": f"a part of {within}"})["href"]
    found = {own: {("GET", href) for href in hrefs if "{" not in href} | forms}
    for item in told.get("_embedded", {}).get("item", ()):
        found |= offers(item, own)
    return found


async def is_refused(api, method, href):
    """Whether somebody may not do that."""
    body = None if method == "GET" else {}
    answer = await api.request(method, f"http://csms{href}", json=body, headers={"Prefer": "respond-async"})
    assert answer.status_code < 500, (method, href, answer.text)
    return answer.status_code in {403, 404}


async def test_what_is_offered_is_what_is_allowed(lived):
    api, seen, become = lived
    pages = [where for where, answer in seen.items() if answer is not None and "hal" in answer.headers["content-type"]]
    everything = {where: offers((await api.get(f"http://csms{where}")).json()) for where in pages}
    deleting: list[tuple[Principal, str, str]] = []
    for name, who in CLIENTS.items():
        become(who)
        judged: dict[tuple[str, str], bool] = {}
        looked = 0
        for where in pages:
            answer = await api.get(f"http://csms{where}")
            if not answer.is_success:
                continue
            looked += 1
            for what, shown in offers(answer.json()).items():
                deleting += [(who, what, href) for method, href in shown if method == "DELETE"]
                all_of_it = shown | everything[where].get(what, set())
                for offer in {each for each in all_of_it if each not in shown or each[0] != "DELETE"}:
                    if offer not in judged:
                        judged[offer] = await is_refused(api, *offer)
                    assert judged[offer] is (offer not in shown), f"{name}: {offer} at {what}, shown: {offer in shown}"
        assert looked >= (2 if who.scopes else 1), name
    assert len({who.subject for who, _, _ in deleting}) >= 2
    for who, where, href in deleting:
        become(who)
        answer = await api.delete(f"http://csms{href}")
        assert answer.status_code != 403, f"{who.subject}: DELETE {href} at {where}"
