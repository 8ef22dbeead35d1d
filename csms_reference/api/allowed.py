"""Which methods a path takes."""

from __future__ import annotations

import re
from collections.abc import Callable

from fastapi import FastAPI
from starlette.routing import compile_path

METHODS = frozenset({"get", "put", "post", "delete", "patch"})


def allowing(app: FastAPI) -> Callable[[str], str | None]:
    """What finds the ``Allow`` field for a path of the application (RFC 9110 §10.2.1), None where nothing is described.

    Left to itself, Starlette names the methods of the first route that fits, though others have the same path.
    """
    known: list[tuple[re.Pattern[str], str]] = []

    def allowed(path: str) -> str | None:
        if not known:
            by_places = sorted(app.openapi()["paths"].items(), key=lambda entry: entry[0].count("{"))
            for template, operations in by_places:
                methods = sorted(name.upper() for name in operations if name in METHODS)
                known.append((compile_path(template)[0], ", ".join(methods)))
        return next((methods for pattern, methods in known if pattern.match(path)), None)

    return allowed
