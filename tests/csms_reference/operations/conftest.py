"""A CSMS behind its API."""

from tests.csms_reference.api.conftest import api

__all__ = ["api"]
