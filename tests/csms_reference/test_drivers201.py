"""What 2.0.1 tells of a driver."""

import pytest

from csms_reference.dialects.drivers201 import LONGEST, driver_info


@pytest.mark.parametrize(
    ("languages", "said"),
    [
        ((), {}),
        (("de",), {"language1": "de"}),
        (("de", "en-US"), {"language1": "de", "language2": "en-US"}),
        (("de", "de"), {"language1": "de"}),  # C01.FR.11
    ],
)
def test_languages(languages, said):
    """C01.FR.10: no second without a first."""
    assert driver_info(languages, None, None, None) == said


def test_a_message_fits():
    said = driver_info((), "x" * 600, "de", 0)
    assert said["personalMessage"] == {"format": "UTF8", "content": "x" * LONGEST, "language": "de"}
    assert said["chargingPriority"] == 0
    assert driver_info((), "Hi", None, None) == {"personalMessage": {"format": "UTF8", "content": "Hi"}}
