"""What the certification profiles ask of a declaration itself."""

import pytest

from conformance import pics
from conformance.vocabulary import CSMS, STATION

CORE = frozenset({"Core"})
LISTED = CORE | {pics.LOCAL_LIST}


def wrong(features, profiles=CORE, role=STATION):
    return [name for name, _ in pics.contradictions(role, profiles, features)]


@pytest.mark.parametrize(
    ("features", "at"),
    [
        ({"C-09": True, "C-09.1": False}, "C-09"),
        ({"C-09": False, "C-09.1": True}, "C-09"),
        ({"C-01": True, "C-30": True}, "C-01"),
        ({"C-01": True, "C-49": True}, "C-01"),
        ({"C-53": True, "C-49": False}, "C-53"),
        ({"C-54": ["LRU"], "C-49": False}, "C-54"),
        ({"C-23": ["NTP"]}, "C-23"),
        ({"C-41": ["TLS_RSA_WITH_AES_128_GCM_SHA256"]}, "C-41"),
    ],
)
def test_what_cannot_be_true_together(features, at):
    assert wrong(features) == [at]


@pytest.mark.parametrize(
    "features",
    [
        {},
        {"C-09": True},
        {"C-09": True, "C-09.1": True, "C-09.2": False},
        {"C-09": False, "C-09.1": False},
        {"C-01": True, "C-35": True},
        {"C-01": True, "C-30": True, "C-49": True},
        {"C-01": True, "C-33": True, "C-02": True},
        {"C-53": True},
        {"C-23": ["Heartbeat", "NTP"]},
        {"C-41": ["TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384"]},
    ],
)
def test_what_can(features):
    assert wrong(features) == []


def test_a_local_list_authorizes_offline():
    assert wrong({"C-01": True, "C-32": True}, LISTED) == []
    assert wrong({"C-01": True, "C-33": True}, LISTED) == ["C-01"]


def test_a_csms_has_no_cipher_suites():
    assert wrong({"C-41": []}, role=CSMS) == []


def test_what_is_missing_of_a_station():
    found = list(pics.gaps(STATION, CORE, {"C-49": True}))
    assert found[0] == "at least one kind of remote start has to be supported: C-36, C-37, C-38 or C-39"
    assert [each.partition(":")[0] for each in found[1:-1]] == ["C-06", "C-09", "C-10", "C-12", "C-48"]
    assert found[-1].endswith("C-23, C-40.1, C-40.2, C-40.3, C-40.4, C-40.5, C-41, C-54")
    with_ui = "\n".join(pics.gaps(STATION, CORE | {pics.ADVANCED_UI}, {}))
    assert "UI-1" in with_ui
    assert "C-54" not in with_ui


def test_what_is_missing_of_a_csms():
    features = dict.fromkeys(("C-30", "C-31", "C-35", "C-36", "C-50.2"), True)
    assert list(pics.gaps(CSMS, CORE, features)) == ["C-37 is required of every CSMS, and not declared"]


def test_parts_make_the_whole():
    assert pics.derived({"UI-1.2": True, "UI-2": False, "UI-2.1": True, "C-10.1": False}) == {
        "UI-1": True,
        "C-10": False,
    }
