"""What stands behind a simulated station: firmware that it installs, a place for its logs."""

from conformance import runner
from conformance.rigs import Doorway
from conformance.rigs.simulated import SimulatedStation
from conformance.vocabulary import STATION
from simulator.firmware.image import Flaw, parse
from simulator.keys.memory import Use
from simulator.keys.store import Keys


async def test_the_station_believes_its_manufacturer_and_the_image_fits_it():
    rig = SimulatedStation(runner.START)
    subject = runner.describe(STATION, "2.0.1", rig)
    async with rig.mount(subject, Doorway()) as mounted:
        station = mounted.hands.station
        offers = [await mounted.hands.find("offer_firmware")(image=image) for image in ("sound", "broken")]
        images = [parse(content) for content in mounted.hands.files.counter.shelf.files.values()]
        assert station.function(Keys).roots(Use.MANUFACTURER)
    assert all(offer["location"].startswith("http://files.bench/") for offer in offers)
    assert [(each.model, each.flaw) for each in images] == [("AC22", Flaw.NONE), ("AC22", Flaw.SELF_TEST)]


async def test_a_customer_is_found_in_the_cache():
    rig = SimulatedStation(runner.START)
    subject = runner.describe(STATION, "2.0.1", rig)
    async with rig.mount(subject, Doorway()) as mounted:
        mounted.hands.find("know_customer")(customer="Somebody")
        assert [entry.info.group for entry in mounted.hands.station.flash.cache.entries.values()] == ["Somebody"]
