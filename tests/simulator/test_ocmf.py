"""Signed meter values verify with the public key, and nothing else does."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from protocol.versions import V16, V201, Version
from simulator.chance import Chance
from simulator.ocmf import Forged, printed_key, private_key, sign, verify, verify_value
from tests.simulator.csms import World, car
from tests.simulator.ledger import check

KEY = private_key(Chance(1, "CP-1"), 1)
PUBLIC = printed_key(Chance(1, "CP-1"), 1)
RECORD = sign(b'{"FV":"1.0","PG":"T1","RD":[{"RV":2935.600}]}', KEY)
SIGNING = {"SampledDataCtrlr.SignReadings": True, "OCPPCommCtrlr.PublicKeyWithSignedMeterValue": "OncePerTransaction"}

EXAMPLE_PAYLOAD = '{"FV":"1.0","GI":"SEAL AG","GS":"1850006a","GV":"1.34","PG":"T9289"}'


def test_a_record_verifies_with_the_public_key() -> None:
    assert verify(RECORD, PUBLIC) == {"FV": "1.0", "PG": "T1", "RD": [{"RV": 2935.6}]}
    der = KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert verify(RECORD, der) == verify(RECORD, der.hex()) == verify(RECORD, PUBLIC)


def test_another_signer_of_the_same_format_is_understood() -> None:
    """A record as meters print it: random signature, method named, lower-case digits."""
    key = ec.generate_private_key(ec.SECP256R1())
    digits = key.sign(EXAMPLE_PAYLOAD.encode(), ec.ECDSA(hashes.SHA256())).hex()
    der = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    record = f'OCMF|{EXAMPLE_PAYLOAD}|{{"SA": "ECDSA-secp256r1-SHA256", "SD": "{digits}"}}'
    assert verify(record, der)["PG"] == "T9289"
    with pytest.raises(Forged, match="does not fit"):
        verify(record, PUBLIC)


@given(st.integers(0, len(RECORD) - 1), st.integers(0, 127))
def test_any_changed_byte_fails(where: int, byte: int) -> None:
    changed = RECORD[:where] + chr(byte) + RECORD[where + 1 :]
    if changed != RECORD:
        with pytest.raises(Forged):
            verify(changed, PUBLIC)


def test_every_flipped_bit_fails() -> None:
    for where in range(len(RECORD)):
        for bit in range(7):
            with pytest.raises(Forged):
                verify(RECORD[:where] + chr(ord(RECORD[where]) ^ (1 << bit)) + RECORD[where + 1 :], PUBLIC)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ("", "not an OCMF record"),
        (RECORD + "|", "not an OCMF record"),
        (RECORD.split("|")[0] + "|{}|[]", "not a JSON object"),
        (RECORD.replace('{"SD', '{"SA":"ECDSA-secp384r1-SHA256","SD'), "not known here"),
        ('OCMF|{}|{"SD":"00"}', "does not fit"),
        ("OCMF|{}|{}", "no signature"),
    ],
)
def test_what_is_wrong_is_said(record: str, why: str) -> None:
    with pytest.raises(Forged, match=why):
        verify(record, PUBLIC)


@pytest.mark.parametrize("key", ["", "zz", b"", "b2NhOmJhc2UxNjphc24xOjAw"])
def test_no_key(key: str | bytes) -> None:
    with pytest.raises(Forged, match="key"):
        verify(RECORD, key)


def test_keys_follow_the_seed_the_station_and_the_meter() -> None:
    keys = {printed_key(Chance(seed, name), evse) for seed in (1, 2) for name in ("a", "b") for evse in (1, 2)}
    assert len(keys) == 8
    assert printed_key(Chance(1, "CP-1"), 1) == PUBLIC
    assert sign(b"{}", KEY) == sign(b"{}", KEY)  # RFC 6979: no chance but the seed's
    assert b64decode(PUBLIC).startswith(b"oca:base16:asn1:3059301306")


# -- what stations send ----------------------------------------------------------------------------------------------


async def visit(version: Version = V201, name: str = "ac-22kw", **config: object) -> World:
    named = {key.replace("__", "."): value for key, value in config.items()}
    world = World(version, name, config=SIGNING | named)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A|B"), 700)
    await world.do(lambda: world.station.present("A|B"), 60)
    check(world)
    return world


Signature = dict[str, str]


def signatures(payload: dict[str, Any]) -> list[tuple[str, Signature]]:
    items = [item for value in payload.get("meterValue", ()) for item in value["sampledValue"]]
    return [(item["context"], item["signedMeterValue"]) for item in items if "signedMeterValue" in item]


async def test_every_reading_of_a_transaction_is_signed_and_verifies() -> None:
    """J02.FR.21."""
    world = await visit()
    found = [signature for event in world.events() for signature in signatures(event)]
    assert [context for context, _ in found] == [
        "Transaction.Begin",
        *["Sample.Periodic"] * 2,
        "Transaction.Begin",
        "Transaction.End",
    ]
    key = printed_key(world.station.chance, 1)
    records = [verify_value(value, key) for _, value in found]
    assert [record["PG"] for record in records] == ["T1", "T2", "T3", "T1", "T4"]
    assert [record["RD"][0]["TX"] for record in records] == ["B", "C", "C", "B", "L"]
    assert [value["publicKey"] for _, value in found] == [key, "", "", "", ""]
    assert {(value["encodingMethod"], value["signingMethod"]) for _, value in found} == {
        ("OCMF", "ECDSA-secp256r1-SHA256")
    }
    assert max(len(value["signedMeterData"]) for _, value in found) <= 2500


async def test_a_record_says_what_the_sample_says() -> None:
    world = await visit()
    item = world.events()[-1]["meterValue"][-1]["sampledValue"][0]
    text = b64decode(item["signedMeterValue"]["signedMeterData"]).decode()
    assert text.count("|") == 2  # the card's bar is escaped
    record = verify(text, printed_key(world.station.chance, 1))
    assert (record["GS"], record["MS"], record["CI"]) == ("CP-1", "CP-1-M1", "CP-1 1")
    assert (record["IS"], record["IT"], record["ID"]) == (True, "ISO14443", "A|B")
    (reading,) = record["RD"]
    assert reading["RV"] * 1000 == pytest.approx(item["value"])
    assert f'"RV":{item["value"] / 1000:.3f},' in text
    assert (reading["RI"], reading["RU"], reading["RT"], reading["ST"]) == ("1-0:1.8.0", "kWh", "AC", "G")
    stamp = world.events()[-1]["meterValue"][-1]["timestamp"]
    assert reading["TM"] == f"{stamp[:19]},{stamp[20:23]}+0000 S"


@pytest.mark.parametrize(("when", "sent"), [("Never", 0), ("OncePerTransaction", 1), ("EveryMeterValue", 5)])
async def test_when_the_public_key_goes_along(when: str, sent: int) -> None:
    """Part 2 §2.7.17: the field is there in any case."""
    world = await visit(OCPPCommCtrlr__PublicKeyWithSignedMeterValue=when)
    keys = [value["publicKey"] for event in world.events() for _, value in signatures(event)]
    assert (len(keys), sum(key == printed_key(world.station.chance, 1) for key in keys)) == (5, sent)


async def test_nothing_is_signed_unless_asked_for() -> None:
    world = await visit(SampledDataCtrlr__SignReadings=False)
    assert not [found for event in world.events() for found in signatures(event)]


async def test_readings_outside_transactions_have_their_own_pages() -> None:
    """J01.FR.21."""
    config = {"AlignedDataCtrlr.Interval": 900, "AlignedDataCtrlr.SignReadings": True}
    world = World(config=config)
    await world.boot()
    await world.run(2_000)
    key = printed_key(world.station.chance, 1)
    records = [verify_value(value, key) for payload in world.csms.of("MeterValues") for _, value in signatures(payload)]
    assert [record["PG"] for record in records] == ["F1", "F2"]
    assert not any("IS" in record or "TX" in record["RD"][0] for record in records)


async def test_1_6_sends_signed_data_beside_the_plain_value() -> None:
    """1.6 §7.33 ValueFormat; OCA, Signed Meter Values, §3."""
    world = await visit(V16)
    (stop,) = world.csms.of("StopTransaction")
    items = [item for value in stop["transactionData"] for item in value["sampledValue"]]
    contexts = ["Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End"]
    assert [item["context"] for item in items if "format" not in item] == contexts
    assert [item["context"] for item in items if item.get("format") == "SignedData"] == contexts
    record = verify_value(json.loads(items[-1]["value"]), printed_key(world.station.chance, 1))
    assert record["RD"][0]["RV"] * 1000 == pytest.approx(float(items[-2]["value"]))
    assert (record["RD"][0]["TX"], record["PG"]) == ("L", "T4")


async def test_a_dc_meter_says_so() -> None:
    world = await visit(name="dc-150kw")
    context, value = signatures(world.events()[-1])[-1]
    assert context == "Transaction.End"
    assert verify_value(value, printed_key(world.station.chance, 1))["RD"][0]["RT"] == "DC"


async def test_the_same_seed_signs_the_same() -> None:
    one, other = [[signatures(event) for event in (await visit()).events()] for _ in range(2)]
    assert one == other


async def test_what_power_loss_cut_off_is_signed_afterwards() -> None:
    world = World(config=SIGNING)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 700)
    await world.do(world.station.power_off, 60)
    await world.do(world.station.power_on, 60)
    ended = world.events()[-1]
    assert ended["transactionInfo"]["stoppedReason"] == "PowerLoss"
    record = verify_value(signatures(ended)[-1][1], printed_key(world.station.chance, 1))
    assert (record["RD"][0]["TX"], record["PG"][0], record["ID"]) == ("P", "T", "A")


@pytest.mark.parametrize("version", [V16, V201])
async def test_a_dead_meter_leaves_nothing_to_sign_or_send(version: Version) -> None:
    world = World(version, config=SIGNING)
    await world.boot()
    world.station.plug(car())
    await world.do(lambda: world.station.present("A"), 400)
    sent = len(world.csms.of("MeterValues"))
    world.station.evse(1).meter.faults.dead = True
    await world.run(2_000)
    assert len(world.csms.of("MeterValues")) == sent
    if version is V201:
        assert world.events()[-1]["triggerReason"] == "MeterValuePeriodic"
        assert "meterValue" not in world.events()[-1]


def test_an_unknown_encoding_is_refused() -> None:
    value = {"encodingMethod": "EDL", "signingMethod": "", "publicKey": PUBLIC, "signedMeterData": ""}
    with pytest.raises(Forged, match="EDL"):
        verify_value(value)
    with pytest.raises(Forged, match="no public key"):
        verify_value(value | {"encodingMethod": "OCMF", "publicKey": ""})
    with pytest.raises(Forged, match="base64"):
        verify_value(value | {"encodingMethod": "OCMF", "signedMeterData": "%"})
