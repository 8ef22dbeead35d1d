"""``chargebench firmware``: images that stations read."""

from pathlib import Path

from typer.testing import CliRunner

from chargebench.cli import app
from simulator.firmware.image import Flaw, parse


def test_an_image_is_written(tmp_path: Path) -> None:
    place = tmp_path / "ac22.bin"
    words = ["firmware", "AC22", "2.0.0", "--out", str(place), "--size", "1000", "--flaw", "self-test"]
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0
    assert str(place) in done.output.replace("\n", "")
    image = parse(place.read_bytes())
    assert (image.model, image.version, image.flaw) == ("AC22", "2.0.0", Flaw.SELF_TEST)


def test_a_flaw_that_there_is_not(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["firmware", "AC22", "2.0.0", "--flaw", "odd", "--out", str(tmp_path / "x")])
    assert done.exit_code == 2
    assert not (tmp_path / "x").exists()
