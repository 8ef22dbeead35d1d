"""A bench whose alerts are judged when a test says so."""

import json

import pytest

from csms_reference.alerts.docket import Docket
from csms_reference.alerts.judge import Judge
from csms_reference.store.alert_tables import alerts


class Watch:
    """A bench, and rules that look at it."""

    def __init__(self, it):
        self.it = it
        self.docket = Docket(it.front)

    async def alerts(self, *columns, **where):
        """The alerts in their order: of each the values of these columns."""
        found = sorted(await self.it.rows(alerts), key=lambda row: row["id"])
        rows = [row for row in found if all(row[name] == value for name, value in where.items())]
        return [tuple(json.loads(row[name]) if name == "details" else row[name] for name in columns) for row in rows]

    async def open(self):
        """Of each open alert the kind, its reason and its severity."""
        found = await self.alerts("kind", "reason", "severity", "state")
        return [each[:3] for each in found if each[3] != "Cleared"]

    async def look(self, rule, after_s=0):
        """Let a rule look, and tell what is open then."""
        self.it.forward(after_s)
        await self.it.quiet()
        await rule.look(self.docket)
        return await self.open()

    def judge(self, *more):
        """A judge whose rounds the test runs itself."""
        judge = Judge(self.it.front, *more)
        judge._task.cancel()
        return judge


@pytest.fixture
def watch(bench):
    """Makes a bench that is watched."""
    return lambda **settings: Watch(bench(**settings))
