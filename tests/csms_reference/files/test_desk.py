"""Images, their signatures, and updates of stations over the API."""

import base64
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from csms_reference.api.files import files_desk
from csms_reference.files.signing import AUTHORITY
from csms_reference.pki.hierarchy import find
from protocol.x509 import Purpose, load_chain, pem, verify
from tests.csms_reference.clients import content
from tests.csms_reference.files.conftest import FILE

proves = pytest.mark.proves("csms", "UpdateFirmware FirmwareStatusNotification", "2.0.1 2.1")
PSS = ("-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)


@pytest.mark.parametrize("kind", ["rsa", "ec"])
async def test_openssl_believes_signature_and_certificate(desk, tmp_path, kind):
    """L01.FR.04, .09, .11."""
    image = (await desk.api.put("/firmware/a.bin", content=FILE, params={"sign_with": kind, "version": "2.0.0"})).json()
    assert (image["version"], image["size"], image["url"]) == (
        "2.0.0",
        len(FILE),
        "http://files.example/firmware/a.bin",
    )
    (leaf,) = load_chain(image["certificate"])
    (tmp_path / "file").write_bytes(FILE)
    (tmp_path / "sig").write_bytes(base64.b64decode(image["signature"]))
    (tmp_path / "key").write_bytes(leaf.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    options = PSS if kind == "rsa" else ()
    done = openssl(
        "dgst", "-sha256", "-verify", tmp_path / "key", *options, "-signature", tmp_path / "sig", tmp_path / "file"
    )
    assert b"Verified OK" in done.stdout, done.stderr
    root = await desk.it.store.read(lambda database: find(database, AUTHORITY).certificate)
    verify(leaf, (), (root,), at=desk.it.time, purpose=Purpose.SIGNING)
    (tmp_path / "root").write_text(pem(root))
    (tmp_path / "leaf").write_text(image["certificate"])
    at = int(desk.it.time.timestamp())
    done = openssl("verify", "-attime", at, "-CAfile", tmp_path / "root", tmp_path / "leaf")
    assert done.returncode == 0, done.stderr
    assert len(image["certificate"]) <= 5500
    assert len(image["signature"]) <= 800


async def test_a_signature_of_somebody_else_is_taken_along(desk):
    theirs = (await desk.api.put("/firmware/theirs.bin", content=FILE)).json()
    header = {"X-Signing-Certificate": base64.b64encode(theirs["certificate"].encode()).decode()}
    ours = await desk.api.put("/firmware/b.bin", content=FILE, params={"signature": "c2ln"}, headers=header)
    assert (ours.json()["signature"], ours.json()["certificate"]) == ("c2ln", theirs["certificate"])
    assert (await desk.api.put("/firmware/c.bin", content=FILE, params={"signature": "c2ln"})).status_code == 422


async def test_images_are_listed_replaced_and_withdrawn(desk):
    for version in ("1", "2"):
        await desk.api.put("/firmware/a.bin", content=FILE, params={"version": version, "sign_with": "none"})
    (listed,) = content(await desk.api.get("/firmware"))
    assert listed == content(await desk.api.get("/firmware/a.bin"))
    assert (listed["version"], listed["signature"]) == ("2", None)
    assert (await desk.api.put("/firmware/big.bin", content=FILE * 2)).status_code == 413
    assert (await desk.api.put("/firmware/.hidden", content=FILE)).status_code == 422
    assert (await desk.api.delete("/firmware/a.bin")).status_code == 204
    assert (await desk.api.delete("/firmware/a.bin")).status_code == 404
    assert (await desk.public.get("/firmware/a.bin")).status_code == 404
    assert (await desk.api.get("/firmware/a.bin")).status_code == 404


@proves
async def test_an_update_and_its_history(desk):
    """L01.FR.10, .11."""
    station = await desk.it.station()
    station.replies["UpdateFirmware"] = {"status": "Accepted"}
    image = (await desk.api.put("/firmware/a.bin", content=FILE)).json()
    wish = {"image": "a.bin", "install": "2026-03-02T02:00:00Z", "retries": 2, "request_id": 7}
    answer = await desk.api.post("/stations/CP-1/firmware", json=wish)
    assert (answer.json()["command"], answer.json()["answer"]) == ("update_firmware", {"status": "Accepted"})
    assert station.calls[-1] == (
        "UpdateFirmware",
        {
            "requestId": 7,
            "retries": 2,
            "firmware": {
                "location": "http://files.example/firmware/a.bin",
                "retrieveDateTime": "1970-01-01T00:00:00.000Z",
                "installDateTime": "2026-03-02T02:00:00Z",
                "signingCertificate": image["certificate"],
                "signature": image["signature"],
            },
        },
    )
    for status in ("Downloading", "Downloaded", "SignatureVerified"):
        desk.it.forward(10)
        assert await station.ask("FirmwareStatusNotification", {"status": status, "requestId": 7}) == {}
    assert await station.ask("FirmwareStatusNotification", {"status": "Idle"}) == {}
    (update,) = content(await desk.api.get("/stations/CP-1/firmware"))
    assert (update["answer"], update["status"], update["over"], update["signed"]) == (
        "Accepted", "SignatureVerified", False, True,
    )  # fmt: skip
    assert [each["status"] for each in update["history"]] == ["Downloading", "Downloaded", "SignatureVerified"]
    await station.ask("FirmwareStatusNotification", {"status": "Installed", "requestId": 7})
    (update,) = content(await desk.api.get("/stations/CP-1/firmware"))
    assert (update["status"], update["over"]) == ("Installed", True)


@proves
async def test_without_a_signature_it_is_a_plain_one_and_a_refusal_is_kept(desk):
    """L02; L01.FR.27."""
    station = await desk.it.station()
    station.replies["UpdateFirmware"] = {"status": "Rejected"}
    await desk.api.put("/firmware/a.bin", content=FILE)
    await desk.api.post("/stations/CP-1/firmware", json={"image": "a.bin", "secure": False})
    assert "signature" not in station.calls[-1][1]["firmware"]
    (update,) = content(await desk.api.get("/stations/CP-1/firmware"))
    assert (update["answer"], update["over"], update["status"], update["signed"]) == ("Rejected", True, None, False)


@proves
async def test_an_update_that_takes_the_place_of_another(desk):
    """L01.FR.24: each status belongs to its own."""
    station = await desk.it.station()
    await desk.api.put("/firmware/a.bin", content=FILE)
    for number, status in ((1, "Accepted"), (2, "AcceptedCanceled")):
        station.replies["UpdateFirmware"] = {"status": status}
        await desk.api.post("/stations/CP-1/firmware", json={"image": "a.bin", "request_id": number})
        desk.it.forward(1)
    await station.ask("FirmwareStatusNotification", {"status": "DownloadFailed", "requestId": 1})
    await station.ask("FirmwareStatusNotification", {"status": "Downloading", "requestId": 2})
    first, second = content(await desk.api.get("/stations/CP-1/firmware"))
    assert [(each["status"], each["over"]) for each in (first, second)] == [
        ("DownloadFailed", True),
        ("Downloading", False),
    ]


@pytest.mark.proves(
    "csms",
    "UpdateFirmware SignedUpdateFirmware FirmwareStatusNotification SignedFirmwareStatusNotification",
    "1.6",
)
async def test_updates_of_1_6(desk):
    station = await desk.it.station("CP-1", "1.6")
    station.replies["SignedUpdateFirmware"] = {"status": "Accepted"}
    station.replies["UpdateFirmware"] = {}
    await desk.api.put("/firmware/a.bin", content=FILE)
    assert (await desk.api.post("/stations/CP-1/firmware", json={"image": "a.bin", "request_id": 3})).json()[
        "status"
    ] == "Accepted"
    await station.ask("SignedFirmwareStatusNotification", {"status": "Downloading", "requestId": 3})
    desk.it.forward(1)
    plain = {"image": "a.bin", "secure": False, "retries": 1, "retry_interval": 5}
    assert (await desk.api.post("/stations/CP-1/firmware", json=plain)).json()["status"] == "Accepted"
    assert station.calls[-1] == (
        "UpdateFirmware",
        {
            "location": "http://files.example/firmware/a.bin",
            "retrieveDate": "1970-01-01T00:00:00.000Z",
            "retries": 1,
            "retryInterval": 5,
        },
    )
    await station.ask("FirmwareStatusNotification", {"status": "Installed"})
    first, second = content(await desk.api.get("/stations/CP-1/firmware"))
    assert (first["request_id"], first["status"], second["request_id"], second["status"]) == (
        3, "Downloading", None, "Installed",
    )  # fmt: skip
    wrong = {"image": "a.bin", "secure": False, "install": "2026-03-02T02:00:00Z"}
    assert "install" in (await desk.api.post("/stations/CP-1/firmware", json=wrong)).json()["error"]


async def test_what_cannot_be_asked_for(desk):
    await desk.it.station()
    assert (await desk.api.post("/stations/CP-1/firmware", json={"image": "none.bin"})).status_code == 404
    await desk.api.put("/firmware/a.bin", content=FILE)
    wrong = {"image": "a.bin", "retrieve": "tomorrow"}
    answer = await desk.api.post("/stations/CP-1/firmware", json=wrong)
    assert (answer.status_code, "retrieve" in answer.json()["detail"]) == (422, True)
    assert (await desk.api.post("/stations/CP-2/firmware", json={"image": "a.bin"})).status_code == 404
    assert (await desk.api.post("/stations/CP-1/firmware", json={"image": "a.bin", "ftp": True})).status_code == 409
    assert files_desk.__doc__
