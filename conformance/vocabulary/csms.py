"""What an operator does at a CSMS under test. Every word builds an ``Operate``, which the rig carries out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.vocabulary.subject import Operate, Subject


def command(csms: Subject, name: str, **fields: Any) -> Operate:
    """Have the CSMS send a command, under its version-neutral name (``remote_start``, ``reset`` …).

    The rig returns as soon as the CSMS has been told; the message itself is then expected.
    """
    return Operate(f"command.{name}", fields)


def provision(csms: Subject, what: str, **fields: Any) -> Operate:
    """Have the CSMS know something: ``station`` and ``registration="Pending"``, ``token`` and ``status="Blocked"``."""
    return Operate(f"provision.{what}", fields)


def open_responder(csms: Subject, revoked: Iterable[str] = ()) -> Operate:
    """Have the bench's OCSP responder answer, with these serial numbers (hexadecimal) as revoked; gives its URL."""
    return Operate("open_responder", {"revoked": list(revoked)})


def asked_responder(csms: Subject) -> Operate:
    """The serial numbers (hexadecimal) that the bench's OCSP responder was asked about since it was opened."""
    return Operate("asked_responder")


WIRE = "wire"


def on_the_wire(csms: Subject, attack: str, **args: Any) -> Operate:
    """Dial the CSMS over a bare socket and do what lies below OCPP: an attack of ``conformance.wire``.

    The result is a ``conformance.wire.Outcome``. Without real sockets the case cannot be judged.
    """
    return Operate(WIRE, {"attack": attack, **args})
