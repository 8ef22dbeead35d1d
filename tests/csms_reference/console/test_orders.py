"""Commands: their forms, and what comes of them."""

import json

import pytest

from csms_reference.access.principal import Principal
from csms_reference.access.scopes import Scope
from csms_reference.api.hal import fields_of
from csms_reference.console import gate
from csms_reference.console.orders import GROUPS, filled, form, groups
from csms_reference.dialects.registry import LINEAGE, command_names, commands_of, form_of
from protocol.versions import V201


def values(name, **given):
    return filled(fields_of(form_of(commands_of(V201.name)[name])), given)


@pytest.mark.parametrize("version", LINEAGE)
def test_every_command_has_a_form_and_one_place(version):
    found = [name for names in groups(version).values() for name in names]
    assert sorted(found) == sorted(commands_of(version))
    for name in found:
        assert {each.name for each in form(version, name, {}).fields} == set(
            form_of(commands_of(version)[name]).model_fields
        )


def test_groups_name_commands_that_there_are():
    assert set(" ".join(GROUPS.values()).split()) <= command_names()


def test_what_is_filled_in_becomes_what_the_command_takes():
    assert values("remote_start", id_token=" A ", evse="2", group_id="") == {"id_token": "A", "evse": 2}
    assert values("change_availability", operative="false") == {"operative": False}
    assert values("get_variables", names="A.B, C.D") == {"names": ["A.B", "C.D"]}
    assert values("get_variables", names='["A.B"]') == {"names": ["A.B"]}
    assert values("get_display_messages", ids="1, 2") == {"ids": [1, 2]}
    assert values("set_variables", values="A.B = 1=2\nC.D=") == {"values": {"A.B": "1=2", "C.D": ""}}
    assert values("set_charging_profile", profile='{"stack_level": 1}') == {"profile": {"stack_level": 1}}
    assert values("set_charging_profile", profile="{broken") == {"profile": "{broken"}


async def test_a_command_is_sent_once_and_its_outcome_is_shown(desk):
    it, console = desk
    station = await it.station()
    station.replies["Reset"] = {"status": "Scheduled", "statusInfo": {"reasonCode": "<later>"}}
    page = await console.page("/stations/CP-1/commands?command=reset")
    attempt = page.all("input", name="attempt")[0]["value"]
    for _ in range(2):
        sent = await console.form("/stations/CP-1/commands", command="reset", attempt=attempt, kind="OnIdle")
        assert sent.headers["location"] == "/console/stations/CP-1/commands#command-1"
    await station.until(lambda: station.calls)
    await it.quiet()
    assert station.calls == [("Reset", {"type": "OnIdle"})]
    page = await console.page("/stations/CP-1/commands")
    assert "Scheduled Accepted" in page.text
    assert json.dumps({"reasonCode": "<later>"}, indent=2)[1:-1].strip() in " ".join(page.words)


async def test_what_the_command_cannot_take_is_said_beside_what_was_filled_in(desk):
    it, console = desk
    station = await it.station()
    answer = await console.form("/stations/CP-1/commands", command="remote_start", id_token="<b>", evse="x")
    assert answer.status_code == 422
    assert "evse: Input should be a valid integer" in answer.text
    assert 'name="id_token" value="&lt;b&gt;"' in answer.text
    assert (await console.form("/stations/CP-1/commands", command="jump")).status_code == 422
    assert station.calls == []


async def test_who_may_only_look_sends_nothing(desk, monkeypatch):
    it, console = desk
    station = await it.station()

    async def reader(_request):
        return Principal("r", frozenset({Scope.STATIONS_READ, Scope.COMMANDS_READ, Scope.TOKENS_READ}))

    monkeypatch.setattr(gate, "principal_of", reader)
    page = await console.page("/stations/CP-1/commands?command=reset")
    assert "You may look at commands, but not send any." in page.text
    assert page.all("form", method="post") == []
    token = (await console.page("/")).all("input", name="token")
    assert (await console.form("/stations/CP-1/commands", token or "", command="reset")).status_code == 403
    assert (await console.client.get("/console/stations/CP-1/messages")).status_code == 403
    assert station.calls == []
