from scenarios.actions import ACTIONS, KEYS_16, OBSTACLES, SITE_ACTIONS, SLOWNESS, TRIGGERS
from scenarios.grammar import schema
from scenarios.reading import TIMING
from simulator.network import check
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


def test_what_is_wrong_with_a_link_is_what_a_network_can_have() -> None:
    properties = schema()["$defs"]["fault_step"]["properties"]
    short, long = properties["fail_dials"]["anyOf"]
    assert set(short["enum"]) == set(long["properties"]["because"]["enum"]) == set(OBSTACLES)
    assert set(properties["slow_link"]["properties"]) == {*SLOWNESS, "for"}
    for field, unit in SLOWNESS.values():
        check(field, unit)
    for fields in OBSTACLES.values():
        for name, value in fields.items():
            check(name, value)
