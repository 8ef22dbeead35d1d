"""What goes out for ``update_firmware`` in 2.x."""

import pytest

from csms_reference.dialects.firmware16 import update_firmware as plain
from csms_reference.dialects.firmware201 import AT_ONCE, dated, update_firmware
from csms_reference.outcome import Outcome


class Ask:
    """Notes what is asked."""

    def __init__(self):
        self.sent = []

    def next_number(self):
        return 42

    async def __call__(self, action, payload):
        self.sent.append((action, payload))
        return Outcome("Accepted", {})


async def test_only_what_is_given_goes_out():
    ask = Ask()
    await update_firmware(ask, location="http://x")
    assert ask.sent == [
        ("UpdateFirmware", {"requestId": 42, "firmware": {"location": "http://x", "retrieveDateTime": AT_ONCE}})
    ]


async def test_1_6_takes_the_message_that_fits():
    ask = Ask()
    await plain(ask, location="http://x", retries=2)
    await plain(ask, location="http://x", signature="s", signing_certificate="c", install="2026-03-02T00:00:00Z")
    assert [action for action, _ in ask.sent] == ["UpdateFirmware", "SignedUpdateFirmware"]
    assert ask.sent[1][1]["requestId"] == 42
    with pytest.raises(ValueError, match="install"):
        await plain(ask, location="http://x", install="2026-03-02T00:00:00Z")


def test_dates():
    assert dated("retrieve", None) is None
    with pytest.raises(ValueError, match="retrieve"):
        dated("retrieve", "soon")
