"""The forms of what a station can be asked to do, from the commands that are registered for its version."""

from __future__ import annotations

from functools import cache

from csms_reference.api.hal import Property, Template, fields_of, path
from csms_reference.api.models import CallIn
from csms_reference.dialects.registry import LINEAGE, commands_of, form_of


def orders(station: str, version_name: str | None) -> dict[str, Template]:
    """The forms of the commands that a station of this version knows, and of a raw CALL. None: no version is known."""
    call = Template(
        title="Send a raw CALL", method="POST", target=path("stations", station, "calls"), properties=fields_of(CallIn)
    )
    target = path("stations", station, "commands")
    known = _commands(version_name) if version_name in LINEAGE else {}
    return {name: each.model_copy(update={"target": target}) for name, each in known.items()} | {"call": call}


@cache
def _commands(version_name: str) -> dict[str, Template]:
    return {
        name: Template(
            title=name.replace("_", " ").capitalize(),
            method="POST",
            target="",
            properties=[
                Property(name="command", required=True, value=name, read_only=True),
                *fields_of(form_of(command)),
            ],
        )
        for name, command in commands_of(version_name).items()
    }
