"""What both versions of smart charging have in common at the CSMS, piece by piece."""

from csms_reference.dialects import charging as common
from csms_reference.dialects import charging16, charging201, needs201
from csms_reference.services import balancing, charging
from csms_reference.services.balancing import Share
from csms_reference.services.charging import Criteria
from tests.csms_reference.api.test_schedules import profile


def test_both_versions_take_the_same_fields():
    for name in ("set_charging_profile", "clear_charging_profile", "get_composite_schedule"):
        assert getattr(charging16, name).__annotations__ == getattr(charging201, name).__annotations__


def test_a_profile_comes_back_from_16_as_it_was():
    made = common.checked(profile("TxProfile", 8, 6, transactionId="17", id=3), 1)
    assert charging.neutral(charging16.spelt(made)) == made


def test_a_profile_is_not_changed_by_being_looked_at():
    given = profile("TxDefaultProfile", 8)
    before = repr(given)
    assert common.checked(given, 1)["stackLevel"] == 0
    assert repr(given) == before


def test_a_share_is_news_when_it_differs():
    share = Share("CP-1", 1, "T", 1000.19)
    assert share.differs(None)
    assert share.differs(1100)
    assert not share.differs(1001)
    made = balancing.share_profile(share, 0)
    assert made["chargingSchedule"][0]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 1000.1}]
    assert common.checked(made, 1)["transactionId"] == "T"


def test_an_end_to_negotiations():
    assert 1 <= needs201.MOST_REFUSALS < 10


def test_criteria_are_kept_as_they_are():
    for each in (Criteria(), Criteria(1, (2, 3), "TxProfile", 0, ("CSO",))):
        assert Criteria.of(each.text()) == each
