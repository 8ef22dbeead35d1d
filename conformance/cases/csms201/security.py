"""Block A, security. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.states import (
    boot,
)
from conformance.vocabulary import (
    Script,
    Subject,
    ask,
    connect,
    csms201,
    given,
    provision,
)

PASSWORD = "0123456789abcdefghij"


WRONG_PASSWORD = "jihgfedcba9876543210"


@csms201(
    "TC_A_01_CSMS",
    "Basic auth accepted with correct credentials",
    verifies="A00.FR.204 B01.FR.02",
    catches="boots_pending",
)
def right_password(csms: Subject) -> Script:
    yield from given(_with_password(csms))
    yield connect(csms, password=csms.password or PASSWORD, rule="A00.FR.204")
    yield ask("BootNotification", boot(), having={"status": "Accepted"}, rule="B01.FR.02")


@csms201(
    "TC_A_03_CSMS",
    "Basic auth refused with wrong password",
    verifies="A00.FR.204",
    catches="any_password_will_do",
)
def wrong_password(csms: Subject) -> Script:
    yield from given(_with_password(csms))
    yield connect(csms, password=WRONG_PASSWORD, having={"ending": "refused", "code": 401}, rule="A00.FR.204")


def _with_password(csms: Subject) -> Script:
    """The CSMS knows a password for the station."""
    if csms.password is None:
        yield provision(csms, "station", password=PASSWORD)
