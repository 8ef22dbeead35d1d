"""What OpenAPI says that each operation takes."""

from csms_reference.access.described import BESIDES
from csms_reference.api import make_app


def security(bench, **settings):
    """What each operation takes, by path and method."""
    document = make_app(bench(**settings).front).openapi()
    schemes = document.get("components", {}).get("securitySchemes", {})
    return schemes, {
        (path, method): operation.get("security")
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }


def test_an_open_api_takes_nothing(bench):
    schemes, taken = security(bench)
    assert (schemes, set(map(str, taken.values()))) == ({}, {"None"})


def test_a_key_is_one_for_all(bench):
    schemes, taken = security(bench, api_key="hush")
    assert schemes["key"]["scheme"] == "bearer"
    free = {path for (path, _), needs in taken.items() if needs is None}
    assert free == {"/health", "/ready"}
    assert taken["/v1/stations", "post"] == [{"key": []}]


def test_scopes_are_named(bench):
    assert ("/metrics", "get") in BESIDES
    _, taken = security(bench, auth="oauth")
    for operation, scopes in (
        (("/v1/stations", "get"), ["stations:read"]),
        (("/v1/stations", "post"), ["stations:write"]),
        (("/v1/tokens/{id_token}", "delete"), ["tokens:write"]),
        (("/v1/meter-values.parquet", "get"), ["transactions:read"]),
        (("/v1/", "get"), []),
    ):
        (needs,) = {path: each for path, each in taken.items() if normal(path) == normal(operation)}.values()
        assert needs == [{"oauth": scopes}], operation


def normal(operation):
    """A path without what its parameters are called."""
    path, method = operation
    return path.partition("{")[0], path.count("{"), method
