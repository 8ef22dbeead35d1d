"""``chargebench send``: one command, or any request, to a station that is connected to a reference CSMS."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from chargebench.errors import Failed, Unusable, one_line

if TYPE_CHECKING:
    import httpx

ANSWER_S = 90.0
ASKED_WRONGLY = frozenset({"bad fields", "not supported"})
"""Outcomes of commands that were not fit to be sent."""
"""How long the API may take: longer than a CSMS waits for its station."""


def add_to(app: typer.Typer) -> None:
    """Enter the command."""
    app.command("send", rich_help_panel="Simulate")(send)


def send(
    station: Annotated[str, typer.Argument(help="The identity of a station that is connected to the CSMS.")],
    action: Annotated[str, typer.Argument(help="A command (remote_start) or an OCPP action (TriggerMessage).")],
    fields: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FIELD=VALUE]...", help="Fields; evse.id=1 nests, a value that is JSON counts as such."
        ),
    ] = None,
    payload: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="Fields as JSON: a file, - for standard input, or the text (default: none)."),
    ] = None,
    invalid: Annotated[bool, typer.Option("--invalid", help="Send an action even if it breaks the schema.")] = False,
    expect: Annotated[
        str | None, typer.Option(metavar="STATUS", help="Exit with 1 if the status is another one (default: any).")
    ] = None,
    api: Annotated[
        str, typer.Option(metavar="URL", help="HTTP API of the reference CSMS.", envvar="CHARGEBENCH_API")
    ] = "http://127.0.0.1:9080",
    api_key: Annotated[
        str | None,
        typer.Option(
            envvar="CHARGEBENCH_API_KEY",
            show_envvar=False,
            help="Key of --api (or set CHARGEBENCH_API_KEY; default: no key).",
        ),
    ] = None,
) -> None:
    """Send a station a command, or any request of its OCPP version, and print its answer.

    Commands are the same for all versions of OCPP; docs/csms.md lists them with their fields. An action in OCPP's
    own spelling is sent as it is, with [bold]--invalid[/bold] even where it breaks the schema, which is what stations
    must bear. Exit code 1: the station refused it with a CALLERROR, did not answer, or not as [bold]--expect[/bold]ed.

    [bold]Examples[/bold]

    chargebench send CP-1 remote_start id_token=ALICE evse=1

    chargebench send CP-1 TriggerMessage requestedMessage=StatusNotification evse.id=1 evse.connectorId=1

    chargebench send CP-1 SetChargingProfile --payload profile.json --expect Accepted

    chargebench send CP-1 Reset type=Sideways --invalid
    """
    given = merged(read_payload(payload), fields or [])
    raw = action[:1].isupper()
    if invalid and not raw:
        raise Unusable(f"--invalid is for OCPP actions such as Reset; {action!r} is a command")
    path = f"/v1/stations/{quote(station, safe='')}/{'calls' if raw else 'commands'}"
    order = {"action": action, "payload": given, "validate": not invalid} if raw else {"command": action, **given}
    status, answer = told(_posted(api.rstrip("/") + path, order, api_key), action)
    typer.echo(json.dumps(answer, indent=2, ensure_ascii=False))
    if expect is not None and status != expect:
        raise Failed(f"{station} answered {action} with {status} instead of {expect}")


def read_payload(text: str | None) -> dict[str, Any]:
    """Fields from a file, from standard input (``-``), or as they are given. Raises Unusable."""
    if text is None:
        return {}
    source, read = "--payload", text
    if text == "-":
        source, read = "standard input", sys.stdin.read()
    elif not text.lstrip().startswith("{"):
        source = text
        try:
            read = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeError) as problem:
            raise Unusable(f"{source}: {one_line(problem)}") from problem
    try:
        found = json.loads(read)
    except (ValueError, RecursionError) as problem:
        raise Unusable(f"{source} is not JSON: {one_line(problem)}") from problem
    if not isinstance(found, dict):
        raise Unusable(f"{source} is {type(found).__name__}; right would be a JSON object of fields")
    return found


def merged(payload: dict[str, Any], fields: list[str]) -> dict[str, Any]:
    """A payload with fields put in; ``evse.id=1`` nests. Raises Unusable for what is no field."""
    for field in fields:
        path, equals, text = field.partition("=")
        *parents, last = path.split(".")
        if not equals or not all((*parents, last)):
            raise Unusable(f"{field!r} is no field; right would be NAME=VALUE, such as evse.id=1")
        inner = payload
        for parent in parents:
            inner = inner.setdefault(parent, {})
            if not isinstance(inner, dict):
                raise Unusable(f"{field!r}: {parent} is a value already and can have no fields")
        inner[last] = value(text)
    return payload


def value(text: str) -> Any:
    """A value as JSON where it is some (numbers, true, lists, objects, quoted text), else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _posted(url: str, order: dict[str, Any], api_key: str | None) -> httpx.Response:
    import httpx

    headers = {"Prefer": f"wait={ANSWER_S - 5:.0f}"}
    if api_key is not None:
        headers["Authorization"] = f"Bearer {api_key}"
    try:
        return httpx.post(url, json=order, headers=headers, timeout=ANSWER_S, trust_env=False)
    except httpx.TimeoutException as problem:
        raise Failed(f"{url} did not answer within {ANSWER_S:g} s") from problem
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as problem:
        raise Failed(f"{url} cannot be reached: {one_line(problem)} (--api names the CSMS's HTTP API)") from problem


def told(answer: httpx.Response, action: str) -> tuple[str, Any]:
    """The status of an outcome and the station's whole answer. Raises Failed with what went wrong instead."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Failed(f"{answer.url} answered {answer.status_code}, but not as a reference CSMS's API does")
    if not answer.is_success:
        said = f"{action}: {body.get('detail', answer.reason_phrase)}"
        raise (Unusable if answer.status_code == 422 else Failed)(said)
    if body["state"] == "failed":
        raise (Unusable if body["status"] in ASKED_WRONGLY else Failed)(f"{action}: {body['status']}: {body['error']}")
    if body["status"] is None:
        raise Failed(f"{action}: still {body['state']} after {ANSWER_S:g} s")
    return body["status"], body["answer"]
