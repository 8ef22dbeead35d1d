"""ExtendedTriggerMessage of 1.6."""

import pytest

from protocol.versions import V16
from tests.simulator.csms import World


async def started() -> World:
    world = World(V16)
    await world.boot()
    world.csms.answers["SignCertificate"] = {"status": "Accepted"}
    world.clear()
    return world


@pytest.mark.proves("station", "ExtendedTriggerMessage", "1.6")
@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("BootNotification", "BootNotification"),
        ("Heartbeat", "Heartbeat"),
        ("MeterValues", "MeterValues"),
        ("StatusNotification", "StatusNotification"),
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
        ("SignChargePointCertificate", "SignCertificate"),
    ],
)
async def test_every_message_can_be_asked_for(wanted, sent):
    """Whitepaper §6.16."""
    world = await started()
    assert await world.ask("ExtendedTriggerMessage", {"requestedMessage": wanted}) == {"status": "Accepted"}
    assert world.csms.got[0][1] == sent


async def test_for_a_connector():
    world = await started()
    ask = {"requestedMessage": "StatusNotification", "connectorId": 1}
    assert await world.ask("ExtendedTriggerMessage", ask) == {"status": "Accepted"}
    assert [told["connectorId"] for told in world.csms.of("StatusNotification")] == [1]


async def test_a_connector_that_there_is_not():
    world = await started()
    ask = {"requestedMessage": "MeterValues", "connectorId": 9}
    assert await world.ask("ExtendedTriggerMessage", ask) == {"status": "Rejected"}


async def test_plain_trigger_message_knows_nothing_of_certificates():
    world = await started()
    answer = await world.ask("TriggerMessage", {"requestedMessage": "DiagnosticsStatusNotification"})
    assert answer == {"status": "Accepted"}
