from types import ModuleType

from loadtest.litter import GONE_LIMIT, Litter


class Collector(ModuleType):
    def __init__(self) -> None:
        super().__init__("gc")
        self.done: list[str] = []

    def collect(self) -> None:
        self.done.append("collect")

    def freeze(self) -> None:
        self.done.append("freeze")

    def unfreeze(self) -> None:
        self.done.append("unfreeze")

    def set_threshold(self, *thresholds: int) -> None:
        self.done.append("threshold")


def test_new_stations_are_frozen_without_a_pause_and_nothing_is_done_when_nothing_changes():
    collector = Collector()
    litter = Litter(collector)
    assert collector.done == ["collect", "freeze", "threshold"]
    collector.done.clear()
    litter.look(10, 0)
    assert collector.done == ["freeze"]
    litter.look(10, 0)
    litter.look(10, GONE_LIMIT - 1)
    assert collector.done == ["freeze"]


def test_many_stations_that_went_are_fetched_once():
    collector = Collector()
    litter = Litter(collector)
    collector.done.clear()
    litter.look(0, GONE_LIMIT)
    litter.look(0, GONE_LIMIT + 1)
    assert collector.done == ["unfreeze", "collect", "freeze"]
