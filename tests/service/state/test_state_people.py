"""People: what is changed holds at the next request, and who is removed is out at once."""

from __future__ import annotations

from itertools import chain, combinations, product

import pytest

from stopgap.base.errors import NotFoundError, RefusedError, UsageError
from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.problems import ConflictError
from stopgap.service.state.clearances import both_see, clearance_of, is_within, kept_economies
from stopgap.service.state.store import ActingPerson, ServiceState

ROOT = ActingPerson("root")
GREEN, AMBER, RED = (Marking(level) for level in (Tlp.GREEN, Tlp.AMBER, Tlp.RED))
_LISTS = [None, *map(frozenset, chain.from_iterable(combinations(("DEU", "FRA", "JPN"), n) for n in range(4)))]
MARKINGS = [Marking(level, economies) for level, economies in product(Tlp, _LISTS)]


def test_both_see_is_what_both_see() -> None:
    """Over every pair of clearances and every marking: an item fits the meet if, and only if, it fits both."""
    audiences = [each for each in MARKINGS if each.releasable_to != frozenset()]
    for one, other in product(audiences, repeat=2):
        meet = both_see(one, other)
        for item in MARKINGS:
            assert item.fits(meet) == (item.fits(one) and item.fits(other)), (one, other, item)


def test_within_means_that_nothing_more_is_seen() -> None:
    audiences = [each for each in MARKINGS if each.releasable_to != frozenset()]
    for one, bound in product(audiences, repeat=2):
        sees_no_more = all(item.fits(bound) for item in MARKINGS if item.fits(one))
        assert is_within(one, bound) == sees_no_more, (one, bound)
    assert is_within(RED, None)


def test_clearances_are_kept_as_they_are() -> None:
    for each in MARKINGS:
        assert clearance_of(int(each.tlp), kept_economies(each)) == each


def test_a_person_is_added_changed_removed_and_brought_back(state: ServiceState) -> None:
    jane = state.add_person(ROOT, "jane", PersonRole.VIEWER, Marking(Tlp.GREEN, frozenset({"FRA"})), "Jane@Example.org")
    assert jane.as_dict() == {
        "name": "jane", "role": "viewer", "clearance": "TLP:GREEN", "releasable_to": ["FRA"],
        "email": "jane@example.org", "active": True, "created": "2026-12-01T08:00:00Z", "deactivated": None,
    }  # fmt: skip
    changed = state.change_person(ROOT, "jane", role=PersonRole.RELEASER, clearance=AMBER)
    assert (changed.role, changed.clearance, changed.email) == (PersonRole.RELEASER, AMBER, "jane@example.org")
    removed = state.deactivate_person(ROOT, "jane")
    assert not removed.is_active
    assert [(each.name, each.is_active) for each in state.people()] == [("jane", False)]
    with pytest.raises(RefusedError, match="may not use"):
        state.change_person(ROOT, "jane", role=PersonRole.ADMIN)
    back = state.add_person(ROOT, "jane", PersonRole.VIEWER, GREEN)
    assert (back.id, back.role, back.clearance, back.email) == (jane.id, PersonRole.VIEWER, GREEN, None)


def test_a_name_is_one_person(state: ServiceState) -> None:
    state.add_person(ROOT, "jane", PersonRole.VIEWER, GREEN, "jane@example.org")
    with pytest.raises(ConflictError, match="jane is there already"):
        state.add_person(ROOT, "jane", PersonRole.ADMIN, RED)
    with pytest.raises(ConflictError, match="that e-mail"):
        state.add_person(ROOT, "joan", PersonRole.VIEWER, GREEN, "JANE@example.org")
    assert [each.name for each in state.people()] == ["jane"]


@pytest.mark.parametrize("name", ["", "   ", "a" * 121, "ja\u200bne", "ja\nne", "jane\u202e", "\ud800"])
def test_names_can_be_read(state: ServiceState, name: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        state.add_person(ROOT, name, PersonRole.VIEWER, GREEN)


def test_who_is_not_there_is_told_with_a_near_name(state: ServiceState) -> None:
    state.add_person(ROOT, "jane", PersonRole.VIEWER, GREEN)
    with pytest.raises(NotFoundError) as caught:
        state.deactivate_person(ROOT, "jnae")
    assert "jane" in caught.value.fix


def test_a_change_holds_at_the_next_request(state: ServiceState) -> None:
    state.add_person(ROOT, "jane", PersonRole.ADMIN, RED)
    token = state.new_token(ROOT, "jane", days=1).token
    cookie = _session(state, "jane")
    for _ in range(2):
        for found in (state.principal_of_token(token), state.principal_of_cookie(cookie, is_team=True)):
            assert found is not None
            assert (found.role, found.clearance) == (PersonRole.ADMIN, RED)
    state.change_person(ROOT, "jane", role=PersonRole.VIEWER, clearance=GREEN)
    for found in (state.principal_of_token(token), state.principal_of_cookie(cookie, is_team=True)):
        assert found is not None
        assert (found.role, found.clearance) == (PersonRole.VIEWER, GREEN)


def test_who_is_removed_is_out_at_once_and_for_good(state: ServiceState) -> None:
    state.add_person(ROOT, "jane", PersonRole.ADMIN, RED)
    token, cookie = state.new_token(ROOT, "jane", days=1).token, _session(state, "jane")
    invitation, _ = state.invite(ROOT, "jane")
    state.deactivate_person(ROOT, "jane")
    state.add_person(ROOT, "jane", PersonRole.ADMIN, RED)
    assert state.principal_of_token(token) is None
    assert state.principal_of_cookie(cookie, is_team=True) is None
    assert state.sign_in(invitation, is_team=True) is None


def test_nobody_grants_more_than_the_own(state: ServiceState) -> None:
    state.add_person(ROOT, "ann", PersonRole.ADMIN, AMBER)
    state.add_person(ROOT, "chief", PersonRole.ADMIN, RED)
    ann = _actor(state, "ann")
    state.add_person(ann, "bob", PersonRole.ADMIN, AMBER)
    with pytest.raises(RefusedError, match="more than the own"):
        state.add_person(ann, "eve", PersonRole.VIEWER, RED)
    with pytest.raises(RefusedError, match="more than the own"):
        state.add_person(ann, "eve", PersonRole.VIEWER, Marking(Tlp.GREEN, frozenset({"FRA"})))
    with pytest.raises(RefusedError, match="more than the own"):
        state.change_person(ann, "bob", clearance=RED)
    with pytest.raises(RefusedError, match="more than the own"):
        state.change_person(ann, "chief", clearance=GREEN)
    for way_in in (lambda: state.invite(ann, "chief"), lambda: state.new_token(ann, "chief", days=1)):
        with pytest.raises(RefusedError, match="more than the own"):
            way_in()
    with pytest.raises(RefusedError, match="own role"):
        state.change_person(ann, "ann", clearance=GREEN)
    with pytest.raises(RefusedError, match="own role"):
        state.deactivate_person(ann, "ann")
    state.deactivate_person(ann, "chief")  # to end something is always within one's own


def test_who_was_removed_does_not_come_back_with_more_by_one_who_sees_less(state: ServiceState) -> None:
    state.add_person(ROOT, "ann", PersonRole.ADMIN, GREEN)
    state.add_person(ROOT, "chief", PersonRole.ADMIN, RED)
    state.deactivate_person(ROOT, "chief")
    with pytest.raises(RefusedError, match="more than the own"):
        state.add_person(_actor(state, "ann"), "chief", PersonRole.VIEWER, GREEN)


def test_views_are_their_owners(state: ServiceState) -> None:
    alone, jane = Principal("root", PersonRole.ADMIN), Principal("jane", PersonRole.VIEWER, GREEN, 1)
    state.save_view(jane, "chips", "/api/v1/episodes/russia-2022/measure?goods=chips")
    state.save_view(jane, "chips", "/api/v1/episodes")
    state.save_view(alone, "chips", "/api/v1/goods")
    assert [each["address"] for each in state.views(jane)] == ["/api/v1/episodes"]
    state.remove_view(alone, "chips")
    assert state.views(alone) == []
    assert len(state.views(jane)) == 1
    with pytest.raises(NotFoundError):
        state.remove_view(alone, "chips")


@pytest.mark.parametrize(
    "address", ["https://example.org", "//example.org", "javascript:x", "/a\\b", "/a\n", "", "/" * 8_001]
)
def test_a_view_stays_on_the_service(state: ServiceState, address: str) -> None:
    with pytest.raises(UsageError, match="address of this service"):
        state.save_view(Principal("root", PersonRole.ADMIN), "x", address)


def _actor(state: ServiceState, name: str) -> ActingPerson:
    person = state.person(name)
    return ActingPerson(name, Principal(name, person.role, person.clearance, person.id, "session"))


def _session(state: ServiceState, name: str) -> str:
    done = state.sign_in(state.invite(ROOT, name)[0], is_team=True)
    assert done is not None
    return done.secret
