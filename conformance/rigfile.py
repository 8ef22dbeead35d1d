"""Reads a rig file: who does which operation at the system under test, by which request, or asks which person.

``docs/rigs.md`` describes the format; every error names the line and what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from conformance.document import Document, nearest, text_of
from conformance.operations import OPERATIONS, Operation
from conformance.rigs.template import Template, Unset, names_in
from conformance.vocabulary import CERTIFIED, Role
from simulator.builtin import profile_names


class RigError(ValueError):
    """The rig file cannot be used: file, line, and what would be right."""


class Kind(StrEnum):
    """What a rig is: ours in this process, or hands on a system of others."""

    SIMULATED = "simulated"
    REFERENCE = "reference"
    HTTP = "http"
    PROMPT = "prompt"


class Task(StrEnum):
    """Who does an operation that no request does."""

    PROMPT = "prompt"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries: ``json`` or ``form`` are structures of templates, ``text`` is one."""

    kind: str
    content: Any


@dataclass(frozen=True, slots=True)
class Request:
    """One operation as an HTTP request. ``where`` is its place in the rig file; ``wait_s`` None waits for the answer.

    ``status`` are the statuses that say it is done, empty for any 2xx. ``result`` is a path into the JSON answer.
    """

    where: str
    url: Template
    method: str = "POST"
    headers: Mapping[str, Template] = field(default_factory=dict)
    query: Mapping[str, Template] = field(default_factory=dict)
    body: Body | None = None
    status: frozenset[int] = frozenset()
    result: str = ""
    timeout_s: float = 30.0
    retries: int = 0
    retry_s: float = 1.0
    wait_s: float | None = None
    user: tuple[str, str] | None = None
    ca: Path | None = None


Requests = tuple[Request, ...]
"""What does one operation: one after the other."""


@dataclass(frozen=True, slots=True)
class Ask:
    """How people are asked: in the terminal, on a page at ``page`` (host and port), or both."""

    terminal: bool = True
    page: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class RigFile:
    """What a rig file says. ``tasks`` maps operations, or patterns that end in ``*``, to who does them."""

    kind: Kind
    role: Role
    name: str
    tasks: Mapping[str, Requests | Task] = field(default_factory=dict)
    ask: Ask = Ask()
    equipment: Mapping[str, Any] = field(default_factory=dict)
    kept: bool = False
    """Whether a simulated station is kept from case to case."""

    @property
    def asks(self) -> bool:
        """Whether any operation is done by a person."""
        return any(self.task(each.name) is Task.PROMPT for each in of_role(self.role))

    def task(self, operation: str) -> Requests | Task:
        """Who does an operation: what names it most exactly."""
        if operation in self.tasks:
            return self.tasks[operation]
        fitting = [pattern for pattern in self.tasks if _fits(pattern, operation)]
        return self.tasks[max(fitting, key=len)] if fitting else Task.NOBODY


def of_role(role: Role) -> list[Operation]:
    """The operations that hands on such a system may have."""
    return [each for (whose, _), each in OPERATIONS.items() if whose is role]


def _fits(pattern: str, operation: str) -> bool:
    return pattern.endswith("*") and operation.startswith(pattern[:-1])


BUILT_IN = resources.files("conformance") / "rigs" / "examples"
KINDS = {Role.STATION: (Kind.SIMULATED, Kind.HTTP, Kind.PROMPT), Role.CSMS: (Kind.REFERENCE, Kind.HTTP, Kind.PROMPT)}
ALWAYS = ("identity", "ocpp", "operation", "command", "fields")
"""What every template may use beside the operation's own fields (which go first where they have such a name)."""

_SHARED = ("headers", "auth", "timeout_s", "retries", "retry_s", "wait_s", "ca")
_REQUEST = ("url", "method", "query", "json", "form", "text", "status", "result", *_SHARED)
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_TOP = {
    Kind.SIMULATED: ("kind", "profile", "ev", "seed", "security_profile", "kept"),
    Kind.REFERENCE: ("kind",),
    Kind.PROMPT: ("kind", "prompt"),
    Kind.HTTP: ("kind", "url", "operations", "others", "prompt", *_SHARED),
}


def load(path: Path, role: Role, environment: Mapping[str, str]) -> RigFile:
    """Read a rig file, or the one that comes along under this name (``by-hand``). Raises RigError."""
    built_in = BUILT_IN / f"{path}.yaml"
    if path.name == str(path) and not path.exists() and built_in.is_file():
        return parse(built_in.read_text(encoding="utf-8"), role, environment, str(path))
    return parse(text_of(path, RigError), role, environment, str(path), path.parent)


def parse(text: str, role: Role, environment: Mapping[str, str], name: str = "rig", folder: Path = Path()) -> RigFile:
    """Read a rig; ``environment`` has the variables it may name, ``folder`` is where its files are. Raises RigError."""
    return _Reading(name, role, environment, folder).rig(text)


class _Reading(Document):
    """One rig file being read."""

    def __init__(self, name: str, role: Role, environment: Mapping[str, str], folder: Path) -> None:
        super().__init__(name, RigError)
        self._role = role
        self._environment = environment
        self._folder = folder

    def rig(self, text: str) -> RigFile:
        root = self.root(text, "kind, and what belongs to it")
        kind = self._kind(root)
        parts = self.entries(root, _TOP[kind])
        name = Path(self._name).stem or "rig"
        ask = self._ask(parts.get("prompt"))
        if kind is Kind.PROMPT:
            return RigFile(kind, self._role, name, {"*": Task.PROMPT}, ask)
        if kind is not Kind.HTTP:
            kept = "kept" in parts and self._yes(parts["kept"])
            return RigFile(kind, self._role, name, equipment=self._equipment(parts), kept=kept)
        if "operations" not in parts:
            raise self.wrong(root, "operations is missing; expected a mapping such as plug: {url: /plug}")
        tasks = self._tasks(parts["operations"], parts)
        if "others" in parts:
            tasks.setdefault("*", self._task_of(parts["others"]))
        return RigFile(kind, self._role, name, tasks, ask)

    def _kind(self, root: yaml.MappingNode) -> Kind:
        known = ", ".join(KINDS[self._role])
        given = [node for key, node in self.pairs(root) if self.value(key) == "kind"]
        if not given:
            raise self.wrong(root, f"kind is missing; for a {self._role} there are {known}")
        value = self.value(given[0])
        if value not in KINDS[self._role]:
            raise self.wrong(given[0], f"kind {value!r}; for a {self._role} there are {known}")
        return Kind(value)

    def _equipment(self, parts: Mapping[str, yaml.Node]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in ("profile", "ev"):
            if name in parts:
                found[name] = self.text(parts[name])
        if "profile" in found and "/" not in found["profile"] and not found["profile"].endswith((".yaml", ".yml")):
            self._known(parts["profile"], found["profile"], profile_names(), "profile")
        if "seed" in parts:
            found["seed"] = self._whole(parts["seed"], 0)
        if "security_profile" in parts:
            found["security_profile"] = self._whole(parts["security_profile"], 0)
            if found["security_profile"] > CERTIFIED:
                raise self.wrong(parts["security_profile"], "expected a security profile from 0 to 3")
        return found

    # -- people -------------------------------------------------------------------------------------------------------

    def _ask(self, node: yaml.Node | None) -> Ask:
        if node is None:
            return Ask()
        parts = self.entries(node, ("terminal", "page"))
        terminal = self._yes(parts["terminal"]) if "terminal" in parts else True
        page = self._place(parts["page"]) if "page" in parts else None
        if not terminal and page is None:
            raise self.wrong(node, "nobody is asked: neither in the terminal nor on a page (page: 127.0.0.1:8800)")
        return Ask(terminal, page)

    def _place(self, node: yaml.Node) -> tuple[str, int]:
        value = str(self.value(node))
        host, _, port = value.rpartition(":")
        if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
            raise self.wrong(node, f"{value!r} is no place to listen at; expected HOST:PORT such as 127.0.0.1:8800")
        return host.strip("[]"), int(port)

    # -- operations ---------------------------------------------------------------------------------------------------

    def _tasks(self, node: yaml.Node, shared: Mapping[str, yaml.Node]) -> dict[str, Requests | Task]:
        found: dict[str, Requests | Task] = {}
        for key, each in self.pairs(node):
            name = str(self.value(key))
            covered = self._covered(key, name)
            if name in found:
                raise self.wrong(key, f"{name!r} stands here twice")
            listed = each.value if isinstance(each, yaml.SequenceNode) else [each]
            if listed and all(isinstance(part, yaml.MappingNode) for part in listed):
                found[name] = tuple(self._request(name, part, covered, shared) for part in listed)
            else:
                found[name] = self._task_of(each)
        return found

    def _covered(self, key: yaml.Node, name: str) -> list[Operation]:
        known = of_role(self._role)
        covered = [each for each in known if each.name == name or _fits(name, each.name)]
        if not covered:
            what = "covers no operation" if name.endswith("*") else "is no operation"
            near = nearest(name, [each.name for each in known]) or known[0].name
            raise self.wrong(key, f"{name!r} {what} of a {self._role}; did you mean {near}?")
        return covered

    def _task_of(self, node: yaml.Node) -> Task:
        value = self.value(node)
        if not isinstance(value, str) or value not in set(Task):
            expected = "a request such as {url: /plug}, a list of them, prompt or nobody"
            raise self.wrong(node, f"{value!r}; expected {expected}")
        return Task(value)

    def _request(
        self, name: str, node: yaml.Node, covered: list[Operation], shared: Mapping[str, yaml.Node]
    ) -> Request:
        own = self.entries(node, _REQUEST)
        if "url" not in own:
            raise self.wrong(node, f"{name} has no url; expected one such as http://10.0.0.7/plug, or /plug below url")
        parts = {**{key: each for key, each in shared.items() if key in _SHARED}, **own}
        given = {name: read(parts[name]) for name, read in self._numbers().items() if name in parts}
        headers = {**self._texts(shared.get("headers"), covered), **self._texts(own.get("headers"), covered)}
        user = self._auth(parts["auth"], headers) if "auth" in parts else None
        return Request(
            f"{self._name}:{self.line(node)}",
            self._url(own["url"], shared.get("url"), covered),
            headers=headers,
            query=self._texts(own.get("query"), covered),
            body=self._body(node, own, covered),
            user=user,
            **given,
        )

    def _numbers(self) -> dict[str, Any]:
        return {
            "method": self._method,
            "status": self._statuses,
            "result": self.text,
            "timeout_s": lambda node: self._seconds(node, least=0.001),
            "retry_s": self._seconds,
            "wait_s": self._seconds,
            "retries": lambda node: self._whole(node, 0),
            "ca": self._file,
        }

    def _url(self, node: yaml.Node, base: yaml.Node | None, covered: list[Operation]) -> Template:
        url = self._template(node, self.text(node, "an address"), covered)
        if isinstance(url.parts[0], str) and url.parts[0].startswith("/"):
            if base is None:
                raise self.wrong(node, "expected an address such as http://10.0.0.7/plug, or a url at the top to go on")
            above = self._template(base, self.text(base, "an address"), [])
            url = Template((*above.parts, *url.parts))
        if urlsplit(url.text({})).scheme not in ("http", "https"):
            raise self.wrong(node, f"{self.value(node)!r} is no HTTP address; expected http:// or https://")
        return url

    def _auth(self, node: yaml.Node, headers: dict[str, Template]) -> tuple[str, str] | None:
        parts = self.entries(node, ("bearer", "user", "password"))
        texts = {name: self._template(each, str(self.value(each)), []).text({}) for name, each in parts.items()}
        if set(texts) == {"bearer"}:
            if texts["bearer"]:
                headers["Authorization"] = Template((f"Bearer {texts['bearer']}",))
            return None
        if set(texts) != {"user", "password"}:
            raise self.wrong(node, 'expected bearer: "${VARIABLE}", or user and password: "${VARIABLE}"')
        return texts["user"], texts["password"]

    def _body(self, node: yaml.Node, own: Mapping[str, yaml.Node], covered: list[Operation]) -> Body | None:
        kinds = [kind for kind in ("json", "form", "text") if kind in own]
        if len(kinds) > 1:
            raise self.wrong(node, f"{' and '.join(kinds)}; expected only one of json, form and text")
        if not kinds:
            return None
        (kind,) = kinds
        if kind == "form":
            return Body(kind, self._texts(own[kind], covered))
        content = self._structure(own[kind], covered)
        if kind == "text" and not isinstance(content, Template):
            raise self.wrong(own[kind], "expected a text")
        return Body(kind, content)

    # -- templates ----------------------------------------------------------------------------------------------------

    def _template(self, node: yaml.Node, text: str, covered: list[Operation]) -> Template:
        try:
            template = Template.of(text, self._environment)
        except Unset as problem:
            raise self.wrong(node, f"{problem}; set it, or write a value for that case: ${{NAME:-value}}") from None
        known = {name for each in covered for name in each.fields} | set(ALWAYS if covered else ())
        for name in names_in(template):
            if name not in known:
                what = f"{covered[0].name} has no field {name}" if len(covered) == 1 else f"there is no field {name}"
                there = ", ".join(sorted(known)) or "none here"
                raise self.wrong(node, f"{what}; there are {there} ({{{{{name}}}}} stands for itself)")
        return template

    def _structure(self, node: yaml.Node, covered: list[Operation]) -> Any:
        if isinstance(node, yaml.SequenceNode):
            return [self._structure(each, covered) for each in node.value]
        if isinstance(node, yaml.MappingNode):
            return {str(self._key(key)): self._structure(each, covered) for key, each in node.value}
        value = self.value(node)
        return self._template(node, value, covered) if isinstance(value, str) else value

    def _key(self, node: yaml.Node) -> Any:
        return "<<" if node.value == "<<" else self.value(node)

    def _texts(self, node: yaml.Node | None, covered: list[Operation]) -> dict[str, Template]:
        if node is None:
            return {}
        pairs = self.pairs(node)
        return {str(self.value(key)): self._template(each, str(self.value(each)), covered) for key, each in pairs}

    # -- single values ------------------------------------------------------------------------------------------------

    def _known(self, node: yaml.Node, value: str, known: Iterable[str], what: str) -> None:
        if value not in known:
            raise self.wrong(node, f"{what} {value!r}; expected one of {', '.join(known)}")

    def _method(self, node: yaml.Node) -> str:
        value = self.text(node, "a method").upper()
        self._known(node, value, _METHODS, "method")
        return value

    def _statuses(self, node: yaml.Node) -> frozenset[int]:
        value = self.value(node)
        found = value if isinstance(value, list) else [value]
        if not found or not all(type(each) is int and 100 <= each <= 599 for each in found):
            raise self.wrong(node, f"{value!r}; expected a status such as 204, or a list such as [200, 204]")
        return frozenset(found)

    def _seconds(self, node: yaml.Node, least: float = 0.0) -> float:
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= 3600:
            raise self.wrong(node, f"{value!r}; expected seconds, at most 3600")
        return float(value)

    def _yes(self, node: yaml.Node) -> bool:
        value = self.value(node)
        if not isinstance(value, bool):
            raise self.wrong(node, f"{value!r}; expected yes or no")
        return value

    def _whole(self, node: yaml.Node, least: int) -> int:
        value = self.value(node)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.wrong(node, f"{value!r}; expected a whole number of at least {least}")
        return value

    def _file(self, node: yaml.Node) -> Path:
        path = self._folder / self.text(node, "the path of a file")
        if not path.is_file():
            raise self.wrong(node, f"{path}: no such file")
        return path
