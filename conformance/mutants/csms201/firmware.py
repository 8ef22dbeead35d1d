"""Faulty 2.0.1 CSMSs: firmware."""

from __future__ import annotations

from conformance.mutants import change, fail_reply, mutant

ORDER, STATUS, PUBLISHED = "UpdateFirmware", "FirmwareStatusNotification", "PublishFirmwareStatusNotification"
PAST = "2001-01-01T00:00:00Z"


def _chokes(name: str, action: str, status: str, breaks: str) -> None:
    mutant(name, fail_reply(action, {"status": status}), breaks=breaks)


mutant("updates_without_a_signer", change(ORDER, "firmware.signingCertificate", None), breaks="L01.FR.11")
mutant("updates_without_a_signature", change(ORDER, "firmware.signature", None), breaks="L01.FR.09")
mutant("wants_it_installed_at_once", change(ORDER, "firmware.installDateTime", PAST), breaks="L01.FR.16")
mutant("wants_it_retrieved_at_once", change(ORDER, "firmware.retrieveDateTime", PAST), breaks="L01.FR.13")
mutant(
    "chokes_on_security_events",
    fail_reply("SecurityEventNotification", {}),
    breaks="L01.FR.02 L01.FR.03",
)
_chokes("chokes_on_installing", STATUS, "Installing", "L01.FR.01")
_chokes("chokes_on_a_scheduled_installation", STATUS, "InstallScheduled", "L01.FR.01")
_chokes("chokes_on_a_scheduled_download", STATUS, "DownloadScheduled", "L01.FR.01")
_chokes("chokes_on_a_bad_signature", STATUS, "InvalidSignature", "L01.FR.01")
_chokes("chokes_on_a_failed_download", STATUS, "DownloadFailed", "L01.FR.01")
_chokes("chokes_on_a_failed_verification", STATUS, "InstallVerificationFailed", "L01.FR.01")
_chokes("chokes_on_a_failed_installation", STATUS, "InstallationFailed", "L01.FR.01")
mutant("deaf_after_a_refused_update", fail_reply("Heartbeat", {}), breaks="L01.FR.11")

mutant("publishes_something_else", change("PublishFirmware", "location", "https://elsewhere/"), breaks="L03.FR.05")
_chokes("chokes_on_a_publication", PUBLISHED, "Published", "L03.FR.01")
_chokes("chokes_on_a_wrong_checksum", PUBLISHED, "InvalidChecksum", "L03.FR.01")
_chokes("chokes_on_a_failed_publication", PUBLISHED, "PublishFailed", "L03.FR.01")
_chokes("chokes_on_a_publication_without_a_file", PUBLISHED, "DownloadFailed", "L03.FR.01")
mutant("unpublishes_something_else", change("UnpublishFirmware", "checksum", "0" * 32), breaks="L04.FR.01")
mutant("deaf_after_nothing_was_unpublished", fail_reply("Heartbeat", {}), breaks="L04.FR.03")
mutant("deaf_while_firmware_is_fetched", fail_reply("Heartbeat", {}), breaks="L04.FR.04")
