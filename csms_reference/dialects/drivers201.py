"""What 2.0.1 tells of a driver beside the status of the token (IdTokenInfoType)."""

from __future__ import annotations

from collections.abc import Sequence

from csms_reference.dialects.registry import Payload

LONGEST = 512
"""Characters of a personal message (MessageContentType.content)."""


def driver_info(
    languages: Sequence[str], message: str | None, message_language: str | None, priority: int | None
) -> Payload:
    """C01.FR.10, C01.FR.11: the second language only beside another first one; only what there is."""
    info: Payload = {}
    for name, language in zip(("language1", "language2"), dict.fromkeys(languages), strict=False):
        info[name] = language
    if message is not None:
        told: Payload = {"format": "UTF8", "content": message[:LONGEST]}
        info["personalMessage"] = told if message_language is None else told | {"language": message_language}
    if priority is not None:
        info["chargingPriority"] = priority
    return info
