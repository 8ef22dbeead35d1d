"""What the house style asks of every room and a machine can check."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
MODULES = sorted(path.relative_to(ROOT) for room in ROOMS for path in (ROOT / room).rglob("*.py"))

# A name from this list says that the cut is in the wrong place.
EMPTY_WORDS = {
    "base", "common", "helper", "helpers", "impl", "manager", "managers", "misc", "processor", "processors",
    "service", "util", "utils", "wrapper", "wrappers",
}  # fmt: skip

# Modules that no test imports, and the test that covers them all the same.
COVERED_ELSEWHERE: dict[str, str] = {}

# Packages of which a test runs every entry: each case on a sound peer and on each mutant that it must catch.
COVERED_BY_MATRIX = (("conformance", "cases"), ("conformance", "mutants"))


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text(), filename=str(module))


@cache
def imports(module: Path) -> frozenset[str]:
    """Dotted names that a file imports; ``from a import b`` counts as ``a`` and as ``a.b``."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(found)


def dotted(module: Path) -> str:
    return ".".join(module.with_suffix("").parts).removesuffix(".__init__")


def is_private(module: Path) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in module.parts)


def is_migration(module: Path) -> bool:
    """Alembic loads its files by path and names them itself."""
    return module.parts[0] == "csms_reference" and ("versions" in module.parts or module.name == "env.py")


# --- layers ---------------------------------------------------------------------------------------------------


def test_rooms_import_only_from_below():
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=50, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_room_is_packaged_typed_and_layered():
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    tool = PYPROJECT["tool"]
    layered = {room for row in tool["importlinter"]["contracts"][0]["layers"] for room in row.split(" | ")}
    assert set(ROOMS) == set(tool["mypy"]["packages"]) == set(tool["importlinter"]["root_packages"]) == layered == rooms


def test_cases_import_the_vocabulary_and_nothing_else_of_ours():
    """Otherwise a misreading shared by our station and our CSMS could pass."""
    cases = [module for module in MODULES if module.parts[:2] == ("conformance", "cases")]
    ours = {(str(module), name) for module in cases for name in imports(module) if name.split(".")[0] in ROOMS}
    allowed = ("conformance.vocabulary", "conformance.cases", "conformance.papers")
    assert not {(module, name) for module, name in ours if not f"{name}.".startswith(allowed) and name != "conformance"}


def test_the_bench_reads_certificates_by_itself():
    assert not {name for name in imports(Path("conformance/papers.py")) if name.split(".")[0] in ROOMS}


# --- names and words ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", [m for m in MODULES if not is_private(m) and tree(m).body], ids=str)
def test_public_module_says_what_it_is(module):
    assert (ast.get_docstring(tree(module)) or "").strip(), f"{module} has no docstring"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_empty_words_in_names(module):
    words = {word for part in module.with_suffix("").parts for word in part.lower().split("_")}
    classes = [node.name for node in ast.walk(tree(module)) if isinstance(node, ast.ClassDef)]
    words |= {re.findall(r"[A-Z][a-z0-9]*|[a-z0-9]+", name)[-1].lower() for name in classes if name.strip("_")}
    assert not words & EMPTY_WORDS


def test_no_file_names_a_package_index():
    hosts = [
        ".".join(parts) for parts in [("pypi", "org"), (f"python{'hosted'}", "org"), ("npmjs", "org"), ("crates", "io")]
    ]
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    assert len(files) > 10
    naming = [str(file) for file in files if any(host.encode() in file.read_bytes() for host in hosts)]
    assert not naming


# --- tests ----------------------------------------------------------------------------------------------------


def has_code(module: Path) -> bool:
    """True when some function does more than state a contract (docstring, ``...``)."""
    functions = (n for n in ast.walk(tree(module)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
    return any(not isinstance(statement, ast.Expr) for function in functions for statement in function.body)


def is_in_matrix(module: Path) -> bool:
    return module.parts[:2] in COVERED_BY_MATRIX and len(module.parts) > 3


TESTED = [m for m in MODULES if has_code(m) and m.name != "__main__.py" and not is_migration(m) and not is_in_matrix(m)]


@pytest.mark.parametrize("module", TESTED, ids=str)
def test_module_has_a_test_in_its_room(module):
    """A test file bears the module's name, or a test of the same room imports it."""
    if elsewhere := COVERED_ELSEWHERE.get(str(module)):
        assert (ROOT / elsewhere).is_file()
        return
    tests = [path.relative_to(ROOT) for path in (ROOT / "tests" / module.parts[0]).rglob("*.py")]
    name = dotted(module)
    mirrored = any(test.name == f"test_{name.rsplit('.', 1)[-1]}.py" for test in tests)
    assert mirrored or any(name in imports(test) for test in tests), f"no test in tests/{module.parts[0]} for {name}"


def test_exceptions_are_still_needed():
    assert set(COVERED_ELSEWHERE) <= {str(module) for module in TESTED}


# --- pins -----------------------------------------------------------------------------------------------------


def pins() -> dict[str, str]:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    matches = [re.fullmatch(r"([A-Za-z0-9_.-]+)==([0-9][A-Za-z0-9.]*)(?: ?; (.+))?", line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    found = [match for match in matches if match and (match[3] is None or Marker(match[3]).evaluate())]
    return {canonicalize_name(match[1]): match[2] for match in found}


Installed = tuple[str, frozenset[str]]


def needed(name: str, extras: frozenset[str], seen: set[Installed]) -> set[Installed]:
    """Everything that installing ``name`` brings in, here and now, with the extras that it is wanted with."""
    for line in requires(name) or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            continue
        key = canonicalize_name(requirement.name)
        if (key, frozenset(requirement.extras)) not in seen:
            seen.add((key, frozenset(requirement.extras)))
            needed(requirement.name, frozenset(requirement.extras), seen)
    return seen


def test_every_dependency_is_pinned_exactly_and_no_other():
    assert set(pins()) == {name for name, _ in needed("chargebench", frozenset({"dev"}), set())}
