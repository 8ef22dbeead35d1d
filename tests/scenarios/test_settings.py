"""What a scenario may decide on of the reference CSMS is what there is, but for what the run sees to itself."""

from dataclasses import fields

import pytest

from csms_reference.settings import Settings, SettingsError
from scenarios.settings import OF_THE_RUN, SETTINGS, read_settings


def test_every_setting_is_either_the_scenarios_or_the_runs() -> None:
    names = {each.name for each in fields(Settings)}
    assert names >= OF_THE_RUN
    assert names == SETTINGS | OF_THE_RUN
    assert {"port", "database", "tls_names"}.isdisjoint(SETTINGS)


def test_lists_are_read_as_the_settings_have_them() -> None:
    assert read_settings({"trusted_organisations": ["A"]}).trusted_organisations == ("A",)
    with pytest.raises(SettingsError):
        read_settings({"calls_per_s": -1})
