"""Requests: who may do what to people, tokens, sessions and views; and what is changed holds at the next request."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from service_people import ORIGIN, ROOT, Running, bearer, cookie_of, running

from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole

GREEN, AMBER = Marking(Tlp.GREEN), Marking(Tlp.AMBER)

FOR_ADMINS = [
    ("GET", "people"), ("POST", "people"), ("GET", "people/jane"), ("PATCH", "people/jane"), ("DELETE", "people/jane"),
    ("POST", "people/jane/invitations"), ("GET", "audit"), ("GET", "audit/check"), ("GET", "audit/export"),
]  # fmt: skip
FOR_ALL = [("GET", "me"), ("GET", "tokens"), ("GET", "sessions"), ("GET", "views")]


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Running]:
    """A service of a team."""
    with running(tmp_path, database_url) as found:
        yield found


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("method", "path"), [*FOR_ADMINS, *FOR_ALL])
def test_who_is_not_signed_in_is_told_nothing(service: Running, method: str, path: str) -> None:
    answer = service.client.request(method, f"/api/v1/{path}", json={})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "WWW-Authenticate" in answer.headers
    assert {"what", "where", "fix"} <= answer.json().keys()


@pytest.mark.one_in(2)
def test_roles_decide_who_manages_people(service: Running) -> None:
    for role in (PersonRole.VIEWER, PersonRole.ANALYST, PersonRole.RELEASER):
        headers = service.token(f"the-{role}", role)
        for method, path in FOR_ADMINS:
            body = {"name": "x", "role": "viewer"} if (method, path) == ("POST", "people") else {}
            assert service.client.request(method, f"/api/v1/{path}", headers=headers, json=body).status_code == 403
        for method, path in FOR_ALL:
            assert service.client.request(method, f"/api/v1/{path}", headers=headers).status_code == 200


def test_an_admin_manages_people(service: Running) -> None:
    admin = service.browser("ann", PersonRole.ADMIN, AMBER)
    api = service.client
    made = api.post("/api/v1/people", headers=admin, json={"name": "jane", "role": "analyst", "clearance": "GREEN"})
    assert made.status_code == 201
    assert made.json()["clearance"] == "TLP:GREEN"
    assert api.post("/api/v1/people", headers=admin, json={"name": "jane", "role": "viewer"}).status_code == 409
    link = api.post("/api/v1/people/jane/invitations", headers=admin)
    assert link.headers["cache-control"] == "no-store"
    assert link.json()["link"].startswith(f"{ORIGIN}/sign-in?key=")
    jane = service.signed_in(link.json()["link"].partition("key=")[2])
    assert api.get("/api/v1/me", headers=jane).json()["role"] == "analyst"
    changed = api.patch("/api/v1/people/jane", headers=admin, json={"role": "viewer", "clearance": "CLEAR"})
    assert changed.json()["role"] == "viewer"
    me = api.get("/api/v1/me", headers=jane).json()
    assert (me["role"], me["clearance"], me["sees_all"]) == ("viewer", "TLP:CLEAR", False)
    assert api.delete("/api/v1/people/jane", headers=admin).json()["active"] is False
    assert api.get("/api/v1/me", headers=jane).status_code == 401
    entries = api.get("/api/v1/audit", headers=admin).json()["entries"]
    said = [(each["who"], each["what"]) for each in entries if each["who"] == "ann"]
    assert said == [
        ("ann", "sign in"), ("ann", "people add"), ("ann", "people add"), ("ann", "people invite"),
        ("ann", "people change"), ("ann", "people remove"),
    ]  # fmt: skip
    assert all(each["request_id"] for each in entries if each["who"] == "ann")
    assert api.get("/api/v1/audit/check", headers=admin).json()["holds"] is True


def test_economies_of_a_clearance_stay_until_they_are_named(service: Running) -> None:
    clearance = Marking(Tlp.AMBER, frozenset({"FRA"}))
    admin = service.token("ann", PersonRole.ADMIN, clearance)
    service.state.add_person(ROOT, "jane", PersonRole.VIEWER, clearance)
    api = service.client
    lower = api.patch("/api/v1/people/jane", headers=admin, json={"clearance": "GREEN"}).json()
    assert (lower["clearance"], lower["releasable_to"]) == ("TLP:GREEN", ["FRA"])
    none = api.patch("/api/v1/people/jane", headers=admin, json={"releasable_to": []}).json()
    assert (none["clearance"], none["releasable_to"]) == ("TLP:GREEN", None)


@pytest.mark.one_in(2)
def test_an_admin_does_not_raise_clearances_above_the_own(service: Running) -> None:
    admin = service.token("ann", PersonRole.ADMIN, GREEN)
    service.state.add_person(ROOT, "chief", PersonRole.VIEWER, AMBER)
    api = service.client
    above = {"name": "eve", "role": "viewer", "clearance": "AMBER"}
    assert api.post("/api/v1/people", headers=admin, json=above).status_code == 403
    assert api.patch("/api/v1/people/ann", headers=admin, json={"clearance": "AMBER"}).status_code == 403
    browser = service.signed_in(service.state.invite(ROOT, "ann")[0])
    assert api.post("/api/v1/people/chief/invitations", headers=browser).status_code == 403
    assert api.post("/api/v1/tokens", headers=browser, json={"name": "chief"}).status_code == 403


@pytest.mark.one_in(2)
def test_people_manage_their_own_tokens_and_sessions(service: Running) -> None:
    jane, eve = service.browser("jane", clearance=AMBER), service.browser("eve")
    api = service.client
    made = api.post("/api/v1/tokens", headers=jane, json={"label": "report", "days": 2, "clearance": "GREEN"})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    assert (made.json()["name"], made.json()["clearance"]) == ("jane", "TLP:GREEN")
    asks = bearer(made.json()["token"])
    assert api.get("/api/v1/me", headers=asks).json()["clearance"] == "TLP:GREEN"
    assert [each["label"] for each in api.get("/api/v1/tokens", headers=jane).json()["tokens"]] == ["report"]
    assert "token" not in api.get("/api/v1/tokens", headers=jane).json()["tokens"][0]
    assert api.get("/api/v1/tokens", headers=eve).json()["tokens"] == []
    assert [each["name"] for each in api.get("/api/v1/sessions", headers=eve).json()["sessions"]] == ["eve"]
    assert api.post("/api/v1/tokens", headers=eve, json={"name": "jane"}).status_code == 403
    assert api.delete(f"/api/v1/tokens/{made.json()['id']}", headers=eve).status_code == 404
    assert api.get("/api/v1/me", headers=asks).status_code == 200
    assert api.delete(f"/api/v1/tokens/{made.json()['id']}", headers=jane).status_code == 200
    assert api.get("/api/v1/me", headers=asks).status_code == 401


def test_a_token_makes_no_other_way_in(service: Running) -> None:
    admin = service.token("ann", PersonRole.ADMIN, AMBER)
    api = service.client
    assert api.post("/api/v1/tokens", headers=admin, json={}).status_code == 403
    assert api.post("/api/v1/people/ann/invitations", headers=admin).status_code == 403
    of_token = service.signed_in(admin["authorization"].partition(" ")[2])
    assert api.post("/api/v1/tokens", headers=of_token, json={}).status_code == 403


@pytest.mark.one_in(2)
def test_looking_at_a_link_does_not_use_it_up(service: Running) -> None:
    service.state.add_person(ROOT, "jane", PersonRole.VIEWER, GREEN)
    key, _ = service.state.invite(ROOT, "jane")
    api = service.client
    for method in ("GET", "GET", "HEAD"):
        page = api.request(method, f"/sign-in?key={key}")
        assert page.status_code in (200, 405)
        assert "set-cookie" not in page.headers
    done = api.post("/sign-in", data={"key": key}, headers={"origin": ORIGIN})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    again = api.post("/sign-in", data={"key": key}, headers={"origin": ORIGIN})
    assert again.status_code == 401
    assert again.headers["content-type"].startswith("text/html")


def test_the_cookie_is_kept_from_scripts_and_other_sites(service: Running) -> None:
    service.state.add_person(ROOT, "jane", PersonRole.VIEWER, GREEN)
    done = service.client.post("/sign-in", data={"key": service.state.invite(ROOT, "jane")[0]})
    secure, plain = done.headers.get_list("set-cookie")
    for words in ("HttpOnly", "Path=/", "SameSite=strict", "Max-Age=604800"):
        assert words in secure
        assert words in plain
    assert secure.startswith("__Host-stopgap=")
    assert "; Secure" in secure
    assert "Domain" not in secure
    assert plain.startswith("stopgap=")


def test_over_https_there_is_the_secure_cookie_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'service.sqlite'}"
    with running(tmp_path, url, is_https=True) as service:
        service.state.add_person(ROOT, "jane", PersonRole.VIEWER, GREEN)
        done = service.client.post("/sign-in", data={"key": service.state.invite(ROOT, "jane")[0]})
        assert len(done.headers.get_list("set-cookie")) == 1
        plain = {"cookie": f"stopgap={cookie_of(done)}"}
        service.client.cookies.clear()
        assert service.client.get("/api/v1/me", headers=plain).status_code == 401


def test_links_are_https_where_a_proxy_ends_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'service.sqlite'}"
    with running(tmp_path, url, is_https=True, behind_proxy=True, allowed_hosts=("stopgap.example.org",)) as service:
        service.state.add_person(ROOT, "ann", PersonRole.ADMIN, AMBER)
        host = {"host": "stopgap.example.org"}
        done = service.client.post("/sign-in", data={"key": service.state.invite(ROOT, "ann")[0]}, headers=host)
        asks = {**host, "cookie": f"__Host-stopgap={cookie_of(done)}", "origin": "https://stopgap.example.org"}
        asks["x-stopgap-csrf"] = service.client.get("/api/v1/me", headers=asks).json()["csrf"]
        made = service.client.post("/api/v1/people/ann/invitations", headers=asks)
        assert made.json()["link"].startswith("https://stopgap.example.org/sign-in?key=")


def test_signing_out_ends_the_session_and_its_cookies(service: Running) -> None:
    jane = service.browser("jane")
    done = service.client.post("/sign-out", headers=jane)
    assert done.status_code == 204
    assert all("Max-Age=0" in each for each in done.headers.get_list("set-cookie"))
    assert service.client.get("/api/v1/me", headers=jane).status_code == 401


@pytest.mark.one_in(2)
def test_an_address_with_many_failed_sign_ins_waits(service: Running) -> None:
    good = service.token("jane")
    api = service.client
    for number in range(10):
        assert api.post("/sign-in", json={"key": f"wrong-{number}"}).status_code == 401
    waits = api.post("/sign-in", json={"key": "wrong"})
    assert waits.status_code == 429
    assert api.get("/api/v1/me", headers=bearer("wrong")).status_code == 429
    assert 0 < int(api.get("/api/v1/me", headers=bearer("wrong")).headers["retry-after"]) <= 60
    assert api.get("/api/v1/me", headers=good).status_code == 200  # programs that are signed in go on


@pytest.mark.one_in(3)
@pytest.mark.parametrize("said", ["Bearer", "Bearer ", "Basic amFuZTpqYW5l", "Bearer x y", "bearer nothing", "x"])
def test_what_is_no_token_is_refused(service: Running, said: str) -> None:
    answer = service.client.get("/api/v1/me", headers={"authorization": said})
    assert answer.status_code == 401
    assert "nothing" not in answer.text


@pytest.mark.one_in(2)
def test_no_secret_is_in_answers_of_others_in_the_log_or_in_the_audit_log(
    service: Running, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    admin = service.browser("ann", PersonRole.ADMIN, AMBER)
    jane = service.token("jane")
    secrets = [admin["cookie"].partition("=")[2], jane["authorization"].partition(" ")[2]]
    secrets.append(service.state.invite(ROOT, "jane")[0])
    api = service.client
    api.get(f"/sign-in?key={secrets[2]}")
    answers = [
        api.get(f"/api/v1/{path}", headers=admin).text
        for path in ("people", "tokens", "sessions", "audit", "audit/export")
    ]
    answers.append(api.get("/api/v1/me", headers=bearer(secrets[1] + "x")).text)
    answers.append(api.post("/sign-in", json={"key": secrets[2] + "x"}).text)
    answers += [record.getMessage() + repr(vars(record)) for record in caplog.records if "stopgap" in record.name]
    for secret in secrets:
        assert not any(secret in answer for answer in answers)


@pytest.mark.one_in(2)
def test_views_are_kept_by_address(service: Running) -> None:
    jane, eve = service.token("jane"), service.token("eve")
    api = service.client
    body = {"address": "/api/v1/episodes"}
    assert api.put("/api/v1/views/mine", headers=jane, json=body).json()["address"] == "/api/v1/episodes"
    assert len(api.get("/api/v1/views", headers=jane).json()["views"]) == 1
    assert api.get("/api/v1/views", headers=eve).json()["views"] == []
    assert api.delete("/api/v1/views/mine", headers=eve).status_code == 404
    assert api.put("/api/v1/views/x", headers=jane, json={"address": "https://example.org"}).status_code == 400
    assert api.delete("/api/v1/views/mine", headers=jane).status_code == 200


@pytest.mark.one_in(2)
def test_the_audit_log_is_paged_and_exported_whole(service: Running) -> None:
    admin = service.token("ann", PersonRole.ADMIN, AMBER)
    for number in range(5):
        service.state.add_person(ROOT, f"p{number}", PersonRole.VIEWER, GREEN)
    api = service.client
    first = api.get("/api/v1/audit?limit=3", headers=admin)
    assert first.headers["x-total-rows"] == "7"
    assert first.json()["next_after"] == 3
    rest = api.get("/api/v1/audit?after=3", headers=admin).json()
    assert ([each["number"] for each in rest["entries"]], rest["next_after"]) == ([4, 5, 6, 7], None)
    export = api.get("/api/v1/audit/export", headers=admin)
    assert export.text.splitlines() == list(service.state.audit.lines())


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "x"}, 422), ({"name": "x", "role": "owner"}, 422), ({"name": "x", "role": "viewer", "more": 1}, 422),
        ({"name": "x", "role": "viewer", "clearance": "PURPLE"}, 400),
        ({"name": "x", "role": "viewer", "releasable_to": ["France"]}, 400),
        ({"name": "\u200b", "role": "viewer"}, 400), ({"name": "x", "role": "viewer", "email": "none"}, 400),
    ],
)  # fmt: skip
def test_what_is_no_person_is_refused(service: Running, body: dict[str, object], status: int) -> None:
    admin = service.token("ann", PersonRole.ADMIN, AMBER)
    answer = service.client.post("/api/v1/people", headers=admin, json=body)
    assert answer.status_code == status
    assert {"what", "where", "fix"} <= answer.json().keys()


@pytest.mark.one_in(2)
def test_who_asks_for_a_change_has_a_line_whatever_came_of_it(service: Running) -> None:
    jane, ann = service.token("jane"), service.token("ann", PersonRole.ANALYST)
    api, before = service.client, service.state.audit.check().events
    api.post("/api/v1/decisions?secret=no", headers={**jane, "x-request-id": "r-1"}, json={})
    api.post("/api/v1/decisions", headers=ann, json={"nothing": 1})
    api.delete("/api/v1/jobs/nothing", headers=ann)
    api.post("/api/v1/query", headers=jane, json={"sql": "SELECT 1"})
    api.get("/api/v1/episodes", headers=jane)
    api.post("/api/v1/decisions", json={})  # nobody
    entries = service.state.audit.page(after=before).entries
    assert [(each["who"], each["what"], each["about"], each["outcome"]) for each in entries] == [
        ("jane", "POST /api/v1/decisions", "/api/v1/decisions", "403"),
        ("ann", "POST /api/v1/decisions", "/api/v1/decisions", "400"),
        ("ann", "DELETE /api/v1/jobs/{id}", "/api/v1/jobs/nothing", "422"),
    ]
    assert entries[0]["request_id"] == "r-1"
    assert service.state.audit.check().holds


@pytest.mark.one_in(2)
def test_the_analyst_alone_manages_the_service_too(tmp_path: Path, database_url: str) -> None:
    with running(tmp_path, database_url, is_team=False) as service:
        alone = service.signed_in(service.state.link_alone(ROOT)[0])
        api = service.client
        me = api.get("/api/v1/me", headers=alone).json()
        assert (me["role"], me["clearance"], me["sees_all"]) == ("admin", None, True)
        body = {"name": "jane", "role": "admin", "clearance": "RED", "releasable_to": ["FRA"]}
        assert api.post("/api/v1/people", headers=alone, json=body).status_code == 201
        made = api.post("/api/v1/tokens", headers=alone, json={"name": "jane"})
        assert api.get("/api/v1/me", headers=bearer(made.json()["token"])).json()["name"] == "jane"
        assert len(api.get("/api/v1/sessions", headers=alone).json()["sessions"]) == 1
        assert api.put("/api/v1/views/x", headers=alone, json={"address": "/docs"}).status_code == 200
