"""What local controllers are to publish, how that goes, and its end."""

import pytest

from tests.csms_reference.files.conftest import FILE, desk, listed

__all__ = ["desk"]

MD5 = "0123456789abcdef0123456789ABCDEF"

publishes = pytest.mark.proves("csms", "PublishFirmware PublishFirmwareStatusNotification", "2.0.1 2.1")


async def command(desk, name, station="CP-1", **fields):
    return (await desk.api.post(f"/stations/{station}/commands", json={"command": name, **fields})).json()


@publishes
async def test_a_publication_and_its_history(desk):
    """L03.FR.01, .04, .05; the checksum is the image's."""
    station = await desk.it.station()
    station.replies["PublishFirmware"] = {"status": "Accepted"}
    image = (await desk.api.put("/firmware/a.bin", content=FILE)).json()
    wish = {"image": "a.bin", "retries": 1, "retry_interval": 9, "request_id": 7}
    assert (await desk.api.post("/stations/CP-1/publications", json=wish)).json()["status"] == "Accepted"
    assert station.calls[-1] == ("PublishFirmware", {
        "location": "http://files.example/firmware/a.bin", "checksum": image["md5"], "requestId": 7,
        "retries": 1, "retryInterval": 9,
    })  # fmt: skip
    for status in ("Downloading", "Downloaded", "ChecksumVerified"):
        await station.ask("PublishFirmwareStatusNotification", {"status": status, "requestId": 7})
    (one,) = await listed(desk, "publications")
    assert (one["status"], one["over"], one["urls"]) == ("ChecksumVerified", False, [])
    urls = ["http://lc/a.bin", "ftp://lc/a.bin"]
    said = {"status": "Published", "requestId": 7, "location": urls}
    assert await station.ask("PublishFirmwareStatusNotification", said) == {}
    (one,) = await listed(desk, "publications")
    assert (one["status"], one["over"], one["urls"], one["unpublished"]) == ("Published", True, urls, None)
    assert [each["status"] for each in one["history"]][-1] == "Published"


@pytest.mark.proves("csms", "UnpublishFirmware", "2.0.1 2.1")
@pytest.mark.parametrize(("status", "ends"), [("Unpublished", True), ("NoFirmware", True), ("DownloadOngoing", False)])
async def test_what_is_unpublished_is_there_no_more(desk, status, ends):
    """L04.FR.02, .03, .04."""
    station = await desk.it.station()
    station.replies |= {"PublishFirmware": {"status": "Accepted"}, "UnpublishFirmware": {"status": status}}
    await command(desk, "publish_firmware", location="http://x/a", checksum=MD5, request_id=7)
    said = {"status": "Published", "requestId": 7, "location": ["http://lc/a"]}
    await station.ask("PublishFirmwareStatusNotification", said)
    answer = await desk.api.delete(f"/stations/CP-1/publications/{MD5.lower()}")
    assert answer.json()["status"] == status
    assert station.calls[-1] == ("UnpublishFirmware", {"checksum": MD5.lower()})
    (one,) = await listed(desk, "publications")
    assert (one["unpublished"] is not None) is ends
    assert one["urls"] == ([] if ends else ["http://lc/a"])


@publishes
async def test_a_refusal_is_kept(desk):
    """L03.FR.05."""
    station = await desk.it.station()
    station.replies["PublishFirmware"] = {"status": "Rejected", "statusInfo": {"reasonCode": "InvalidURL"}}
    await desk.api.put("/firmware/a.bin", content=FILE)
    await desk.api.post("/stations/CP-1/publications", json={"image": "a.bin"})
    (one,) = await listed(desk, "publications")
    assert (one["answer"], one["over"]) == ("Rejected", True)


async def test_what_there_is_not_cannot_be_published(desk):
    await desk.it.station()
    assert (await desk.api.post("/stations/CP-1/publications", json={"image": "a.bin"})).status_code == 404
    end = await command(desk, "publish_firmware", location="http://x", checksum="123")
    assert (end["status"], "MD5" in end["error"]) == ("bad fields", True)
    await desk.it.station("CP-2", "1.6")
    assert "not in OCPP 1.6" in (await command(desk, "unpublish_firmware", "CP-2", checksum=MD5))["detail"]
