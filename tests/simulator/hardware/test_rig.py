"""A station's parts: made when needed, kept when something has happened to them."""

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from simulator.hardware.component import Scope
from simulator.hardware.environment import FAIR
from simulator.hardware.outfit import Fitting
from simulator.hardware.place import Place
from simulator.hardware.rig import Rig, fitted, key_of, read_key, sensed
from tests.simulator.csms import World, profile


@dataclass(frozen=True)
class Bell:
    name: ClassVar[str] = "Bell"
    scope: ClassVar[Scope] = Scope.EVSE
    senses: ClassVar[frozenset[str]] = frozenset({"shock_g"})

    def variables(self):
        return ()

    def part(self, site):
        return Ringing(site)


class Ringing:
    def __init__(self, site):
        self.site = site
        self.rung = 0
        self.pushes = ()

    def value(self, variable):
        return str(self.rung) if variable == "Count" else None

    def trace(self, variable):
        return None

    def write(self, variable, value):
        return variable == "Count" and value.isdigit()

    def disturbed(self):
        self.rung += 1
        if self.rung < 3:
            for place in self.pushes:
                self.site.station.rig.disturbed(place.evse)


class Ears:
    def __init__(self):
        self.heard = []

    def changed(self, key):
        self.heard.append(key)

    def disturbed(self, evse):
        self.heard.append(evse)


def station(name="ac-22kw-duo"):
    world = World(name=name)
    fittings = tuple(Fitting("Bell", Place(evse), Bell(), "Bell") for evse in (1, 2))
    world.station.profile = replace(profile(name), fittings=fittings)
    return world.station


@pytest.mark.parametrize(
    ("key", "read"),
    [
        ("Clock.DateTime", ("Clock", (0, 0), "DateTime")),
        ("RCD(1).Tripped", ("RCD", (1, 0), "Tripped")),
        ("Connector(1,2).Available", ("Connector", (1, 2), "Available")),
        ("Fan[left](1).Speed", ("Fan[left]", (1, 0), "Speed")),
        ("Meter[a.b](2).Energy.L1", ("Meter[a.b]", (2, 0), "Energy.L1")),
    ],
)
def test_keys(key, read):
    assert read_key(key) == read
    name, place, variable = read
    assert key_of(name, Place(*place), variable) == key


@pytest.mark.parametrize("key", ["", "Clock", ".x", "RCD(one).Tripped", "RCD(1)"])
def test_what_is_no_key(key):
    assert read_key(key) is None


def test_looking_keeps_nothing():
    rig = station().rig
    assert rig.value("Bell(1).Count") == "0"
    assert rig.kept("Bell", Place(1)) is None
    part = rig.part("Bell", Place(1))
    assert rig.look("Bell", Place(1)) is part is rig.part("Bell", Place(1)) is rig.near("Bell", Place(1, 1))
    assert rig.kept("Bell", Place(2)) is None


def test_what_is_not_there():
    rig = station().rig
    with pytest.raises(KeyError, match="no Bell at"):
        rig.part("Bell", Place(3))
    assert rig.near("Gong", Place(1)) is None
    assert rig.near("Bell", Place()) is None
    assert rig.value("Gong.Count") is None
    assert rig.trace("Bell(9).Count") is None
    assert rig.write("Gong.Count", "1")  # of no part: nobody objects
    assert not rig.write("Bell(1).Count", "x")


def test_only_what_matters_is_made():
    one = station()
    assert sensed(one.profile.fittings).keys() == {"shock_g"}
    one.surround(ambient_c=30.0)
    assert one.rig.kept("Bell", Place(1)) is None
    one.surround(shock_g=2.0)
    assert [one.rig.kept("Bell", Place(evse)).rung for evse in (1, 2)] == [1, 1]
    one.felt("current", 2)
    assert [one.rig.kept("Bell", Place(evse)).rung for evse in (1, 2)] == [1, 2]
    assert one.environment == replace(FAIR, ambient_c=30.0, shock_g=2.0)


def test_parts_that_disturb_each_other_come_to_rest():
    one = station()
    rig = one.rig
    first, other = rig.part("Bell", Place(1)), rig.part("Bell", Place(2))
    first.pushes, other.pushes = (Place(2),), (Place(1),)
    rig.listener = ears = Ears()
    rig.disturbed(1)
    assert (first.rung, other.rung) == (3, 2)
    assert ears.heard == [1, 2, 1, 2, 1] or ears.heard[0] == 1
    rig.changed("Bell", Place(2), "Count")
    assert ears.heard[-1] == "Bell(2).Count"


def test_parts_that_never_rest_are_a_bug():
    one = station()

    class Restless(Ringing):
        def disturbed(self):
            self.site.station.rig.disturbed()

    rig = one.rig
    part = rig.part("Bell", Place(1))
    part.__class__ = Restless
    with pytest.raises(RuntimeError, match="never come to rest"):
        rig.disturbed()


def test_two_of_one_title_in_a_place():
    bells = tuple(Fitting("Bell", Place(1), bell, "Bell") for bell in (Bell(), Bell()))
    assert fitted(bells[:1])["Bell", Place(1)] is bells[0].component

    @dataclass(frozen=True)
    class Other(Bell):
        loud: bool = True

    with pytest.raises(ValueError, match="two components Bell"):
        fitted((bells[0], Fitting("Bell", Place(1), Other(), "Bell")))


def test_an_idle_station_has_no_rig():
    one = station()
    assert one.kept("Bell", 1) is None
    one.felt("current", 1)
    assert one._rig is None
    assert isinstance(one.rig, Rig)
