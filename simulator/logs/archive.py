"""The file of a log: a tar archive, compressed, of what the station really knows (the format is its own matter, N01).

The security log is ``security.jsonl``, one event a line. The diagnostics are

* ``station.json``: who it is, what runs on it, its parts' troubles and its connectors as they are now;
* ``settings.json``: every variable that may be read, with its value;
* ``findings.json``: what the station finds wrong with itself;
* ``incidents.jsonl``: what has happened to it and was done to it, one line each;
* ``transactions.json``: those that run, and the messages on them that the CSMS has not confirmed.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from protocol.stamps import parse
from simulator.firmware.memory import running_version
from simulator.logs.memory import Kind, Order, Window
from simulator.security import STARTUPS
from simulator.snapshot import snapshot
from simulator.variables import Mutability

if TYPE_CHECKING:
    from simulator.station import Station

NAMES = {Kind.DIAGNOSTICS: "diagnostics", Kind.SECURITY: "security"}
STARTS = frozenset((*STARTUPS.values(), "ResetOrReboot"))
"""The security events with which a life of the firmware begins."""


def name_of(station: Station, order: Order) -> str:
    """What the file is called: whose it is, which log, when it was asked for, and under which number."""
    who = re.sub(r"[^A-Za-z0-9._-]", "-", station.identity).lstrip(".-_") or "station"
    number = "" if order.request_id is None else f"-{order.request_id}"
    return f"{who}-{NAMES[order.kind]}-{station.now:%Y%m%dT%H%M%SZ}{number}.tar.gz"


def available(station: Station, order: Order) -> bool:
    """N01.FR.01, .05: whether there is anything to upload.

    A security log is there if it has an event of that time. Diagnostics tell of the time since the firmware started
    (what the station is like now), and of every incident.
    """
    window = order.window
    if order.kind is Kind.SECURITY:
        return any(True for _ in _security(station, window))
    if window.oldest is not None and window.oldest > min(station.now, window.latest or station.now):
        return False
    return _lived(station, window) or any(True for _ in _incidents(station, window))


def built(station: Station, order: Order) -> bytes:
    """The file."""
    from simulator.diagnosis.reports import reported  # noqa: PLC0415 -- with all tests of hardware, for the few that ask

    if order.kind is Kind.SECURITY:
        files = {"security.jsonl": _lines(_security(station, order.window))}
    else:
        files = {
            "station.json": _text(_about(station)),
            "settings.json": _text(_settings(station)),
            "findings.json": _text([finding.document() for finding in reported(station)]),
            "incidents.jsonl": _lines(_incidents(station, order.window)),
            "transactions.json": _text(_transactions(station)),
        }
    return _packed(files, int(station.now.timestamp()))


def _packed(files: Mapping[str, bytes], at: int) -> bytes:
    """The same bytes for the same files at the same time."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            about = tarfile.TarInfo(name)
            about.size, about.mtime, about.mode = len(content), at, 0o444
            archive.addfile(about, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=at)


def _text(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1, default=str).encode()


def _lines(documents: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(json.dumps(each, ensure_ascii=False, default=str).encode() + b"\n" for each in documents)


# -- what stands in it ------------------------------------------------------------------------------------------------


def _security(station: Station, window: Window) -> Iterable[dict[str, Any]]:
    """N01.FR.03 (1.6: FR.05): events in this version's names, the oldest first."""
    for event in station.security.log:
        if window.has(parse(event.stamp)):
            kind = station.dialect.security_kind(event.kind)
            yield {"timestamp": event.stamp, "type": kind, "techInfo": event.tech_info}


def _incidents(station: Station, window: Window) -> Iterable[dict[str, Any]]:
    return (each.document() for each in station.flash.incidents if window.has(parse(each.stamp)))


def _lived(station: Station, window: Window) -> bool:
    """Whether a window reaches into this life of the firmware; whose beginning is no longer known has always been."""
    starts = [event.stamp for event in station.security.log if event.kind in STARTS]
    began: datetime | None = parse(starts[-1]) if starts else None
    return window.latest is None or began is None or window.latest >= began


def _about(station: Station) -> dict[str, Any]:
    profile = station.profile
    return {
        "timestamp": station.stamp(),
        "identity": station.identity,
        "vendor": profile.vendor,
        "model": profile.model,
        "serialNumber": profile.serial_number(station.identity),
        "firmwareVersion": running_version(station),
        "ocppVersion": station.version.name,
        "starts": station.flash.boots,
        "startReason": station.flash.boot_reason,
        "framesUp": station.line.frames_up,
        "framesDown": station.line.frames_down,
        "now": snapshot(station),
    }


def _settings(station: Station) -> dict[str, str | None]:
    """Secrets stay where they are: nobody may read them."""
    variables = station.variables
    readable = (each for each in variables.model.values() if each.mutability is not Mutability.WRITE_ONLY)
    return {variable.key: variables.shown(variable.key) for variable in readable}


def _transactions(station: Station) -> dict[str, Any]:
    waiting = [
        {"transaction": event.tx.id, "phase": event.phase.value, "seqNo": event.seq, "timestamp": event.stamp}
        for event in station.flash.journal
    ]
    running = [
        {"transaction": tx.id, "evse": tx.evse, "connector": tx.connector, "begunAtWh": tx.start_wh}
        for tx in (evse.tx for evse in station.evses)
        if tx is not None
    ]
    return {"running": running, "unconfirmed": waiting}
