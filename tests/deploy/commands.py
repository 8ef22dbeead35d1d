"""Whether a command of a container is one that the image has, judged by the programs' own parsers."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml
from typer.main import get_command

from chargebench.cli import app
from csms_reference.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
IMAGE_ROOMS = "/opt/chargebench/"
"""Where the image has a link to the installed package ``loadtest``."""

OUR_VARIABLES = {"CHARGEBENCH_PASSWORD", "CHARGEBENCH_API_KEY", "CHARGEBENCH_DEBUG"}

_PARSE = """
import json, sys
from pathlib import Path
from locust.argument_parser import get_parser
if Path("loadtest/locustfile.py").exists():
    import loadtest.locustfile  # it may have options of its own
parser = get_parser(default_config_files=[])
print(json.dumps(vars(parser.parse_args(json.loads(sys.argv[1]))), default=str))
"""


def parsed(command: Sequence[str], files: Mapping[str, str]) -> dict[str, object]:
    """The options of a container's command. ``files`` are those mounted, by path. AssertionError for a wrong one."""
    program, *words = command
    assert program in ("chargebench", "locust"), f"the image has no {program}"
    return _chargebench(words, files) if program == "chargebench" else _locust(words, files)


def _chargebench(words: list[str], files: Mapping[str, str]) -> dict[str, object]:
    name, *rest = words
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    context = command.make_context(name, rest, resilient_parsing=False)
    settings = context.params.get("settings")
    if settings is not None:
        Settings.of(yaml.safe_load(files[str(settings)]))
    return dict(context.params)


def _locust(words: list[str], files: Mapping[str, str]) -> dict[str, object]:
    """Locust patches the process that imports it, so it is asked in one of its own."""
    if "--config" in words:
        at = words.index("--config")
        words = [*words[:at], *words[at + 2 :], *_config(files[words[at + 1]])]
    asked = subprocess.run(
        [sys.executable, "-c", _PARSE, json.dumps(words)], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr
    options: dict[str, object] = json.loads(asked.stdout)
    path = str(options["locustfile"])
    assert path == f"{IMAGE_ROOMS}loadtest/locustfile.py"
    return options


def _config(text: str) -> list[str]:
    lines = [line.split("#")[0].strip() for line in text.splitlines()]
    pairs = [line.partition("=")[::2] for line in lines if line]
    return [f"--{name.strip()}={value.strip()}" for name, value in pairs]
