"""Templates: values never become syntax."""

from urllib.parse import quote

import pytest

from conformance.rigs.template import LEFT_OUT, Template, Unset, fill, names_in, spelt

ENVIRONMENT = {"HOST": "http://lab:1", "WEIRD": "a{evse}b"}


def text(template, **fields):
    return Template.of(template, ENVIRONMENT).text(fields, lambda value: quote(value, safe=""))


def test_fields_settings_and_what_stands_for_itself():
    assert text("${HOST}/arms/{evse}/{connector}", evse=1, connector=2) == "http://lab:1/arms/1/2"
    assert text("/{token}", token="../x?y#z") == "/..%2Fx%3Fy%23z"
    assert text("{{evse}} {evse}", evse=3) == "{evse} 3"
    assert text('{"a": "{evse}"}', evse=3) == '{"a": "3"}'
    assert text("{deep.list.1}", deep={"list": [1, "two"]}) == "two"
    assert text("[{evse}]") == "[]"


def test_an_environment_variable_is_text_and_no_template():
    assert text("${WEIRD}", evse=1) == "a{evse}b"
    assert text("${NONE:-other}") == "other"
    assert text("${NONE:-}x") == "x"
    with pytest.raises(Unset, match="NONE is not set"):
        text("${NONE}")


@pytest.mark.parametrize(("value", "told"), [(True, "true"), (None, ""), (1.5, "1.5"), ({"a": [1]}, '{"a":[1]}')])
def test_how_values_are_spelt(value, told):
    assert spelt(value) == told


def test_structures_keep_types_and_leave_out_what_was_not_given():
    def of(each):
        return Template.of(each, {})

    structure = {"n": of("{n}"), "none": of("{none}"), "t": of("<{none}>"), "l": [of("{n}"), of("{none}")], "k": 7}
    assert fill(structure, {"n": 1}) == {"n": 1, "t": "<>", "l": [1], "k": 7}
    assert fill({"a": 1, "<<": of("{fields}")}, {"fields": {"b": [2]}}) == {"a": 1, "b": [2]}
    assert fill(of("{none}"), {}) is LEFT_OUT
    assert names_in(structure) == ["n", "none", "none", "n", "none"]
