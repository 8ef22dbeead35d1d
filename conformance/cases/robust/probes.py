"""Block S, security probes: what an attacker tries first. Both sides, every version."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.robust.states import INPUT, lives, probe, up
from conformance.vocabulary import (
    CSMS,
    MISSING,
    PRESENT,
    STATION,
    V16,
    Connected,
    Received,
    Reply,
    Script,
    Subject,
    ask,
    check,
    connect,
    expect,
    given,
    in_profile,
    let_pass,
    one_of,
    optionally,
    satisfying,
    seen,
)

AUTHENTICATED = "A00.FR.202 1.6-sec:A00.FR.202"
LOGINS = "IEC62443-4-2:CR1.11"
"""Who tries too many passwords is slowed down, and keeps nobody out."""
FEEDBACK = "IEC62443-4-2:CR1.10"
"""Who is refused learns nothing from how."""
NEVER_LOWER = "A00.FR.005 1.6-sec:A05.FR.01"
NOT_LOWER_AGAIN = "A05.FR.07 1.6-sec:A05.FR.06"
WRITE_ONLY = "B06.FR.09 1.6-sec:7.2"
REFUSED = {"ending": "refused"}
WRONG = "wrong-password-of-nobody"


def _serves(csms: Subject, rules: str) -> Script:
    """Who has the right password gets in, and is served."""
    yield connect(csms, rule=rules)
    yield ask(
        "Heartbeat", having={"currentTime": PRESENT}, or_error=one_of("SecurityError", "GenericError"), rule=rules
    )


@probe(1, "Who shows no password is refused", verifies=AUTHENTICATED, catches="asks_for_no_password", of=(CSMS,))
def no_password(csms: Subject) -> Script:
    yield from given(in_profile(csms, 1, 2))
    yield connect(csms, password="", having=REFUSED, rule=AUTHENTICATED)
    yield from _serves(csms, AUTHENTICATED)


@probe(2, "A stranger is refused like a station with a wrong password", verifies=FEEDBACK, catches="tells_who_it_knows",
       of=(CSMS,))  # fmt: skip
def enumeration(csms: Subject) -> Script:
    yield from given(in_profile(csms, 1, 2))
    known: Connected = yield connect(csms, password=WRONG, having=REFUSED, rule=AUTHENTICATED)
    unknown: Connected = yield connect(csms, identity=STRANGER, password=WRONG, having=REFUSED, rule=AUTHENTICATED)
    # OCPP-J §3.2 would have 404 for a stranger: to be told only to who has shown a password that is right
    same = f"the status that a station with a wrong password gets, {known.code}"
    yield check(unknown.code == known.code, same, unknown.code, FEEDBACK)
    bare: list[int] = []
    for identity in (csms.identity, STRANGER):
        turned: Connected = yield connect(csms, identity=identity, password="", having=REFUSED, rule=AUTHENTICATED)
        bare.append(turned.code)
    yield check(bare[0] == bare[1], f"without a password the same, {bare[0]}", bare[1], FEEDBACK)


STRANGER = "BENCH-NOBODY"


@probe(3, "Identities that are none get nobody in", verifies=INPUT, catches="lets_any_identity_in", of=(CSMS,))
def identities(csms: Subject) -> Script:
    yield from given(in_profile(csms, 1, 2))
    own = csms.identity
    for identity in (f"{own} ", f"{own}\0", f"../{own}", f"{own}/{own}", "' OR '1'='1", "*", "%", "x" * 500, "\u202e"):
        turned = satisfying("no link", bool)
        yield connect(csms, identity=identity, password=csms.password, having={"ending": turned}, rule=INPUT)
    yield from _serves(csms, INPUT)


@probe(4, "Guessing gets nobody in, and does not keep the station out", verifies=LOGINS, catches="lets_guessers_in",
       of=(CSMS,))  # fmt: skip
def guesses(csms: Subject) -> Script:
    yield from given(in_profile(csms, 1, 2))
    for number in range(25):
        yield connect(csms, password=f"{WRONG}-{number}", having=REFUSED, rule=LOGINS)
    came: Connected = yield connect(csms, having={"ending": one_of("", "refused")}, rule=LOGINS)
    for _ in range(5):
        if came.ending:
            yield let_pass(60.0)
            came = yield connect(csms, having={"ending": one_of("", "refused")}, rule=LOGINS)
    yield check(not came.ending, "the right password gets in within five minutes", f"status {came.code}", LOGINS)


@probe(5, "A station of security profile 2 is refused without TLS", verifies=NOT_LOWER_AGAIN,
       catches="forgets_about_tls", of=(CSMS,))  # fmt: skip
def downgrade(csms: Subject) -> Script:
    yield from given(_two_doors(csms))
    turned = one_of("refused", "unreachable")
    yield connect(csms, security_profile=1, having={"ending": turned}, rule=NOT_LOWER_AGAIN)
    yield connect(csms, security_profile=0, password="", having={"ending": turned}, rule=NOT_LOWER_AGAIN)
    yield from _serves(csms, NOT_LOWER_AGAIN)


def _two_doors(csms: Subject) -> Script:
    yield from in_profile(csms, 2)
    plain = any(url.startswith("ws:") for url in csms.urls)
    yield check(plain, "an address of the CSMS without TLS", ", ".join(csms.urls) or "none")


@probe(11, "The password cannot be read", verifies=WRITE_ONLY, catches="shows_its_password", of=(STATION,))
def reading(station: Subject) -> Script:
    yield from given(in_profile(station, 1, 2))
    yield from up(station)
    if station.version == V16:
        reply: Reply = yield ask("GetConfiguration", {"key": ["AuthorizationKey"]}, rule=WRITE_ONLY)
        shown = [each.get("value") for each in reply.get("configurationKey", []) if each.get("value")]
    else:
        asked = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
        turned = satisfying("anything but Accepted", lambda status: status != "Accepted")
        having = {"getVariableResult.0.attributeStatus": turned}
        reply = yield ask("GetVariables", {"getVariableData": [asked]}, having=having, rule=WRITE_ONLY)
        value = reply.get("getVariableResult.0.attributeValue", MISSING)
        shown = [] if value in (MISSING, "") else [value]
    yield check(not shown, "no password", "a value", WRITE_ONLY)
    yield from lives(station)


@probe(12, "The password is in no report", verifies=WRITE_ONLY, catches="reports_its_password", of=(STATION,))
def reports(station: Subject) -> Script:
    yield from given(in_profile(station, 1, 2))
    yield from up(station)
    if station.version == V16:
        reply: Reply = yield ask("GetConfiguration", {}, rule=WRITE_ONLY)
        told = str(reply.payload)
    else:
        yield ask("GetBaseReport", {"requestId": 77, "reportBase": "FullInventory"}, having={"status": "Accepted"})
        yield expect("NotifyReport", station.message_s + 60.0, where={"tbc": _LAST})
        parts: list[Received] = yield seen("NotifyReport")
        told = "".join(str(part.payload) for part in parts)
    yield check(str(station.password) not in told, "a report without the password", "it is in there", WRITE_ONLY)


_LAST = optionally(False)


@probe(13, "The security profile cannot be lowered by a setting", verifies=NEVER_LOWER, catches="steps_down_when_told",
       of=(STATION,))  # fmt: skip
def lowered(station: Subject) -> Script:
    yield from given(in_profile(station, 1, 2))
    yield from up(station)
    lower = str(station.security_profile - 1)
    turned = satisfying("anything but Accepted", lambda status: status not in ("Accepted", "RebootRequired"))
    if station.version == V16:
        request = {"key": "SecurityProfile", "value": lower}
        yield ask("ChangeConfiguration", request, having={"status": turned}, rule=NEVER_LOWER)
    else:
        named = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "SecurityProfile"}}
        request_2 = {"setVariableData": [{**named, "attributeValue": lower}]}
        having = {"setVariableResult.0.attributeStatus": turned}
        yield ask("SetVariables", request_2, having=having, rule=NEVER_LOWER)
    yield from lives(station)
