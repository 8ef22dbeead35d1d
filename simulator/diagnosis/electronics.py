"""Tests of the electronics: meters, clock, links and the way to the CSMS, firmware, and what drivers look at."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from simulator.diagnosis.bench import PROFILE, Bench, Steps, inspects
from simulator.diagnosis.finding import Finding
from simulator.electrical import Draw, Kind, at_grid
from simulator.firmware.memory import running_version
from simulator.hardware.board import Board
from simulator.hardware.building import BuildingMeter
from simulator.hardware.buttons import Button
from simulator.hardware.chademo import CanBus
from simulator.hardware.gadget import Gadget
from simulator.hardware.links import Modem, RadioLink, Wire
from simulator.hardware.meters import FiscalMeter, FiscalMetering
from simulator.hardware.realtimeclock import PARABOLA_PPM_PER_K2, TURNOVER_C, Quartz, RealTimeClock
from simulator.meter import Meter
from simulator.network import CERTIFICATES, NETWORK, Network
from simulator.physics.metering import ACTIVE

LOAD_A, LOAD_S = 10.0, 360.0
"""The reference load: so much per conductor for six minutes."""
DISPLAY_SHARE = 0.002
"""What reading a display with its resolution may add."""

MOST_OFF_S = 10.0
"""How far the station's date may be off: time stamps of billing are to the second, and a CSMS sets it daily."""

ROUND_TRIP_S, LOSS_PERCENT, LEAST_BYTES_S = 1.0, 5.0, 2_400.0
"""What a station's link should do at least: a boot over GPRS takes ten seconds then."""

LEAST_ROOM, ROOM_TRIED = 100.0, 1000
"""How many messages of a transaction should find room, some days offline; and how many are tried."""

GIGABIT_BYTES_S = 125e6
"""What a laptop can measure at most."""


# -- meters


@inspects("fiscal meter", "FiscalMetering", needs_free=True)
def meter(bench: Bench) -> Iterator[Finding]:
    """A reference load for six minutes: the meter counts what a reference meter does, and has always done so."""
    part, evse, advice = bench.of(FiscalMeter), bench.evse, "replace the meter; have it sealed"
    yield bench.works("answers", not evse.meter.ills.dead, source="IEC 62053-21", advice=advice)
    draw, true_wh = _reference(bench)
    tested = Meter(0.0, metrology=evse.meter.metrology, bias=evse.meter.bias)
    for name in ("dead", "stuck", "reversed", "drift"):
        if getattr(part, name):
            setattr(tested.faults, name, getattr(part, name))
    tested.count(true_wh, draw, LOAD_S)
    accuracy = evse.meter.metrology.accuracy or "1"
    most = ACTIVE[accuracy].percent + 100 * DISPLAY_SHARE
    yield bench.within(
        "error at 10 A", 100 * (tested.import_wh / true_wh - 1), "%", least=-most, most=most,
        source=f"class {accuracy} (MID, annex V; IEC 62053-21)", advice=advice,
    )  # fmt: skip
    assert isinstance(bench.component, FiscalMetering)
    yield bench.within(
        "register against the log", part.off_wh, "Wh", most=bench.component.plausible_wh, source=PROFILE,
        advice="bill nothing from it until it is replaced",
    )  # fmt: skip


def _reference(bench: Bench) -> tuple[Draw, float]:
    """What flows through a load bank, as the meter sees it, and its energy."""
    supply = bench.evse.outlet.supply
    volts = supply.voltage_v
    currents = (LOAD_A,) * max(1, supply.phases)
    power_w = volts * sum(currents)
    draw = Draw(supply.kind, currents, volts, power_w, supply.frequency_hz if supply.kind is Kind.AC else 0.0)
    if bench.station.profile.meter.location != "Outlet":
        draw = at_grid(supply, draw)
    return draw, draw.power_w * LOAD_S / 3600


# -- what works or does not


def _gadget(name: str, advice: str) -> Steps:
    def test(bench: Bench) -> Iterator[Finding]:
        part = bench.of(Gadget)
        yield bench.works(name, not part.broken, advice=advice)
        yield bench.exactly(
            "switched", "on" if part.enabled else "off", "on", source=PROFILE, advice="set Enabled to true"
        )

    return test


GADGETS = MappingProxyType(
    {
        "control meter": ("ControlMetering", "shows a reference load", "replace the meter or its transformer"),
        "card reader": ("TokenReader", "reads a test card", "replace the reader"),
        "display": ("Display", "test picture", "replace the display"),
        "status lamp": ("ChargingStatusIndicator", "all colours", "replace the lamp"),
        "beacon": ("BeaconLighting", "all colours", "replace the lamp"),
        "EV communication": ("ISO15118Ctrlr", "an EV simulator is heard", "replace the modem on the pilot line"),
    }
)
"""What is tried out, and either works or does not: title, what is tried, and what to do."""

for _name, (_title, *_words) in GADGETS.items():
    inspects(_name, _title)(_gadget(*_words))


@inspects("controller", "Controller")
def controller(bench: Bench) -> Iterator[Finding]:
    """Its watchdog, and records written into its flash until there is no more room."""
    part = bench.of(Gadget)
    yield bench.works("its watchdog", not part.broken, advice="restart it; replace the board if that does not help")
    if isinstance(part, Board):
        room = min(float(ROOM_TRIED), part.room - len(bench.station.flash.journal))
        yield bench.within(
            "room for messages", room, "messages", least=LEAST_ROOM, source=PROFILE,
            advice="see that it comes online and empties its queue; replace the flash if it stays full",
        )  # fmt: skip


@inspects("CHAdeMO communication", "CHAdeMOCtrlr", needs_free=True)
def chademo(bench: Bench) -> Iterator[Finding]:
    """A CAN tester at the plug."""
    yield bench.works("frames arrive", not bench.of(CanBus).broken, source="IEC 61851-24", advice="measure the bus")


@inspects("building meter", "LocalController")
def building(bench: Bench) -> Iterator[Finding]:
    """Whether it tells what the building draws."""
    shown = bench.of(BuildingMeter).value("ACCurrent")
    yield bench.works("tells its current", bool(shown), advice="look at its bus and its address")


def _button(bench: Bench) -> Iterator[Finding]:
    part = bench.of(Button)
    yield bench.works("contact", not part.broken, advice="replace the button or its wire")
    yield bench.exactly(
        "after it was let go", "down" if part.held or part.jammed else "up", "up", source=PROFILE,
        advice="free or replace the button",
    )  # fmt: skip


for _which in ("Start", "Stop"):
    inspects(f"{_which.lower()} button", f"UIInput[{_which}]", needs_free=True)(_button)


# -- clock and firmware


@inspects("clock", "RealTimeClock")
def clock(bench: Bench) -> Iterator[Finding]:
    """The date beside a reference clock, and the quartz beside a counter."""
    part, station, kind = bench.of(Quartz), bench.station, bench.component
    assert isinstance(kind, RealTimeClock)
    off_s = (station.now - station.clock.utc).total_seconds()
    yield bench.within(
        "deviation", off_s, "s", least=-MOST_OFF_S, most=MOST_OFF_S, source=PROFILE,
        advice="let the CSMS set the date; replace the backup battery if it comes back",
    )  # fmt: skip
    off_k = station.environment.ambient_c - TURNOVER_C if kind.follows_ambient else 0.0
    lags = PARABOLA_PPM_PER_K2 * off_k**2
    yield bench.within(
        "rate", part.speed_ppm, "ppm", least=lags - kind.tolerance_ppm - abs(kind.drift_ppm),
        most=kind.tolerance_ppm + abs(kind.drift_ppm), source=PROFILE, advice="replace the clock",
    )  # fmt: skip


@inspects("firmware", "Firmware")
def firmware(bench: Bench) -> Iterator[Finding]:
    """Whether what runs is what belongs on this model."""
    shown = bench.part.value("FirmwareVersion") or "none"
    wanted = running_version(bench.station)
    yield bench.exactly("version", shown, wanted, source=PROFILE, advice="install the firmware anew")


# -- links


@inspects("modem", "DataLink[Radio]", component=RadioLink)
def modem(bench: Bench) -> Iterator[Finding]:
    """Its signal, and whether it has a data connection."""
    part, kind = bench.of(Modem), bench.component
    assert isinstance(kind, RadioLink)
    yield bench.works("answers", part.works, advice="restart it; replace it if that does not help")
    yield bench.within(
        "signal", part.signal_dbm, "dBm", least=kind.weak_dbm, source=PROFILE,
        advice="clear or move the antenna, look at its cable",
    )  # fmt: skip
    carries = "attached" if part.carries else part.hindrance.why
    yield bench.exactly("data connection", carries, "attached", source=PROFILE, advice="look at SIM and APN")


@inspects("wired link", "DataLink[Wired]")
def wire(bench: Bench) -> Iterator[Finding]:
    """Whether there is a carrier."""
    part = bench.of(Wire)
    carries = "carrier" if part.carries else part.hindrance.why
    yield bench.exactly("link", carries, "carrier", source=PROFILE, advice="look at the cable and the switch's port")


@inspects("way to the CSMS", NETWORK)
def network(bench: Bench) -> Iterator[Finding]:
    """With a laptop instead of the station: name, route, answer and certificate of the CSMS, and how fast it all is."""
    part = bench.of(Network)
    name = "not known" if part.name_unknown else "known"
    yield bench.exactly("name of the CSMS", name, "known", source="DNS", advice="look at the resolver and the URL")
    silent = part.silent or bench.station.clock.now < part.closed_until_s
    yield bench.exactly(
        "route", "no answer" if silent else "answers", "answers", source="ping",
        advice="ask the network's operator; look at firewall and routing",
    )  # fmt: skip
    yield bench.exactly(
        "upgrade", f"status {part.refusal}" if part.refusal else "status 101", "status 101", source="RFC 6455, 4.1",
        advice="a proxy or captive portal is between: have the station let through",
    )  # fmt: skip
    yield bench.exactly(
        "certificate", CERTIFICATES.get(part.certificate, "valid"), "valid", source="RFC 5280, 6",
        advice="renew the certificate that is named, or install its root",
    )  # fmt: skip
    quality, advice = part.quality, "look for another network, or a better antenna"
    yield bench.within("round trip", quality.round_trip_s, "s", most=ROUND_TRIP_S, source=PROFILE, advice=advice)
    yield bench.within("loss", 100 * quality.loss, "%", most=LOSS_PERCENT, source=PROFILE, advice=advice)
    bytes_s = min(quality.bandwidth_bytes_s, GIGABIT_BYTES_S)
    yield bench.within("throughput", bytes_s, "byte/s", least=LEAST_BYTES_S, source=PROFILE, advice=advice)
