"""The words that a conformance case is written in, and the registry of cases.

A case is a generator that yields what must happen next; the bench decides how to wait and sends back what came of it.
Cases import this package and nothing else of ours, so that a misreading of the specification which our station and our
CSMS share cannot make them pass. Nothing here does anything: every word builds a description.

By what a case is about: ``roles`` and ``cases``, the ``subject`` and hands on it (``station``, ``csms``), ``links``,
``messages`` and their ``payloads``, ``moments``, and the ``scripts`` that all of it is put together to.
"""

from conformance.vocabulary.cases import CASES, Case, Register, case, csms16, csms201, station16, station201
from conformance.vocabulary.csms import WIRE, asked_responder, command, on_the_wire, open_responder, provision
from conformance.vocabulary.links import (
    CERTIFIED,
    SECURED,
    Arrival,
    Connect,
    Connected,
    Disconnect,
    Doors,
    Linked,
    Manners,
    Visit,
    connect,
    dials_in,
    disconnect,
    let_in,
    linked,
    shakes_hands,
    shut_out,
)
from conformance.vocabulary.messages import (
    Anew,
    Answer,
    AnyOf,
    Ask,
    Expect,
    Hear,
    Heard,
    Ignore,
    Received,
    Refuse,
    Reply,
    Say,
    Seen,
    Silence,
    Usually,
    anew,
    answer,
    any_of,
    ask,
    expect,
    hears,
    ignore,
    refuse,
    say,
    seen,
    silence,
    usually,
)
from conformance.vocabulary.moments import NOW, Instant, LetPass, TimeOfDay, ago, let_pass, time_of_day
from conformance.vocabulary.payloads import (
    ABSENT,
    MISSING,
    NOWHERE,
    PRESENT,
    Matcher,
    Payload,
    Where,
    field_of,
    mismatches,
    one_of,
    optionally,
    other_than,
    satisfying,
)
from conformance.vocabulary.roles import CSMS, STATION, V16, V21, V201, Role
from conformance.vocabulary.scripts import (
    Check,
    Look,
    Phase,
    Script,
    Step,
    Waiting,
    check,
    given,
    in_profile,
    offline,
    own_tls,
)
from conformance.vocabulary.station import (
    drive_in,
    drive_out,
    fault,
    limit_from_outside,
    mend,
    offer_firmware,
    open_upload,
    plug,
    plug_asking,
    plug_contract,
    plug_negotiating,
    power_off,
    power_on,
    present,
    renegotiate,
    replug_at_ev,
    resume,
    shows,
    stop_all,
    stop_one,
    suspend,
    take_cable,
    unplug,
    unplug_at_ev,
    uploaded,
)
from conformance.vocabulary.subject import Image, Monitoring, Operate, Subject, Token, Tokens, Watched

__all__ = [
    "ABSENT", "CASES", "CERTIFIED", "CSMS", "MISSING", "NOW", "NOWHERE", "PRESENT", "SECURED", "STATION", "V16",
    "V21", "V201", "WIRE", "Anew", "Answer", "AnyOf", "Arrival", "Ask", "Case", "Check", "Connect", "Connected",
    "Disconnect", "Doors", "Expect", "Hear", "Heard", "Ignore", "Image", "Instant", "LetPass", "Linked", "Look",
    "Manners", "Matcher", "Monitoring", "Operate", "Payload", "Phase", "Received", "Refuse", "Register", "Reply",
    "Role", "Say", "Script", "Seen", "Silence", "Step", "Subject", "TimeOfDay", "Token", "Tokens", "Usually",
    "Visit", "Waiting", "Watched", "Where", "ago", "anew", "answer", "any_of", "ask", "asked_responder", "case",
    "check", "command", "connect", "csms16", "csms201", "dials_in", "disconnect", "drive_in", "drive_out", "expect",
    "fault", "field_of", "given", "hears", "ignore", "in_profile", "let_in", "let_pass", "limit_from_outside",
    "linked", "mend", "mismatches", "offer_firmware", "offline", "on_the_wire", "one_of", "open_responder",
    "open_upload", "optionally", "other_than", "own_tls", "plug", "plug_asking", "plug_contract",
    "plug_negotiating", "power_off", "power_on", "present", "provision", "refuse", "renegotiate", "replug_at_ev",
    "resume", "satisfying", "say", "seen", "shakes_hands", "shows", "shut_out", "silence", "station16",
    "station201", "stop_all", "stop_one", "suspend", "take_cable", "time_of_day", "unplug", "unplug_at_ev",
    "uploaded", "usually",
]  # fmt: skip
