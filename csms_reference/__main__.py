"""``python -m csms_reference [SETTINGS.yaml]``: serve, and print the ports as one line of JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from csms_reference.server import Running, serve
from csms_reference.settings import Settings, SettingsError
from csms_reference.store import StoreError
from protocol.security import SecurityError


def main(arguments: list[str]) -> int:
    """Serve until a signal says otherwise; 2 when the settings cannot be used."""

    def ready(running: Running) -> None:
        sys.stdout.write(json.dumps({"ocpp": running.ocpp_port, "api": running.api_port}) + "\n")
        sys.stdout.flush()

    try:
        settings = Settings.load(Path(arguments[0])) if arguments else Settings()
        asyncio.run(serve(settings, ready=ready))
    except (SettingsError, StoreError, SecurityError, OSError) as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
