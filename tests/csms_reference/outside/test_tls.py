"""The OCPP port over TLS, held to its policy from outside: every version, suite and curve that OpenSSL can offer."""

import asyncio
import json
import os
import shlex
import ssl
from pathlib import Path

import pytest

from csms_reference.settings import Settings, SettingsError
from tests.certificates import Authority

POLICIES = json.loads(Path(__file__).with_name("tls_policies.json").read_text())
SSLYZE = os.environ.get("CHARGEBENCH_SSLYZE", "")
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
CURVES = ("prime256v1", "secp384r1", "secp521r1", "X25519", "X448", "secp256k1")


def every_suite():
    """Every cipher suite for TLS 1.2 that this OpenSSL knows, those without encryption or authentication included."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return sorted(each["name"] for each in context.get_ciphers() if each["protocol"] != "TLSv1.3")


def caller(*, version=None, suite=None, curve=None):
    """A context that takes anything, but for what is given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(f"{suite or 'ALL:COMPLEMENTOFALL'}:@SECLEVEL=0")
    context.options &= ~ssl.OP_NO_COMPRESSION
    if version is not None:
        context.minimum_version = context.maximum_version = version
    if curve is not None:
        context.set_ecdh_curve(curve)
    return context


async def shaken(port, context):
    """Version, suite and compression that the port agrees to; None if it does not."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    except (ssl.SSLError, ConnectionError):
        return None
    found = writer.get_extra_info("ssl_object")
    told = found.version(), found.cipher()[0], found.compression()
    writer.transport.abort()
    return told


@pytest.fixture(params=POLICIES)
def policy(request):
    return request.param


@pytest.fixture
def settings(policy, tmp_path):
    authority = Authority(tmp_path)
    first, second = authority.issue(), authority.rsa()
    return {
        "tls_policy": policy,
        "tls_cert": str(first.cert),
        "tls_key": str(first.key),
        "tls_second_cert": str(second.cert),
        "tls_second_key": str(second.key),
    }


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_the_port_takes_what_its_policy_names_and_nothing_else(serving, settings, policy):
    """A00.FR.313–321 (2.x), A00.FR.312–321 (1.6 white paper)."""
    async with serving(**settings) as running:
        port, rules = running.ocpp_port, POLICIES[policy]
        newest = await shaken(port, caller())
        only = {suite: caller(version=ssl.TLSVersion.TLSv1_2, suite=suite) for suite in every_suite()}
        suites = [suite for suite, context in only.items() if await shaken(port, context)]
        old = [version for version in OLD if await shaken(port, caller(version=version))]
        curves = [curve for curve in CURVES if await shaken(port, caller(curve=curve))]
    assert newest[::2] == ("TLSv1.3", None)
    assert suites == rules["tls1_2"]
    assert old == []
    assert curves == rules["curves"]


async def test_the_order_of_suites_is_the_servers(serving, settings):
    """Static RSA is for stations without anything better (A00.FR.319, note 1)."""
    wished = "AES256-GCM-SHA384:AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
    async with serving(**settings) as running:
        told = await shaken(running.ocpp_port, caller(version=ssl.TLSVersion.TLSv1_2, suite=wished))
    assert told[1] == "ECDHE-RSA-AES128-GCM-SHA256"


async def test_nobody_renegotiates(serving, settings, require_openssl):
    async with serving(**settings) as running:
        asking = await asyncio.create_subprocess_exec(
            *(require_openssl, "s_client", "-connect", f"127.0.0.1:{running.ocpp_port}", "-tls1_2"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asking.communicate(b"R\n")
    assert b"RENEGOTIATING" in said
    assert b"no renegotiation" in said or asking.returncode != 0
    assert b"Secure Renegotiation IS supported" in said  # RFC 5746: none is inserted by others either
    assert b"Compression: NONE" in said


@pytest.fixture
def require_openssl(require_service):
    return str(require_service("openssl"))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"tls_policy": "ancient"}, "tls_policy: 'ancient' is none of modern-ocpp, ocpp16-compat"),
        ({"tls_second_cert": "a.pem"}, "belong together"),
        ({"tls_second_cert": "a.pem", "tls_second_key": "a.key"}, "the first is missing"),
    ],
)
def test_what_cannot_be_is_said(given, why):
    with pytest.raises(SettingsError, match=why):
        Settings.of(given)


def accepted(scan):
    return [each["cipher_suite"]["openssl_name"] for each in scan["result"]["accepted_cipher_suites"]]


@pytest.mark.skipif(not SSLYZE, reason="CHARGEBENCH_SSLYZE does not name sslyze (docs/security.md)")
async def test_sslyze_finds_nothing(serving, settings, policy, tmp_path):
    """sslyze's own list of weaknesses, and its view of versions, suites and curves.

    Nobody is asked for a certificate meanwhile, as sslyze, without one, could not look at static RSA (ROBOT).
    """
    found = tmp_path / "found.json"
    async with serving(**settings, client_certificates=False) as running:
        words = (*shlex.split(SSLYZE), "--json_out", str(found), f"127.0.0.1:{running.ocpp_port}")
        scan = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        await scan.communicate()
    result = json.loads(found.read_text())["server_scan_results"][0]["scan_result"]
    suites = {
        version: accepted(result[f"{version}_cipher_suites"])
        for version in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1", "tls_1_2")
    }
    assert sorted(suites.pop("tls_1_2")) == POLICIES[policy]["tls1_2"]
    assert not any(suites.values())
    curves = [each["name"] for each in result["elliptic_curves"]["result"]["supported_curves"]]
    assert curves == ["secp256r1"]  # the standard's name of prime256v1
    assert result["tls_compression"]["result"] == {"supports_compression": False}
    assert result["heartbleed"]["result"] == {"is_vulnerable_to_heartbleed": False}
    assert result["openssl_ccs_injection"]["result"] == {"is_vulnerable_to_ccs_injection": False}
    assert result["robot"]["result"]["robot_result"].startswith("NOT_VULNERABLE")
    assert result["session_renegotiation"]["result"] == {
        "client_renegotiations_success_count": 0,
        "is_vulnerable_to_client_renegotiation_dos": False,
        "supports_secure_renegotiation": True,
    }
