from scenarios.actions import ACTIONS, KEYS_16, SITE_ACTIONS, TRIGGERS
from scenarios.grammar import schema
from scenarios.reading import TIMING
from simulator.variables import MODEL


def test_what_the_schema_lets_a_step_do_is_what_there_is() -> None:
    definitions = schema()["$defs"]
    sections = {name: set(definitions[name]["properties"]) - TIMING for name in ("step", "operator_step", "fault_step")}
    assert sections["step"] == set(ACTIONS)
    assert sections["operator_step"] | sections["fault_step"] <= set(ACTIONS) | set(SITE_ACTIONS)
    assert set(SITE_ACTIONS) <= sections["operator_step"] | sections["fault_step"]


def test_1_6_keys_lead_to_variables_that_exist() -> None:
    assert set(KEYS_16) <= set(MODEL)


def test_triggers_are_those_of_the_schema() -> None:
    assert set(schema()["$defs"]["step"]["properties"]["trigger"]["anyOf"][0]["enum"]) == set(TRIGGERS)
