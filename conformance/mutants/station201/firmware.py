"""Faulty 2.0.1 stations: firmware."""

from __future__ import annotations

from conformance.mutants import accept_reply, change, change_reply, drop, mutant, once, say

STATUS, EVENT = "FirmwareStatusNotification", "SecurityEventNotification"
ORDER = 4101


mutant("never_says_that_it_verified_firmware", drop(STATUS, {"status": "SignatureVerified"}), breaks="L01.FR.04")
mutant("forgets_which_update", change(STATUS, "requestId", 1), breaks="L01.FR.10")
mutant("refuses_updates", accept_reply("UpdateFirmware", {"status": "Rejected"}), breaks="L01.FR.21")
mutant("silent_about_downloading", drop(STATUS, {"status": "Downloading"}), breaks="L01.FR.01")
mutant("silent_about_what_it_fetched", drop(STATUS, {"status": "Downloaded"}), breaks="L01.FR.01")
mutant("never_says_that_it_installed", drop(STATUS, {"status": "Installed"}), breaks="L01.FR.28")
mutant(
    "starts_anew_without_connectors",
    once("BootNotification", {"reason": "FirmwareUpdate"}, drop("StatusNotification")),
    breaks="B01.FR.05",
)
mutant("never_tells_of_new_firmware", drop(EVENT, {"type": "FirmwareUpdated"}), breaks="L01.FR.31")
mutant("silent_about_a_later_installation", drop(STATUS, {"status": "InstallScheduled"}), breaks="L01.FR.16")
mutant(
    "installs_at_once",
    say(STATUS, {"status": "Installing", "requestId": ORDER}, after="UpdateFirmware", by_s=60),
    breaks="L01.FR.16",
)
mutant("silent_about_a_later_download", drop(STATUS, {"status": "DownloadScheduled"}), breaks="L01.FR.13")
mutant(
    "fetches_at_once",
    say(STATUS, {"status": "Downloading", "requestId": ORDER}, after="UpdateFirmware", by_s=60),
    breaks="L01.FR.13",
)
mutant("trusts_any_signer", accept_reply("UpdateFirmware", {"status": "Accepted"}), breaks="L01.FR.22")
mutant("keeps_a_bad_signer_to_itself", drop(EVENT, {"type": "InvalidFirmwareSigningCertificate"}), breaks="L01.FR.02")
mutant(
    "accepts_any_signature", change(STATUS, "status", "SignatureVerified", {"status": "InvalidSignature"}),
    breaks="L01.FR.04",
)  # fmt: skip
mutant("keeps_a_bad_signature_to_itself", drop(EVENT, {"type": "InvalidFirmwareSignature"}), breaks="L01.FR.03")
mutant("silent_about_a_failed_download", drop(STATUS, {"status": "DownloadFailed"}), breaks="L01.FR.30")
mutant(
    "claims_success_of_any_installation", change(STATUS, "status", "Installed", {"status": "InstallationFailed"}),
    breaks="L01.FR.01",
)  # fmt: skip
mutant("silent_about_installing", drop(STATUS, {"status": "Installing"}), breaks="L01.FR.01")
mutant("takes_unsigned_firmware", accept_reply("UpdateFirmware", {"status": "Accepted"}), breaks="L01.FR.09")
mutant(
    "hides_that_it_cancelled",
    change_reply("UpdateFirmware", "status", "Accepted", {"status": "AcceptedCanceled"}),
    breaks="L01.FR.24",
)
mutant("goes_on_with_the_cancelled_update", change(STATUS, "requestId", ORDER), breaks="L01.FR.10")
mutant("pretends_to_cancel", accept_reply("UpdateFirmware", {"status": "Accepted"}), breaks="L01.FR.27")
mutant("stays_open_for_new_drivers", drop("StatusNotification", {"connectorStatus": "Unavailable"}), breaks="L01.FR.07")
mutant(
    "installs_while_somebody_charges",
    say(STATUS, {"status": "Installing", "requestId": ORDER}, after="UpdateFirmware", by_s=40),
    breaks="L01.FR.06",
)
mutant(
    "activates_while_somebody_charges",
    say(STATUS, {"status": "Installed", "requestId": ORDER}, after="UpdateFirmware", by_s=40),
    breaks="L01.FR.06",
)
