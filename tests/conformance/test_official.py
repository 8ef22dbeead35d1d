"""The official schemas, without the protocol room in between."""

import pytest

from conformance import official
from conformance.vocabulary import CSMS, STATION, V16, V21, V201
from protocol.versions import Side, by_name


@pytest.mark.parametrize("version", [V16, V201, V21])
def test_directions_agree_with_the_protocol_room(version):
    for side, role in ((Side.STATION, STATION), (Side.CSMS, CSMS)):
        known = by_name(version)
        for action in known.calls[side] | known.sends[side]:
            assert official.exists(version, action)
            assert official.may_send(role, action), action
            if action != "DataTransfer":
                assert not official.may_send(CSMS if role is STATION else STATION, action), action


def test_a_breach_names_the_field():
    assert official.breach(V201, "Reset", "request", {"type": "OnIdle"}) == ""
    assert official.breach(V201, "Reset", "request", {"type": "Never"}).startswith("type:")
    assert "status" in official.breach(V16, "Reset", "response", {})


def test_no_such_action():
    assert not official.exists(V16, "TransactionEvent")
    assert not official.exists(V201, "../Reset")
