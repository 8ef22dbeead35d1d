"""The page on access says what is so."""

import re
from pathlib import Path

import yaml

from csms_reference.access.scopes import Scope
from csms_reference.settings import Auth, Settings

PAGE = (Path(__file__).parents[3] / "docs" / "access.md").read_text()


def test_every_example_of_settings_can_be_used():
    examples = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(examples) == 2
    for example in examples:
        assert Settings.of(yaml.safe_load(example)).guarding is Auth.OAUTH


def test_every_scope_is_named():
    parts = {scope.partition(":")[0] for scope in Scope}
    assert parts == set(re.findall(r"`(\w+)`", PAGE.partition("changes: ")[2].partition("The desc")[0]))
