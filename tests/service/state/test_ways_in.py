"""Tokens, links and sessions: of each the hash alone is kept, each ends when it should, and a link is used once."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import pytest
from hand_clock import HandClock
from sqlalchemy import MetaData, select

from stopgap.base.errors import NotFoundError
from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.state.store import ActingPerson, ServiceState

ROOT = ActingPerson("root")
AMBER = Marking(Tlp.AMBER)


@pytest.fixture
def jane(state: ServiceState) -> ServiceState:
    """A state with one person, an analyst cleared for AMBER."""
    state.add_person(ROOT, "jane", PersonRole.ANALYST, AMBER)
    return state


def test_a_token_holds_until_its_last_day(jane: ServiceState, clock: HandClock) -> None:
    made = jane.new_token(ROOT, "jane", days=30)
    assert made.as_dict() == {
        "token": made.token, "id": 1, "name": "jane", "label": "", "role": "analyst", "clearance": "TLP:AMBER",
        "releasable_to": None, "expires": "2026-12-31T08:00:00Z",
    }  # fmt: skip
    assert len(made.token) == 43
    clock.on(days=30, seconds=-1)
    found = jane.principal_of_token(made.token)
    assert found == Principal("jane", PersonRole.ANALYST, AMBER, 1, "token", "token:1", is_of_token=True)
    clock.on(seconds=1)
    assert jane.principal_of_token(made.token) is None


def test_a_token_is_revoked_at_once(jane: ServiceState) -> None:
    one, other = (jane.new_token(ROOT, "jane", days=1) for _ in range(2))
    assert jane.revoke_token(ROOT, one.id) == "jane"
    assert jane.principal_of_token(one.token) is None
    assert jane.principal_of_token(other.token) is not None
    with pytest.raises(NotFoundError, match="no token 99"):
        jane.revoke_token(ROOT, 99)


def test_a_token_only_limits_its_person(jane: ServiceState) -> None:
    lower = jane.new_token(ROOT, "jane", days=1, role=PersonRole.VIEWER, tlp=Tlp.GREEN)
    higher = jane.new_token(ROOT, "jane", days=1, role=PersonRole.ADMIN, tlp=Tlp.RED)
    assert (lower.role, lower.clearance) == (PersonRole.VIEWER, Marking(Tlp.GREEN))
    assert (higher.role, higher.clearance) == (PersonRole.ANALYST, AMBER)
    jane.change_person(ROOT, "jane", clearance=Marking(Tlp.CLEAR, frozenset({"FRA"})))
    found = jane.principal_of_token(lower.token)
    assert found is not None
    assert found.clearance == Marking(Tlp.CLEAR, frozenset({"FRA"}))


@pytest.mark.parametrize("other", ["", "x", "A" * 43, "é" * 43, "\ud800", "x" * 100_000])
def test_what_is_no_secret_signs_nobody_in(jane: ServiceState, other: str) -> None:
    jane.new_token(ROOT, "jane", days=1)
    assert jane.principal_of_token(other) is None
    assert jane.principal_of_cookie(other, is_team=False) is None
    assert jane.sign_in(other, is_team=False) is None


def test_each_secret_opens_its_own_door_alone(jane: ServiceState) -> None:
    token, (link, _) = jane.new_token(ROOT, "jane", days=1).token, jane.invite(ROOT, "jane")
    assert jane.principal_of_cookie(token, is_team=True) is None
    assert jane.principal_of_cookie(link, is_team=True) is None
    assert jane.principal_of_token(link) is None
    done = jane.sign_in(link, is_team=True)
    assert done is not None
    assert jane.principal_of_token(done.secret) is None
    assert jane.sign_in(done.secret, is_team=True) is None


def test_a_link_signs_in_once(jane: ServiceState) -> None:
    key, ends = jane.invite(ROOT, "jane")
    done = jane.sign_in(key, is_team=True)
    assert done is not None
    assert done.principal == Principal("jane", PersonRole.ANALYST, AMBER, 1, "session", "session:1")
    assert jane.principal_of_cookie(done.secret, is_team=True) == done.principal
    assert jane.sign_in(key, is_team=True) is None
    assert ends.isoformat() == "2026-12-04T08:00:00+00:00"


def test_a_link_signs_in_once_however_many_try_at_a_time(jane: ServiceState) -> None:
    key, _ = jane.invite(ROOT, "jane")
    together, done = threading.Barrier(6), []

    def use() -> None:
        together.wait()
        done.append(jane.sign_in(key, is_team=True))

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each is not None for each in done) == 1
    assert len(done) == 6


def test_a_link_ends(jane: ServiceState, clock: HandClock) -> None:
    key, _ = jane.invite(ROOT, "jane")
    clock.on(days=3)
    assert jane.sign_in(key, is_team=True) is None
    first, _ = jane.invite(ROOT, "jane")
    second, _ = jane.invite(ROOT, "jane")
    assert jane.sign_in(first, is_team=True) is None
    assert jane.sign_in(second, is_team=True) is not None


def test_the_analyst_alone_sees_all_and_is_nobody_in_a_team(state: ServiceState, clock: HandClock) -> None:
    key, ends = state.link_alone(ROOT)
    assert (ends - clock()).total_seconds() == 3600
    assert state.sign_in(key, is_team=True) is None
    done = state.sign_in(key, is_team=False)
    assert done is not None
    assert (done.principal.role, done.principal.clearance, done.principal.person_id) == (PersonRole.ADMIN, None, None)
    assert state.principal_of_cookie(done.secret, is_team=False) == done.principal
    assert state.principal_of_cookie(done.secret, is_team=True) is None  # begun before the service served a team
    late, _ = state.link_alone(ROOT)
    clock.on(hours=1)
    assert state.sign_in(late, is_team=False) is None


def test_a_session_ends_after_twelve_hours_without_a_request(jane: ServiceState, clock: HandClock) -> None:
    cookie = _session(jane)
    clock.on(hours=11, minutes=59)
    assert jane.principal_of_cookie(cookie, is_team=True) is not None
    clock.on(hours=11, minutes=59)
    assert jane.principal_of_cookie(cookie, is_team=True) is not None
    clock.on(hours=12)
    assert jane.principal_of_cookie(cookie, is_team=True) is None
    assert jane.sessions() == []


@pytest.mark.one_in(2)
def test_a_session_ends_after_seven_days(jane: ServiceState, clock: HandClock) -> None:
    cookie = _session(jane)
    for _ in range(7 * 24 - 1):
        clock.on(hours=1)
        assert jane.principal_of_cookie(cookie, is_team=True) is not None
    clock.on(hours=1)
    assert jane.principal_of_cookie(cookie, is_team=True) is None


def test_a_session_is_ended_by_hand_and_by_signing_out(jane: ServiceState) -> None:
    one, other = _session(jane), _session(jane)
    assert [each["id"] for each in jane.sessions()] == [1, 2]
    jane.revoke_session(ROOT, 1)
    assert jane.principal_of_cookie(one, is_team=True) is None
    principal = jane.principal_of_cookie(other, is_team=True)
    assert principal is not None
    jane.sign_out(principal)
    assert jane.principal_of_cookie(other, is_team=True) is None
    assert jane.sessions() == []


def test_a_session_begun_with_a_token_is_no_more_than_the_token(jane: ServiceState) -> None:
    token = jane.new_token(ROOT, "jane", days=1, tlp=Tlp.GREEN)
    done = jane.sign_in(token.token, is_team=True)
    assert done is not None
    assert done.principal.clearance == Marking(Tlp.GREEN)
    assert done.principal.is_of_token
    assert done.principal.via == "session"
    jane.revoke_token(ROOT, token.id)
    assert jane.principal_of_cookie(done.secret, is_team=True) is None


def test_others_end_neither_tokens_nor_sessions_of_a_person(jane: ServiceState) -> None:
    jane.add_person(ROOT, "eve", PersonRole.RELEASER, AMBER)
    token = jane.new_token(ROOT, "jane", days=1)
    _session(jane)
    eve = ActingPerson("eve", Principal("eve", PersonRole.RELEASER, AMBER, jane.person("eve").id, "session"))
    with pytest.raises(NotFoundError):
        jane.revoke_token(eve, token.id)
    with pytest.raises(NotFoundError):
        jane.revoke_session(eve, 1)
    assert jane.principal_of_token(token.token) is not None
    assert len(jane.sessions()) == 1


def test_uses_are_noted_each_minute_at_most(jane: ServiceState, clock: HandClock) -> None:
    token = jane.new_token(ROOT, "jane", days=1)
    assert jane.tokens()[0]["last_used"] is None
    jane.principal_of_token(token.token)
    clock.on(seconds=59)
    jane.principal_of_token(token.token)
    assert jane.tokens()[0]["last_used"] == "2026-12-01T08:00:00Z"
    clock.on(seconds=1)
    jane.principal_of_token(token.token)
    assert jane.tokens()[0]["last_used"] == "2026-12-01T08:01:00Z"


def test_the_database_holds_no_secret(jane: ServiceState) -> None:
    token, (link, _), (alone, _) = (
        jane.new_token(ROOT, "jane", days=1).token,
        jane.invite(ROOT, "jane"),
        jane.link_alone(ROOT),
    )
    done = jane.sign_in(link, is_team=True)
    assert done is not None
    jane.sign_in("mistyped-" + token, is_team=True)
    kept = _everything(jane)
    for secret in (token, link, alone, done.secret):
        assert secret not in kept
        assert hashlib.sha256(secret.encode()).hexdigest() in kept


def _session(state: ServiceState) -> str:
    done = state.sign_in(state.invite(ROOT, "jane")[0], is_team=True)
    assert done is not None
    return done.secret


def _everything(state: ServiceState) -> str:
    found, rows = MetaData(), list[Any]()
    with state.database.engine.connect() as connection:
        found.reflect(connection)
        for table in found.sorted_tables:
            rows += connection.execute(select(table)).all()
    return repr(rows)
