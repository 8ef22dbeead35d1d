"""What the API takes is checked before anything sees it."""

import pytest
from pydantic import ValidationError

from csms_reference.api.models import StationIn


@pytest.mark.parametrize("bad", [{"id": ""}, {"id": "A", "security_profile": 4}, {"id": "A", "told": "Accepted"}])
def test_stations_that_cannot_be(bad):
    with pytest.raises(ValidationError):
        StationIn(**bad)
