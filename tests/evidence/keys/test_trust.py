"""Trust: what a key is worth on a day, on whose word, and a log that shows every change made behind its back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from partners import BY, DAY, DAYS, PASSPHRASE, handed_over, key, lines, own, rotated, states, trust

from stopgap.base.errors import InputError, NotFoundError, RefusedError, UsageError
from stopgap.evidence.keys import files as key_files
from stopgap.evidence.keys.own_keys import remarks, rotate_key, signing_key
from stopgap.evidence.keys.partner_keys import (
    accept,
    candidate,
    key_or_file,
    revoke_by_file,
    revoke_own,
    revoke_trusted,
)
from stopgap.evidence.keys.signing_keys import make_revocation, own_keys
from stopgap.evidence.keys.trust import LOG, KeyState, TrustedKey, check_head, read_trust


class TestStanding:
    def test_of_a_stranger(self, tmp_path: Path) -> None:
        _, public = key(1)
        found = read_trust(tmp_path).standing(public, on=DAY)
        assert (found.state, found.holds) == (KeyState.UNKNOWN, False)
        assert public.fingerprint in found.why
        assert read_trust(tmp_path).find(public.fingerprint) is None

    @pytest.mark.parametrize(
        ("day", "state"),
        [
            ("2025-12-31", "not yet valid"),
            ("2026-01-01", "trusted"),
            ("2027-12-31", "trusted"),
            ("2028-01-01", "expired"),
        ],
    )
    def test_of_a_trusted_key_by_day(self, day: str, state: str, tmp_path: Path) -> None:
        _, public = key(1)
        trust(tmp_path, public, "france")
        found = read_trust(tmp_path).standing(public.fingerprint, on=day)
        assert found.state == state
        assert found.holds == (state == "trusted")
        assert "france" in found.why

    def test_asks_the_stores_own_copy_for_the_days(self, tmp_path: Path) -> None:
        _, public = key(1)
        trust(tmp_path, public)
        claimed = replace(public, valid_to="2099-12-31")
        assert read_trust(tmp_path).standing(claimed, on="2028-01-01").state == "expired"

    def test_of_an_own_key(self, tmp_path: Path) -> None:
        public = own(tmp_path)
        found = read_trust(tmp_path).find(public.fingerprint)
        assert found is not None
        assert (found.is_own, found.key, found.who, found.when) == (True, public, BY["who"], BY["when"])
        assert read_trust(tmp_path).standing(public, on=DAY).state == "trusted"
        assert states(tmp_path) == {public.fingerprint: "own"}
        assert states(tmp_path, "2028-01-01") == {public.fingerprint: "expired"}

    def test_a_revoked_key_is_revoked_whatever_else_it_is(self, tmp_path: Path) -> None:
        _, public = key(1)
        revoke_trusted(tmp_path, trust(tmp_path, public), why="stolen", **BY)
        for day in ("2025-01-01", DAY, "2030-01-01"):
            found = read_trust(tmp_path).standing(public, on=day)
            assert (found.state, found.holds, found.since) == (KeyState.REVOKED, False, BY["when"])
        assert found.why == "the key ann was revoked here, by lea on 2026-07-01: stolen"


class TestTrusting:
    def test_writes_who_when_and_why(self, tmp_path: Path) -> None:
        _, public = key(1)
        trust(tmp_path, public, "france")
        [event] = lines(tmp_path)
        assert {name: event[name] for name in ("event", "fingerprint", "as", "own", "how", "who", "when")} == {
            "event": "trusted",
            "fingerprint": public.fingerprint,
            "as": "france",
            "own": False,
            "how": "compared",
            **BY,
        }
        assert event["key"] == public.as_dict()

    def test_twice_changes_nothing(self, tmp_path: Path) -> None:
        _, public = key(1)
        first = trust(tmp_path, public, "france")
        assert trust(tmp_path, public, "another") == first
        assert len(lines(tmp_path)) == 1

    def test_the_same_key_with_other_particulars_is_refused(self, tmp_path: Path) -> None:
        trust(tmp_path, key(1)[1])
        for changed in (key(1, "bob")[1], key(1, valid_to="2099-01-01")[1]):
            with pytest.raises(RefusedError, match="known with another name or other days"):
                trust(tmp_path, changed)

    def test_a_name_stands_for_one_key(self, tmp_path: Path) -> None:
        trust(tmp_path, key(1)[1])
        with pytest.raises(RefusedError, match="another trusted key is called ann") as caught:
            trust(tmp_path, key(2)[1])
        assert "--as" in caught.value.fix
        trust(tmp_path, key(2)[1], "ann-2")
        with pytest.raises(RefusedError, match="you trust a key of this name"):
            own(tmp_path, "ann-2")
        own(tmp_path, "mine")
        with pytest.raises(RefusedError, match="your own key is called mine"):
            trust(tmp_path, key(3)[1], "mine")

    def test_a_name_is_free_again_once_its_key_is_revoked(self, tmp_path: Path) -> None:
        revoke_trusted(tmp_path, trust(tmp_path, key(1)[1]), why="lost", **BY)
        trust(tmp_path, key(2)[1])
        named = read_trust(tmp_path).named("ann")
        assert named is not None
        assert named.key == key(2)[1]

    def test_ones_own_key_is_trusted_already(self, tmp_path: Path) -> None:
        public = own(tmp_path)
        assert trust(tmp_path, public, "other").is_own
        assert len(lines(tmp_path)) == 1

    def test_a_revoked_key_does_not_come_back(self, tmp_path: Path) -> None:
        public = key(1)[1]
        revoke_trusted(tmp_path, trust(tmp_path, public), why="lost", **BY)
        with pytest.raises(RefusedError, match="cannot be trusted"):
            trust(tmp_path, public)

    def test_even_a_log_that_trusts_it_again_does_not_bring_it_back(self, tmp_path: Path) -> None:
        public = key(1)[1]
        trusted = trust(tmp_path, public)
        [again] = lines(tmp_path)
        revoke_trusted(tmp_path, trusted, why="lost", **BY)
        with LOG.writing(tmp_path) as log:
            log.append([again])
        assert states(tmp_path) == {public.fingerprint: "revoked"}

    def test_what_was_asked_is_looked_at_again(self, tmp_path: Path) -> None:
        old, first = key(1)
        trust(tmp_path, first)
        asked = candidate(tmp_path, handed_over(tmp_path, key(2, succeeds=old)[1]), name=None, today=DAY)
        assert asked.vouched_by is not None
        revoke_trusted(tmp_path, asked.vouched_by, why="stolen meanwhile", **BY)
        with pytest.raises(RefusedError, match="does not vouch for it any more"):
            accept(tmp_path, asked, how=None, **BY)

    @pytest.mark.parametrize("text", ["A", "con", "../x"])
    def test_names_that_cannot_be(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(UsageError):
            trust(tmp_path, key(1)[1], text)


class TestRotation:
    def test_of_ones_own_key(self, tmp_path: Path) -> None:
        old = own(tmp_path)
        new = rotated(tmp_path)
        assert new.name == old.name
        assert new.succeeds is not None
        assert new.succeeds.fingerprint == old.fingerprint
        assert states(tmp_path) == {new.fingerprint: "own", old.fingerprint: "retired"}
        assert [event["event"] for event in lines(tmp_path)] == ["trusted", "trusted", "retired"]
        standing = read_trust(tmp_path).standing(old, on=DAY)
        assert (standing.holds, standing.since) == (True, BY["when"])
        assert read_trust(tmp_path).standing(old, on="2028-01-01").state == "expired"

    def test_keeps_the_old_private_key_and_signs_with_the_new(self, tmp_path: Path) -> None:
        old = own(tmp_path)
        new = rotated(tmp_path)
        assert signing_key(tmp_path, "ann", PASSPHRASE, on=DAY).fingerprint == new.fingerprint
        assert key_files.private_file(tmp_path, "ann", old.fingerprint).exists()
        assert own_keys(tmp_path) == [new, old]

    def test_again_and_again(self, tmp_path: Path) -> None:
        keys = [own(tmp_path), rotated(tmp_path), rotated(tmp_path)]
        assert states(tmp_path) == dict(
            zip([each.fingerprint for each in keys], ["retired", "retired", "own"], strict=True)
        )

    def test_with_another_passphrase(self, tmp_path: Path) -> None:
        own(tmp_path)
        rotate_key(tmp_path, "ann", PASSPHRASE, new_passphrase="another", **DAYS, **BY)
        with pytest.raises(RefusedError, match="passphrase"):
            signing_key(tmp_path, "ann", PASSPHRASE, on=DAY)
        assert signing_key(tmp_path, "ann", "another", on=DAY)

    def test_with_a_wrong_passphrase_changes_nothing(self, tmp_path: Path) -> None:
        own(tmp_path)
        before = sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file())
        with pytest.raises(RefusedError, match="passphrase"):
            rotate_key(tmp_path, "ann", "wrong", new_passphrase=None, **DAYS, **BY)
        after = sorted((path, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file())
        assert before == after

    def test_a_partner_takes_the_old_keys_word(self, tmp_path: Path) -> None:
        old, first = key(1)
        new = key(2, succeeds=old)[1]
        trust(tmp_path, first, "france")
        asked = candidate(tmp_path, handed_over(tmp_path, new), name=None, today=DAY)
        assert asked.vouched_by is not None
        assert (asked.vouched_by.fingerprint, asked.name) == (first.fingerprint, "france")
        kept = accept(tmp_path, asked, how=None, **BY)
        assert kept.word_of == first.fingerprint
        assert kept.how == f"the trusted key france ({first.fingerprint}) vouches for it"
        assert states(tmp_path) == {first.fingerprint: "retired", new.fingerprint: "trusted"}
        assert [event["event"] for event in lines(tmp_path)] == ["trusted", "trusted", "replaced"]
        named = read_trust(tmp_path).named("france")
        assert named is not None
        assert named.key == new

    def test_a_second_successor_is_not_believed(self, tmp_path: Path) -> None:
        old, first = key(1)
        trust(tmp_path, first)
        trust(tmp_path, key(2, succeeds=old)[1])
        asked = candidate(tmp_path, handed_over(tmp_path, key(3, succeeds=old)[1]), name="new", today=DAY)
        assert asked.vouched_by is None
        assert "has another successor" in asked.note

    @pytest.mark.parametrize("day", ["2025-12-31", "2028-01-01"])
    def test_the_word_of_a_key_that_does_not_hold_does_not_count(self, day: str, tmp_path: Path) -> None:
        old, first = key(1)
        trust(tmp_path, first)
        new = handed_over(tmp_path, key(2, succeeds=old, valid_from="2020-01-01", valid_to="2030-01-01")[1])
        asked = candidate(tmp_path, new, name="new", today=day)
        assert asked.vouched_by is None
        assert "its word does not count" in asked.note

    def test_nor_that_of_a_revoked_or_unknown_one(self, tmp_path: Path) -> None:
        old, first = key(1)
        new = handed_over(tmp_path, key(2, succeeds=old)[1])
        asked = candidate(tmp_path, new, name=None, today=DAY)
        assert (asked.vouched_by, asked.note) == (None, "it takes the place of a key that is not trusted here")
        revoke_trusted(tmp_path, trust(tmp_path, first), why="stolen", **BY)
        asked = candidate(tmp_path, new, name=None, today=DAY)
        assert asked.vouched_by is None
        assert "revoked" in asked.note

    def test_a_revoked_key_has_no_successor(self, tmp_path: Path) -> None:
        own(tmp_path)
        found = read_trust(tmp_path).known("ann")
        revoke_own(tmp_path, found, PASSPHRASE, why="lost", **BY)
        with pytest.raises(RefusedError, match="the key ann is revoked"):
            rotated(tmp_path)


class TestRevoking:
    def test_ones_own_key_makes_a_file_for_partners(self, tmp_path: Path) -> None:
        mine, theirs = tmp_path / "mine", tmp_path / "theirs"
        public = own(mine)
        trust(theirs, public, "france")
        done = revoke_own(mine, read_trust(mine).known("ann"), PASSPHRASE, why="laptop lost", **BY)
        assert done.file is not None
        assert states(mine) == {public.fingerprint: "revoked"}
        taken = revoke_by_file(theirs, done.file, **BY)
        assert (taken.name, taken.was_known, taken.why) == ("france", True, "laptop lost")
        found = read_trust(theirs).standing(public, on=DAY)
        assert found.why == "the key france was revoked by its own signature on 2026-07-01: laptop lost"

    def test_again_writes_the_same_file(self, tmp_path: Path) -> None:
        own(tmp_path)
        found = read_trust(tmp_path).known("ann")
        file = revoke_own(tmp_path, found, PASSPHRASE, why="lost", **BY).file
        assert file is not None
        content = file.read_bytes()
        file.unlink()
        again = revoke_own(
            tmp_path, found, PASSPHRASE, why="another reason", who="bob", when="2027-01-01T00:00:00.000000Z"
        )
        assert again.why == "lost"
        assert file.read_bytes() == content
        assert len(lines(tmp_path)) == 2

    def test_with_a_wrong_passphrase_changes_nothing(self, tmp_path: Path) -> None:
        own(tmp_path)
        with pytest.raises(RefusedError, match="passphrase"):
            revoke_own(tmp_path, read_trust(tmp_path).known("ann"), "wrong", why="lost", **BY)
        assert len(lines(tmp_path)) == 1

    def test_a_retired_key_by_its_fingerprint(self, tmp_path: Path) -> None:
        old = own(tmp_path)
        new = rotated(tmp_path)
        found = read_trust(tmp_path).known(old.spoken)
        revoke_own(tmp_path, found, PASSPHRASE, why="found on a stick", **BY)
        assert states(tmp_path) == {old.fingerprint: "revoked", new.fingerprint: "own"}

    def test_a_key_that_was_never_trusted_is_refused_from_then_on(self, tmp_path: Path) -> None:
        private, public = key(1)
        file = tmp_path / "x.revoked.json"
        file.write_text(make_revocation(private, why="lost", on=DAY).file_text)
        assert not revoke_by_file(tmp_path, file, **BY).was_known
        assert read_trust(tmp_path).standing(public, on=DAY).state == "revoked"
        with pytest.raises(RefusedError, match="cannot be trusted"):
            trust(tmp_path, public)
        revoke_by_file(tmp_path, file, **BY)
        assert len(lines(tmp_path)) == 1

    def test_names_the_keys_that_leaned_on_it(self, tmp_path: Path) -> None:
        old, first = key(1)
        trust(tmp_path, first, "france")
        new = handed_over(tmp_path, key(2, succeeds=old)[1])
        accept(tmp_path, candidate(tmp_path, new, name="france-new", today=DAY), how=None, **BY)
        done = revoke_trusted(tmp_path, read_trust(tmp_path).known("france"), why="stolen", **BY)
        assert done.leaned_on_it == ("france-new",)

    def test_names_none_whose_fingerprint_was_compared(self, tmp_path: Path) -> None:
        old, first = key(1)
        trust(tmp_path, first, "france")
        trust(tmp_path, key(2, succeeds=old)[1], "france-new")
        done = revoke_trusted(tmp_path, read_trust(tmp_path).known("france"), why="stolen", **BY)
        assert done.leaned_on_it == ()

    def test_a_revoked_key_cannot_sign_a_pack(self, tmp_path: Path) -> None:
        own(tmp_path)
        assert signing_key(tmp_path, "ann", PASSPHRASE, on=DAY)
        for day, says in (("2028-01-01", "held until"), ("2025-01-01", "holds from")):
            with pytest.raises(RefusedError, match=says):
                signing_key(tmp_path, "ann", PASSPHRASE, on=day)
        revoke_own(tmp_path, read_trust(tmp_path).known("ann"), PASSPHRASE, why="lost", **BY)
        with pytest.raises(RefusedError, match="cannot sign"):
            signing_key(tmp_path, "ann", PASSPHRASE, on=DAY)

    def test_a_text_is_a_key_before_it_is_a_file(self, tmp_path: Path) -> None:
        public = key(1)[1]
        trust(tmp_path, public)
        for text in ("ann", public.fingerprint, public.spoken, public.spoken.replace(" ", "")):
            found = key_or_file(tmp_path, text)
            assert isinstance(found, TrustedKey)
            assert found.key == public
        assert key_or_file(tmp_path, "./ann") == Path("ann")
        assert key_or_file(tmp_path, "x.json") == Path("x.json")
        with pytest.raises(NotFoundError, match="no key is called 'bob'") as caught:
            key_or_file(tmp_path, "bob")
        assert caught.value.fix == "Known: ann"


class TestLog:
    def test_every_changed_line_is_found_and_named(self, tmp_path: Path) -> None:
        own(tmp_path)
        revoke_own(tmp_path, read_trust(tmp_path).known("ann"), PASSPHRASE, why="lost", **BY)
        path = tmp_path / "trust.jsonl"
        content = path.read_bytes()
        for position in range(0, len(content), 7):
            path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
            with pytest.raises(RefusedError, match="the trust store is not as it was written") as caught:
                read_trust(tmp_path)
            number = content[:position].count(b"\n") + 1
            assert f"trust.jsonl, line {number}" in caught.value.where
            assert "keys list --head" in caught.value.fix

    def test_a_revocation_cannot_be_taken_out_or_swapped(self, tmp_path: Path) -> None:
        for number in (1, 2, 3):
            trust(tmp_path, key(number)[1], f"k{number}")
        path = tmp_path / "trust.jsonl"
        one, two, three = path.read_bytes().splitlines(keepends=True)
        for wrong in (one + three, two + three, two + one + three, one + one + two + three):
            path.write_bytes(wrong)
            with pytest.raises(RefusedError):
                read_trust(tmp_path)

    def test_what_was_cut_off_is_seen_with_a_noted_head(self, tmp_path: Path) -> None:
        trusted = trust(tmp_path, key(1)[1])
        early = read_trust(tmp_path).head
        revoke_trusted(tmp_path, trusted, why="lost", **BY)
        late = read_trust(tmp_path).head
        assert (check_head(tmp_path, early), check_head(tmp_path, late)) == (1, 0)
        path = tmp_path / "trust.jsonl"
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
        assert read_trust(tmp_path).events == 1  # without a head it cannot be seen
        with pytest.raises(RefusedError, match="missing at the end"):
            check_head(tmp_path, late)

    def test_half_a_line_is_no_event_and_goes(self, tmp_path: Path) -> None:
        trust(tmp_path, key(1)[1], "one")
        path = tmp_path / "trust.jsonl"
        whole = path.read_bytes()
        path.write_bytes(whole + whole[:50])
        store = read_trust(tmp_path)
        assert (store.events, store.torn_bytes) == (1, 50)
        assert "50 bytes after the last line" in remarks(tmp_path, store)[0]
        trust(tmp_path, key(2)[1], "two")
        store = read_trust(tmp_path)
        assert (store.events, store.torn_bytes) == (2, 0)

    @pytest.mark.parametrize(
        "event",
        [
            {"event": "replaced", "fingerprint": "sha256:00", "by": "x", **BY, "why": "x"},
            {"event": "trusted", "fingerprint": "x", "key": {}, "as": "x", "own": False, "how": "", **BY, "why": ""},
            {"event": "forgotten", "fingerprint": "x"},
            {"event": "revoked", "fingerprint": "x"},
        ],
    )
    def test_events_that_say_nothing_are_named(self, event: dict[str, Any], tmp_path: Path) -> None:
        trust(tmp_path, key(1)[1])
        with LOG.writing(tmp_path) as log:
            log.append([event])
        with pytest.raises(InputError, match="the trust store is damaged") as caught:
            read_trust(tmp_path)
        assert "line 2" in caught.value.where

    def test_a_key_in_it_is_checked_as_a_file_is(self, tmp_path: Path) -> None:
        trust(tmp_path, key(1)[1])
        [event] = lines(tmp_path)
        event["key"]["valid_to"] = "2099-01-01"
        (tmp_path / "trust.jsonl").unlink()
        with LOG.writing(tmp_path) as log:
            log.append([event])
        with pytest.raises(InputError, match="the trust store is damaged") as caught:
            read_trust(tmp_path)
        assert "signature does not hold" in caught.value.where

    def test_a_home_that_cannot_be_written(self, tmp_path: Path) -> None:
        home, file = tmp_path / "home", tmp_path / "x.revoked.json"
        home.write_text("a file")
        file.write_text(make_revocation(key(1)[0], why="lost", on=DAY).file_text)
        for do in (lambda: own(home), lambda: revoke_by_file(home, file, **BY)):
            with pytest.raises(RefusedError, match="cannot be kept") as caught:
                do()
            assert str(home) in caught.value.where
            assert "STOPGAP_HOME" in caught.value.fix

    def test_a_log_that_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "trust.jsonl").mkdir()
        with pytest.raises(InputError, match="the trust store cannot be read") as caught:
            read_trust(tmp_path)
        assert "STOPGAP_HOME" in caught.value.fix

    def test_a_damaged_own_file_is_named(self, tmp_path: Path) -> None:
        own(tmp_path)
        path = key_files.public_file(tmp_path, "ann")
        path.write_text(path.read_text().replace("2027", "2029"))
        with pytest.raises(InputError, match="signature does not hold") as caught:
            read_trust(tmp_path)
        assert caught.value.where == str(path)


def test_remarks_name_open_files_and_strangers(tmp_path: Path) -> None:
    public = own(tmp_path)
    assert remarks(tmp_path, read_trust(tmp_path)) == []
    private = key_files.private_file(tmp_path, "ann", public.fingerprint)
    private.chmod(0o644)
    stranger = key_files.public_file(tmp_path, "bob")
    stranger.write_text(key(7, "bob")[1].file_text)
    said = remarks(tmp_path, read_trust(tmp_path))
    assert len(said) == 2
    assert str(private) in said[0]
    assert str(stranger) in said[1]
    assert read_trust(tmp_path).find(key(7, "bob")[1].fingerprint) is None
