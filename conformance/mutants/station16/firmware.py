"""Faulty 1.6 charge points: firmware, diagnostics, logs."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, change_reply, drop, mishear, mutant, refuse_reply
from conformance.vocabulary import one_of

PLAIN, SIGNED = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"
DIAGNOSTICS, LOG = "DiagnosticsStatusNotification", "LogStatusNotification"
EVENT = "SecurityEventNotification"
NOWHERE = "https://nowhere.example.com/none"

mutant("refuses_updates_16", refuse_reply("UpdateFirmware", "InternalError"), breaks="1.6:5.19")
mutant("never_downloading_16", drop(PLAIN, {"status": "Downloading"}), breaks="1.6:4.5")
mutant("never_installed_16", drop(PLAIN, {"status": "Installed"}), breaks="1.6:4.5")
mutant("hides_a_failed_download_16", drop(PLAIN, {"status": "DownloadFailed"}), breaks="1.6:4.5")
mutant(
    "hides_a_failed_installation_16",
    change(PLAIN, "status", "Installed", {"status": "InstallationFailed"}),
    breaks="1.6:4.5",
)
mutant(
    "refuses_signed_updates_16",
    accept_reply("SignedUpdateFirmware", {"status": "InvalidCertificate"}),
    breaks="1.6-sec:L01.FR.23",
)
mutant("never_downloading_signed_16", drop(SIGNED, {"status": "Downloading"}), breaks="1.6-sec:L01.FR.01")
mutant(
    "never_installs_signed_16",
    drop(SIGNED, {"status": one_of("Installing", "InstallRebooting", "Installed")}),
    breaks="1.6-sec:L01.FR.05",
)
mutant("verifies_no_firmware_16", drop(SIGNED, {"status": "SignatureVerified"}), breaks="1.6-sec:L01.FR.04")
mutant("forgets_which_update_16", change(SIGNED, "requestId", 1), breaks="1.6-sec:L01.FR.10")
mutant("hides_new_firmware_16", drop(EVENT, {"type": "FirmwareUpdated"}), breaks="1.6-sec:A04.FR.01")
mutant(
    "accepts_any_signature_16",
    change(SIGNED, "status", "SignatureVerified", {"status": "InvalidSignature"}),
    breaks="1.6-sec:L01.FR.04",
)
mutant("hides_a_bad_signature_16", drop(EVENT, {"type": "InvalidFirmwareSignature"}), breaks="1.6-sec:L01.FR.03")
mutant("names_no_file_16", change_reply("GetDiagnostics", "fileName", None), breaks="1.6:5.9")
mutant("never_uploading_16", drop(DIAGNOSTICS, {"status": "Uploading"}), breaks="1.6:4.4")
mutant("never_uploaded_16", drop(DIAGNOSTICS, {"status": "Uploaded"}), breaks="1.6:4.4")
mutant(
    "hides_a_failed_upload_16",
    change(DIAGNOSTICS, "status", "Uploaded", {"status": "UploadFailed"}),
    breaks="1.6:4.4",
)
mutant("has_no_log_16", change_reply("GetLog", "status", "Rejected"), breaks="1.6-sec:N01.FR.01")
mutant(
    "claims_an_upload_16",
    mishear("GetDiagnostics", "location", NOWHERE),
    change(DIAGNOSTICS, "status", "Uploaded", {"status": "UploadFailed"}),
    breaks="1.6:5.9",
)
mutant(
    "claims_a_log_upload_16",
    mishear("GetLog", "log.remoteLocation", NOWHERE),
    change(LOG, "status", "Uploaded", {"status": "UploadFailure"}),
    breaks="1.6-sec:N01.FR.03",
)
mutant("never_uploading_a_log_16", drop(LOG, {"status": "Uploading"}), breaks="1.6-sec:N01.FR.08")
mutant("never_uploaded_a_log_16", drop(LOG, {"status": "Uploaded"}), breaks="1.6-sec:N01.FR.09")
mutant("forgets_which_log_16", change(LOG, "requestId", 1), breaks="1.6-sec:N01.FR.07")
