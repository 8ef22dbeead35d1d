"""Which methods a path takes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

METHODS = frozenset({"get", "put", "post", "delete", "patch"})
"""What an operation of a description is called by."""


def allowing(app: FastAPI) -> Callable[[str], str | None]:
    """What finds the ``Allow`` field for a path of the application (RFC 9110 §10.2.1), None where nothing is.

    Left to itself, Starlette names the methods of the first route that fits, though others have the same path.
    """
    known: list[tuple[re.Pattern[str], str]] = []

    def allowed(path: str) -> str | None:
        if not known:
            methods: defaultdict[str, set[str]] = defaultdict(set)
            for route in iter_route_contexts(app.routes):
                methods[route.path_format or ""] |= route.methods or set()
            for template in sorted(methods, key=lambda each: each.count("{")):
                known.append((compile_path(template)[0], ", ".join(sorted(methods[template]))))
        return next((methods for pattern, methods in known if methods and pattern.match(path)), None)

    return allowed
