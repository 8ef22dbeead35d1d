"""One end of a measured connection, in a process of its own: JSON lines in, JSON lines out.

``python -m chargebench.bench.child ROLE``. A line asks for a method of the role: ``{"ask": "listen", "with": {…}}``;
the answer carries what it returned and the processor time so far. The child ends when its input does, and so with
its parent.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any

from chargebench.bench import gauges
from protocol.transports.loop import factory

ROLES: Mapping[str, str] = {
    "echo csms": "chargebench.bench.echo:EchoCsms",
    "echo stations": "chargebench.bench.echo:EchoStations",
    "plain csms": "chargebench.bench.plain:PlainCsms",
    "plain stations": "chargebench.bench.plain:PlainStations",
    "session csms": "chargebench.bench.sessions:SessionCsms",
    "session stations": "chargebench.bench.sessions:SessionStations",
    "whole csms": "chargebench.bench.whole:WholeCsms",
    "whole stations": "chargebench.bench.whole:WholeStations",
}
"""Where each role is: module and class; a role's public methods are what it can be asked. Others are named so, too."""


async def serve(role: Any) -> None:
    """Do what is asked until the input ends."""
    lines = asyncio.StreamReader(limit=2**20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        asked = json.loads(line)
        try:
            answer = {"said": await _do(role, asked["ask"], asked["with"])}
        except Exception:  # noqa: BLE001 - the parent raises it
            answer = {"failed": traceback.format_exc()}
        answer["cpu_s"] = time.process_time()
        os.write(1, json.dumps(answer).encode() + b"\n")


async def _do(role: Any, ask: str, words: dict[str, Any]) -> Any:
    if ask == "weigh":
        gc.collect()
        return gauges.private_bytes()
    if ask == "rest":
        return None
    return await getattr(role, ask)(**words)


def main() -> None:
    """Be what the command line says."""
    module, _, name = ROLES.get(sys.argv[1], sys.argv[1]).partition(":")
    role = getattr(importlib.import_module(module), name)
    with asyncio.Runner(loop_factory=factory() if role.fast_loop else None) as runner:
        runner.run(serve(role()))


if __name__ == "__main__":
    main()
