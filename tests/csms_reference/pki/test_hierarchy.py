"""Which authorities there are; each is made once, by whomever."""

from __future__ import annotations

from pathlib import Path

import pytest

from csms_reference.pki.hierarchy import NOWHERE, PLANS, ROOT_OF_USE, Hierarchy, every, find
from csms_reference.services import certificates
from csms_reference.settings import Settings
from csms_reference.store import Store
from protocol.x509 import Purpose, common_name, is_root, organisation, verify
from tests.csms_reference.pki.conftest import NOW, Site


@pytest.mark.parametrize("name", PLANS)
def test_every_authority_leads_to_its_root(site: Site, name: str) -> None:
    chain, root = site.chain(name), site.root(name)
    assert is_root(root)
    assert organisation(root.subject) == "Chargebench"
    assert len(chain) == (0 if PLANS[name].parent is None else 1)
    for authority in chain:
        verify(authority, [], [root], at=NOW, purpose=Purpose.AUTHORITY)


def test_an_authority_is_made_when_it_is_needed_and_once(site: Site) -> None:
    assert site.do(every) == []
    first = site.root("cso")
    assert site.root("cso") == first
    assert [each.name for each in site.do(every)] == ["cso", "cso-root"]


def test_who_is_slower_takes_what_is_there(tmp_path: Path) -> None:
    """Two processes on one database."""
    url = f"sqlite:///{tmp_path}/csms.sqlite"
    one, other = Store.open(url, inline=True), Store.open(url, inline=True)
    try:
        made = Site(one).root("v2g")
        assert Site(other).root("v2g") == made
    finally:
        one.close()
        other.close()


def test_names_are_what_the_operator_is_called(site: Site) -> None:
    site.hierarchy = Hierarchy.of(Settings(organisation="Acme"))
    assert common_name(site.root("mo").subject) == "Acme eMobility Operator Root CA"
    assert site.hierarchy.places.ocsp == f"{NOWHERE}/ocsp"


def test_authorities_below_a_root_can_be_revoked_like_anything_else(site: Site) -> None:
    site.chain("v2g")
    rows = site.do(lambda database: certificates.page(database, 0, 10, authority="v2g-root"))
    assert [(row.kind, row.common_name) for row in rows] == [
        ("authority", "Chargebench V2G Root CA"),
        ("authority", "Chargebench V2G Charging Station Sub-CA"),
    ]


def test_nothing_is_found_that_was_not_made(site: Site) -> None:
    assert site.do(lambda database: find(database, "cso")) is None
    with pytest.raises(KeyError):
        site.root("nobody")


def test_each_use_has_a_root_of_ours() -> None:
    assert all(PLANS[name].parent is None for name in ROOT_OF_USE.values())
