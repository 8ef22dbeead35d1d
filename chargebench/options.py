"""Options that several commands share, and how their values are turned into what the rooms understand."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from chargebench.errors import Unusable
from protocol.security import client_tls
from protocol.versions import VERSIONS, Version, by_name
from simulator.clock import VIRTUAL, Pace, Scaled
from simulator.dialects import DIALECTS
from simulator.profile import profile_names

StationId = Annotated[str, typer.Option("--id", help="The station's identity: the last part of its URL.")]
ProfileName = Annotated[
    str, typer.Option(help=f"A built-in profile ({', '.join(profile_names())}) or the path of your own YAML file.")
]
SpokenVersion = Annotated[str, typer.Option("--version", help="The OCPP version it speaks: 1.6 or 2.0.1.")]
Password = Annotated[
    str | None, typer.Option(envvar="CHARGEBENCH_PASSWORD", help="HTTP Basic password (security profiles 1 and 2).")
]
CaFile = Annotated[Path | None, typer.Option("--ca", help="PEM file of the CA to trust for wss:// (default: system).")]
Seed = Annotated[int | None, typer.Option(help="Seed of everything random; the same seed gives the same run.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the run (default: runs/TIME-NAME).")]


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
    version = spoken_version(name)
    if version not in DIALECTS:
        known = ", ".join(sorted(each.name for each in DIALECTS))
        raise Unusable(f"stations do not speak OCPP {version.name} yet; right would be {known}")
    return version


def websocket_url(url: str) -> str:
    """The URL, if it can be dialled. Raises Unusable."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in ("ws", "wss") or not parts.hostname or port == 0:
        raise Unusable(
            f"{url!r} is not a WebSocket address; right would be ws://HOST:PORT/PATH or wss://HOST:PORT/PATH"
        )
    return url


def trust(url: str, ca: Path | None) -> ssl.SSLContext | None:
    """The TLS settings to dial a URL with; None for ws://. Raises SecurityError for an unusable CA file."""
    if not url.startswith("wss"):
        if ca is not None:
            raise Unusable(f"--ca is of no use with {url!r}: only wss:// has certificates")
        return None
    return client_tls(ca)


def pace_of(speed: str) -> Pace:
    """A pace of its name: "virtual", "real", or simulated seconds per second. Raises Unusable."""
    if speed == "virtual":
        return VIRTUAL
    try:
        return Scaled(1.0 if speed == "real" else float(speed.removesuffix("x")))
    except ValueError:
        raise Unusable(f"{speed!r} is not a speed; right would be virtual, real, or a factor such as 60") from None
