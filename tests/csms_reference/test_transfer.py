"""DataTransfer from stations."""

import pytest

from csms_reference.services import vendors
from csms_reference.services.vendors import Returned, receives
from csms_reference.store.tables import notices

pytestmark = pytest.mark.proves("csms", "DataTransfer", "1.6 2.0.1 2.1")


@pytest.fixture
def it(bench):
    return bench()


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
async def test_what_is_not_agreed_upon(it, version):
    """P02.FR.06, .07."""
    station = await it.station(version=version)
    assert await station.ask("DataTransfer", {"vendorId": "com.example"}) == {"status": "UnknownVendorId"}
    other = {"vendorId": "org.chargebench", "messageId": "Other"}
    assert await station.ask("DataTransfer", other) == {"status": "UnknownMessageId"}
    assert await station.ask("DataTransfer", {"vendorId": "org.chargebench"}) == {"status": "UnknownMessageId"}
    assert len(await it.rows(notices)) == 3


@pytest.mark.parametrize(
    ("version", "data", "returned"),
    [("1.6", '{"a":1}', '{"a":1}'), ("2.0.1", {"a": 1}, {"a": 1}), ("2.0.1", None, None)],
)
async def test_the_echo(it, version, data, returned):
    station = await it.station(version=version)
    ask = {"vendorId": "org.chargebench", "messageId": "Echo"} | ({} if data is None else {"data": data})
    expected = {"status": "Rejected"} if returned is None else {"status": "Accepted", "data": returned}
    assert await station.ask("DataTransfer", ask) == expected


@pytest.mark.parametrize(("version", "data"), [("1.6", '{"a": [1]}'), ("2.0.1", {"a": [1]})])
async def test_what_was_registered(it, version, data):
    """P02.FR.08."""
    put = vendors.put
    await it.store.write(lambda database: put(database, "com.example", "Ice", "Accepted", {"a": [1]}))
    await it.store.write(lambda database: put(database, "com.example", "No", "Rejected", None))
    station = await it.station(version=version)
    ask = {"vendorId": "com.example", "messageId": "Ice"}
    assert await station.ask("DataTransfer", ask) == {"status": "Accepted", "data": data}
    assert await station.ask("DataTransfer", ask | {"messageId": "No"}) == {"status": "Rejected"}
    assert await station.ask("DataTransfer", ask | {"messageId": "Fire"}) == {"status": "UnknownMessageId"}
    await it.store.write(lambda database: put(database, "com.example", "", "Accepted", None))
    assert await station.ask("DataTransfer", ask | {"messageId": "Fire"}) == {"status": "Accepted"}
    assert await station.ask("DataTransfer", {"vendorId": "com.example"}) == {"status": "Accepted"}


def test_nothing_is_agreed_twice():
    with pytest.raises(ValueError, match="two receivers"):
        receives("org.chargebench", "Echo")(lambda _data: Returned("Accepted"))
