"""Pages of people and settings: each act by whom it may be done, noted in the audit log, and secrets shown once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from service_people import ROOT, Running, running

from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole

ALL = Marking(Tlp.RED, frozenset({"DEU"}))
HOSTILE = '<script>x</script>"><img onerror=y> עברית 🙂'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("people")
    with running(folder, f"sqlite:///{folder / 'service.sqlite'}") as made:
        yield made


@pytest.fixture(scope="module")
def admin(service: Running) -> dict[str, str]:
    return {**service.browser("root-admin", PersonRole.ADMIN, ALL), "accept": "text/html", "hx-request": "true"}


@pytest.fixture(scope="module")
def viewer(service: Running) -> dict[str, str]:
    return {
        **service.browser("viewer", PersonRole.VIEWER, Marking(Tlp.GREEN)),
        "accept": "text/html",
        "hx-request": "true",
    }


def last_acts(service: Running, most: int = 1) -> list[tuple[str, str, str]]:
    entries = service.state.audit.latest(limit=most).entries
    return [(entry["who"], entry["what"], entry["outcome"]) for entry in entries]


def secret_of(text: str) -> str:
    return unescape(re.findall(r'<code class="secret" id="secret">(.*?)</code>', text)[0])


def add(service: Running, headers: dict[str, str], name: str, **more: str) -> Any:
    data = {"name": name, "role": "analyst", "clearance": "GREEN", **more}
    return service.client.post("/people", data=data, headers=headers)


def test_a_person_is_added_and_the_invitation_signs_in_once(service: Running, admin: dict[str, str]) -> None:
    answer = add(service, admin, "jane", releasable_to="deu, FRA")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert last_acts(service, 2) == [("root-admin", "people invite", "done"), ("root-admin", "people add", "done")]
    person = service.state.person("jane")
    assert (person.role, person.clearance) == (PersonRole.ANALYST, Marking(Tlp.GREEN, frozenset({"DEU", "FRA"})))
    key = secret_of(answer.text).rpartition("key=")[2]
    headers = service.signed_in(key)
    assert service.client.get("/api/v1/me", headers=headers).json()["name"] == "jane"
    again = service.client.post("/sign-in", json={"key": key}, headers={"origin": "http://127.0.0.1:8765"})
    assert again.status_code == 401
    assert key not in service.client.get("/people/jane", headers=admin).text


def test_names_from_outside_stay_text(service: Running, admin: dict[str, str]) -> None:
    assert add(service, admin, HOSTILE).status_code == 200
    for path in ("/people", "/audit", "/me"):
        text = service.client.get(path, headers={**admin, "hx-request": "false"}).text
        assert "<script>x" not in text
        assert "<img onerror" not in text
    assert "&lt;script&gt;x" in service.client.get("/people", headers=admin).text
    [link] = [
        each
        for each in re.findall(r'href="(/people/[^"]+)"', service.client.get("/people", headers=admin).text)
        if "script" in each
    ]
    page = service.client.get(unescape(link), headers=admin)
    assert page.status_code == 404 or "&lt;script&gt;x" in page.text


def test_role_and_clearance_change_from_the_next_request_on(service: Running, admin: dict[str, str]) -> None:
    headers = service.browser("mary", PersonRole.VIEWER)
    data = {"role": "releaser", "clearance": "AMBER", "releasable_to": "", "email": "mary@example.org"}
    done = service.client.post("/people/mary/change", data=data, headers=admin)
    assert (done.status_code, done.headers["hx-redirect"]) == (204, "/people")
    me = service.client.get("/api/v1/me", headers=headers).json()
    assert (me["role"], me["clearance"], me["releasable_to"]) == ("releaser", "TLP:AMBER", None)
    assert last_acts(service) == [("root-admin", "people change", "done")]


def test_a_deactivated_person_is_out_at_once(service: Running, admin: dict[str, str]) -> None:
    headers = service.browser("paul")
    assert service.client.get("/api/v1/me", headers=headers).status_code == 200
    assert service.client.post("/people/paul/deactivate", headers=admin).status_code == 204
    assert service.client.get("/api/v1/me", headers=headers).status_code == 401
    assert "Deactivated on" in service.client.get("/people/paul", headers=admin).text
    own = service.client.post("/people/root-admin/deactivate", headers=admin)
    assert own.status_code == 403
    assert last_acts(service) == [("root-admin", "people remove", "refused")]


def test_a_token_is_shown_once_limited_as_asked_and_revoked(service: Running) -> None:
    headers = {
        **service.browser("tom", PersonRole.ANALYST, Marking(Tlp.AMBER)),
        "accept": "text/html",
        "hx-request": "true",
    }
    data = {"label": HOSTILE, "days": "7", "role": "viewer", "clearance": "GREEN"}
    made = service.client.post("/settings/tokens", data=data, headers=headers)
    assert made.headers["cache-control"] == "no-store"
    token = secret_of(made.text)
    me = service.client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"}).json()
    assert (me["name"], me["role"], me["clearance"]) == ("tom", "viewer", "TLP:GREEN")
    page = service.client.get("/settings", headers=headers).text
    assert token not in page
    assert "&lt;script&gt;x" in page
    assert "<script>x" not in page
    [id] = re.findall(r"/settings/tokens/(\d+)/revoke", page)
    stranger = {**service.browser("other"), "hx-request": "true"}
    assert service.client.post(f"/settings/tokens/{id}/revoke", headers=stranger).status_code == 404
    assert service.client.post(f"/settings/tokens/{id}/revoke", headers=headers).status_code == 204
    assert service.client.get("/api/v1/me", headers={"authorization": f"Bearer {token}"}).status_code == 401
    by_token = service.client.post(
        "/settings/tokens", data=data, headers={**service.token("robot", PersonRole.ADMIN), "accept": "text/html"}
    )
    assert by_token.status_code == 403


def test_a_session_is_ended_and_signing_out_ends_the_own(service: Running) -> None:
    headers = {**service.browser("sam"), "accept": "text/html", "hx-request": "true"}
    other = service.signed_in(service.state.invite(ROOT, "sam")[0])
    page = service.client.get("/settings", headers=headers).text
    ids = re.findall(r"/settings/sessions/(\d+)/end", page)
    assert len(ids) == 2
    assert page.count(">this one<") == 1
    own = re.findall(r"(\d+)/end", page[page.index(">this one<") :])[0]
    [end] = [id for id in ids if id != own]
    assert service.client.post(f"/settings/sessions/{end}/end", headers=headers).status_code == 204
    assert service.client.get("/api/v1/me", headers=other).status_code == 401
    out = service.client.post("/settings/sign-out", headers=headers)
    assert (out.status_code, out.headers["hx-redirect"]) == (204, "/sign-in")
    assert service.client.get("/api/v1/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/people"), ("POST", "/people"), ("GET", "/people/viewer"), ("POST", "/people/viewer/change"), ("POST", "/people/viewer/invite"),
     ("POST", "/people/viewer/deactivate"), ("POST", "/people/viewer/tokens"), ("GET", "/audit"), ("POST", "/audit/check")],
)  # fmt: skip
def test_who_is_no_admin_is_refused(service: Running, viewer: dict[str, str], method: str, path: str) -> None:
    data = {"name": "x", "role": "admin", "clearance": "RED", "label": "x", "days": "1"}
    answer = service.client.request(method, path, headers=viewer, **({"data": data} if method == "POST" else {}))
    assert answer.status_code == 403
    assert "may not manage people" in answer.text
    assert service.state.person("viewer").role is PersonRole.VIEWER


def test_changes_without_the_token_of_the_page_are_refused(service: Running, admin: dict[str, str]) -> None:
    bare = {name: value for name, value in admin.items() if name != "x-stopgap-csrf"}
    assert add(service, bare, "forged").status_code == 403
    assert "forged" not in {person.name for person in service.state.people()}


def test_a_viewer_is_led_to_no_page_of_admins(service: Running, viewer: dict[str, str]) -> None:
    text = service.client.get("/me", headers={**viewer, "hx-request": "false"}).text
    assert 'href="/settings"' in text
    assert 'href="/people"' not in text
    assert 'href="/audit"' not in text


def test_the_audit_log_is_filtered_paged_and_its_chain_checked(service: Running, admin: dict[str, str]) -> None:
    add(service, admin, "zoe")
    text = service.client.get("/audit?who=root-admin&what=people+add", headers=admin).text
    told = service.client.get("/api/v1/audit?who=root-admin&what=people+add", headers=admin).json()
    body = text[text.index("<tbody>") : text.index("</tbody>")]
    assert body.count("<tr>") == told["total"]
    numbers = [int(each.replace(",", "")) for each in re.findall(r'<th scope="row" class="number">([\d,]+)', body)]
    assert numbers == sorted((entry["number"] for entry in told["entries"]), reverse=True)
    assert "The chain holds" in service.client.post("/audit/check", headers=admin).text
    log = service.state.audit
    first = log.latest(limit=2)
    second = log.latest(limit=2, before=first.after)
    assert first.after is not None
    assert [entry["number"] for entry in (*first.entries, *second.entries)] == list(
        range(first.entries[0]["number"], first.entries[0]["number"] - 4, -1)
    )
    assert "people add" in log.acts()


def test_saved_views_are_listed_and_removed(service: Running, viewer: dict[str, str]) -> None:
    saved = service.client.put(
        "/api/v1/views/mine%20%3Cb%3E", json={"address": "/data/coverage?scope=x"}, headers=viewer
    )
    assert saved.status_code == 200, saved.text
    text = service.client.get("/me", headers=viewer).text
    assert 'href="/data/coverage?scope=x"' in text
    assert "mine &lt;b&gt;" in text
    assert service.client.post("/me/views/remove", data={"name": "mine <b>"}, headers=viewer).status_code == 204
    assert "coverage?scope=x" not in service.client.get("/me", headers=viewer).text


def test_the_pages_of_signing_in_keep_a_key_as_text(service: Running) -> None:
    text = service.client.get('/sign-in?key="><script>x</script>').text
    assert "<script>x" not in text
    assert 'value="&#34;&gt;&lt;script' in text
    assert "Key or token" in service.client.get("/sign-in").text


def test_my_work_has_no_addresses_of_what_i_may_no_longer_see(service: Running, tmp_path: Path) -> None:
    headers = {**service.browser("kim", PersonRole.ANALYST), "accept": "text/html", "hx-request": "true"}
    service.client.post("/api/v1/packs/secret-name.zip/nothing", headers=headers)
    assert any("secret-name" in str(entry["about"]) for entry in service.state.audit.latest(limit=3, who="kim").entries)
    assert "secret-name" not in service.client.get("/me", headers=headers).text


def test_a_unit_that_is_none_is_refused_and_a_foreign_cookie_means_none(
    service: Running, viewer: dict[str, str]
) -> None:
    refused = service.client.post("/settings/unit", data={"unit": "billion<script>"}, headers=viewer)
    assert refused.status_code == 422
    assert "set-cookie" not in refused.headers
    chosen = service.client.post("/settings/unit", data={"unit": "thousand"}, headers=viewer)
    assert chosen.status_code == 204
    assert "stopgap-unit=thousand" in chosen.headers["set-cookie"]
    service.client.cookies.clear()
    for value, checked in (("thousand", "thousand"), ("<script>", "million")):
        cookie = f"{viewer.get('cookie', '')}; stopgap-unit={value}".removeprefix("; ")
        text = service.client.get("/settings", headers={**viewer, "cookie": cookie}).text
        assert re.findall(r'name="unit" value="(\w+)" checked', text) == [checked]


def test_a_language_that_is_none_is_refused_with_those_that_are(service: Running, viewer: dict[str, str]) -> None:
    refused = service.client.post("/settings/language", data={"language": "../de"}, headers=viewer)
    assert refused.status_code in (400, 422)
    assert "set-cookie" not in refused.headers
    assert "en, de, fr, uk, ja" in refused.text
    chosen = service.client.post("/settings/language", data={"language": "uk"}, headers=viewer)
    assert (chosen.status_code, "stopgap-language=uk" in chosen.headers["set-cookie"]) == (204, True)
    service.client.cookies.clear()
