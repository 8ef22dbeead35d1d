"""CertificateExpiring: what runs out, how soon, and that it was renewed."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import update

from csms_reference.alerts.certificates import Certificates
from csms_reference.pki.hierarchy import Hierarchy
from csms_reference.pki.issuing import issue, named
from csms_reference.services import certificates
from csms_reference.store.certificate_tables import certificates as table

KEY = ec.generate_private_key(ec.SECP256R1()).public_key()
DAY_S = 86_400


@pytest.fixture
async def on(watch):
    found = watch()
    await found.it.station()
    return found


async def given(on, kind="station", station="CP-1", days=None, name="CP-1"):
    """Issue one now; its number."""
    hierarchy = Hierarchy.of(on.it.settings)
    made = await on.it.store.write(
        lambda database: issue(
            database, hierarchy, kind, named(name, hierarchy), KEY, at=on.it.time, station=station, days=days
        )
    )
    return made.number


@pytest.mark.parametrize(("day", "severity"), [
    (334, None), (335.1, "Minor"), (357, "Minor"), (358.1, "Major"), (365, "Critical"), (394, "Critical"), (396, None),
])  # fmt: skip
async def test_it_gets_worse_until_it_is_nobodys(on, day, severity):
    await given(on)
    found = await on.look(Certificates(), day * DAY_S)
    assert found == ([("CertificateExpiring", "Issued", severity)] if severity else [])


async def test_it_says_which_but_not_whose_token(on):
    number = await given(on, "contract", None, days=90, name="DE8ACC12E46L89")
    assert await on.look(Certificates(), 80 * DAY_S) == [("CertificateExpiring", "Issued", "Minor")]
    [(station, certificate, details)] = await on.alerts("station", "certificate", "details")
    assert (station, certificate, details["kind"], details["authority"]) == (None, number, "contract", "mo")
    assert details["not_after"] == "2026-05-30T08:00:00.000Z"
    assert "DE8AC" not in str(details)


async def test_one_alert_gets_worse(on):
    await given(on)
    rule = Certificates()
    for day in (340, 20, 10):
        await on.look(rule, day * DAY_S)
    assert await on.alerts("severity", "times") == [("Critical", 1)]


@pytest.mark.parametrize("station", ["CP-1", None])
async def test_it_is_over_when_it_was_renewed(on, station):
    await given(on, "station" if station else "contract", station, days=365)
    rule = Certificates()
    assert len(await on.look(rule, 340 * DAY_S)) == 1
    await given(on, "station" if station else "contract", station, days=365)
    assert await on.look(rule) == []


@pytest.mark.parametrize("other", [{"kind": "v2g"}, {"station": "CP-2"}])
async def test_another_certificate_renews_nothing(on, other):
    await on.it.station("CP-2")
    await given(on)
    on.it.forward(340 * DAY_S)
    await given(on, **{"days": 365, **other})
    assert len(await on.look(Certificates())) == 1


async def test_what_is_revoked_or_of_a_station_that_is_gone_is_nobodys(on):
    number = await given(on)
    await on.it.station("CP-2")
    await given(on, station="CP-2")
    rule = Certificates()
    assert len(await on.look(rule, 340 * DAY_S)) == 2
    await on.it.front.remove("CP-2")
    assert len(await on.look(rule)) == 1
    await on.it.store.write(lambda database: certificates.revoke(database, number, "superseded", 0))
    assert await on.look(rule) == []


async def test_a_revoked_one_renews_nothing(on):
    await given(on)
    on.it.forward(340 * DAY_S)
    number = await given(on)
    await on.it.store.write(lambda database: certificates.revoke(database, number, "keyCompromise", 0))
    assert len(await on.look(Certificates())) == 1


@pytest.mark.parametrize(("day", "found"), [(19, 0), (21, 1)])
async def test_what_lasts_for_a_month_is_near_its_end_in_the_last_third(on, day, found):
    await given(on, days=30)
    assert len(await on.look(Certificates(), day * DAY_S)) == found


async def test_our_authorities_run_out_too(on):
    await given(on)
    until_ms = on.docket.now_ms + 5 * DAY_S * 1000
    soon = update(table).where(table.c.kind == "authority").values(not_before_ms=0, not_after_ms=until_ms)
    assert await on.look(Certificates()) == []
    await on.it.store.write(lambda database: database.execute(soon))
    assert await on.look(Certificates()) == [("CertificateExpiring", "Authority", "Major")] * 2


async def test_files_of_the_settings(watch, tmp_path):
    first = watch()
    number = await given(first, "server", None, name="csms.example")
    row = await first.it.store.read(lambda database: certificates.find(database, number))
    (tmp_path / "cert.pem").write_text(row.certificate)
    on = watch(tls_cert=f"{tmp_path}/cert.pem", tls_key="none.pem", client_ca=f"{tmp_path}/gone.pem")
    rule = Certificates()
    assert await on.look(rule, 59 * DAY_S) == []
    assert await on.look(rule, 2 * DAY_S) == [("CertificateExpiring", "File", "Minor")]
    [(station, details)] = await on.alerts("station", "details")
    assert (station, details["setting"], details["subject"]) == (None, "tls_cert", "csms.example")


async def test_zero_days_are_none(watch):
    on = watch(alert_certificate_days=0)
    await on.it.station()
    await given(on)
    assert await on.look(Certificates(), 365 * DAY_S) == []
