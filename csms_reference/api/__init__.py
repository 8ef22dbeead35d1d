"""The HTTP API: resources with links to what else there is (HAL), errors as problem details (RFC 9457)."""

from csms_reference.api.app import Conducted, make_app

__all__ = ["Conducted", "make_app"]
