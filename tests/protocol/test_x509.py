"""Chains, hash data and trust, with openssl as the judge beside us."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocol.x509 import (
    DEEPEST,
    Flaw,
    Purpose,
    Untrusted,
    check_dates,
    common_name,
    der,
    fingerprint,
    hash_data,
    is_authority,
    is_root,
    issued,
    key_fault,
    load_chain,
    load_der,
    load_request,
    organisation,
    pem,
    same_hash,
    serial,
    verify,
)

NOW = datetime(2040, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Maker:
    """Somebody with a name, a key and a certificate, who can issue others."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

    def make(
        self,
        name: str,
        *,
        ca: bool = False,
        depth: int | None = None,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
        since: datetime = NOW - 10 * DAY,
        until: datetime = NOW + 10 * DAY,
        more: Sequence[tuple[x509.ExtensionType, bool]] = (),
        number: int | None = None,
        digest: hashes.HashAlgorithm | None = None,
    ) -> Maker:
        return make(name, self, ca=ca, depth=depth, key=key, since=since, until=until, more=more, number=number,
                    digest=digest)  # fmt: skip


def make(
    name: str,
    issuer: Maker | None = None,
    *,
    ca: bool = True,
    depth: int | None = None,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
    since: datetime = NOW - 10 * DAY,
    until: datetime = NOW + 10 * DAY,
    more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    number: int | None = None,
    digest: hashes.HashAlgorithm | None = None,
) -> Maker:
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Chargebench")]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(number or x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True)
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    signer = key if issuer is None else issuer.key
    return Maker(builder.sign(signer, digest or hashes.SHA256()), key)


def usage(**what: bool) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    ).split()
    return x509.KeyUsage(**{name: what.get(name, False) for name in names})


@pytest.fixture(scope="module")
def root() -> Maker:
    return make("root")


@pytest.fixture(scope="module")
def middle(root: Maker) -> Maker:
    return root.make("middle", ca=True, depth=0)


@pytest.fixture(scope="module")
def leaf(middle: Maker) -> Maker:
    return middle.make("CP-1")


def flaw_of(
    leaf: Maker,
    middles: Sequence[Maker],
    roots: Sequence[Maker],
    purpose: Purpose = Purpose.CLIENT,
    at: datetime = NOW,
) -> Flaw:
    with pytest.raises(Untrusted) as problem:
        verify(
            leaf.certificate, [m.certificate for m in middles], [r.certificate for r in roots], at=at, purpose=purpose
        )
    assert problem.value.why == str(problem.value) != ""
    return problem.value.flaw


# -- texts ----------------------------------------------------------------------------------------------------------


def test_a_chain_is_read_in_its_order_and_written_back(root: Maker, middle: Maker, leaf: Maker) -> None:
    text = pem(leaf.certificate, middle.certificate, root.certificate)
    assert load_chain(text) == [leaf.certificate, middle.certificate, root.certificate]
    assert load_chain("\r\n".join(text.splitlines())) == load_chain(text)
    assert load_der(der(leaf.certificate)) == leaf.certificate


@pytest.mark.parametrize(
    "text",
    ["", "no PEM", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----ü"],
)
def test_what_is_no_certificate_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- whatever it says
        load_chain(text)
    with pytest.raises(ValueError):  # noqa: PT011
        load_request(text)


def test_names_and_numbers_as_they_are_shown(root: Maker) -> None:
    made = root.make("CP-7", number=0x0A0B).certificate
    assert common_name(made.subject) == "CP-7"
    assert organisation(made.subject) == "Chargebench"
    assert serial(made) == "a0b"
    assert common_name(x509.Name([])) == organisation(x509.Name([])) == ""


def test_the_fingerprint_is_openssls(tmp_path: Path, leaf: Maker) -> None:
    (tmp_path / "leaf.pem").write_text(pem(leaf.certificate))
    said = openssl("x509", "-in", tmp_path / "leaf.pem", "-noout", "-fingerprint", "-sha256")
    assert said.partition("=")[2].strip().replace(":", "").lower() == fingerprint(leaf.certificate)


# -- hash data ------------------------------------------------------------------------------------------------------


def openssl(*words: str | Path) -> str:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("algorithm", ["SHA256", "SHA384", "SHA512"])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_hash_data_is_what_openssl_asks_a_responder(tmp_path: Path, algorithm: str, kind: str) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else None
    issuer = make("issuer", key=key)
    made = issuer.make("CP-1", number=0x0123456789ABCDEF)
    for file, certificate in (("issuer", issuer.certificate), ("leaf", made.certificate)):
        (tmp_path / f"{file}.pem").write_text(pem(certificate))
    said = openssl("ocsp", f"-{algorithm.lower()}", "-issuer", tmp_path / "issuer.pem", "-cert", tmp_path / "leaf.pem",
                   "-req_text", "-no_nonce")  # fmt: skip
    said = re.sub(r"\\\n\s*", "", said)  # long values go on in the next line
    shown = dict(line.strip().split(": ", 1) for line in said.splitlines() if ": " in line)
    data = hash_data(made.certificate, issuer.certificate, algorithm)
    assert data["hashAlgorithm"] == algorithm
    assert data["issuerNameHash"] == shown["Issuer Name Hash"].lower()
    assert data["issuerKeyHash"] == shown["Issuer Key Hash"].lower()
    assert data["serialNumber"] == shown["Serial Number"].lower().lstrip("0") == "123456789abcdef"


def test_hash_data_has_no_other_algorithms(leaf: Maker, middle: Maker) -> None:
    with pytest.raises(ValueError, match="SHA1"):
        hash_data(leaf.certificate, middle.certificate, "SHA1")


def test_hash_data_is_compared_by_value(root: Maker) -> None:
    data = hash_data(root.certificate, root.certificate)
    shouted = {name: text if name == "hashAlgorithm" else text.upper() for name, text in data.items()}
    assert same_hash(data, {**shouted, "serialNumber": "00" + shouted["serialNumber"]})
    assert not same_hash(data, {**data, "serialNumber": data["serialNumber"] + "0"})
    assert not same_hash(data, hash_data(root.certificate, root.certificate, "SHA512"))


# -- trust ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [each for each in Purpose if each not in {Purpose.AUTHORITY, Purpose.RESPONDER}])
def test_a_good_chain_is_trusted(root: Maker, middle: Maker, leaf: Maker, purpose: Purpose) -> None:
    path = verify(leaf.certificate, [middle.certificate], [root.certificate], at=NOW, purpose=purpose)
    assert path == (leaf.certificate, middle.certificate, root.certificate)


def test_who_issued_whom(root: Maker, middle: Maker, leaf: Maker) -> None:
    assert issued(leaf.certificate, middle.certificate)
    assert not issued(leaf.certificate, root.certificate)
    assert not issued(leaf.certificate, make("middle").certificate)
    assert [is_root(each.certificate) for each in (root, middle, leaf)] == [True, False, False]
    assert [is_authority(each.certificate) for each in (root, middle, leaf)] == [True, True, False]


def test_openssl_agrees_on_good_and_bad(tmp_path: Path, root: Maker, middle: Maker, leaf: Maker) -> None:
    cases = {
        "good": leaf,
        "forged": make("middle").make("CP-1"),
        "expired": middle.make("CP-1", until=NOW - DAY),
        "not yet": middle.make("CP-1", since=NOW + DAY),
        "under a leaf": leaf.make("CP-2"),
        "too deep": middle.make("more", ca=True).make("CP-1"),
    }
    (tmp_path / "root.pem").write_text(pem(root.certificate))
    (tmp_path / "middle.pem").write_text(pem(middle.certificate, leaf.certificate))
    for name, case in cases.items():
        (tmp_path / "leaf.pem").write_text(pem(case.certificate))
        words = ("-attime", str(int(NOW.timestamp())), "-CAfile", tmp_path / "root.pem", "-untrusted",
                 tmp_path / "middle.pem", tmp_path / "leaf.pem")  # fmt: skip
        theirs = subprocess.run(["openssl", "verify", *map(str, words)], capture_output=True, check=False).returncode
        try:
            middles = [middle.certificate, leaf.certificate]
            verify(case.certificate, middles, [root.certificate], at=NOW, purpose=Purpose.CLIENT)
            ours = 0
        except Untrusted:
            ours = 2
        assert ours == theirs == (0 if name == "good" else 2), name


def test_dates_are_compared_with_the_instant_that_is_named(root: Maker, middle: Maker, leaf: Maker) -> None:
    assert flaw_of(leaf, [middle], [root], at=NOW + 11 * DAY) is Flaw.EXPIRED
    assert flaw_of(leaf, [middle], [root], at=NOW - 11 * DAY) is Flaw.NOT_YET_VALID
    check_dates(leaf.certificate, leaf.certificate.not_valid_after_utc)
    check_dates(leaf.certificate, leaf.certificate.not_valid_before_utc)
    with pytest.raises(Untrusted):
        check_dates(leaf.certificate, leaf.certificate.not_valid_after_utc + timedelta(seconds=1))


def test_every_certificate_of_the_path_has_to_be_valid(root: Maker) -> None:
    old = root.make("old", ca=True, until=NOW - DAY)
    assert flaw_of(old.make("CP-1"), [old], [root]) is Flaw.EXPIRED


def test_an_expired_twin_does_not_hide_the_renewed_authority(root: Maker) -> None:
    old = root.make("twin", ca=True, until=NOW - DAY)
    new = root.make("twin", ca=True, key=old.key)
    leaf = old.make("CP-1")
    path = verify(
        leaf.certificate, [old.certificate, new.certificate], [root.certificate], at=NOW, purpose=Purpose.CLIENT
    )
    assert path[1] == new.certificate


def test_strangers_and_forgers_are_told_apart(root: Maker, middle: Maker, leaf: Maker) -> None:
    stranger = make("stranger")
    assert flaw_of(leaf, [], [root]) is Flaw.UNKNOWN_ISSUER
    assert flaw_of(leaf, [middle], [stranger]) is Flaw.UNKNOWN_ISSUER
    assert flaw_of(leaf, [middle], []) is Flaw.UNKNOWN_ISSUER
    assert flaw_of(make("middle").make("CP-1"), [middle], [root]) is Flaw.BAD_SIGNATURE
    assert flaw_of(leaf, [middle], [make("root")]) is Flaw.BAD_SIGNATURE


def test_only_authorities_issue(root: Maker, leaf: Maker, middle: Maker) -> None:
    assert flaw_of(leaf.make("CP-2"), [leaf, middle], [root]) is Flaw.NO_AUTHORITY
    crls = root.make("signs lists", ca=True, more=[(usage(crl_sign=True), True)])
    assert flaw_of(crls.make("CP-1"), [crls], [root]) is Flaw.NO_AUTHORITY
    assert not is_authority(crls.certificate)


def test_an_authority_may_limit_how_deep_it_goes(root: Maker) -> None:
    shallow = root.make("shallow", ca=True, depth=0)
    below = shallow.make("below", ca=True)
    assert flaw_of(below.make("CP-1"), [below, shallow], [root]) is Flaw.NO_AUTHORITY


def test_a_path_has_an_end(root: Maker) -> None:
    chain = [root]
    for number in range(DEEPEST):
        chain.append(chain[-1].make(f"{number}", ca=True))
    assert flaw_of(chain[-1].make("CP-1"), chain[1:], [root]) is Flaw.UNKNOWN_ISSUER
    one, other = make("one"), make("other")
    crossed = [other.make("one", ca=True, key=one.key), one.make("other", ca=True, key=other.key)]
    assert flaw_of(one.make("CP-1"), crossed, [root]) is Flaw.UNKNOWN_ISSUER


@pytest.mark.parametrize(
    ("named", "good"),
    [
        (ExtendedKeyUsageOID.SERVER_AUTH, {Purpose.SERVER}),
        (ExtendedKeyUsageOID.CLIENT_AUTH, {Purpose.CLIENT}),
        (ExtendedKeyUsageOID.CODE_SIGNING, {Purpose.SIGNING}),
        (ExtendedKeyUsageOID.OCSP_SIGNING, {Purpose.RESPONDER}),
        (
            ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
            {Purpose.SERVER, Purpose.CLIENT, Purpose.SIGNING, Purpose.RESPONDER},
        ),
    ],
)
def test_a_leaf_serves_what_it_is_for(root: Maker, named: x509.ObjectIdentifier, good: set[Purpose]) -> None:
    made = root.make("CP-1", more=[(x509.ExtendedKeyUsage([named]), False)])
    for purpose in (Purpose.SERVER, Purpose.CLIENT, Purpose.SIGNING, Purpose.RESPONDER):
        if purpose in good:
            verify(made.certificate, [], [root.certificate], at=NOW, purpose=purpose)
        else:
            assert flaw_of(made, [], [root], purpose) is Flaw.WRONG_USAGE
    verify(made.certificate, [], [root.certificate], at=NOW, purpose=Purpose.ANY)


def test_a_responder_has_to_say_that_it_is_one(root: Maker) -> None:
    assert flaw_of(root.make("responder"), [], [root], Purpose.RESPONDER) is Flaw.WRONG_USAGE


def test_a_leaf_is_no_authority_and_an_authority_no_leaf(root: Maker, middle: Maker, leaf: Maker) -> None:
    assert flaw_of(middle, [], [root], Purpose.CLIENT) is Flaw.WRONG_USAGE
    assert flaw_of(leaf, [middle], [root], Purpose.AUTHORITY) is Flaw.NO_AUTHORITY
    verify(middle.certificate, [], [root.certificate], at=NOW, purpose=Purpose.AUTHORITY)
    verify(root.certificate, [], [root.certificate], at=NOW, purpose=Purpose.AUTHORITY)


def test_key_usage_has_to_fit(root: Maker) -> None:
    assert flaw_of(root.make("CP-1", more=[(usage(crl_sign=True), True)]), [], [root]) is Flaw.WRONG_USAGE
    good = root.make("CP-1", more=[(usage(digital_signature=True), True)])
    verify(good.certificate, [], [root.certificate], at=NOW, purpose=Purpose.CLIENT)


def test_weak_keys_and_digests_are_not_trusted(root: Maker) -> None:
    weak = rsa.generate_private_key(65537, 1024)
    assert flaw_of(root.make("CP-1", key=weak), [], [root]) is Flaw.WEAK
    assert key_fault(ec.generate_private_key(ec.SECP192R1()).public_key()) == "a curve of 192 bits"
    assert key_fault(ed25519.Ed25519PrivateKey.generate().public_key()) is None
    assert key_fault("nothing") == "a key of an unknown kind"


def test_a_signature_over_sha1_is_none(root: Maker) -> None:
    """No library here signs with SHA-1 any more; a certificate that openssl made shows it."""
    made = openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "/dev/null", "-subj", "/CN=old", "-sha1")
    (old,) = load_chain(made)
    assert not is_root(old)


def test_a_critical_extension_that_nobody_knows_is_refused(root: Maker) -> None:
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")
    assert flaw_of(root.make("CP-1", more=[(strange, True)]), [], [root]) is Flaw.UNREADABLE
    good = root.make("CP-1", more=[(strange, False)])
    verify(good.certificate, [], [root.certificate], at=NOW, purpose=Purpose.CLIENT)


def test_a_request_is_read(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CP-1")])
    asked = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    text = asked.public_bytes(serialization.Encoding.PEM).decode()
    assert load_request(text).is_signature_valid
    assert common_name(load_request(text).subject) == "CP-1"
