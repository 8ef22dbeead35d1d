"""A manufacturer for tests: a root in stations' key stores, signing certificates, and signed images."""

import base64
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from protocol.stamps import stamp
from simulator.courier import courier
from simulator.courier.shelf import Shelf
from simulator.firmware.image import build
from simulator.keys.memory import Kept, Root, Use
from tests.simulator.csms import START

YEAR = timedelta(days=365)
PAYLOAD = bytes(range(256)) * 10_000
URL = "http://files.example/firmware.bin"


def _named(name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


class Maker:
    """Signs firmware. ``key``: rsa or ec."""

    def __init__(self, kind="rsa", name="Maker Root", at=START):
        self._at = at
        self._root_key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self.root = self._certificate(
            self._name, self._root_key, x509.BasicConstraints(ca=True, path_length=0), None, -YEAR, 10 * YEAR
        )
        self.key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.issue()

    def _certificate(self, subject, key, constraints, usage, since, until):
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._at + since)
            .not_valid_after(self._at + until)
            .add_extension(constraints, critical=True)
        )
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return builder.sign(self._root_key, hashes.SHA256())

    def issue(self, *, usage=ExtendedKeyUsageOID.CODE_SIGNING, since=-YEAR, until=YEAR):
        leaf = x509.BasicConstraints(ca=False, path_length=None)
        found = self._certificate(_named("Firmware signing"), self.key, leaf, usage, since, until)
        return found.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def root_pem(self):
        return self.root.public_bytes(serialization.Encoding.PEM).decode()

    def sign(self, content):
        if isinstance(self.key, rsa.RSAPrivateKey):
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
            return base64.b64encode(self.key.sign(content, pss, hashes.SHA256())).decode()
        return base64.b64encode(self.key.sign(content, ec.ECDSA(hashes.SHA256()))).decode()


def trusting(world, maker):
    """Put the maker's root into the station's key store."""
    world.station.flash.remember(Kept(roots=(Root(Use.MANUFACTURER, maker.root_pem),)))
    world.clock._patience_s = 10


def image(version="2.0.0", model="AC22", **more):
    return build(model, version, PAYLOAD, **more)


def shelf(world, port):
    courier(world.clock).hosts["files.example"] = ("127.0.0.1", port)


def at(world, delay_s):
    return stamp(START + timedelta(seconds=world.clock.now + delay_s))


def order(world, number=1, *, maker=None, content=None, url=URL, retrieve_s=-7200, install_s=None, **more):
    """An UpdateFirmwareRequest; signed where there is a maker."""
    firmware = {"location": url, "retrieveDateTime": at(world, retrieve_s)}
    if install_s is not None:
        firmware["installDateTime"] = at(world, install_s)
    if maker is not None:
        firmware |= {"signingCertificate": maker.certificate, "signature": maker.sign(content or image())}
    return {"requestId": number, "firmware": firmware | more.pop("firmware", {}), **more}


def statuses(world, action="FirmwareStatusNotification"):
    return [ask["status"] for ask in world.csms.of(action)]


__all__ = ["PAYLOAD", "START", "URL", "Maker", "Shelf", "at", "image", "order", "shelf", "statuses", "trusting"]
