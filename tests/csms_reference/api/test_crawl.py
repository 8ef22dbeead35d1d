"""A client that knows nothing but the root: it follows links, and fills in forms."""

import re
from collections import deque

import pytest

from csms_reference.access import keys
from csms_reference.alerts.docket import Docket
from csms_reference.alerts.security import Security
from csms_reference.api.hal import items_of
from csms_reference.campaigns import rows
from tests.csms_reference.clients import client_of, content
from tests.csms_reference.files.conftest import desk, taken

__all__ = ["desk"]

AT = "2026-03-01T08:00:00Z"
BYTES = b"firmware"
STREAM = "text/event-stream"
FILLED = {"text": "crawler", "number": 1, "checkbox": True, "list": [], "object": {}}


class Crawler:
    """Goes where the API tells it to go. ``seen``: the path of each answer that it got."""

    def __init__(self, client):
        self.client = client
        self.seen = {}

    async def root(self):
        return await self.get("/v1/")

    async def get(self, href, *, unfilled=False):
        """What is there. ``unfilled``: the link had variables, of which some may be needed."""
        answer = await self.client.get(f"http://csms{href}")
        assert answer.is_success or (unfilled and answer.status_code == 422), (href, answer.text)
        self.seen[href.partition("?")[0]] = answer
        return answer.json() if answer.headers["content-type"].endswith("json") else {}

    async def follow(self, thing, name):
        """Where a link leads; of a template without what it could be narrowed by."""
        return await self.get(re.sub(r"\{\?[^}]*\}", "", thing["_links"][name]["href"]), unfilled=True)

    async def submit(self, form, headers=None, **given):
        """Send a form: what is given, what it has already, and something where it wants something."""
        body = {
            each["name"]: given.get(each["name"], filled(each)) for each in form["properties"] if wanted(each, given)
        }
        if form["method"] == "DELETE":
            return await self.client.delete(f"http://csms{form['target']}", headers=headers)
        return await self.client.request(form["method"], f"http://csms{form['target']}", json=body, headers=headers)

    async def fill(self):
        """Put something into each collection that is empty and has a form."""
        root = await self.root()
        collections = [name for name, link in root["_links"].items() if link.get("templated") and "type" not in link]
        for name in collections:
            page = await self.follow(root, name)
            if not items_of(page) and "default" in page.get("_templates", {}):
                answer = await self.submit(page["_templates"]["default"])
                assert answer.is_success, (name, answer.text)

    async def crawl(self, offered):
        """Everything that can be reached. ``offered`` is told of each form."""
        waiting, known = deque([("/v1/", False)]), {"/v1/"}
        while waiting:
            where, unfilled = waiting.popleft()
            for link in links_in(await self.get(where, unfilled=unfilled), offered):
                href = re.sub(r"\{\?[^}]*\}", "", link["href"])
                if href in known or "{" in href:
                    continue
                known.add(href)
                if link.get("type") == STREAM:
                    self.seen[href] = None
                else:
                    waiting.append((href, href != link["href"]))


def wanted(field, given):
    return field["required"] or field["name"] in given or field.get("value") is not None


def filled(field):
    if "value" in field:
        return field["value"]
    return field["options"]["inline"][0] if "options" in field else FILLED[field["type"]]


def links_in(told, offered):
    """The links of a resource and of what it holds."""
    for form in told.get("_templates", {}).values():
        offered(form)
    yield from told.get("_links", {}).values()
    for item in told.get("_embedded", {}).get("item", ()):
        yield from links_in(item, offered)


def matching(paths, path):
    """The path of the description that this one is an instance of; of several the one with the longest fixed part."""
    found = [each for each in paths if re.fullmatch(re.sub(r"\{[^/]+?\}", "[^/]+", each), path)]
    return max(found, key=lambda each: len(re.sub(r"\{[^/]+?\}", "", each)), default=None)


async def lived_in(desk):
    """A CSMS in which there is something of everything."""
    it, api = desk.it, desk.api
    station = await it.station("CP 1#ä")
    own = "/stations/CP%201%23%C3%A4"
    taken(station)
    await it.token("A/B?", group_id="G")
    await api.put("/tariffs/every%2Fday", json={"energy": {"net": 1}})
    await api.put("/tariff-assignments", json={"kind": "all", "tariff": "every/day"})
    await api.put("/firmware/a.bin", content=BYTES)
    await api.put("/vendors", json={"vendor_id": "com.example/x", "message_id": "M"})
    await api.put("/pki/contracts", json={"emaid": "DE-8AC-C12E46L89", "pcid": "PCID-1"})
    await api.get("/pki/authorities/cso-root.pem")
    await it.store.write(lambda database: keys.signing(database, it.csms.now_ms()))
    await station.ask("TransactionEvent", {
        "eventType": "Started", "timestamp": AT, "triggerReason": "Authorized", "seqNo": 0,
        "transactionInfo": {"transactionId": "T/1"}, "idToken": {"idToken": "A/B?", "type": "ISO14443"},
    })  # fmt: skip
    await api.post(f"{own}/logs", json={"request_id": 1})
    url = station.calls[-1][1]["log"]["remoteLocation"].removeprefix("http://files.example")
    assert (await desk.public.put(f"{url}log.txt", content=BYTES)).is_success
    for kind in ("TamperDetectionActivated", "MemoryExhaustion"):
        await station.ask("SecurityEventNotification", {"type": kind, "timestamp": AT})
    await Security().look(Docket(it.front))
    await api.put("/alerts/1/acknowledgement", json={"note": "seen"})
    station.replies["PublishFirmware"] = {"status": "Accepted"}
    await api.post(f"{own}/publications", json={"image": "a.bin"})
    for move in ("", "pause", "cancel"):
        campaign = (await api.post("/campaigns", json={"name": "C", "actions": [{"command": "clear_cache"}]})).json()
        for each in filter(None, ("start" if move else "", move)):
            await api.post(f"/campaigns/{campaign['id']}/{each}", json={})
    await it.store.write(lambda database: rows.change(database, 3, state="Running", phase="approval"))
    return station


async def test_everything_is_reached_from_the_root(desk):
    await lived_in(desk)
    crawler, forms = Crawler(desk.api), []
    await crawler.fill()
    await crawler.crawl(forms.append)
    described = (await desk.api.get("/openapi.json")).json()["paths"]
    reading = {path for path, methods in described.items() if "get" in methods}
    assert reading - {matching(reading, path) for path in crawler.seen} == set()
    for form in forms:
        path = matching(described, form["target"].partition("?")[0])
        assert form["method"].lower() in described[path], form
    changing = {(method, path) for path, methods in described.items() for method in methods} - {
        ("get", path) for path in reading
    }
    offered = {(form["method"].lower(), matching(described, form["target"].partition("?")[0])) for form in forms}
    its_body_is_a_file, a_person_s, an_issuer_s = (
        ("put", "/v1/firmware/{name}"), ("post", "/v1/account/password"), ("post", "/v1/signing-keys"),
    )  # fmt: skip
    assert changing - offered == {its_body_is_a_file, a_person_s, an_issuer_s}


async def test_a_station_is_registered_asked_changed_and_removed(bench):
    it = bench()
    async with client_of(it.front) as client:
        crawler = Crawler(client)
        listed = await crawler.follow(await crawler.root(), "stations")
        made = await crawler.submit(listed["_templates"]["default"], id="CP-1")
        assert made.status_code == 201
        station = await it.station("CP-1")
        station.replies = {"ClearCache": {"status": "Accepted"}}
        shown = await crawler.follow(made.json(), "self")
        asked = await crawler.submit(shown["_templates"]["clear_cache"], {"Prefer": "respond-async"})
        assert asked.status_code == 202
        await it.quiet()
        assert (await crawler.get(asked.headers["location"]))["state"] == "accepted"
        (command,) = (content(crawler.seen[asked.headers["location"]]),)
        assert command["client"] == "operator"
        changed = await crawler.submit(shown["_templates"]["change"], registration="Rejected")
        assert changed.json()["registration"] == "Rejected"
        assert (await crawler.submit(changed.json()["_templates"]["delete"])).status_code == 204
        assert (await crawler.follow(changed.json(), "collection"))["_embedded"]["item"] == []


async def test_a_token_is_made_changed_and_deleted(bench):
    async with client_of(bench().front) as client:
        crawler = Crawler(client)
        listed = await crawler.follow(await crawler.root(), "tokens")
        made = await crawler.submit(listed["_templates"]["default"], id_token="A/B", message="Hello")
        assert made.status_code == 201
        change = made.json()["_templates"]["change"]
        changed = await crawler.submit(change, {"If-Match": made.headers["etag"]}, status="Blocked")
        assert (changed.json()["status"], changed.json()["message"]) == ("Blocked", "Hello")
        late = await crawler.submit(change, {"If-Match": made.headers["etag"]}, status="Accepted")
        assert late.status_code == 412
        assert (await crawler.follow(changed.json(), "self"))["status"] == "Blocked"
        assert (await crawler.submit(changed.json()["_templates"]["delete"])).status_code == 204
        assert (await crawler.follow(changed.json(), "collection"))["_embedded"]["item"] == []


async def test_a_collection_goes_on_until_it_ends(bench):
    it = bench()
    for number in range(5):
        await it.token(f"T{number}")
    async with client_of(it.front) as client:
        crawler = Crawler(client)
        page, found = (await client.get("/tokens", params={"limit": 2, "status": "Accepted"})).json(), []
        while "next" in page["_links"]:
            found += page["_embedded"]["item"]
            page = await crawler.follow(page, "next")
        assert len(found + page["_embedded"]["item"]) == 5


@pytest.mark.parametrize(("path", "found"), [
    ("/v1/stations/A/logs", "/v1/stations/{station}/logs"), ("/v1/stations/A", "/v1/stations/{station}"), ("/x", None),
])  # fmt: skip
def test_a_path_is_an_instance_of_the_nearest(path, found):
    paths = ["/v1/stations/{station}", "/v1/stations/{station}/{what}", "/v1/stations/{station}/logs"]
    assert matching(paths, path) == found
