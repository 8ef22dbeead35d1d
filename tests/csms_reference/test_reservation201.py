"""What the CSMS understands of a reservation's end in 2.x."""

from csms_reference.dialects import reservation16, reservation201
from csms_reference.services.reservation import STATUSES


def test_every_word_has_a_place_in_a_reservations_life():
    assert set(reservation201.ENDS) == {"Expired", "Removed", "NoTransaction"}
    assert set(reservation201.ENDS.values()) < set(STATUSES)


def test_both_versions_take_the_same_fields():
    assert reservation16.reserve.__annotations__ == reservation201.reserve.__annotations__
