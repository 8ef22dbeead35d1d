"""Faulty 1.6 central systems: firmware, diagnostics and logs."""

from __future__ import annotations

from conformance.mutants import change, fail_reply, mutant

PLAIN, SIGNED = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"
DIAGNOSTICS, ORDER = "DiagnosticsStatusNotification", "SignedUpdateFirmware"
ELSEWHERE = "https://elsewhere.example.com/"


def _chokes(name: str, action: str, status: str, breaks: str) -> None:
    mutant(name, fail_reply(action, {"status": status}), breaks=breaks)


mutant("updates_from_elsewhere_16", change("UpdateFirmware", "location", ELSEWHERE), breaks="1.6:5.19")
_chokes("chokes_on_installed_16", PLAIN, "Installed", "1.6:4.5")
_chokes("chokes_on_a_failed_download_16", PLAIN, "DownloadFailed", "1.6:4.5")
_chokes("chokes_on_a_failed_installation_16", PLAIN, "InstallationFailed", "1.6:4.5")

mutant("wants_diagnostics_nowhere_16", change("GetDiagnostics", "location", "log.txt"), breaks="1.6:5.9")
_chokes("chokes_on_uploaded_diagnostics_16", DIAGNOSTICS, "Uploaded", "1.6:4.4")
_chokes("chokes_on_idle_diagnostics_16", DIAGNOSTICS, "Idle", "1.6:4.4")
_chokes("chokes_on_lost_diagnostics_16", DIAGNOSTICS, "UploadFailed", "1.6:4.4")

mutant("wants_no_security_log_16", change("GetLog", "logType", "DiagnosticsLog"), breaks="1.6-sec:N01.FR.03")
mutant("wants_the_log_elsewhere_16", change("GetLog", "log.remoteLocation", ELSEWHERE), breaks="1.6-sec:N01.FR.03")
_chokes("chokes_on_a_log_being_sent_16", "LogStatusNotification", "Uploading", "1.6-sec:N01.FR.07")
_chokes("chokes_on_an_uploaded_log_16", "LogStatusNotification", "Uploaded", "1.6-sec:N01.FR.09")

mutant(
    "updates_without_a_signer_16",
    change(ORDER, "firmware.signingCertificate", None),
    breaks="1.6-sec:L01.FR.11",
)
mutant("updates_without_a_signature_16", change(ORDER, "firmware.signature", None), breaks="1.6-sec:L01.FR.09")
_chokes("chokes_on_a_signed_installation_16", SIGNED, "Installing", "1.6-sec:L01.FR.01")
_chokes("chokes_on_a_bad_signature_16", SIGNED, "InvalidSignature", "1.6-sec:L01.FR.01")
