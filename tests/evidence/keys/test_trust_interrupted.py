"""What a kill leaves between two files, or between the files and the log; and writers at the same time."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from partners import DAY, PASSPHRASE, key, lines, own, rotated, states, trust

from stopgap.base.errors import RefusedError
from stopgap.evidence.keys import files as key_files
from stopgap.evidence.keys.own_keys import signing_key
from stopgap.evidence.keys.trust import read_trust


class TestInterruption:
    def test_a_private_half_alone_is_no_key(self, tmp_path: Path) -> None:
        public = own(tmp_path)
        key_files.public_file(tmp_path, "ann").unlink()
        (tmp_path / "trust.jsonl").unlink()
        assert read_trust(tmp_path).keys == ()
        assert own(tmp_path).fingerprint != public.fingerprint

    def test_both_halves_are_a_key_without_the_log(self, tmp_path: Path) -> None:
        public = own(tmp_path)
        (tmp_path / "trust.jsonl").unlink()
        assert states(tmp_path) == {public.fingerprint: "own"}
        assert signing_key(tmp_path, "ann", PASSPHRASE, on=DAY)
        new = rotated(tmp_path)
        assert [event["event"] for event in lines(tmp_path)] == ["trusted", "trusted", "retired"]
        assert states(tmp_path) == {public.fingerprint: "retired", new.fingerprint: "own"}

    def test_a_rotation_before_the_new_public_file_has_not_begun(self, tmp_path: Path) -> None:
        old = own(tmp_path)
        key_files.write_own(key_files.retired_file(tmp_path, "ann", old.fingerprint), old.file_text)
        assert states(tmp_path) == {old.fingerprint: "own"}
        new = rotated(tmp_path)
        assert states(tmp_path) == {old.fingerprint: "retired", new.fingerprint: "own"}

    def test_a_rotation_before_the_log_is_done(self, tmp_path: Path) -> None:
        old = own(tmp_path)
        log = (tmp_path / "trust.jsonl").read_bytes()
        new = rotated(tmp_path)
        (tmp_path / "trust.jsonl").write_bytes(log)
        assert states(tmp_path) == {old.fingerprint: "retired", new.fingerprint: "own"}
        third = rotated(tmp_path)
        assert states(tmp_path) == {old.fingerprint: "retired", new.fingerprint: "retired", third.fingerprint: "own"}

    def test_files_lost_later_leave_what_the_log_says(self, tmp_path: Path) -> None:
        public = own(tmp_path)
        for path in (tmp_path / "keys").glob("*.*"):
            path.unlink()
        assert read_trust(tmp_path).standing(public, on=DAY).state == "trusted"

    def test_a_file_built_halfway_is_built_again(self, tmp_path: Path) -> None:
        key_files.make_key_folder(tmp_path)
        (tmp_path / "keys" / ".ann.pub.json.part").write_text("half")
        own(tmp_path)
        assert [path.name for path in (tmp_path / "keys").glob(".*")] == []

    def test_a_kill_loses_nothing_that_was_reported(self, tmp_path: Path) -> None:
        writer = _writer(tmp_path, "k", 200)
        reported = [writer.stdout.readline().strip() for _ in range(25)] if writer.stdout else []
        writer.kill()
        writer.wait()
        if writer.stdout:
            reported += writer.stdout.read().split()
            writer.stdout.close()
        assert len(reported) >= 25
        known = {each.fingerprint for each in read_trust(tmp_path).keys}
        assert set(reported) <= known
        trust(tmp_path, key(250)[1], "after")

    def test_writers_at_once_lose_nothing(self, tmp_path: Path) -> None:
        writers = [_writer(tmp_path, name, 25) for name in ("a", "b")]
        said = [writer.communicate()[0].split() for writer in writers]
        assert [writer.returncode for writer in writers] == [0, 0]
        store = read_trust(tmp_path)
        assert {each.fingerprint for each in store.keys} == {each for part in said for each in part}
        assert store.events == 50

    def test_of_two_who_take_one_name_one_is_told(self, tmp_path: Path) -> None:
        told: list[str] = []

        def make() -> None:
            try:
                own(tmp_path)
            except RefusedError as error:
                told.append(error.what)

        threads = [threading.Thread(target=make) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert told == ["you have a key of this name: ann"] * 2
        assert len(read_trust(tmp_path).keys) == 1


_SCRIPT = """
import sys
from pathlib import Path
from stopgap.evidence.keys.signing_keys import make_key
from stopgap.evidence.keys.partner_keys import accept, candidate
home, prefix, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(count):
    seed = (prefix + str(number)).encode().ljust(32, b"-")
    key = make_key(f"{prefix}{number}", seed=seed, valid_from="2026-01-01", valid_to="2027-12-31")[1]
    file = home / f"{prefix}{number}.pub.json"
    file.write_text(key.file_text)
    asked = candidate(home, file, name=None, today="2026-07-01")
    accept(home, asked, how="compared", who="lea", when="2026-07-01T12:00:00.000000Z")
    print(key.fingerprint, flush=True)
"""


def _writer(home: Path, prefix: str, count: int) -> subprocess.Popen[str]:
    """A process that trusts keys, and prints each once it is trusted."""
    words = [sys.executable, "-c", _SCRIPT, str(home), prefix, str(count)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
