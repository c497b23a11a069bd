"""Sign-in by OpenID Connect at a provider of our own: only who is there comes in, and only by a token that holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from oidc_provider import CLIENT, SECRET, Provider, oidc_provider
from service_people import ROOT, Running, cookie_of, running

from stopgap.base.errors import RefusedError, UsageError
from stopgap.base.marking import Marking, Tlp
from stopgap.service.app import create_app
from stopgap.service.principal import PersonRole
from stopgap.service.problems import NotSignedInError
from stopgap.service.security.oidc import HOLDS_S, OidcProvider, OidcSettings, oidc_settings
from stopgap.service.settings import ServiceSettings
from stopgap.service.state.store import open_state

GREEN = Marking(Tlp.GREEN)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with oidc_provider() as found:
        yield found


@pytest.fixture
def service(tmp_path: Path, provider: Provider) -> Iterator[Running]:
    """A service of a team with that provider, and one person, known by e-mail."""
    settings = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET}
    with running(tmp_path, f"sqlite:///{tmp_path / 's.sqlite'}", oidc=tuple(settings.items())) as found:
        found.state.add_person(ROOT, "jane", PersonRole.ANALYST, GREEN, "jane@example.org")
        yield found


def test_a_person_signs_in_by_email_and_from_then_on_by_subject(service: Running, provider: Provider) -> None:
    done = _sign_in(service, provider)
    assert done.status_code == 200, done.text
    assert 'content="0; url=/"' in done.text
    assert _me(service, done) == ("jane", "analyst", "session")
    assert service.state.person("jane").subject == f"{provider.issuer} s-1"
    provider.claims["email"] = "married@example.org"
    assert _me(service, _sign_in(service, provider)) == ("jane", "analyst", "session")
    entries = [each for each in service.state.audit.page().entries if each["what"] == "sign in by oidc"]
    assert [(each["who"], each["outcome"]) for each in entries] == [("jane", "done"), ("jane", "done")]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "claims",
    [
        {"email": "eve@example.org"}, {"email_verified": False}, {"email_verified": None}, {"email_verified": "true"},
        {"email": None}, {"email": ["jane@example.org"]},
    ],
)  # fmt: skip
def test_who_is_not_one_of_the_people_stays_out(service: Running, provider: Provider, claims: dict[str, Any]) -> None:
    provider.claims |= claims
    _is_refused(service, _sign_in(service, provider))
    assert [each.name for each in service.state.people()] == ["jane"]
    assert service.state.person("jane").subject is None


def test_an_address_that_changed_hands_signs_nobody_in(service: Running, provider: Provider) -> None:
    assert _sign_in(service, provider).status_code == 200
    provider.claims["sub"] = "s-2"
    _is_refused(service, _sign_in(service, provider))


def test_who_was_removed_stays_out(service: Running, provider: Provider) -> None:
    assert _sign_in(service, provider).status_code == 200
    service.state.deactivate_person(ROOT, "jane")
    _is_refused(service, _sign_in(service, provider))


@pytest.mark.one_in(6)
@pytest.mark.parametrize(
    "spoils",
    [
        {"claims": {"nonce": "another"}}, {"claims": {"nonce": None}}, {"claims": {"iss": "https://example.org"}},
        {"claims": {"aud": "another"}}, {"claims": {"aud": [CLIENT, "another"]}}, {"claims": {"exp": 1}},
        {"claims": {"exp": None}}, {"claims": {"sub": None}}, {"claims": {"iat": time.time() + 9_999}},
        {"signed": "none"}, {"signed": "secret"}, {"signed": "other"},
    ],
)  # fmt: skip
def test_a_token_that_does_not_hold_signs_nobody_in(
    service: Running, provider: Provider, spoils: dict[str, Any]
) -> None:
    provider.spoils = spoils
    _is_refused(service, _sign_in(service, provider))


def test_a_token_for_several_services_names_ours_as_the_one_that_asked(service: Running, provider: Provider) -> None:
    provider.spoils = {"claims": {"aud": [CLIENT, "another"], "azp": CLIENT}}
    assert _sign_in(service, provider).status_code == 200


def test_the_provider_may_change_its_keys(service: Running, provider: Provider) -> None:
    assert _sign_in(service, provider).status_code == 200
    provider.new_key()
    assert _sign_in(service, provider).status_code == 200


def test_a_sign_in_belongs_to_the_browser_that_began_it(service: Running, provider: Provider) -> None:
    """A link back that someone else began, put before a person, would sign that person in as someone else."""
    begun = service.client.get("/sign-in/oidc")
    back = provider.sign_in(begun.headers["location"])
    service.client.cookies.clear()
    _is_refused(service, service.client.get(_path(back)))


def test_a_way_back_is_gone_once(service: Running, provider: Provider) -> None:
    begun = service.client.get("/sign-in/oidc")
    back = provider.sign_in(begun.headers["location"])
    cookie = {"cookie": begun.headers["set-cookie"].partition(";")[0]}
    service.client.cookies.clear()
    assert service.client.get(_path(back), headers=cookie).status_code == 200
    service.client.cookies.clear()
    _is_refused(service, service.client.get(_path(back), headers=cookie))


@pytest.mark.parametrize("query", ["", "?error=access_denied&state=x", "?code=x", "?code=x&state=y", "?state=x"])
def test_a_way_back_without_a_sign_in_is_refused(service: Running, query: str) -> None:
    _is_refused(service, service.client.get(f"/sign-in/oidc/back{query}"))


def test_a_sign_in_that_takes_too_long_is_refused(provider: Provider) -> None:
    at = [time.time()]
    found = OidcProvider(OidcSettings(provider.issuer, CLIENT, SECRET), now=lambda: at[0])
    address, browser = found.begin("http://127.0.0.1/back")
    back = provider.sign_in(address)
    state, code = _values(back)
    at[0] += HOLDS_S
    with pytest.raises(NotSignedInError, match="too long ago"):
        found.finish(state=state, browser=browser, code=code, back="http://127.0.0.1/back")


def test_an_address_that_is_not_called_verified_counts_where_the_provider_is_trusted(
    provider: Provider, tmp_path: Path
) -> None:
    claims = {"sub": "s-9", "email": "Jane@example.org"}
    with_trust = OidcSettings(provider.issuer, CLIENT, SECRET, trusts_email=True)
    for settings, name in ((with_trust, "jane"), (replace(with_trust, trusts_email=False), None)):
        state = open_state(f"sqlite:///{tmp_path / f'{name}.sqlite'}")
        try:
            state.add_person(ROOT, "jane", PersonRole.VIEWER, GREEN, "jane@example.org")
            done = state.sign_in_as(OidcProvider(settings).person_of(claims), via="oidc")
            assert (done.principal.name if done else None) == name
        finally:
            state.close()


def test_a_provider_that_calls_itself_otherwise_is_not_believed(service: Running, provider: Provider) -> None:
    provider.spoils = {"issuer": "https://example.org"}
    answer = service.client.get("/sign-in/oidc")
    assert answer.status_code >= 400
    assert "calls itself by another name" in answer.json()["what"]


@pytest.mark.prove_only
def test_a_provider_that_does_not_answer_is_told(tmp_path: Path, unused_port: int) -> None:
    settings = (("issuer", f"http://127.0.0.1:{unused_port}"), ("client_id", CLIENT))
    with running(tmp_path, f"sqlite:///{tmp_path / 's.sqlite'}", oidc=settings) as service:
        answer = service.client.get("/sign-in/oidc")
        assert "does not answer" in answer.json()["what"]
        assert "/sign-in/oidc" in service.client.get("/sign-in").text


@pytest.mark.parametrize(
    "given",
    [{"issuer": "https://example.org"}, {"client_id": "x"}, {"issuer": "https://e.org", "client_id": "x", "colour": "y"},
     {"issuer": "no address", "client_id": "x"}],
)  # fmt: skip
def test_settings_that_are_not_whole_are_refused(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        create_app(_settings(tmp_path, given))


def test_a_provider_elsewhere_is_asked_over_https_alone(tmp_path: Path) -> None:
    with pytest.raises(RefusedError):
        oidc_settings(_settings(tmp_path, {"issuer": "http://example.org", "client_id": "x"}))


def test_no_secret_is_shown_with_the_settings(tmp_path: Path) -> None:
    settings = _settings(tmp_path, {"issuer": "https://example.org", "client_id": "x", "client_secret": "open-sesame"})
    assert "open-sesame" not in repr(settings) + repr(oidc_settings(settings))


def _settings(folder: Path, oidc: dict[str, str]) -> ServiceSettings:
    url = f"sqlite:///{folder / 's.sqlite'}"
    return ServiceSettings(lake=folder, home=folder, database_url=url, oidc=tuple(oidc.items()))


def _sign_in(service: Running, provider: Provider) -> Any:
    service.client.cookies.clear()
    begun = service.client.get("/sign-in/oidc")
    assert begun.status_code == 303
    cookie = begun.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    back = provider.sign_in(begun.headers["location"])
    service.client.cookies.clear()
    return service.client.get(_path(back), headers={"cookie": cookie.partition(";")[0]})


def _is_refused(service: Running, answer: Any) -> None:
    assert answer.status_code == 401
    assert not any(each.startswith("__Host-stopgap=") for each in answer.headers.get_list("set-cookie"))
    assert "Not signed in" in answer.text


def _me(service: Running, done: Any) -> tuple[str, str, str]:
    service.client.cookies.clear()
    me = service.client.get("/api/v1/me", headers={"cookie": f"__Host-stopgap={cookie_of(done)}"}).json()
    return me["name"], me["role"], me["via"]


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def _values(back: str) -> tuple[str, str]:
    found = parse_qs(urlsplit(back).query)
    return found["state"][0], found["code"][0]
