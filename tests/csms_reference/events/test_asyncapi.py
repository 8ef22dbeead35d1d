"""The AsyncAPI document: whole in itself, and as many words as the code has."""

import json

import httpx
import jsonschema_rs

from csms_reference.events.asyncapi import document
from csms_reference.events.kinds import KINDS


def references(part):
    """Every reference in a document."""
    if isinstance(part, dict):
        yield from ([part["$ref"]] if "$ref" in part else [])
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from references(each)


def resolve(whole, reference):
    for step in reference.removeprefix("#/").split("/"):
        whole = whole[step]
    return whole


async def test_the_document_is_where_openapi_would_look(served):
    _, address = served
    async with httpx.AsyncClient(trust_env=False) as client:
        told = (await client.get(f"http://{address}/v1/asyncapi.json")).json()
    assert (told["asyncapi"], told["servers"]["ws"]["host"]) == ("3.0.0", address)
    assert told == document(address, "/v1")


def test_every_reference_leads_somewhere():
    whole = document("here", "/v1")
    found = set(references(whole))
    assert len(found) > len(KINDS)
    for reference in found:
        resolve(whole, reference)


def test_every_kind_is_described_at_both_channels():
    whole = document("here", "/v1")
    for channel in whole["channels"].values():
        assert channel["messages"].keys() >= KINDS.keys() | {"gap"}
    for name, kind in KINDS.items():
        message = whole["components"]["messages"][name]
        assert message["summary"]
        assert kind.scope in message["description"]
        payload = {**message["payload"], "components": whole["components"]}
        jsonschema_rs.Draft202012Validator(payload)
        assert not jsonschema_rs.is_valid(payload, {"kind": name})


def test_the_document_is_plain_json():
    whole = document("here", "/v1")
    assert json.loads(json.dumps(whole)) == whole


def objects(part):
    """Every schema of an object in a document."""
    if isinstance(part, dict):
        yield from ([part] if part.get("type") == "object" and "properties" in part else [])
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from objects(each)


def test_nothing_is_said_that_is_not_described():
    """A client that was made from the document meets no field that it does not know."""
    found = list(objects(document("here", "/v1")))
    assert len(found) > len(KINDS)
    assert [each for each in found if each.get("additionalProperties") is not False] == []


def test_operations_say_who_sends_what():
    whole = document("here", "/v1")
    assert {operation["action"] for operation in whole["operations"].values()} == {"send", "receive"}
    for operation in whole["operations"].values():
        channel = resolve(whole, operation["channel"]["$ref"])
        assert operation["messages"]
        for message in operation["messages"]:
            assert resolve(whole, message["$ref"]) in channel["messages"].values()
