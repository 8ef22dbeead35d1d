"""Block L, firmware published by a local controller. CSMS under test, OCPP 2.0.1."""
# ruff: noqa: D103  (a case says what it is in its title)

from __future__ import annotations

from conformance.cases.csms201.firmware import CHECKSUM, URL, same_text
from conformance.cases.csms201.states import attached, told
from conformance.vocabulary import (
    PRESENT,
    Payload,
    Received,
    Script,
    Subject,
    answer,
    ask,
    command,
    csms201,
    given,
)


def publication(csms: Subject) -> Script:
    """The CSMS, told to, has the local controller publish a firmware, which accepts; returns the request."""
    yield command(csms, "publish_firmware", location=URL, checksum=CHECKSUM)
    having = {"location": URL, "checksum": same_text(CHECKSUM)}
    request: Received = yield from told(csms, "PublishFirmware", having=having, rule="L03.FR.05")
    yield answer(request, status="Accepted")
    return request


def published(request: Received, *statuses: str) -> Script:
    """The local controller tells how the publication goes; each message is answered."""
    for status in statuses:
        payload: Payload = {"status": status, "requestId": request.get("requestId")}
        if status == "Published":
            payload["location"] = [URL]
        yield ask("PublishFirmwareStatusNotification", payload, rule="L03.FR.01")


@csms201(
    "TC_L_17_CSMS",
    "Local controller publishes firmware",
    verifies="L03.FR.01 L03.FR.05 L03.FR.09",
    catches="publishes_something_else chokes_on_a_publication",
)
def firmware_published(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from publication(csms)
    yield from published(request, "Downloading", "Downloaded", "ChecksumVerified", "Published")


@csms201(
    "TC_L_19_CSMS",
    "Publish firmware: checksum wrong",
    verifies="L03.FR.01 L03.FR.05 L03.FR.07",
    catches="publishes_something_else chokes_on_a_wrong_checksum",
)
def checksum_wrong(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from publication(csms)
    yield from published(request, "Downloading", "Downloaded", "InvalidChecksum")


@csms201(
    "TC_L_20_CSMS",
    "Publish firmware: publish fails",
    verifies="L03.FR.01 L03.FR.05 L03.FR.08",
    catches="publishes_something_else chokes_on_a_failed_publication",
)
def publication_fails(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from publication(csms)
    yield from published(request, "Downloading", "Downloaded", "ChecksumVerified", "PublishFailed")


@csms201(
    "TC_L_24_CSMS",
    "Publish firmware: download fails",
    verifies="L03.FR.01 L03.FR.05 L03.FR.06",
    catches="publishes_something_else chokes_on_a_publication_without_a_file",
)
def publication_without_file(csms: Subject) -> Script:
    yield from given(attached(csms))
    request = yield from publication(csms)
    yield from published(request, "Downloading", "DownloadFailed")


def unpublished(csms: Subject, status: str, rule: str) -> Script:
    """The CSMS, told to, has the local controller publish a firmware no longer, and takes its answer."""
    yield command(csms, "unpublish_firmware", checksum=CHECKSUM)
    having = {"checksum": same_text(CHECKSUM)}
    request: Received = yield from told(csms, "UnpublishFirmware", having=having, rule=rule)
    yield answer(request, status=status)
    yield ask("Heartbeat", having={"currentTime": PRESENT}, rule=rule)


@csms201(
    "TC_L_21_CSMS",
    "Unpublish firmware done",
    verifies="L04.FR.01 L04.FR.02",
    catches="unpublishes_something_else",
)
def firmware_unpublished(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from unpublished(csms, "Unpublished", "L04.FR.01 L04.FR.02")


@csms201("TC_L_22_CSMS", "Unpublish firmware: none", verifies="L04.FR.03", catches="deaf_after_nothing_was_unpublished")
def nothing_unpublished(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from unpublished(csms, "NoFirmware", "L04.FR.03")


@csms201(
    "TC_L_23_CSMS",
    "Unpublish firmware: download running",
    verifies="L04.FR.04",
    catches="deaf_while_firmware_is_fetched",
)
def firmware_in_use(csms: Subject) -> Script:
    yield from given(attached(csms))
    yield from unpublished(csms, "DownloadOngoing", "L04.FR.04")
