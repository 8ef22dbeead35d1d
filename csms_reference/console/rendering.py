"""How pages are made of templates: everything escaped, nothing that cannot be seen."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2

from csms_reference.console import text
from csms_reference.console.state import tone
from csms_reference.instants import show

HERE = Path(__file__).parent
ROOT = "/console"


def at(*segments: str | int, **query: Any) -> str:
    """The address of a page; what is empty in its query is left out."""
    where = "/".join((ROOT, *(quote(str(segment), safe="") for segment in segments)))
    asked = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{where or ROOT}?{urlencode(asked, errors='replace')}" if asked else where


@cache
def templates() -> jinja2.Environment:
    """The templates, made once."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=text.visible,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(at=at, tone=tone)
    made.filters.update(
        {name: getattr(text, name) for name in ("cut", "number", "power", "energy", "span", "words", "limits")}
    )
    made.filters.update(moment=text.moment, ago=text.ago, iso=show)
    return made


def render(template: str, **context: Any) -> str:
    """A page, or a part of one."""
    return templates().get_template(template).render(context)
