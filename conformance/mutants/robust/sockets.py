"""CSMSs that are not robust below OCPP."""

from __future__ import annotations

from conformance.mutants import mutant, on_wire
from conformance.mutants.robust.frames import SURVIVES

RESULT = '[3,"wire-0",{"currentTime":"2026-03-02T08:00:00Z"}]'

mutant("knows_no_fragments", on_wire(texts=(), code=1003), breaks="RFC6455:5.4")
mutant("wants_it_whole", on_wire(texts=(), code=1002), breaks="RFC6455:5.2")
mutant("mute_to_pings", on_wire(pongs=()), breaks="RFC6455:5.5.2")
mutant("takes_any_size", on_wire(code=0), breaks="RFC6455:7.4.1")
mutant("inflates_bombs", on_wire(extensions="permessage-deflate", code=0), breaks="RFC6455:7.4.1")
mutant("wants_no_mask", on_wire(texts=(RESULT,), code=0), breaks="RFC6455:5.1")
mutant("ignores_bits", on_wire(texts=(RESULT,), code=0), breaks="RFC6455:5.2")
mutant("reads_latin", on_wire(code=0), breaks="RFC6455:8.1")
mutant("waits_for_lurkers", on_wire(status=0, texts=(), code=1006), breaks=SURVIVES)
mutant("reads_any_head", on_wire(status=101), breaks=SURVIVES)
mutant("reads_binary", on_wire(texts=(RESULT,)), breaks="OCPP-J.4.1.2 OCPP-J1.6:4.1.2")
