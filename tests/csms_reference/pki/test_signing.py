"""What a CSR comes to, whoever sends it."""

from __future__ import annotations

import pytest

from csms_reference.pki.signing import Request, Signed, sign
from csms_reference.services import certificates
from csms_reference.store.tables import stations
from protocol.x509 import common_name, load_chain
from tests.csms_reference.conftest import NOW
from tests.csms_reference.pki.conftest import csr


async def signed(it, text, kind=None):
    request = Request("CP-1", text, kind, None)
    return await it.store.write(lambda database: sign(database, it.csms, request, NOW))


async def test_the_serial_number_that_a_station_told_is_a_name_of_its_own(bench):
    """A00.FR.511."""
    it = bench()
    await it.csms.register("CP-1")
    assert isinstance(await signed(it, csr("SN-7")), str)
    await it.store.write(lambda database: database.execute(stations.update().values(serial="SN-7")) and None)
    assert isinstance(await signed(it, csr("SN-7")), Signed)
    assert isinstance(await signed(it, csr("CP-1")), Signed)


@pytest.mark.parametrize(("kind", "authority"), [(None, "cso"), ("V2GCertificate", "v2g"), ("V2G20Certificate", "v2g")])
async def test_the_type_decides_about_the_authority(bench, kind, authority):
    it = bench()
    found = await signed(it, csr("CP-1"), kind)
    row = await it.store.read(lambda database: certificates.find(database, found.certificate))
    assert (row.authority, row.station) == (authority, "CP-1")
    assert common_name(load_chain(found.chain)[0].subject) == "CP-1"


async def test_a_name_of_another_station_is_never_certified(bench):
    it = bench()
    why = await signed(it, csr("CP-2"))
    assert why == "CN is 'CP-2', expected 'CP-1'"


async def test_old_requests_give_way(bench):
    it = bench()
    for _ in range(certificates.REQUESTS_MOST + 5):
        await signed(it, "nonsense")
    kept = await it.store.read(lambda database: certificates.requests_of(database, "CP-1", 0, 1000))
    assert len(kept) == certificates.REQUESTS_MOST
