"""The variable store."""

import pytest

from simulator.flash import Flash
from simulator.variables import MODEL, STANDARD, DataType, Model, Mutability, SetStatus, Variable, Variables, written


def store(flash: Flash | None = None) -> Variables:
    return Variables(MODEL, flash or Flash(), {}, None)


@pytest.mark.parametrize("variable", STANDARD, ids=lambda variable: variable.key)
def test_defaults_fit(variable):
    assert variable.default == "" or variable.objection(variable.default) is None
    assert len([other for other in STANDARD if other.key.lower() == variable.key.lower()]) == 1


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("OCPPCommCtrlr.HeartbeatInterval", "60", "Accepted"),
        ("ocppcommctrlr.heartbeatinterval", "60", "Accepted"),
        ("OCPPCommCtrlr.HeartbeatInterval", "0", "Rejected"),
        ("OCPPCommCtrlr.HeartbeatInterval", "sixty", "Rejected"),
        ("OCPPCommCtrlr.HeartbeatInterval", "6.5", "Rejected"),
        ("OCPPCommCtrlr.HeartbeatInterval", "", "Rejected"),
        ("AuthCacheCtrlr.Available", "false", "Rejected"),
        ("AuthCacheCtrlr.Enabled", "False", "Accepted"),
        ("AuthCacheCtrlr.Enabled", "no", "Rejected"),
        ("TxCtrlr.TxStartPoint", "EVConnected,Authorized", "Accepted"),
        ("TxCtrlr.TxStartPoint", "EVConnected,Nonsense", "Rejected"),
        ("SampledDataCtrlr.TxUpdatedMeasurands", "", "Accepted"),
        ("SecurityCtrlr.BasicAuthPassword", "short", "Rejected"),
        ("SecurityCtrlr.BasicAuthPassword", "0" * 41, "Rejected"),
        ("SecurityCtrlr.BasicAuthPassword", "0" * 40, "Accepted"),
        ("TxCtrlr.Nonsense", "1", "UnknownVariable"),
        ("Nonsense.Nonsense", "1", "UnknownComponent"),
        ("OCPPCommCtrlr.NetworkConfigurationPriority", "1", "RebootRequired"),
    ],
)
def test_write(key, value, status):
    flash = Flash(changed={"TxCtrlr.EVConnectionTimeOut": "7"})
    variables = store(flash)
    before = dict(flash.changed)
    assert variables.write(key, value) == status
    if status == "Accepted":
        assert variables.text(MODEL.spelt(key)) == ("false" if value == "False" else value)  # as OCPP writes it
    else:
        assert flash.changed == before


def test_what_needs_a_reboot_waits():
    model = Model((Variable("C", "V", "1", DataType.INTEGER, reboot=True),))
    variables = Variables(model, Flash(), {}, None)
    assert variables.write("C.V", "2") is SetStatus.REBOOT_REQUIRED
    assert (variables.text("C.V"), variables.shown("C.V")) == ("1", "2")


def test_numbers_flags_lists_and_live_values():
    variables = Variables(
        MODEL,
        Flash(changed={"TxCtrlr.TxStartPoint": " EVConnected , Authorized,"}),
        {"ClockCtrlr.DateTime": lambda owner: f"{owner} o'clock"},
        5,
    )
    assert variables.items("TxCtrlr.TxStartPoint") == ("EVConnected", "Authorized")
    assert variables.number("OCPPCommCtrlr.HeartbeatInterval") == 300
    assert variables.flag("AuthCacheCtrlr.Enabled")
    assert variables.text("ClockCtrlr.DateTime") == "5 o'clock"
    with pytest.raises(KeyError):
        variables.text("No.Such")


def test_decimals_and_options():
    decimal = Variable("C", "V", "1.5", DataType.DECIMAL, low=0, high=2)
    assert decimal.objection("1.9") is None
    assert decimal.objection("2.1") == "above 2"
    assert decimal.objection("nan") == "not a decimal"
    option = Variable("C", "V", "a", DataType.OPTION_LIST, options=("a", "b"))
    assert option.objection("b") is None
    assert option.objection("a,b") == "not one of a, b"


def test_factory_settings():
    model = MODEL.with_defaults(
        {"AuthCacheCtrlr.Enabled": False, "TxCtrlr.TxStartPoint": ["Authorized", "EVConnected"]}
    )
    assert model["AuthCacheCtrlr.Enabled"].default == "false"
    assert model["TxCtrlr.TxStartPoint"].default == "Authorized,EVConnected"
    assert MODEL["AuthCacheCtrlr.Enabled"].default == "true"
    assert len(model) == len(MODEL)
    with pytest.raises(ValueError, match=r"TxCtrlr\.Nonsense is not a variable"):
        MODEL.with_defaults({"TxCtrlr.Nonsense": 1})
    with pytest.raises(ValueError, match="not an integer"):
        MODEL.with_defaults({"OCPPCommCtrlr.HeartbeatInterval": "x"})
    assert [written(value) for value in (True, [1, 2], "x", 3)] == ["true", "1,2", "x", "3"]


def test_mutability():
    assert MODEL["SecurityCtrlr.BasicAuthPassword"].mutability is Mutability.WRITE_ONLY
    assert "OCPPCommCtrlr.MessageTimeout.Default" in MODEL
    assert MODEL.has_component("txctrlr")


def test_what_is_as_it_left_the_factory_is_not_kept():
    flash = Flash()
    variables = store(flash)
    variables.write("OCPPCommCtrlr.HeartbeatInterval", "60")
    assert flash.changed == {"OCPPCommCtrlr.HeartbeatInterval": "60"}
    variables.write("OCPPCommCtrlr.HeartbeatInterval", "300")
    assert flash.changed == {}
    assert variables.number("OCPPCommCtrlr.HeartbeatInterval") == 300
