import os
from pathlib import Path

import pytest

from loadtest.silence import Silence, waited_s


class Times:
    def __init__(self) -> None:
        self.wall_s = self.waited_s = 100.0

    def silence(self) -> Silence:
        return Silence(30.0, lambda: self.wall_s, lambda: self.waited_s)


def test_who_says_nothing_is_silent_too_long():
    times = Times()
    silence = times.silence()
    times.wall_s += 29.9
    assert not silence.too_long
    times.wall_s += 0.1
    assert silence.too_long
    silence.broken()
    assert not silence.too_long


def test_who_waits_for_a_processor_is_not_silent_meanwhile():
    times = Times()
    silence = times.silence()
    times.wall_s += 90.0
    times.waited_s += 80.0
    assert not silence.too_long
    times.wall_s += 20.0
    assert silence.too_long


def test_the_system_tells_how_long_a_process_waited(tmp_path: Path):
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "schedstat").write_text("123 2500000000 9\n")
    assert waited_s(7, tmp_path) == pytest.approx(2.5)
    (tmp_path / "7" / "schedstat").write_text("\n")
    assert waited_s(7, tmp_path) == 0.0
    assert waited_s(8, tmp_path) == 0.0
    assert waited_s(os.getpid()) >= 0.0
