"""The same PostgreSQL as for the tests of the CSMS."""

from tests.csms_reference.conftest import postgres

__all__ = ["postgres"]
