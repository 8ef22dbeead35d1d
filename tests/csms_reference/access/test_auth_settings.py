"""Which ways of guarding the API go together, and that none is open by accident."""

import pytest

from csms_reference.settings import Auth, Settings, SettingsError


@pytest.mark.parametrize(
    ("content", "how"),
    [
        ({}, Auth.OPEN),
        ({"api_host": "::1"}, Auth.OPEN),
        ({"api_host": "localhost"}, Auth.OPEN),
        ({"api_key": "k"}, Auth.KEY),
        ({"api_key": "k", "api_host": "0.0.0.0"}, Auth.KEY),
        ({"auth": "oauth"}, Auth.OAUTH),
        ({"auth": "oauth", "api_host": "0.0.0.0", "api_url": "https://csms.example"}, Auth.OAUTH),
        ({"auth": "oauth", "nodes": 2, "redis": "redis://r", "api_url": "http://127.0.0.1:80"}, Auth.OAUTH),
        (
            {"auth": "oauth", "api_host": "0.0.0.0", "oidc_issuer": "https://id.example", "oidc_audience": "a"},
            Auth.OAUTH,
        ),
    ],
)
def test_it_is_guarded_as_was_said(content, how):
    assert Settings.of(content).guarding is how


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"api_host": "0.0.0.0"}, "set api_key, or auth: oauth"),
        ({"api_host": ""}, "every address"),
        ({"api_host": "csms.example"}, "others reach csms.example"),
        ({"api_host": "::", "auth": "open"}, "only loopback addresses"),
        ({"auth": "key"}, "auth: key takes one"),
        ({"auth": "open", "api_key": "k"}, "auth: open has no use"),
        ({"auth": "oauth", "api_key": "k"}, "auth: oauth has no use"),
        ({"auth": "oauth", "api_host": "0.0.0.0"}, "at which URL"),
        ({"auth": "oauth", "nodes": 2, "redis": "redis://r"}, "the same for all nodes"),
        ({"auth": "oauth", "api_url": "http://csms.example"}, "no https URL"),
        ({"auth": "oauth", "oidc_issuer": "https://id.example"}, "belong together"),
        ({"auth": "oauth", "oidc_issuer": "http://id.example", "oidc_audience": "a"}, "an https URL"),
        ({"api_key": "k", "oidc_issuer": "https://id.example", "oidc_audience": "a"}, "together with auth: oauth"),
        ({"auth": "oauth", "oidc_claims": {"scopes": "scp"}}, "no 'scopes'"),
        ({"auth": "oauth", "oidc_claims": {"scope": 1}}, "no mapping"),
        ({"auth": "everybody"}, "none of"),
    ],
)
def test_what_does_not_go_together_is_refused(content, why):
    with pytest.raises(SettingsError, match=why):
        Settings.of(content)
