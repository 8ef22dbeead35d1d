"""Access tokens are believed only when everything about them is right (RFC 8725; the attacks of its §2)."""

import base64
import hashlib
import hmac
import json

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jws, jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from csms_reference.access import discovery, keys
from csms_reference.access.bearer import FOREIGN_ALGORITHMS, FOREIGN_TYPES, LEEWAY_S, Expected, TokenGuard, Untrue
from csms_reference.access.keyring import Keyring, KeysAway
from csms_reference.access.scopes import Scope
from csms_reference.instants import to_ms
from csms_reference.settings import Settings
from tests.csms_reference.access.conftest import small
from tests.csms_reference.access.oauth import BASE, bearer
from tests.csms_reference.conftest import NOW

NOW_S = to_ms(NOW) // 1000
OTHER = ECKey.generate_key("P-256", auto_kid=True)


def claims(**more):
    """The claims of a good token, with changes; None takes a claim away."""
    good = {
        "iss": BASE, "aud": f"{BASE}/v1", "sub": "billing", "client_id": "billing", "iat": NOW_S, "exp": NOW_S + 600,
        "jti": "1", "scope": "stations:read",
    }  # fmt: skip
    return {name: value for name, value in {**good, **more}.items() if value is not None}


def part(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(key, told, **header):
    """A token signed in the right way, with changes in its header; None takes a parameter away."""
    whole = {"alg": "ES256", "kid": key.kid, "typ": "at+jwt", **header}
    return jwt.encode({k: v for k, v in whole.items() if v is not None}, told, key, [whole["alg"]], default_type=None)


def confused(key, algorithm="HS256"):
    """Signed with HMAC under what everybody knows: the public key."""
    first = f"{part({'alg': algorithm, 'kid': key.kid, 'typ': 'at+jwt'})}.{part(claims())}"
    return f"{first}.{part(hmac.new(key.as_pem(private=False), first.encode(), hashlib.sha256).digest())}"


def unsigned(key, algorithm):
    return f"{part({'alg': algorithm, 'kid': key.kid, 'typ': 'at+jwt'})}.{part(claims())}."


def resigned(key, signature):
    return signed(key, claims()).rpartition(".")[0] + "." + part(signature)


def with_crit(key):
    """What the signer says is critical, and we do not know (RFC 7515 §4.1.11)."""
    header = {"alg": "ES256", "kid": key.kid, "typ": "at+jwt", "crit": ["x"], "x": 1}
    first = f"{part(header)}.{part(claims())}"
    signer = key.get_op_key("sign")
    r, s = decode_dss_signature(signer.sign(first.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{first}.{part(r.to_bytes(32) + s.to_bytes(32))}"


def altered(key):
    first, _, last = signed(key, claims()).split(".")
    return f"{first}.{part(claims(scope='accounts:write'))}.{last}"


FORGED = {
    "alg none": lambda key: unsigned(key, "none"),
    "alg None": lambda key: unsigned(key, "NoNe"),
    "no alg": lambda key: f"{part({'kid': key.kid, 'typ': 'at+jwt'})}.{part(claims())}.",
    "alg a list": lambda key: f"{part({'alg': ['ES256'], 'kid': key.kid, 'typ': 'at+jwt'})}.{part(claims())}.",
    "HMAC under the public key": confused,
    "HMAC, said to be ES256": lambda key: confused(key, "ES256"),
    "signature of nothing": lambda key: resigned(key, b""),
    "psychic signature": lambda key: resigned(key, bytes(64)),  # r = s = 0 (CVE-2022-21449)
    "short signature": lambda key: resigned(key, bytes(8)),
    "claims altered": altered,
    "another key under this kid": lambda key: signed(OTHER, claims(), kid=key.kid),
    "unknown kid": lambda key: signed(OTHER, claims()),
    "no kid": lambda key: signed(key, claims(), kid=None),
    "kid a path": lambda key: signed(key, claims(), kid="../../dev/null"),
    "kid SQL": lambda key: signed(key, claims(), kid="' OR 1=1 --"),
    "key brought along": lambda key: signed(OTHER, claims(), kid=key.kid, jwk=OTHER.as_dict(private=False)),
    "key at their place": lambda key: signed(OTHER, claims(), kid=key.kid, jku="https://evil.example/jwks"),
    "unknown crit": with_crit,
    "encrypted": lambda _: "a.b.c.d.e",
    "typ of an ID token": lambda key: signed(key, claims(), typ="JWT"),
    "no typ": lambda key: signed(key, claims(), typ=None),
    "expired": lambda key: signed(key, claims(exp=NOW_S - LEEWAY_S)),
    "no exp": lambda key: signed(key, claims(exp=None)),
    "exp a word": lambda key: signed(key, claims(exp="never")),
    "exp true": lambda key: signed(key, claims(exp=True)),
    "exp endless": lambda key: signed(key, claims(exp=10**400)),
    "not yet": lambda key: signed(key, claims(nbf=NOW_S + LEEWAY_S + 1)),
    "other issuer": lambda key: signed(key, claims(iss="https://evil.example")),
    "issuer with a slash": lambda key: signed(key, claims(iss=f"{BASE}/")),
    "no issuer": lambda key: signed(key, claims(iss=None)),
    "other audience": lambda key: signed(key, claims(aud="https://other.example")),
    "other audiences": lambda key: signed(key, claims(aud=["a", "b"])),
    "audience as part": lambda key: signed(key, claims(aud=f"{BASE}/v1/x")),
    "no audience": lambda key: signed(key, claims(aud=None)),
    "nobody": lambda key: signed(key, claims(sub=None)),
    "subject a list": lambda key: signed(key, claims(sub=["a"])),
    "subject unprintable": lambda key: signed(key, claims(sub="a\0")),
    "owner a list": lambda key: signed(key, claims(owner=["a"])),
    "owner empty": lambda key: signed(key, claims(owner="")),
    "no JSON": lambda _: f"{part(b'{')}.{part(b'{')}.",
    "JSON of another kind": lambda _: f"{part([])}.{part([])}.",
    "deep JSON": lambda _: f"{part(b'[' * 3000)}.{part({})}.",
    "claims of another kind": lambda key: _of_bytes(key, b'["iss"]'),
    "no base64": lambda _: "é.é.é",
    "too long": lambda key: signed(key, claims(jti="x" * 10_000)),
    "empty": lambda _: "",
    "dots": lambda _: "..",
}


def _of_bytes(key, payload):
    return jws.serialize_compact({"alg": "ES256", "kid": key.kid, "typ": "at+jwt"}, payload, key, ["ES256"])


@pytest.fixture
async def key(issuing):
    """The key that signs."""
    it, _ = issuing
    return await it.store.write(lambda database: keys.signing(database, it.csms.now_ms()))


async def test_a_good_token_is_believed(issuing, key):
    http = issuing[1]
    for good in (
        claims(),
        claims(exp=NOW_S - LEEWAY_S + 1, nbf=NOW_S + LEEWAY_S),
        claims(aud=["https://other.example", f"{BASE}/v1"], owner="north"),
    ):
        told = (await http.get("/", headers=bearer(signed(key, good)))).json()
        assert told == {"subject": "billing", "owner": good.get("owner"), "scopes": ["stations:read"]}


@pytest.mark.parametrize("how", FORGED)
async def test_a_forged_token_opens_nothing(issuing, key, how):
    token = FORGED[how](key)
    refused = await issuing[1].get("/", headers={b"Authorization": f"Bearer {token}".encode()})
    assert refused.status_code == 401, refused.text
    assert refused.headers["www-authenticate"].startswith('Bearer error="invalid_token", error_description="')


async def test_who_brings_no_token_is_told_no_error(issuing):
    refused = await issuing[1].get("/")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


async def test_tokens_in_the_query_are_not_seen(issuing, key):
    assert (await issuing[1].get("/", params={"access_token": signed(key, claims())})).status_code == 401


async def test_the_operators_key_is_no_token(bench):
    async with small(bench(auth="oauth").front) as http:
        for key in ("", "hush", "None"):
            assert (await http.get("/", headers=bearer(key))).status_code == 401


# -- other issuers -------------------------------------------------------------------------------------------------

KEYCLOAK = "https://id.example/realms/charging"
COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_abc"
RSA = RSAKey.generate_key(2048, {"alg": "RS256", "use": "sig"}, auto_kid=True)


def guard_of(issuer, audience, ring=None, /, **spelt):
    expected = Expected(issuer, audience, FOREIGN_ALGORITHMS, FOREIGN_TYPES, spelt)
    return TokenGuard(ring or ring_of({RSA.kid: RSA}), expected, lambda: NOW_S * 1000)


def ring_of(found, clock=lambda: 0):
    async def fetch():
        return found

    return Keyring(fetch, clock, fresh_ms=300_000, again_ms=10_000)


def rs256(told, **header):
    return signed(RSA, told, **{"alg": "RS256", "typ": "JWT", **header})


def of_keycloak(**more):
    told = {"iss": KEYCLOAK, "aud": ["account", "chargebench"], "typ": "Bearer", "azp": "app", "client_id": None}
    return rs256(claims(**{**told, "scope": "openid profile stations:read", "organization": "north", **more}))


def of_cognito(**more):
    told = {"iss": COGNITO, "aud": None, "client_id": "7abc", "token_use": "access"}
    return rs256(claims(**{**told, "scope": "chargebench/stations:read", **more}), typ=None)


async def test_a_token_of_keycloak():
    guard = guard_of(KEYCLOAK, "chargebench", owner="organization")
    who = await guard.holder(of_keycloak())
    assert (who.subject, who.scopes, who.owner) == ("billing", {Scope.STATIONS_READ}, "north")
    roles = guard_of(KEYCLOAK, "chargebench", scope="realm_access.roles")
    who = await roles.holder(of_keycloak(realm_access={"roles": ["offline_access", "tokens:write"]}))
    assert (who.scopes, who.owner) == ({Scope.TOKENS_WRITE}, None)
    for wrong in (of_keycloak(typ="ID"), of_keycloak(typ="Refresh"), of_keycloak(aud="account"),
                  of_keycloak(organization=None)):  # fmt: skip
        with pytest.raises(Untrue):
            await guard.holder(wrong)


async def test_a_token_of_cognito():
    guard = guard_of(COGNITO, "7abc", audience="client_id", scope_prefix="chargebench/")
    assert (await guard.holder(of_cognito())).scopes == {Scope.STATIONS_READ}
    assert not (await guard.holder(of_cognito(scope="stations:write other/stations:read"))).scopes
    for wrong in (of_cognito(token_use="id"), of_cognito(client_id="8abc"), of_cognito(client_id=None, aud="7abc")):
        with pytest.raises(Untrue):
            await guard.holder(wrong)


async def test_another_issuers_keys_sign_in_their_own_way_alone():
    pinned = guard_of(KEYCLOAK, "chargebench")
    same = RSAKey.import_key({name: value for name, value in RSA.as_dict(private=True).items() if name != "alg"})
    with pytest.raises(Untrue):  # the key is for RS256
        await pinned.holder(signed(same, claims(iss=KEYCLOAK, aud="chargebench"), alg="PS256", typ="JWT"))
    secret = OctKey.generate_key(256, auto_kid=True)
    with pytest.raises(Untrue):
        await guard_of(KEYCLOAK, "chargebench", ring_of({secret.kid: secret})).holder(
            signed(secret, claims(iss=KEYCLOAK, aud="chargebench"), alg="HS256", typ="JWT")
        )


class Issuer:
    """An OIDC issuer on an httpx transport: counts who asks, and can be away."""

    def __init__(self):
        self.url = KEYCLOAK
        self.calls_itself = KEYCLOAK
        self.jwks_uri = f"{KEYCLOAK}/certs"
        self.keys = [RSA]
        self.asked = 0
        self.away = False

    def answer(self, request):
        if self.away:
            raise httpx.ConnectError("refused")
        if str(request.url).endswith("/.well-known/openid-configuration"):
            return httpx.Response(200, json={"issuer": self.calls_itself, "jwks_uri": self.jwks_uri})
        self.asked += 1
        assert str(request.url) == self.jwks_uri
        odd = [{"kty": "AKP", "kid": "pq"}, {"kty": "oct", "kid": "o", "k": "AAAA"}, {"kty": "EC", "kid": "e"}, "x"]
        return httpx.Response(200, json={"keys": [*odd, *(key.as_dict(private=False) for key in self.keys)]})


@pytest.fixture
def issuer(monkeypatch):
    it = Issuer()
    real = httpx.AsyncClient
    monkeypatch.setattr(
        httpx, "AsyncClient", lambda **more: real(**{"transport": httpx.MockTransport(it.answer), **more})
    )
    return it


async def test_keys_are_found_by_the_issuers_name(issuer):
    assert set(await discovery.Discovery(KEYCLOAK).keys()) == {RSA.kid}


@pytest.mark.parametrize("how", ["away", "impostor", "keys in clear", "no keys"])
async def test_keys_that_cannot_be_trusted_are_none(issuer, how):
    if how == "away":
        issuer.away = True
    elif how == "impostor":
        issuer.calls_itself = "https://evil.example"
    else:
        issuer.jwks_uri = "http://id.example/certs" if how == "keys in clear" else None
    with pytest.raises(KeysAway):
        await discovery.Discovery(KEYCLOAK).keys()


async def test_keys_are_kept_and_asked_for_again_when_one_is_new(issuer):
    now = [0]
    ring = Keyring(discovery.Discovery(KEYCLOAK).keys, lambda: now[0], fresh_ms=300_000, again_ms=10_000)
    for _ in range(3):
        assert await ring.find(RSA.kid) is not None
    for _ in range(3):
        assert await ring.find("made up") is None
    assert issuer.asked == 1  # nobody can have us ask as often as they like
    issuer.keys.append(OTHER)
    assert await ring.find(OTHER.kid) is None
    now[0] = 10_000
    assert await ring.find(OTHER.kid) is not None
    issuer.keys.remove(RSA)
    now[0] += 300_000
    assert await ring.find(RSA.kid) is None


async def test_known_keys_count_for_a_day_while_their_issuer_is_away(issuer):
    now = [0]
    ring = Keyring(discovery.Discovery(KEYCLOAK).keys, lambda: now[0], fresh_ms=300_000, again_ms=10_000)
    await ring.find(RSA.kid)
    issuer.away = True
    now[0] = 24 * 3600 * 1000
    assert await ring.find(RSA.kid) is not None
    now[0] += 1
    with pytest.raises(KeysAway):
        await ring.find(RSA.kid)
    issuer.away = False
    now[0] += 300_000
    assert await ring.find(RSA.kid) is not None


async def test_an_api_of_another_issuers_tokens(bench, issuer):
    settings = {"auth": "oauth", "oidc_issuer": KEYCLOAK, "oidc_audience": "chargebench"}
    async with small(bench(**settings).front) as http:
        issuer.away = True
        refused = await http.get("/", headers=bearer(of_keycloak()))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert (await http.get(f"{BASE}/oauth/jwks")).status_code == 404  # nobody issues tokens here
    issuer.away = False
    async with small(bench(**settings).front) as http:
        assert (await http.get("/", headers=bearer(of_keycloak()))).json()["subject"] == "billing"
        assert (await http.get("/", headers=bearer(of_cognito()))).status_code == 401


def test_what_an_issuer_spells_is_a_setting():
    told = Settings.of({
        "auth": "oauth", "oidc_issuer": COGNITO, "oidc_audience": "7abc", "oidc_claims": {"audience": "client_id"},
    })  # fmt: skip
    assert told.oidc_claims == {"audience": "client_id"}


@pytest.mark.parametrize("told", [{}, {"keys": None}, {"keys": ["no key"]}, {"keys": [{"kty": "RSA"}]}], ids=str)
def test_a_set_without_usable_keys_is_an_empty_one(told):
    assert discovery.keys_of(told) == {}
