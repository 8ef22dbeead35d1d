"""The image, as far as it can be judged without building it."""

import json
import re
import tomllib
from importlib.metadata import version

import pytest

from tests.deploy.commands import DEPLOY, IMAGE_ROOMS, ROOT, parsed

TEXT = (DEPLOY / "Containerfile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
JOINED = re.sub(r"\\\n(?:\s*#[^\n]*\n)*", " ", TEXT)
STEPS = [tuple(line.split(maxsplit=1)) for line in JOINED.splitlines() if line.strip() and not line.startswith("#")]


def steps(word: str) -> list[str]:
    return [rest for found, rest in STEPS if found == word]


def test_every_instruction_is_one() -> None:
    known = "ARG FROM WORKDIR COPY ENV RUN LABEL VOLUME USER EXPOSE STOPSIGNAL HEALTHCHECK CMD".split()
    assert {word for word, _ in STEPS} <= {*known}


def test_what_is_copied_exists_and_every_room_is() -> None:
    sources = [word for rest in steps("COPY") if not rest.startswith("--from") for word in rest.split()[:-1]]
    assert not [name for name in sources if not (ROOT / name).exists()]
    assert set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) <= set(sources)
    assert {"pyproject.toml", "README.md", "LICENSE", "constraints.txt"} <= set(sources)


def test_every_version_is_a_tested_one() -> None:
    assert "PIP_CONSTRAINT=/src/constraints.txt" in TEXT
    assert TEXT.index("PIP_CONSTRAINT") < TEXT.index("RUN")
    assert ".[load]" in TEXT
    [base] = [rest.split("=", 1)[1] for rest in steps("ARG")]
    assert re.search(r":3\.(11|12|13)-", base)
    assert f'image.version="{version("chargebench")}"' in TEXT


def test_the_last_stage_is_not_root() -> None:
    last = JOINED[JOINED.rindex("FROM ") :]
    [user] = re.findall(r"^USER (\S+)$", last, flags=re.MULTILINE)
    assert user == "10001:10001"
    assert last.index("USER") > last.index("RUN")
    assert "--uid 10001" in last


def test_the_package_is_linked_to_where_locust_is_told_to_look() -> None:
    assert re.search(rf"import loadtest; print\(loadtest\.__path__\[0\]\)'\)\" {IMAGE_ROOMS}loadtest$", JOINED, re.M)


def test_the_command_is_one_that_we_have_and_the_check_asks_its_port() -> None:
    [command] = steps("CMD")
    chosen = parsed(json.loads(command), {})
    assert chosen["host"] == "0.0.0.0"
    [check] = steps("HEALTHCHECK")
    assert "127.0.0.1:9080/health" in check
    compile(json.loads(check[check.index("[") :])[2], "healthcheck", "exec")
    ports = {int(port) for rest in steps("EXPOSE") for port in rest.split()}
    assert ports == {9000, 9080, 8089, 5557}


def test_an_unknown_option_would_be_found() -> None:
    with pytest.raises(Exception, match="--wrokers"):
        parsed(["chargebench", "csms", "--wrokers", "2"], {})
