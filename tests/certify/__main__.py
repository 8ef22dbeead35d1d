"""``make certify``: our conformance cases judge our CSMS as it is run: real processes, of one node or of several.

ARGS='--help' says what may be chosen; what follows ``--`` is handed on to ``chargebench certify csms``.
"""

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.certify.sharing import Sharing
from tests.soak.__main__ import schema
from tests.soak.nodes import Nodes
from tests.soak.processes import Csms


def main():
    parser = argparse.ArgumentParser(prog="make certify", description="Have the cases judge the reference CSMS.")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="a folder for the run")
    parser.add_argument("more", nargs="*", help="options of chargebench certify csms")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        sqlite = chosen.database == "sqlite"
        url = f"sqlite:///{folder}/csms.sqlite" if sqlite else stack.enter_context(schema())
        asyncio.run(judged(folder, url, chosen.nodes, chosen.out, chosen.more))
    verdicts = verdicts_of(chosen.out)
    print(f"{chosen.nodes} nodes, {chosen.database}: {dict(Counter(verdicts.values()))}")
    return 0


async def judged(folder, url, nodes, out, more):
    """Start the CSMS and what shares the bench's connections out, and have it judged; leaves the run at ``out``."""
    csms = Csms(folder, url) if nodes == 1 else Nodes(folder, url, nodes=nodes)
    await csms.start()
    try:
        async with Sharing([node["ocpp"] for node in csms.ports.get("nodes", [csms.ports])]) as sharing:
            words = ["--target", f"ws://127.0.0.1:{sharing.port}", "--api", f"http://127.0.0.1:{csms.ports['api']}"]
            judge = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "chargebench", "certify", "csms", *words, "--out", str(out), *more)
            )
            await judge.wait()
    finally:
        await csms.end()


def verdicts_of(out):
    """The verdict of each case of a run."""
    run = json.loads((Path(out) / "run.json").read_text())
    return {case["id"]: case["verdict"] for case in run["verdicts"]}


if __name__ == "__main__":
    sys.exit(main())
