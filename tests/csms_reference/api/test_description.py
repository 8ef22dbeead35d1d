"""What the OpenAPI document says beside what endpoints say."""

from collections import Counter

import pytest

from csms_reference.api import make_app
from csms_reference.api.description import TAGS


@pytest.fixture
def document(bench):
    return make_app(bench().front).openapi()


def operations(document):
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def test_each_operation_has_a_name_of_its_own(document):
    names = Counter(operation["operationId"] for operation in operations(document))
    assert [name for name, number in names.items() if number > 1] == []
    assert {"list_stations", "get_station", "delete_station", "post_command"} <= set(names)


def test_every_tag_is_explained(document):
    used = {tag for operation in operations(document) for tag in operation["tags"]}
    assert used <= set(TAGS)
    assert [tag["name"] for tag in document["tags"]] == list(TAGS)
    assert all(tag["description"] for tag in document["tags"])


def test_schemas_say_what_is_sent(document):
    schemas = document["components"]["schemas"]
    station = schemas["StationOut"]["properties"]
    assert {"_links", "_templates", "id", "connected", "connectors"} <= set(station)
    assert schemas["StationIn"]["examples"]
    nothing = [
        name for name, schema in schemas.items() if schema.get("additionalProperties") is True and len(schema) < 3
    ]
    assert nothing == []
