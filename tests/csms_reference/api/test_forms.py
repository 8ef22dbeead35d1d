"""The forms of commands."""

import pytest

from csms_reference.api.forms import orders
from csms_reference.dialects.registry import LINEAGE, command_names, commands_of, order_fault

EXAMPLES = {"text": "x", "number": 1, "checkbox": True, "list": [], "object": {}}


def test_a_form_has_the_fields_of_its_command():
    form = orders("a/b", "2.0.1")["remote_start"]
    assert (form.method, form.target, form.title) == ("POST", "/v1/stations/a%2Fb/commands", "Remote start")
    fields = {field.name: (field.required, field.type) for field in form.properties}
    assert (fields["command"], fields["id_token"], fields["evse"], fields["charging_profile"]) == (
        (True, "text"), (True, "text"), (False, "number"), (False, "object"),
    )  # fmt: skip
    assert (form.properties[0].value, form.properties[0].read_only) == ("remote_start", True)


def test_each_version_has_its_own():
    names = {version: set(orders("A", version)) for version in LINEAGE}
    assert "get_base_report" not in names["1.6"]
    assert names["2.1"] >= names["2.0.1"]
    assert set().union(*names.values()) == command_names() | {"call"}
    assert set(orders("A", None)) == set(orders("A", "3.0")) == {"call"}


@pytest.mark.parametrize(("version", "name"), [(version, name) for version in LINEAGE for name in commands_of(version)])
def test_every_field_is_one_that_the_command_takes(version, name):
    """What is wanted is wanted, and what may be given may be: only its value can be at fault."""
    form = orders("A", version)[name]
    given = {field.name: EXAMPLES[field.type] for field in form.properties if field.name != "command"}
    fault = order_fault(version, name, given) or ""
    assert "Field required" not in fault
    assert "Extra inputs" not in fault
    for field in form.properties:
        if field.required and field.name != "command":
            left = {other: value for other, value in given.items() if other != field.name}
            assert order_fault(version, name, left), field.name
