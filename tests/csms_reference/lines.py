"""A CSMS of several workers in one process: their lines to the parent are function calls."""

import itertools
from functools import partial

from csms_reference.events.relay import Downward
from csms_reference.front import Process
from csms_reference.workers.extension import Extension, SharedCsms
from csms_reference.workers.several import Several
from csms_reference.workers.switchboard import Switchboard
from csms_reference.workers.wire import Wire


class Transport:
    """One end of a line that delivers at once; ``said`` keeps the bytes."""

    def __init__(self, wire):
        self.wire = wire
        self.other = None
        self.said = []
        self.open = True
        wire.connection_made(self)

    def write(self, data):
        self.said.append(data)
        if self.other is not None and self.other.open:
            self.other.wire.data_received(data)

    def close(self):
        for end in (self, self.other):
            if end is not None and end.open:
                end.open = False
                end.wire.connection_lost(None)

    abort = close

    def get_write_buffer_size(self):
        return 0


def join(one, other):
    """Join two wires by a line."""
    ends = Transport(one), Transport(other)
    ends[0].other, ends[1].other = reversed(ends)
    return ends


class Workers:
    """The workers of a bench, stations being shared out in turn, and the parent's front."""

    def __init__(self, bench, count=2):
        own = bench.csms
        same = {"now": own.now, "busy": own.busy, "settings": own.settings, "ids": own.ids_for("")}
        clock = {"monotonic": own.monotonic, "call_at": own.call_at}
        self.switchboard = Switchboard()
        self.events = Downward(own.bus)
        self.extensions = {}
        self.csms = [SharedCsms(bench.store, **same, **clock) for _ in range(count)]
        self.lines = [self._join(number, csms) for number, csms in enumerate(self.csms, 1)]
        self._turns = itertools.cycle(self.csms)
        self.front = Several(own, self.switchboard, self.roster)
        bench.network.serve(self)

    def _join(self, number, csms):
        theirs = Wire(partial(self._tell, number), lambda _: None)
        ours = Wire(partial(self._hear, number), lambda _: self._lose(number))
        ends = join(ours, theirs)
        self.extensions[number] = Extension(csms, None, theirs)
        self.switchboard.join(number, ours)
        self.events.join(number, ours)
        return ends

    def _lose(self, number):
        self.events.part(number, self.switchboard.held(number))
        self.switchboard.part(number)

    def _hear(self, number, frame):
        if frame.kind == "events":
            self.events.heard(frame)
        else:
            self.switchboard.moved(number, frame)

    def _tell(self, number, frame):
        self.extensions[number].heard(frame)

    async def admit(self, knock):
        """Let each station in at the next worker."""
        return await next(self._turns).admit(knock)

    def roster(self):
        """The workers without figures."""
        return [Process(number, 1000 + number, "serving") for number in range(1, len(self.csms) + 1)]
