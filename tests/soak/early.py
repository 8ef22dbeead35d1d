"""A CSMS that is wrong: it acknowledges what it has not committed yet. The harness must see that."""

import sys
import time

from csms_reference.__main__ import main
from csms_reference.store import writer

COMMIT_LATE_S = 0.5


class Hasty(writer.Writer):
    """Tells callers before the commit, and commits late."""

    def _attempt_all(self, batch):
        with self._engine.begin() as connection:
            outcomes = [self._attempt(connection, job) for job in batch]
            writer._deliver(batch, outcomes)
            time.sleep(COMMIT_LATE_S)
        return outcomes


if __name__ == "__main__":
    sys.modules["csms_reference.store.store"].Writer = Hasty
    sys.exit(main(sys.argv[1:]))
