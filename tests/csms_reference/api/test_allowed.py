"""405 names every method of the path, wherever in the code it is answered."""

import pytest

from tests.csms_reference.clients import client_of, problem


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/stations/CP-1", {"GET", "PATCH", "DELETE"}),
        ("/tokens/TAG", {"GET", "PUT", "DELETE"}),
        ("/stations", {"GET", "POST"}),
        ("http://csms/health", {"GET"}),
    ],
)
async def test_every_method_is_named(bench, path, allowed):
    async with client_of(bench().front) as client:
        answer = await client.options(path)
    problem(answer, 405, "Method Not Allowed")
    assert set(answer.headers["allow"].split(", ")) == allowed
