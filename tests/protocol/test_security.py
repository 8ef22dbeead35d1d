"""Credentials, password hashes and TLS contexts."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given
from hypothesis import strategies as st

from protocol.security import (
    COST,
    POLICIES,
    Cost,
    SecurityError,
    basic,
    client_tls,
    hash_password,
    octets,
    parse_basic,
    password_fault,
    server_tls,
    verify,
)
from tests.certificates import Authority, Pair, pem_of

CHEAP = Cost(log2_n=2, r=1)
SALT = bytes(range(16))
KEY = "0001020304050607FFFFFFFFCCCCCCCCCCCCCCCC"


# HTTP Basic ----------------------------------------------------------------------------------------------------


def test_basic_is_rfc_7617() -> None:
    assert basic("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert parse_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==") == ("Aladdin", "open sesame")
    assert parse_basic("bAsIc  QWxhZGRpbjpvcGVuIHNlc2FtZQ== ") == ("Aladdin", "open sesame")


def test_a_1_6_authorization_key_travels_as_its_raw_bytes() -> None:
    header = basic("AL1000", octets(KEY))
    assert base64.b64decode(header.removeprefix("Basic ")) == b"AL1000:" + bytes.fromhex(KEY)
    assert parse_basic(header) == ("AL1000", octets(KEY))


@pytest.mark.parametrize("key", ["0", "xx", "00 0", "\u0660\u0660"])
def test_an_authorization_key_is_hexadecimal(key: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        octets(key)


@pytest.mark.parametrize("user", ["a:b", "a\nb", "a\0b"])
def test_a_user_that_basic_cannot_carry(user: str) -> None:
    with pytest.raises(ValueError, match="cannot carry"):
        basic(user, "x")


def _b64(octets_: bytes) -> str:
    return "Basic " + base64.b64encode(octets_).decode()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Bearer QTpC",
        "Digest username=x",
        "Basic QTpC!",
        "Basic QTp",
        "Basic QTpC QTpC",
        "Basic QTpC\r\n",
        "Basic \u20ac",
        "Basic \udcff",
        _b64(b"no colon"),
        _b64(b"\xff:password"),
        _b64(b"a\0b:password"),
        _b64(b"a\x1b[2Jb:password"),
        _b64("a\u202eb:password".encode()),
    ],
)
def test_what_is_no_basic_header_is_nobody(header: str) -> None:
    assert parse_basic(header) is None


def test_a_password_may_hold_colons_and_be_empty() -> None:
    assert parse_basic(_b64(b"u:a:b")) == ("u", "a:b")
    assert parse_basic(_b64(b"u:")) == ("u", "")


@given(st.text(), st.binary())
def test_what_basic_writes_is_read_back(user: str, password: bytes) -> None:
    text = password.decode(errors="surrogateescape")
    if ":" in user or not user.isprintable():
        return
    assert parse_basic(basic(user, text)) == (user, text)


@given(st.text(st.characters()))
def test_no_header_can_raise(header: str) -> None:
    parse_basic(header)
    parse_basic(f"Basic {header}")


# Passwords -----------------------------------------------------------------------------------------------------


def test_only_the_hashed_password_verifies() -> None:
    hashed = hash_password("0123456789abcdef", salt=SALT, cost=CHEAP)
    assert "0123456789abcdef" not in hashed
    assert verify("0123456789abcdef", hashed)
    for wrong in (
        "",
        "0123456789abcde",
        "0123456789abcdeg",
        "0123456789abcdef\0",
        "0123456789ABCDEF",
        "\udcff",
        "\ud800",
    ):
        assert not verify(wrong, hashed)


def test_another_salt_makes_another_hash() -> None:
    assert hash_password("x", salt=SALT, cost=CHEAP) != hash_password("x", salt=SALT[::-1], cost=CHEAP)
    with pytest.raises(ValueError, match="16 bytes"):
        hash_password("x", salt=b"short")


def test_a_hash_of_the_default_cost_verifies() -> None:
    assert verify("x", hash_password("x", salt=SALT))
    assert COST.log2_n <= 14, "thousands of stations connect at once"


def test_nobody_is_verified_with_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[int] = []

    def scrypt(_: bytes, *, n: int, **__: object) -> bytes:
        worked.append(n)
        return b""

    monkeypatch.setattr("protocol.security.hashlib.scrypt", scrypt)
    assert not verify("x", None, cost=Cost(log2_n=5))
    assert worked == [32]


@pytest.mark.parametrize("hashed", ["", "plain", "scrypt$x$8$1$00$00", "md5$2$1$1$00$00", "scrypt$2$1$1$zz$00"])
def test_a_corrupt_hash_is_not_a_wrong_password(hashed: str) -> None:
    with pytest.raises(ValueError, match="not a password hash"):
        verify("x", hashed)


@given(st.binary(max_size=40))
@example(bytes.fromhex(KEY))
def test_any_octets_verify(password: bytes) -> None:
    text = password.decode(errors="surrogateescape")
    assert verify(text, hash_password(text, salt=SALT, cost=CHEAP))


@pytest.mark.parametrize(
    ("version", "password", "good"),
    [
        ("1.6", KEY, True),
        ("1.6", KEY.lower()[:32], True),
        ("1.6", KEY[:30], False),
        ("1.6", KEY + "00", False),
        ("1.6", KEY[:39], False),
        ("1.6", "g" * 40, False),
        ("2.0.1", "x" * 15, False),
        ("2.0.1", "x" * 16, True),
        ("2.0.1", "x" * 40, True),
        ("2.0.1", "x" * 41, False),
        ("2.1", "\u00e9 \u20ac" * 8, True),
        ("2.1", "\udcff" * 16, False),
    ],
)
def test_password_rules(version: str, password: str, good: bool) -> None:
    assert (password_fault(version, password) is None) is good


def test_a_station_may_allow_longer_passwords() -> None:
    assert password_fault("2.1", "x" * 64, longest=64) is None
    assert password_fault("2.1", "x" * 65, longest=64) == "a BasicAuthPassword has 16 to 64 characters"


# TLS -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    return authority.issue()


def shake(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[str, str]:
    """Return the TLS version and cipher suite that the two agree on; ssl.SSLError if they do not."""
    here, there = socket.socketpair()

    def answer() -> None:
        try:
            server.wrap_socket(there, server_side=True).close()
        except OSError:
            there.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with client.wrap_socket(here, server_hostname="localhost") as agreed:
            cipher = agreed.cipher()
            assert cipher is not None
            return agreed.version() or "", cipher[0]
    finally:
        here.close()
        thread.join()


def station(authority: Authority, ciphers: str | None = None) -> ssl.SSLContext:
    context = client_tls(authority.cert)
    if ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    return context


def test_tls_1_3_where_both_have_it(authority: Authority, pair: Pair) -> None:
    assert shake(server_tls(pair.cert, pair.key), station(authority))[0] == "TLSv1.3"


def test_static_rsa_is_for_stations_without_anything_better(authority: Authority, pair: Pair) -> None:
    rsa = authority.rsa()
    both = server_tls(pair.cert, pair.key, (rsa.cert, rsa.key))
    for suite in (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
    ):
        assert shake(both, station(authority, suite)) == ("TLSv1.2", suite)
    assert shake(both, station(authority, "AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"))[1].startswith("ECDHE")


def test_the_modern_policy_has_forward_secrecy_only(authority: Authority) -> None:
    rsa = authority.rsa()
    modern = server_tls(rsa.cert, rsa.key, policy="modern-ocpp")
    with pytest.raises(ssl.SSLError):
        shake(modern, station(authority, "AES128-GCM-SHA256"))
    assert shake(modern, station(authority, "ECDHE-RSA-AES128-GCM-SHA256"))[1] == "ECDHE-RSA-AES128-GCM-SHA256"


@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_weak_is_offered(policy: str, pair: Pair, authority: Authority) -> None:
    for context in (server_tls(pair.cert, pair.key, policy=policy), client_tls(authority.cert, policy=policy)):
        assert context.minimum_version is ssl.TLSVersion.TLSv1_2
        assert context.options & ssl.OP_NO_COMPRESSION
        assert context.options & ssl.OP_NO_RENEGOTIATION
        names = {cipher["name"] for cipher in context.get_ciphers()}
        assert names - {name for name in names if "GCM" in name or "CHACHA20" in name} == set()


def test_a_station_checks_path_and_name(authority: Authority) -> None:
    context = client_tls(authority.cert)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert client_tls().verify_mode is ssl.CERT_REQUIRED


def test_unusable_files_are_named(authority: Authority, pair: Pair, tmp_path: Path) -> None:
    missing, garbage = tmp_path / "missing.pem", tmp_path / "garbage.pem"
    garbage.write_bytes(b"\x00\xffnot a certificate")
    locked = tmp_path / "locked.key"
    locked.write_bytes(pem_of(ec.generate_private_key(ec.SECP256R1()), b"secret"))
    other = authority.issue("other")
    for cert, key, named, reason in (
        (missing, pair.key, missing, "cannot read the certificate: No such file"),
        (pair.cert, missing, missing, "cannot read the private key: No such file"),
        (tmp_path, pair.key, tmp_path, "cannot read the certificate: Is a directory"),
        (garbage, pair.key, garbage, "no PEM certificate"),
        (pair.cert, garbage, garbage, "no PEM private key"),
        (pair.cert, pair.cert, pair.cert, "no PEM private key"),
        (pair.cert, locked, locked, "encrypted"),
        (pair.cert, other.key, other.key, "does not belong"),
    ):
        with pytest.raises(SecurityError) as caught:
            server_tls(cert, key)
        assert str(named) in str(caught.value)
        assert reason in str(caught.value)


def test_an_unusable_ca_file_is_named(tmp_path: Path, pair: Pair) -> None:
    with pytest.raises(SecurityError, match="cannot read the CA certificate"):
        client_tls(tmp_path / "missing.pem")
    with pytest.raises(SecurityError, match="no PEM certificate"):
        client_tls(pair.key)


def test_an_unknown_policy_is_refused(pair: Pair) -> None:
    with pytest.raises(SecurityError, match=r"'ancient'; there are: modern-ocpp, ocpp16-compat"):
        server_tls(pair.cert, pair.key, policy="ancient")
