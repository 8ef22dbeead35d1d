"""A CSMS that is slow on purpose, so that a benchmark can be seen to notice."""

from __future__ import annotations

import time
from typing import Any

from chargebench.bench import sessions

SPIN_S = 0.002


class SlowCsms(sessions.SessionCsms):
    """Takes two milliseconds of processor time for each answer."""

    async def listen(self, **words: Any) -> dict[str, Any]:
        answer = sessions._answer

        def slow(called: Any) -> dict[str, Any]:
            until = time.process_time() + SPIN_S
            while time.process_time() < until:
                pass
            return answer(called)

        sessions._answer = slow
        return await super().listen(**words)


class Faulty:
    """Cannot even listen."""

    fast_loop = True

    async def listen(self) -> None:
        raise RuntimeError("no port will do")
