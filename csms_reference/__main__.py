"""``python -m csms_reference [--with-parent] [SETTINGS.yaml]``: serve, and print the ports as one line of JSON.

With ``--with-parent`` it ends when its standard input does, which is when whoever holds the other end is gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from csms_reference.nodes.parent import Nodes
from csms_reference.server import Serving, run
from csms_reference.settings import Settings, SettingsError
from csms_reference.store import StoreError
from protocol.security import SecurityError

WITH_PARENT = "--with-parent"


def main(arguments: list[str]) -> int:
    """Serve until a signal says otherwise; 2 when the settings cannot be used."""
    files = [word for word in arguments if word != WITH_PARENT]

    def ready(running: Serving) -> None:
        if WITH_PARENT in arguments:
            ending_with_input()
        say(ports_of(running))

    try:
        settings = Settings.load(Path(files[0])) if files else Settings()
        run(settings, ready=ready)
    except (SettingsError, StoreError, SecurityError, OSError) as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2
    return 0


def ports_of(running: Serving) -> dict[str, Any]:
    """Where a CSMS serves; of several nodes also where each of them does."""
    ports: dict[str, Any] = {"ocpp": running.ocpp_port, "api": running.api_port}
    if running.public_port is not None:
        ports["public"] = running.public_port
    if running.metrics_port is not None:
        ports["metrics"] = running.metrics_port
    if isinstance(running, Nodes):
        ports["nodes"] = running.ports
    return ports


def say(what: dict[str, Any]) -> None:
    """One line of JSON, for the one who started this process."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def ending_with_input() -> None:
    """End when standard input does."""
    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _end_with_input)


def _end_with_input() -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
