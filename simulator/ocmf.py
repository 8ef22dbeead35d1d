"""Signed meter values in the Open Charge Metering Format 1.0 (SAFE e.V.), and how to verify them.

A record is ``OCMF|payload|signature``, two JSON objects behind a header. What is signed is the payload's text, byte for
byte. The keys are simulated, each derived from the station's chance; what they sign verifies like any other.
"""

from __future__ import annotations

import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from simulator.electrical import Kind
from simulator.firmware.memory import running_version
from simulator.sampling import SIGNABLE

if TYPE_CHECKING:
    from simulator.chance import Chance
    from simulator.dialects.quantities import Value
    from simulator.flash import Sample
    from simulator.reading import Seal
    from simulator.station import Station
    from simulator.tokens import Token

FORMAT_VERSION = "1.0"
METHOD = "ECDSA-secp256r1-SHA256"
"""What OCMF signs with unless the signature section names another algorithm (table 22), as ours does not."""
METER_FIRMWARE = "1.0"

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of secp256r1's base point (SEC 2, §2.4.2): a private key lies between 0 and it."""

_ECDSA = ec.ECDSA(hashes.SHA256())
_SIGNING = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)  # RFC 6979: the same seed gives the same run


class Forged(ValueError):
    """A signed meter value that cannot be trusted."""


# -- keys ------------------------------------------------------------------------------------------------------------


def private_key(chance: Chance, evse: int) -> ec.EllipticCurvePrivateKey:
    """The key of the meter of EVSE 1..n: the same for the same seed and station."""
    return _derived(1 + chance.bits(f"meter key {evse}", 512, number=0) % (_ORDER - 1))


@lru_cache(1024)
def _derived(secret: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(secret, ec.SECP256R1())


def printed_key(chance: Chance, evse: int) -> str:
    """A meter's public key as OCPP carries it: base64 of ``oca:base16:asn1:`` and the key's DER in hexadecimal.

    (OCA, Signed Meter Values, §3.2.2; the value of FiscalMetering.PublicKey and of 1.6's MeterPublicKey.)
    """
    return _printed(private_key(chance, evse))


@lru_cache(1024)
def _printed(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return b64encode(b"oca:base16:asn1:" + der.hex().upper().encode()).decode()


# -- what a station sends --------------------------------------------------------------------------------------------


def signed(station: Station, sample: Sample, value: Value, reason: str | None = None) -> dict[str, str] | None:
    """The SignedMeterValueType of one value of a sample; None where it is not signed (J01.FR.21, J02.FR.21).

    ``reason``: why the transaction ended, if it did (ReasonEnumType).
    """
    details = sample.reading.details
    seal = None if details is None else details.seal
    if seal is None or value.measurand not in SIGNABLE or value.phase is not None:
        return None
    text = sign(_payload(station, sample, value, seal, reason), private_key(station.chance, seal.evse))
    return {
        "signedMeterData": b64encode(text.encode()).decode(),
        "signingMethod": METHOD,
        "encodingMethod": "OCMF",
        "publicKey": printed_key(station.chance, seal.evse) if seal.with_key else "",
    }


def sign(payload: bytes, key: ec.EllipticCurvePrivateKey) -> str:
    """The record of a payload. A bar in it must be written as JSON's ``\\u007c``."""
    signature = key.sign(payload, _SIGNING).hex().upper()
    return f'OCMF|{payload.decode()}|{{"SD":"{signature}"}}'


_ENDS = {"Local": "L", "Remote": "R", "PowerLoss": "P"} | dict.fromkeys(
    ("EmergencyStop", "GroundFault", "OvercurrentFault", "PowerQuality", "Other"), "A"
)


def _payload(station: Station, sample: Sample, value: Value, seal: Seal, reason: str | None) -> bytes:
    profile, meter = station.profile, station.profile.meter
    maker, _, model = meter.type.partition(" ")
    record: dict[str, Any] = {
        "FV": FORMAT_VERSION,
        "GI": f"{profile.vendor} {profile.model}",
        "GS": profile.serial_number(station.identity),
        "GV": running_version(station),
        "PG": seal.page,
        "MV": maker,
        "MM": model or maker,
        "MS": meter.serial_number(station.identity, seal.evse),
        "MF": METER_FIRMWARE,
    }
    if seal.page.startswith("T"):
        record |= _user(seal.user)
    record |= {"CT": "CBIDC", "CI": f"{station.identity} {seal.evse}"}
    record["RD"] = [_reading(sample, value, seal, meter.resolution_wh, reason)]
    return orjson.dumps(record).replace(b"|", b"\\u007c")


def _reading(sample: Sample, value: Value, seal: Seal, resolution_wh: float, reason: str | None) -> dict[str, Any]:
    moment = sample.stamp.replace(".", ",").replace("Z", "+0000")
    row: dict[str, Any] = {"TM": f"{moment} {'S' if seal.synchronized else 'U'}"}
    if seal.page.startswith("T"):
        row["TX"] = _transaction(sample.context, reason)
    decimals = 3 + max(0, math.ceil(-math.log10(resolution_wh) - 1e-9))
    return row | {
        "RV": orjson.Fragment(f"{value.value / 1000:.{decimals}f}"),  # its decimals say how far it is valid
        "RI": SIGNABLE[value.measurand],
        "RU": "kWh",
        "RT": "DC" if sample.reading.draw.kind is Kind.DC else "AC",
        "EF": "",
        "ST": "G",
    }


def _transaction(context: str, reason: str | None) -> str:
    if context == "Transaction.Begin":
        return "B"
    return _ENDS.get(reason or "", "E") if context == "Transaction.End" else "C"


_USERS: dict[str, tuple[str, str, list[str]]] = {
    "ISO14443": ("ISO14443", "HEARSAY", ["RFID_PLAIN", "OCPP_AUTH"]),
    "ISO15693": ("ISO15693", "HEARSAY", ["RFID_PLAIN", "OCPP_AUTH"]),
    "eMAID": ("EMAID", "SECURE", ["RFID_NONE", "ISO15118_PNC"]),
    "Central": ("CENTRAL", "TRUSTED", ["RFID_NONE", "OCPP_RS"]),
    "Local": ("LOCAL", "HEARSAY", ["RFID_NONE", "OCPP_AUTH"]),
    "KeyCode": ("KEY_CODE", "HEARSAY", ["RFID_NONE", "OCPP_AUTH"]),
}
"""By IdTokenEnumType: type (table 17), level (11) and flags (13 to 15) of the user's assignment."""


def _user(token: Token | None) -> dict[str, Any]:
    if token is None or token.type == "NoAuthorization":
        return {"IS": False, "IL": "NONE", "IF": [], "IT": "NONE"}
    kind, level, flags = _USERS.get(token.type, ("UNDEFINED", "HEARSAY", []))
    user: dict[str, Any] = {"IS": True, "IL": level, "IF": flags, "IT": kind}
    return user if kind == "KEY_CODE" else user | {"ID": token.id}  # C04.FR.04: a key code is nobody else's business


# -- verifying -------------------------------------------------------------------------------------------------------


def verify(record: str, public_key: str | bytes) -> dict[str, Any]:
    """The payload of an OCMF record that the owner of a public key has signed. Raises Forged for any other.

    ``public_key``: as OCPP carries it, or its DER (bytes, or their hexadecimal digits).
    """
    parts = record.split("|")
    if len(parts) != 3 or parts[0] != "OCMF":
        raise Forged("not an OCMF record")
    payload, section = parts[1], _json(parts[2])
    if section.get("SA", METHOD) != METHOD or section.get("SE", "hex") != "hex":
        raise Forged("signed in a way that is not known here")
    digits = section.get("SD")
    if not isinstance(digits, str) or digits not in (digits.upper(), digits.lower()):
        raise Forged("no signature in hexadecimal digits")
    key = _public(public_key)
    try:
        key.verify(bytes.fromhex(digits), payload.encode(), _ECDSA)
    except (InvalidSignature, ValueError):
        raise Forged("the signature does not fit") from None
    return _json(payload)


def verify_value(value: Mapping[str, str], public_key: str | bytes | None = None) -> dict[str, Any]:
    """The payload of a SignedMeterValueType, by its own key unless another one is given. Raises Forged."""
    if value["encodingMethod"] != "OCMF":
        raise Forged(f"encoded as {value['encodingMethod']}")
    key = public_key or value["publicKey"]
    if not key:
        raise Forged("no public key to verify with")
    try:
        record = b64decode(value["signedMeterData"], validate=True).decode()
    except ValueError:
        raise Forged("not base64 of a text") from None
    return verify(record, key)


def _json(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise Forged("not JSON") from None
    if not isinstance(found, dict):
        raise Forged("not a JSON object")
    return found


def _public(key: str | bytes) -> ec.EllipticCurvePublicKey:
    try:
        found = serialization.load_der_public_key(key if isinstance(key, bytes) else _der(key))
    except ValueError:
        raise Forged("not a public key") from None
    if not isinstance(found, ec.EllipticCurvePublicKey) or not isinstance(found.curve, ec.SECP256R1):
        raise Forged("a key of another kind")
    return found


def _der(key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError:
        marker, encoding, _content, digits = b64decode(key, validate=True).decode().split(":")
    if marker != "oca":
        raise ValueError(marker)
    return bytes.fromhex(digits) if encoding == "base16" else b64decode(digits, validate=True)
