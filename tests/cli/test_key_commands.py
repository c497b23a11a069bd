"""The commands of keys, as two partners use them; prompts at a real terminal."""

from __future__ import annotations

import datetime as dt
import json
import os
import select
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_calls import csv_rows, stopgap

from stopgap.evidence.keys.signing_keys import load_private_key, read_public_key

Run = Callable[..., Any]
PASSPHRASE = "correct horse, battery"
WIDE = ("--valid-from", "2020-01-01", "--valid-to", "2120-12-31")
PAST = ("--valid-from", "2020-01-01", "--valid-to", "2021-12-31")
TO_COME = ("--valid-from", "2120-01-01", "--valid-to", "2121-12-31")


@dataclass
class Desk:
    """A user's folder, and the commands as that user runs them."""

    home: Path
    run: Run
    monkeypatch: pytest.MonkeyPatch

    def __call__(self, *arguments: object) -> Any:
        self.monkeypatch.setenv("STOPGAP_HOME", str(self.home))
        return self.run("keys", *arguments)

    def new(self, name: str = "ann", *more: object) -> Any:
        ran = self("new", name, *(more or WIDE), "--format", "json")
        assert ran.code == 0, ran.out
        return ran.document

    def states(self) -> list[tuple[str, str]]:
        document = self("list", "--format", "json").document
        return sorted((each["name"], each["state"]) for each in document["keys"])


@pytest.fixture
def desks(stopgap_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, Desk]:
    monkeypatch.setenv("STOPGAP_PASSPHRASE", PASSPHRASE)
    return (Desk(tmp_path / "mine", stopgap_run, monkeypatch), Desk(tmp_path / "theirs", stopgap_run, monkeypatch))


@pytest.fixture
def mine(desks: tuple[Desk, Desk]) -> Desk:
    return desks[0]


@pytest.fixture
def theirs(desks: tuple[Desk, Desk]) -> Desk:
    return desks[1]


class TestNew:
    def test_makes_a_key_that_signs(self, mine: Desk) -> None:
        made = mine.new()
        public = read_public_key(Path(made["public_key_file"]))
        private = load_private_key(mine.home, "ann", PASSPHRASE)
        assert public.verify(b"text", private.sign(b"text"))
        assert (made["name"], made["fingerprint"], made["spoken"]) == ("ann", public.fingerprint, public.spoken)
        assert (made["valid_from"], made["valid_to"]) == ("2020-01-01", "2120-12-31")

    def test_holds_two_years_from_today_where_no_day_is_given(self, mine: Desk) -> None:
        before = dt.datetime.now(dt.UTC).date().isoformat()
        made = mine.new("ann", "--by", "lea")
        after = dt.datetime.now(dt.UTC).date().isoformat()
        assert before <= made["valid_from"] <= after
        assert int(made["valid_to"][:4]) == int(made["valid_from"][:4]) + 2

    def test_the_folder_is_for_its_owner_alone(self, mine: Desk) -> None:
        made = mine.new()
        private = Path(made["private_key_file"])
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
        assert stat.S_IMODE(private.parent.stat().st_mode) == 0o700

    def test_shows_the_groups_and_what_to_do(self, mine: Desk) -> None:
        ran = mine("new", "ann", *WIDE)
        groups = mine("show", "ann", "--format", "json").document["spoken"].split()
        assert "    " + "   ".join(groups[4:8]) + "\n" in ran.out
        assert "file for partners: " in ran.out
        assert PASSPHRASE not in ran.out + ran.err

    def test_is_never_written_over(self, mine: Desk) -> None:
        made = mine.new()
        ran = mine("new", "ann", *WIDE)
        assert (ran.code, ran.err.splitlines()[0]) == (5, "you have a key of this name: ann")
        assert "keys rotate" in ran.err
        assert mine("show", "ann", "--format", "json").document["fingerprint"] == made["fingerprint"]

    def test_says_where_a_key_does_not_hold_today(self, mine: Desk) -> None:
        assert "it does not hold today" in mine("new", "old", *PAST).out
        assert mine.states() == [("old", "expired")]

    @pytest.mark.parametrize("name", ["Ann", "con", "a/b", "../../x", "a.", "é", ".hidden", "x" * 65])
    def test_names_that_cannot_be(self, name: str, mine: Desk) -> None:
        ran = mine("new", name)
        assert (ran.code, "no name of a key" in ran.err) == (2, True)
        assert not mine.home.exists()

    @pytest.mark.parametrize(
        ("days", "says"),
        [
            (("--valid-from", "tomorrow"), "'tomorrow' is no day"),
            (("--valid-from", "2027-01-01", "--valid-to", "2026-01-01"), "before the first"),
            (("--valid-to", "2026-13-01"), "is no day"),
        ],
    )
    def test_days_that_cannot_be(self, days: tuple[str, ...], says: str, mine: Desk) -> None:
        ran = mine("new", "ann", *days)
        assert (ran.code, says in ran.err) == (2, True)

    def test_a_home_that_cannot_be_written(self, mine: Desk) -> None:
        mine.home.write_text("a file")
        ran = mine("new", "ann")
        assert ran.code in (3, 5)
        assert "STOPGAP_HOME" in ran.err
        assert str(mine.home) in ran.err

    def test_whom_it_is_made_by_is_kept(self, mine: Desk) -> None:
        mine.new("ann", "--by", "Lea Martin")
        assert mine("show", "ann", "--format", "json").document["who"] == "Lea Martin"
        ran = mine("new", "bob", "--by", "a\x1b[2J")
        assert (ran.code, "--by" in ran.err) == (2, True)


class TestPassphrase:
    def test_from_a_file_goes_before_the_environment(self, mine: Desk, tmp_path: Path) -> None:
        file = tmp_path / "passphrase.txt"
        file.write_text("from a file\n")
        mine.new("ann", "--passphrase-file", file)
        assert load_private_key(mine.home, "ann", "from a file")

    @pytest.mark.parametrize("content", [b"\xef\xbb\xbfp\xc3\xa4s s", b"p\xc3\xa4s s\r\n", b"p\xc3\xa4s s\n"])
    def test_files_of_any_editor_do(self, content: bytes, mine: Desk, tmp_path: Path) -> None:
        file = tmp_path / "passphrase.txt"
        file.write_bytes(content)
        mine.new("ann", "--passphrase-file", file)
        assert load_private_key(mine.home, "ann", "päs s")

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "the passphrase is empty"),
            (b"\n", "the passphrase is empty"),
            (b"  \n", "the passphrase is empty"),
            (b"one\ntwo\n", "has several lines"),
            (b"p\xe4s", "not in UTF-8"),
            (b"x" * 1001, "longer than 1,000 bytes"),
            (b"x" * 10_000_000, "larger than 64 KB"),
            (None, "the passphrase file cannot be read"),
        ],
    )
    def test_files_that_are_none(self, content: bytes | None, says: str, mine: Desk, tmp_path: Path) -> None:
        file = tmp_path / "passphrase.txt"
        if content is not None:
            file.write_bytes(content)
        ran = mine("new", "ann", "--passphrase-file", file)
        assert (ran.code, says in ran.err, str(file) in ran.err) == (3, True, True)
        assert not (mine.home / "keys").exists()

    def test_that_is_empty_in_the_environment_is_refused(self, mine: Desk) -> None:
        mine.monkeypatch.setenv("STOPGAP_PASSPHRASE", "")
        ran = mine("new", "ann")
        assert (ran.code, "$STOPGAP_PASSPHRASE" in ran.err) == (3, True)

    def test_that_is_nowhere_is_asked_for_in_words(self, mine: Desk) -> None:
        mine.monkeypatch.delenv("STOPGAP_PASSPHRASE")
        done = stopgap("keys", "new", "ann", env={"STOPGAP_HOME": str(mine.home)})
        assert done.returncode == 2
        assert done.stderr.decode().splitlines() == [
            "a passphrase is needed, and nobody sits at a terminal",
            "  where: $STOPGAP_PASSPHRASE is not set",
            "  fix:   give --passphrase-file FILE, or set STOPGAP_PASSPHRASE",
        ]

    def test_that_is_wrong_is_refused(self, mine: Desk) -> None:
        mine.new()
        mine.monkeypatch.setenv("STOPGAP_PASSPHRASE", "wrong")
        for words in (("rotate", "ann"), ("revoke", "ann", "--why", "lost")):
            ran = mine(*words)
            assert (ran.code, ran.err.splitlines()[0]) == (5, "the passphrase does not open the key")
        assert mine.states() == [("ann", "own")]


class TestTrust:
    def test_needs_a_fingerprint_where_nobody_sits(self, mine: Desk, theirs: Desk) -> None:
        made = mine.new()
        ran = theirs("trust", made["public_key_file"])
        assert (ran.code, "nobody has compared the fingerprint of ann" in ran.err) == (2, True)
        assert made["spoken"] in ran.err
        assert theirs.states() == []

    @pytest.mark.parametrize("form", ["spoken", "digits", "hex", "bare hex"])
    def test_takes_the_fingerprint_in_any_form(self, form: str, mine: Desk, theirs: Desk) -> None:
        made = mine.new()
        said = {
            "spoken": made["spoken"],
            "digits": made["spoken"].replace(" ", ""),
            "hex": made["fingerprint"],
            "bare hex": made["fingerprint"][7:].upper(),
        }[form]
        ran = theirs("trust", made["public_key_file"], "--as", "france", "--fingerprint", said, "--format", "json")
        assert ran.code == 0
        assert {name: ran.document[name] for name in ("name", "owner_calls_it", "state", "how", "already")} == {
            "name": "france",
            "owner_calls_it": "ann",
            "state": "trusted",
            "how": "its fingerprint was given",
            "already": False,
        }

    def test_another_fingerprint_is_refused(self, mine: Desk, theirs: Desk) -> None:
        made, other = mine.new(), mine.new("bob")
        for said in (other["spoken"], other["fingerprint"]):
            ran = theirs("trust", made["public_key_file"], "--fingerprint", said)
            assert (ran.code, "is not that of the key in the file" in ran.err) == (5, True)
        ran = theirs("trust", made["public_key_file"], "--fingerprint", made["spoken"][:29], "--yes")
        assert (ran.code, "no fingerprint" in ran.err) == (2, True)
        assert theirs.states() == []

    def test_again_changes_nothing(self, mine: Desk, theirs: Desk) -> None:
        made = mine.new()
        theirs("trust", made["public_key_file"], "--yes")
        ran = theirs("trust", made["public_key_file"], "--format", "json")
        assert (ran.code, ran.document["already"]) == (0, True)
        assert len((theirs.home / "trust.jsonl").read_text().splitlines()) == 1

    def test_ones_own_key(self, mine: Desk) -> None:
        ran = mine("trust", mine.new()["public_key_file"], "--yes")
        assert (ran.code, ran.out.splitlines()[0]) == (0, "ann is your own key")

    def test_a_file_that_was_changed_is_refused(self, mine: Desk, theirs: Desk) -> None:
        path = Path(mine.new()["public_key_file"])
        path.write_text(path.read_text().replace("2120", "2130"))
        ran = theirs("trust", path, "--yes")
        assert ran.code == 3
        assert ran.err.splitlines()[0] == (
            "this is no public key file: its signature does not hold: what it says was changed"
        )

    def test_a_private_key_is_not_taken(self, mine: Desk, theirs: Desk) -> None:
        ran = theirs("trust", mine.new()["private_key_file"], "--yes")
        assert (ran.code, "must never leave its owner" in ran.err) == (3, True)

    def test_a_key_that_has_expired_is_told(self, mine: Desk, theirs: Desk) -> None:
        for name, days, state in (("old", PAST, "expired"), ("next", TO_COME, "not yet valid")):
            ran = theirs("trust", mine.new(name, *days)["public_key_file"], "--yes")
            assert ran.code == 0
            assert f"{name} is {state}: " in ran.out

    def test_a_name_that_is_taken(self, mine: Desk, theirs: Desk) -> None:
        theirs.new("ann")
        ran = theirs("trust", mine.new()["public_key_file"], "--yes")
        assert (ran.code, "--as NAME" in ran.err) == (5, True)


class TestRotate:
    def test_a_partner_needs_no_second_call(self, mine: Desk, theirs: Desk) -> None:
        old = mine.new()
        theirs("trust", old["public_key_file"], "--as", "france", "--yes")
        rotated = mine("rotate", "ann", *WIDE, "--format", "json").document
        assert rotated["succeeds"] == old["fingerprint"] != rotated["fingerprint"]
        assert mine.states() == [("ann", "own"), ("ann", "retired")]
        ran = theirs("trust", rotated["public_key_file"])
        assert ran.code == 0
        assert ran.out.splitlines()[0] == (
            f"france is trusted: the trusted key france ({old['fingerprint']}) vouches for it"
        )
        assert theirs.states() == [("france", "retired"), ("france", "trusted")]

    def test_the_word_of_an_expired_key_is_not_enough(self, mine: Desk, theirs: Desk) -> None:
        old = mine.new("ann", *PAST)
        theirs("trust", old["public_key_file"], "--yes")
        ran = mine("rotate", "ann", *WIDE)
        assert "partners must compare the fingerprint" in ran.out
        assert "need no fingerprint" not in ran.out
        ran = theirs("trust", mine.home / "keys" / "ann.pub.json", "--as", "ann-2")
        assert (ran.code, "its word does not count" in ran.err) == (2, True)

    def test_with_a_new_passphrase(self, mine: Desk, tmp_path: Path) -> None:
        mine.new()
        file = tmp_path / "new.txt"
        file.write_text("another")
        assert mine("rotate", "ann", "--new-passphrase-file", file).code == 0
        assert load_private_key(mine.home, "ann", "another")

    def test_a_key_that_is_not_ones_own(self, mine: Desk, theirs: Desk) -> None:
        theirs("trust", mine.new()["public_key_file"], "--yes")
        ran = theirs("rotate", "ann")
        assert (ran.code, ran.err.splitlines()[0]) == (4, "there is no key 'ann' of your own")


class TestRevoke:
    def test_tells_partners_by_a_file(self, mine: Desk, theirs: Desk) -> None:
        made = mine.new()
        theirs("trust", made["public_key_file"], "--as", "france", "--yes")
        done = mine("revoke", "ann", "--why", "laptop lost", "--format", "json").document
        assert (done["state"], done["why"], done["own"]) == ("revoked", "laptop lost", True)
        assert mine.states() == [("ann", "revoked")]
        ran = theirs("revoke", done["revocation_file"])
        assert (ran.code, ran.out.splitlines()[0]) == (0, "france is revoked")
        assert theirs.states() == [("france", "revoked")]
        ran = theirs("trust", made["public_key_file"], "--yes")
        assert (ran.code, "a revoked key does not come back" in ran.err) == (5, True)

    def test_a_partners_key_by_its_name(self, mine: Desk, theirs: Desk) -> None:
        theirs("trust", mine.new()["public_key_file"], "--as", "france", "--yes")
        theirs.monkeypatch.delenv("STOPGAP_PASSPHRASE")  # needs none
        ran = theirs("revoke", "france", "--why", "told by telephone")
        assert (ran.code, theirs.states()) == (0, [("france", "revoked")])

    def test_a_key_of_nobody(self, mine: Desk, theirs: Desk) -> None:
        mine.new()
        file = mine("revoke", "ann", "--why", "lost", "--format", "json").document["revocation_file"]
        ran = theirs("revoke", file)
        assert "it was never trusted here; from now on it cannot be" in ran.out
        ran = theirs("list")
        assert "never trusted, and revoked: ann sha256:" in ran.out

    def test_a_changed_file_is_refused(self, mine: Desk, theirs: Desk) -> None:
        mine.new()
        file = Path(mine("revoke", "ann", "--why", "lost", "--format", "json").document["revocation_file"])
        file.write_text(file.read_text().replace("lost", "kept"))
        ran = theirs("revoke", file)
        assert (ran.code, "its signature does not hold" in ran.err) == (3, True)
        assert theirs.states() == []

    def test_needs_a_reason_for_a_name_and_none_for_a_file(self, mine: Desk) -> None:
        mine.new()
        ran = mine("revoke", "ann")
        assert (ran.code, "a revocation needs a reason" in ran.err) == (2, True)
        assert mine("revoke", "ann", "--why", "a\nb").code == 2
        assert mine("revoke", "x.json", "--why", "x").code == 2
        assert mine("revoke", "x.json").code == 3
        assert mine("revoke", "nobody", "--why", "x").code == 4


class TestShown:
    def test_every_format(self, mine: Desk, tmp_path: Path) -> None:
        made = mine.new()
        [row] = csv_rows(mine("list", "--format", "csv").out)
        assert (row["name"], row["state"], row["spoken"]) == ("ann", "own", made["spoken"])
        assert made["fingerprint"] in mine("list", "--format", "md").out
        assert mine("show", "ann", "--format", "parquet", "--output", tmp_path / "x.parquet").code == 0
        text = tmp_path / "x.txt"
        assert mine("show", "ann", "--output", text).code == 0
        assert "   ".join(made["spoken"].split()[8:]) in text.read_text()

    @pytest.mark.parametrize("form", ["fingerprint", "spoken"])
    def test_a_key_by_its_fingerprint(self, form: str, mine: Desk) -> None:
        made = mine.new()
        assert mine("show", made[form], "--format", "json").document["name"] == "ann"

    def test_the_pem_is_the_key(self, mine: Desk) -> None:
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        mine.new()
        pem = mine("show", "ann", "--format", "json").document["public_key_pem"]
        raw = load_pem_public_key(pem.encode()).public_bytes_raw()  # type: ignore[union-attr]
        assert raw == read_public_key(mine.home / "keys" / "ann.pub.json").raw

    def test_a_key_that_is_not_known(self, mine: Desk) -> None:
        ran = mine("show", "nobody", "--format", "json")
        assert ran.code == 4
        assert ran.document["error"]["what"] == "no key is called 'nobody'"

    def test_nothing(self, mine: Desk) -> None:
        ran = mine("list")
        assert (ran.code, ran.out.splitlines()[0][:6]) == (0, "0 keys")
        assert not mine.home.exists()

    def test_an_own_key_stands_beside_trusted_ones(self, mine: Desk, theirs: Desk) -> None:
        theirs.new("zoe")
        theirs("trust", mine.new()["public_key_file"], "--yes")
        assert theirs.states() == [("ann", "trusted"), ("zoe", "own")]

    def test_a_head_that_was_noted(self, mine: Desk) -> None:
        mine.new()
        head = mine("list", "--format", "json").document["head"]
        mine.new("bob")
        ran = mine("list", "--head", head, "--format", "json")
        assert (ran.code, ran.document["after_head"], ran.document["events"]) == (0, 1, 2)
        last = ran.document["head"]
        log = mine.home / "trust.jsonl"
        log.write_text(log.read_text().splitlines(keepends=True)[0])
        assert mine("list").code == 0
        ran = mine("list", "--head", last)
        assert (ran.code, "missing at the end" in ran.err) == (5, True)

    def test_a_damaged_store_is_named_by_every_command(self, mine: Desk, theirs: Desk) -> None:
        made = mine.new()
        other = theirs.new("bob")
        log = mine.home / "trust.jsonl"
        log.write_text(log.read_text().replace("2120", "2130", 1))
        for words in (
            ("list",), ("show", "ann"), ("new", "eve"), ("rotate", "ann"), ("revoke", "ann", "--why", "x"),
            ("trust", other["public_key_file"], "--yes"), ("trust", made["public_key_file"], "--yes"),
        ):  # fmt: skip
            ran = mine(*words)
            assert (ran.code, "trust.jsonl, line 1" in ran.err) == (5, True), words

    def test_a_private_file_that_others_may_read_is_told(self, mine: Desk) -> None:
        path = Path(mine.new()["private_key_file"])
        path.chmod(0o644)
        assert "others on this machine may read it" in mine("list").out
        assert mine("list", "--format", "json").document["warnings"]


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
class TestAtATerminal:
    def test_the_passphrase_is_typed_twice_and_not_shown(self, mine: Desk) -> None:
        code, shown = typed(mine, ["keys", "new", "ann"], [("passphrase for ann: ", "ab c"), ("again: ", "ab c")])
        assert code == 0
        assert "ann is made" in shown
        assert "ab c" not in shown
        assert load_private_key(mine.home, "ann", "ab c")

    def test_two_that_differ_make_no_key(self, mine: Desk) -> None:
        code, shown = typed(mine, ["keys", "new", "ann"], [("for ann: ", "ab c"), ("again: ", "ab d")])
        assert (code, "the two passphrases differ" in shown) == (2, True)
        assert not (mine.home / "keys").exists()

    def test_a_name_that_is_taken_is_told_before_anything_is_typed(self, mine: Desk) -> None:
        mine.new()
        code, shown = typed(mine, ["keys", "new", "ann"], [])
        assert (code, "you have a key of this name" in shown) == (5, True)

    @pytest.mark.one_in(3)
    @pytest.mark.parametrize(("said", "code"), [("y", 0), ("n", 5), ("", 5)])
    def test_trust_asks_with_the_groups(self, said: str, code: int, mine: Desk, theirs: Desk) -> None:
        made = mine.new()
        words = ["keys", "trust", made["public_key_file"], "--as", "france"]
        left, shown = typed(theirs, words, [("read out the same? [y/N]: ", said)])
        assert left == code
        for start in (0, 4, 8):
            assert "   ".join(made["spoken"].split()[start : start + 4]) in shown
        assert theirs.states() == ([("france", "trusted")] if code == 0 else [])


def typed(desk: Desk, words: list[str], answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Run a command at a pseudo-terminal, and type each answer when its prompt is there."""
    import pty

    near, far = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name != "STOPGAP_PASSPHRASE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "stopgap", *words],
        stdin=far,
        stdout=far,
        stderr=far,
        env={**env, "STOPGAP_HOME": str(desk.home), "COLUMNS": "100"},
        start_new_session=True,  # so that there is no other terminal to ask at
    )
    os.close(far)
    shown = ""
    for prompt, answer in answers:
        shown += _until(near, prompt)
        os.write(near, f"{answer}\n".encode())
    shown += _until(near, None)
    os.close(near)
    return process.wait(), shown.replace("\r\n", "\n")


def _until(near: int, prompt: str | None) -> str:
    """What is shown up to a prompt, or to the end."""
    shown = b""
    while prompt is None or not shown.decode(errors="replace").endswith(prompt):
        ready, _, _ = select.select([near], [], [], 60)
        assert ready, f"waited for {prompt!r}; shown so far: {shown!r}"
        try:
            part = os.read(near, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    return shown.decode()


def test_json_on_stdout_is_alone(mine: Desk) -> None:
    done = stopgap(
        "keys", "new", "ann", "--format", "json",
        env={"STOPGAP_HOME": str(mine.home), "STOPGAP_PASSPHRASE": PASSPHRASE},
    )  # fmt: skip
    assert done.stderr == b""
    assert {"name", "fingerprint", "public_key_file"} <= set(json.loads(done.stdout))
