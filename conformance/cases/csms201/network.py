"""Block B, network connection profiles. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import attached, told
from conformance.vocabulary import SECURED, Received, Script, Subject, answer, ask, command, csms201, given

TIMEOUT_S = 45
HOST = "csms.bench.invalid/ocpp"


def _stored(csms: Subject, status: str) -> Script:
    """The CSMS, told to, fills a slot of the station, and is answered."""
    level, slot = max(csms.security_profile, 1), csms.network_slots[-1]
    url = f"{'wss' if level >= SECURED else 'ws'}://{HOST}"
    yield command(
        csms,
        "set_network_profile",
        slot=slot,
        url=url,
        security_profile=level,
        timeout_s=TIMEOUT_S,
        interface=csms.interface,
    )
    data = {
        "messageTimeout": TIMEOUT_S,
        "ocppCsmsUrl": url,
        "ocppInterface": csms.interface,
        "ocppTransport": "JSON",
        "ocppVersion": "OCPP20",
        "securityProfile": level,
    }
    having = {"configurationSlot": slot, **{f"connectionData.{name}": value for name, value in data.items()}}
    request: Received = yield from told(csms, "SetNetworkProfile", having=having, rule="B09.FR.01")
    yield answer(request, status=status)


@csms201(
    "TC_B_42_CSMS",
    "SetNetworkProfile accepted",
    verifies="B09.FR.01",
    catches="fills_another_slot forgets_how_long_to_wait",
)
def profile_stored(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _stored(csms, "Accepted")


@csms201(
    "TC_B_44_CSMS",
    "SetNetworkProfile answered Failed",
    verifies="B09.FR.03",
    catches="deaf_after_a_refusal",
)
def profile_failed(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from _stored(csms, "Failed")
    yield ask("Heartbeat", rule="G02.FR.03")
