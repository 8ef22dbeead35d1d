"""Routes that FastAPI analyses when they are asked for the first time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name


class LateRoute(APIRoute):
    """Until somebody asks for more it knows what a path and a method are compared with, and no more.

    To analyse an endpoint takes 1.5 ms: all of the API took a fifth of a second of each start, and most clients use few
    of them. What FastAPI finds wrong in an endpoint it says at the first request, or when the API is described.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._options = options
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in options.get("methods") or ("GET",)}
        self.name = options.get("name") or get_name(endpoint)
        self.include_in_schema = options.get("include_in_schema", True)

    def __getattr__(self, name: str) -> Any:
        """Whatever is not there yet comes of the analysis."""
        options = self.__dict__.pop("_options", None)
        if options is None:
            raise AttributeError(name)
        try:
            super().__init__(self.path, self.endpoint, **options)
        except Exception:
            self._options = options  # whoever asks next is told as well
            raise
        return getattr(self, name)
