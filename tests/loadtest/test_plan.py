import orjson
import pytest

from loadtest.identities import CsvFile, Identity, Pattern
from loadtest.plan import Plan, PlanError, Tls
from protocol.security import SecurityError
from scenarios.source import ScenarioError
from tests.certificates import Authority

URL = "ws://127.0.0.1:9000/ocpp"


def test_another_process_hears_the_same_plan():
    plan = Plan(
        "wss://csms.example/ocpp", version="1.6", seed=3, config={"HeartbeatInterval": 60},
        tls=Tls(ca="ca.pem"), back_off="none", sources=("192.0.2.1",), begins="mon 17:30", run="r1",
    )  # fmt: skip
    assert Plan.heard(orjson.loads(orjson.dumps(plan.told()))) == plan


def test_passwords_are_told_with_orders_and_not_with_the_plan():
    assert "hidden" not in str(Plan(URL, identities=Pattern("CP-{n}", password="hidden")).told())


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
def test_stations_of_a_kind_share_one_profile_with_the_settings_in_it(version):
    plan = Plan(URL, version=version, config={"HeartbeatInterval" if version == "1.6" else
                "OCPPCommCtrlr.HeartbeatInterval": 42}, back_off="none")  # fmt: skip
    one, other = plan.profile_for(Identity("A")), plan.profile_for(Identity("B"))
    assert one is other
    assert one.variables["OCPPCommCtrlr.HeartbeatInterval"] == "42"
    assert one.variables["OCPPCommCtrlr.RetryBackOffWaitMinimum"] == "0"
    assert one.variables["SampledDataCtrlr.TxUpdatedInterval"] == "60", "from the habits"
    assert plan.profile_for(Identity("C", profile="dc-50kw")).name == "dc-50kw"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"url": "http://csms/"}, "is no address of a CSMS"),
        ({"url": "ws:///x"}, "is no address of a CSMS"),
        ({"tls": Tls(ca="ca.pem")}, "certificates are for wss"),
        ({"url": "wss://c/", "tls": Tls(certificate="a.pem")}, "go together"),
        ({"validation": "some"}, "no such choice"),
        ({"version": "9"}, "there is no OCPP 9"),
        ({"profile": "ac-23kw"}, "ac-23kw"),
        ({"config": {"No.Such": 1}}, "No.Such"),
        ({"config": {"OCPPCommCtrlr.HeartbeatInterval": "often"}}, "often"),
        ({"speed": 0}, "speed"),
    ],
)
def test_what_cannot_be_says_why_in_a_line(given, says):
    with pytest.raises(PlanError) as wrong:
        Plan(**{"url": URL, **given}).check()
    assert says in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_time_of_the_week_that_is_none_is_refused():
    with pytest.raises(ScenarioError, match="mon 17:30"):
        Plan(URL, begins="weekdays 08:00")


def test_certificates_of_their_own_are_looked_up_by_identity(tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue("A")
    ids = tmp_path / "ids.csv"
    ids.write_text("identity\nA\nB\n")
    tls = Tls(str(authority.cert), str(tmp_path / "{id}.pem"), str(tmp_path / "{id}.key"))
    Plan("wss://c/", tls=tls, identities=CsvFile(ids)).check()
    assert not tls.shared
    assert Tls(None, str(pair.cert), str(pair.key)).shared
    with pytest.raises(SecurityError, match=r"B\.pem"):
        tls.context("B")
    pair.key.write_text("nonsense")
    with pytest.raises(SecurityError, match="not a certificate with its key"):
        tls.context("A")
