"""What hands do to a station under test. Every word builds an ``Operate``, which the rig carries out."""

from __future__ import annotations

from conformance.papers import Credentials
from conformance.vocabulary.subject import Image, Operate, Subject, Token


def power_on(station: Subject) -> Operate:
    """Switch the station on."""
    return Operate("power_on")


def power_off(station: Subject) -> Operate:
    """Cut the station's power."""
    return Operate("power_off")


def plug(station: Subject, evse: int | None = None, connector: int | None = None) -> Operate:
    """Connect an EV that wants energy."""
    return Operate("plug", {"evse": evse or station.evse, "connector": connector or station.connector})


def unplug(station: Subject, evse: int | None = None) -> Operate:
    """Take the cable out."""
    return Operate("unplug", {"evse": evse or station.evse})


def present(station: Subject, token: Token, evse: int | None = None) -> Operate:
    """Hold an identification to the reader."""
    return Operate("present", {"token": token.id, "type": token.type, "evse": evse or station.evse})


def plug_asking(station: Subject, new: Credentials, old: Credentials | None = None) -> Operate:
    """Connect an EV that asks for a contract certificate, or for a new one in place of the ``old``.

    The result is the answer that the EV takes, with the ``new`` contract: exiResponse, base64.
    """
    place = {"evse": station.evse, "connector": station.connector}
    papers = {"emaid": station.tokens.contract.id, "chain": new.chain, "key": new.key}
    if old is None:
        return Operate("plug_asking", {"action": "Install", **place, **papers})
    return Operate("plug_asking", {"action": "Update", "old_chain": old.chain, "old_key": old.key, **place, **papers})


def plug_contract(station: Subject, shown: Credentials) -> Operate:
    """Connect an EV that charges on this contract certificate (Plug & Charge)."""
    place = {"evse": station.evse, "connector": station.connector}
    papers = {"emaid": station.tokens.contract.id, "chain": shown.chain, "key": shown.key}
    return Operate("plug_contract", {**place, **papers})


def stop_all(station: Subject) -> Operate:
    """Present the master pass, and have all transactions stopped."""
    return Operate("stop_all", {"token": station.tokens.master.id, "type": station.tokens.master.type})


def stop_one(station: Subject, evse: int | None = None) -> Operate:
    """Present the master pass, and have the transaction at one EVSE stopped."""
    master = station.tokens.master
    return Operate("stop_one", {"token": master.id, "type": master.type, "evse": evse or station.evse})


def suspend(station: Subject, evse: int | None = None) -> Operate:
    """Have the EV take no more energy, still plugged in."""
    return Operate("suspend", {"evse": evse or station.evse})


def resume(station: Subject, evse: int | None = None) -> Operate:
    """Have the EV take energy again."""
    return Operate("resume", {"evse": evse or station.evse})


def plug_negotiating(station: Subject) -> Operate:
    """Connect an EV that tells its needs over ISO 15118 and waits for a schedule."""
    return Operate("plug_negotiating", {"evse": station.evse, "connector": station.connector})


def renegotiate(station: Subject) -> Operate:
    """Have the EV ask for another schedule over ISO 15118."""
    return Operate("renegotiate", {"evse": station.evse})


def limit_from_outside(station: Subject, amps: float, evse: int = 0) -> Operate:
    """Have a system other than the CSMS limit an EVSE, or the whole station (0)."""
    return Operate("limit_from_outside", {"evse": evse, "amps": amps})


def unplug_at_ev(station: Subject, evse: int | None = None) -> Operate:
    """Pull the cable at the EV; its other end stays in the station, as far as that holds it."""
    return Operate("unplug_at_ev", {"evse": evse or station.evse})


def replug_at_ev(station: Subject, evse: int | None = None) -> Operate:
    """Put the cable that was pulled at the EV into it again."""
    return Operate("replug_at_ev", {"evse": evse or station.evse})


def take_cable(station: Subject, evse: int | None = None) -> Operate:
    """Take a cable that no EV is at out of the station's socket."""
    return Operate("take_cable", {"evse": evse or station.evse})


def drive_in(station: Subject, evse: int | None = None) -> Operate:
    """Drive an EV into the parking bay."""
    return Operate("drive_in", {"evse": evse or station.evse})


def drive_out(station: Subject, evse: int | None = None) -> Operate:
    """Drive the EV out of the parking bay."""
    return Operate("drive_out", {"evse": evse or station.evse})


def shows(station: Subject) -> Operate:
    """Look at the display. The result is a list of texts, every page where several take turns, or all in one text."""
    return Operate("shows")


def fault(station: Subject, name: str) -> Operate:
    """Cause a fault at the connector under test."""
    return Operate("fault", {"name": name, "evse": station.evse, "connector": station.connector})


def mend(station: Subject, name: str) -> Operate:
    """Remove a fault at the connector under test."""
    return Operate("mend", {"name": name, "evse": station.evse, "connector": station.connector})


def offer_firmware(station: Subject, image: Image = Image.SOUND) -> Operate:
    """Put a firmware where the station can fetch it. The result has what a FirmwareType wants of it: ``location``,
    ``signature`` and ``signingCertificate``.
    """
    return Operate("offer_firmware", {"image": str(image)})


def open_upload(station: Subject, *, exists: bool = True) -> Operate:
    """Have the station find a place for files, or one that there is not. The result is its URL."""
    return Operate("open_upload", {"exists": exists})


def uploaded(station: Subject, location: str) -> Operate:
    """Look what came to a place for files. The result lists the size of each file in bytes."""
    return Operate("uploaded", {"location": location})
