"""What becomes of something that the CSMS wants done to certificates."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """``status``: Accepted, Rejected, Failed or NotFound; ``reason``: a reason code of 2.0.1 part 2 appendix 5 where
    there is something to explain, ``info`` in words."""

    status: str
    reason: str = ""
    info: str = ""

    @property
    def accepted(self) -> bool:
        """Whether it was done."""
        return self.status == "Accepted"


ACCEPTED = Outcome("Accepted")
NOT_FOUND = Outcome("NotFound", "NotFound")
JAMMED = Outcome("Failed", "InternalError", "the secure element does not answer")


def invalid(why: str) -> Outcome:
    """No to a certificate."""
    return Outcome("Rejected", "InvalidCertificate", why)
