"""Faulty 2.0.1 CSMSs: security."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from conformance import reading
from conformance.mutants import (
    Later,
    Outburst,
    Passing,
    Spoiler,
    change,
    change_reply,
    lets_in,
    mishear_reply,
    mutant,
    refuse_reply,
)
from conformance.papers import ALWAYS, bench_pki, load, named
from conformance.vocabulary import Payload

FIRST = "setVariableData.0"
VERDICT = "setVariableResult.0.attributeStatus"
OF_SOMEBODY = bench_pki().nobody.certifies("SOMEBODY").chain


def _der(chain: str) -> bytes:
    return load(chain)[0].public_bytes(Encoding.DER)


def _weak() -> bytes:
    """A certificate of a key that is too short (A00.FR.502, A00.FR.503): a curve of 192 bits."""
    key, name, (since, until) = ec.generate_private_key(ec.SECP192R1()), named("localhost"), ALWAYS
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, since, until).sign(key, SHA256())
    return made.public_bytes(Encoding.DER)


def _keep_the_csr(action: str, payload: Payload, spoiler: Spoiler) -> Later:
    if action == "SignCertificate":
        spoiler.memory["csr"] = payload["csr"]
    return []


def _sign_elsewhere(passing: Passing) -> Later | None:
    """Have the CSR signed by an authority that is not the CSMS's."""
    frame = passing.frame
    if not passing.is_call or passing.action != "CertificateSigned":
        return None
    payload = {**frame.payload, "certificateChain": bench_pki().nobody.signs(passing.spoiler.memory["csr"])}
    return [(0.0, reading.write(frame.kind, frame.message_id, frame.action, payload))]


mutant("any_password_will_do", welcoming=True, breaks="A00.FR.204")
mutant("takes_no_password", lets_in(ending="refused", code=401), breaks="A00.FR.204")
mutant("any_user_will_do", welcoming=True, breaks="A00.FR.204")
mutant("any_certificate_will_do", welcoming=True, breaks="A00.FR.405 A00.FR.407")
mutant("takes_old_tls", welcoming=True, breaks="A00.FR.315 A00.FR.418")
mutant("speaks_old_tls", lets_in(tls="1.1"), breaks="A00.FR.313 A00.FR.416")
mutant("agrees_on_another_suite", lets_in(cipher="AES256-SHA"), breaks="A00.FR.318 A00.FR.421")
mutant("shows_a_weak_key", lets_in(certificate=_weak()), breaks="A00.FR.502")
mutant("goes_by_another_name", lets_in(certificate=_der(OF_SOMEBODY)), breaks="A00.FR.510")
mutant("keeps_the_old_password", mishear_reply("SetVariables", VERDICT, "Rejected"), breaks="A01.FR.03")
mutant("forgets_the_old_password_late", welcoming=True, breaks="A01.FR.03")
mutant("sets_another_variable", change("SetVariables", f"{FIRST}.variable.name", "Identity"), breaks="A01.FR.02")
mutant("takes_a_no_for_a_yes", mishear_reply("SetVariables", VERDICT, "Accepted"), breaks="A01.FR.04")
mutant("refuses_to_sign", change_reply("SignCertificate", "status", "Rejected"), breaks="A02.FR.11")
mutant("signs_for_another_use", change("CertificateSigned", "certificateType", "V2GCertificate"), breaks="A02.FR.14")
mutant("signs_another_key", change("CertificateSigned", "certificateChain", OF_SOMEBODY), breaks="A02.FR.11")
mutant("signs_under_another_root", Outburst(_keep_the_csr), _sign_elsewhere, breaks="A02.FR.11")
mutant("triggers_no_csr", change("TriggerMessage", "requestedMessage", "Heartbeat"), breaks="F06.FR.01")
mutant("deaf_to_security_events", refuse_reply("SecurityEventNotification"), breaks="A04.FR.03")
mutant("lets_stations_step_down", welcoming=True, breaks="A05.FR.07")
mutant("prefers_another_profile", change("SetVariables", f"{FIRST}.attributeValue", "9"), breaks="A05.FR.04")
mutant("raises_nothing", change("SetNetworkProfile", "connectionData.securityProfile", 1), breaks="A05.FR.04")
