"""Options that several commands share, and how their values are turned into what the rooms understand."""

from __future__ import annotations

import math
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from chargebench.errors import Unusable
from protocol.security import client_tls
from protocol.versions import VERSIONS, Version, by_name
from simulator.builtin import profile_names

if TYPE_CHECKING:
    from simulator.clock import Pace

StationId = Annotated[str, typer.Option("--id", help="The station's identity: the last part of its URL.")]
ProfileName = Annotated[
    str, typer.Option(help=f"A built-in profile ({', '.join(profile_names())}) or the path of your own YAML file.")
]
SpokenVersion = Annotated[str, typer.Option("--version", help="The OCPP version it speaks: 1.6, 2.0.1 or 2.1.")]
Csms = Annotated[
    str | None,
    typer.Option(help="ws:// or wss:// address of a CSMS, without the identity (default: our own, in process)."),
]
Password = Annotated[
    str | None,
    typer.Option(
        envvar="CHARGEBENCH_PASSWORD",
        show_envvar=False,
        help="HTTP Basic password of stations that have none (or set CHARGEBENCH_PASSWORD; default: no password).",
    ),
]
CaFile = Annotated[
    Path | None,
    typer.Option("--ca", help="PEM file of the CA to trust for wss:// (default: those of the operating system)."),
]
Speed = Annotated[
    str | None,
    typer.Option(help="virtual, real, or simulated seconds per second (default: virtual; real with --csms)."),
]
Seed = Annotated[
    int | None,
    typer.Option(help="Seed of everything random; the same seed gives the same run (default: the scenario's)."),
]
Out = Annotated[Path | None, typer.Option(help="Folder of the run; it must not hold one (default: runs/TIME-NAME).")]


NO_ADDRESS = "{!r} is not a WebSocket address; right would be ws://HOST:PORT/PATH or wss://HOST:PORT/PATH"


def spoken_version(name: str) -> Version:
    """The version of a name; "2.0.1", "ocpp2.0.1" and "201" are understood. Raises Unusable."""
    plain = name.lower().removeprefix("ocpp")
    dotted = {"16": "1.6", "201": "2.0.1", "21": "2.1"}.get(plain, plain)
    try:
        return by_name(dotted)
    except KeyError:
        known = ", ".join(version.name for version in reversed(VERSIONS))
        raise Unusable(f"{name!r} is not an OCPP version known here ({known})") from None


def station_version(name: str) -> Version:
    """A version that the simulated stations speak. Raises Unusable."""
    from simulator.dialects import DIALECTS

    version = spoken_version(name)
    if version not in DIALECTS:
        known = ", ".join(sorted(each.name for each in DIALECTS))
        raise Unusable(f"stations do not speak OCPP {version.name} yet; right would be {known}")
    return version


def websocket_url(url: str) -> str:
    """The URL, if it can be dialled. Raises Unusable."""
    try:
        parts = urlsplit(url)
        hostname, port = parts.hostname, parts.port
    except ValueError:
        raise Unusable(NO_ADDRESS.format(url)) from None
    if parts.scheme not in ("ws", "wss") or not hostname or port == 0:
        raise Unusable(NO_ADDRESS.format(url))
    return url


def trust(url: str, ca: Path | None) -> ssl.SSLContext | None:
    """The TLS settings to dial a URL with; None for ws://. Raises SecurityError for an unusable CA file."""
    if urlsplit(url).scheme != "wss":
        if ca is not None:
            raise Unusable(f"--ca is of no use with {url!r}: only wss:// has certificates")
        return None
    return client_tls(ca)


def pace_of(speed: str) -> Pace:
    """A pace of its name: "virtual", "real", or simulated seconds per second. Raises Unusable."""
    from simulator.clock import VIRTUAL, Scaled

    if speed == "virtual":
        return VIRTUAL
    try:
        factor = 1.0 if speed == "real" else float(speed.removesuffix("x"))
        return Scaled(factor if math.isfinite(factor) else math.nan)
    except ValueError:
        raise Unusable(
            f"{speed!r} is not a speed; right would be virtual, real, or a factor above 0 such as 60"
        ) from None


SECRETS = ("--password", "--api-key")


def words_of(argv: list[str]) -> list[str]:
    """A command's own words as a run may remember them: without secrets, which belong into the environment."""
    kept: list[str] = []
    secret = False
    for word in argv:
        if not secret and not word.startswith(tuple(f"{each}=" for each in SECRETS)) and word not in SECRETS:
            kept.append(word)
        secret = word in SECRETS
    return kept
