"""How versions write what is said of tokens where they have fewer words, or shorter ones, than the CSMS."""

from __future__ import annotations

from hashlib import blake2b

from csms_reference.services.authorization import Standing, key

STATUS_16 = {
    Standing.UNKNOWN: "Invalid",
    Standing.NO_CREDIT: "Blocked",
    Standing.NOT_THIS_TYPE: "Blocked",
    Standing.NOT_HERE: "Blocked",
    Standing.NOT_NOW: "Blocked",
}
"""1.6 AuthorizationStatus has no words of its own for these (§7.2)."""

LONGEST_16 = 20
"""Characters of an idTag (1.6 §7.28 IdToken)."""

LONGEST_201 = 36
"""Characters of an idToken (2.0.1 part 2 §2.43.11 IdTokenType)."""

TYPES_201 = frozenset({"Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress", "NoAuthorization"})
"""IdTokenEnumType; 2.1 leaves it open."""


def status_16(standing: str) -> str:
    """A standing as 1.6 says it."""
    return STATUS_16.get(Standing(standing), standing)


def group_within(group_id: str, most: int) -> str:
    """The id of a group in at most so many characters, 36 or fewer.

    Groups are told apart by their ids and by nothing else (C09.FR.03): a longer one is replaced by its hash, for its
    beginning may be that of another's. Nobody can present such an id at a reader: it would not fit there either.
    """
    if len(group_id) <= most:
        return group_id
    return blake2b(key(group_id).encode("utf-8", "surrogatepass"), digest_size=18).hexdigest()[:most]
