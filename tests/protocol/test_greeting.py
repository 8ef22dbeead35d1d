"""A handshake without a wire, over every version, with its failures on either side."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from protocol.security import SecurityError, ask_for_certificates, client_tls, server_tls
from protocol.transports.greeting import greet, reason_of
from tests.certificates import Authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


def server(authority: Authority, **settings: str) -> ssl.SSLContext:
    pair = authority.issue()
    return server_tls(pair.cert, pair.key, **settings)


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_ends_come_through(authority: Authority, newest: ssl.TLSVersion) -> None:
    client = client_tls(authority.cert)
    client.maximum_version = newest
    far = greet(client, server(authority), "localhost")
    assert far.version() == f"TLSv1.{newest - ssl.TLSVersion.TLSv1_2 + 2}"
    assert far.getpeercert(binary_form=True) is None


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_client_hears_why_the_server_refuses(authority: Authority, tmp_path: Path, newest: ssl.TLSVersion) -> None:
    own = Authority(tmp_path, "Strangers").issue("cp", names=("CP-1",), usage=ExtendedKeyUsageOID.CLIENT_AUTH)
    client = client_tls(authority.cert)
    client.maximum_version = newest
    client.load_cert_chain(own.cert, own.key)
    with pytest.raises(ssl.SSLError) as problem:
        greet(client, server(authority, client_ca=authority.cert.read_text()), "localhost")
    assert "unknown ca" in reason_of(problem.value)


def test_the_client_refuses_a_stranger(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path, "Other CA")
    with pytest.raises(ssl.SSLCertVerificationError) as problem:
        greet(client_tls(other.cert), server(authority), "localhost")
    assert reason_of(problem.value) == "unable to get local issuer certificate"


def test_the_server_hears_that_the_client_refuses(authority: Authority, tmp_path: Path) -> None:
    heard: list[str] = []

    class Listening(ssl.SSLObject):
        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except ssl.SSLWantReadError:
                raise
            except ssl.SSLError as error:
                heard.append(str(error))
                raise

    context = server(authority)
    context.sslobject_class = Listening
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(client_tls(Authority(tmp_path, "Other CA").cert), context, "localhost")
    assert "unknown ca" in heard[0]


def test_versions_that_do_not_meet(authority: Authority) -> None:
    client = client_tls(authority.cert)
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    strict = server(authority)
    strict.minimum_version = ssl.TLSVersion.TLSv1_3
    with pytest.raises(ssl.SSLError, match="version"):
        greet(client, strict, "localhost")


def test_a_ca_that_is_none_is_said(authority: Authority) -> None:
    with pytest.raises(SecurityError, match="no PEM certificate"):
        ask_for_certificates(server(authority), "nothing")
