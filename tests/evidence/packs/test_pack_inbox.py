"""The inbox: each pack is filed once, bad ones stop nobody, and a kill at any moment loses nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from examples import some
from party_packs import EXPORTS, FRANCE_PUBLIC, ON, WHEN, WHO, Party, key, resealed, tree, trust

from stopgap.base.errors import InputError, RefusedError
from stopgap.evidence.keys.trust import TrustStore
from stopgap.evidence.packs.inbox import FolderInbox, outcomes_table, receive_from
from stopgap.evidence.packs.receive import Arrival
from stopgap.evidence.packs.verify import Trust
from stopgap.lake.partner_evidence import LOG, read_received

ROOT = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests" / "helpers")])
FRANCE_ALONE = Trust(TrustStore((), {}, "", 0), {FRANCE_PUBLIC.fingerprint: FRANCE_PUBLIC})


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packs")
    party = Party(folder / "france")
    party.load(EXPORTS)
    party.pack(folder / "good.zip")
    resealed(folder / "good.zip", folder / "stranger.zip", signer=key("stranger", 9)[0])
    return folder


@pytest.fixture
def inbox(tmp_path) -> Path:
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def lake(tmp_path) -> Path:
    return tmp_path / "lake"


def run(lake, inbox, *, trusted=FRANCE_ALONE, wait=lambda seconds: None, **given):
    folder = FolderInbox(inbox, 2.0, wait) if isinstance(inbox, Path) else inbox
    return receive_from(lake, folder, trusted, on=ON, when=lambda: WHEN, who=WHO, **given)


def names(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


def test_packs_move_to_where_they_belong(packs, lake, inbox):
    shutil.copy(packs / "good.zip", inbox / "b.zip")
    shutil.copy(packs / "stranger.zip", inbox / "a.zip")
    (inbox / "c.zip").write_text("no pack")
    outcomes = run(lake, inbox)
    assert [(each.name, each.state) for each in outcomes] == [
        ("a.zip", "refused"), ("b.zip", "received"), ("c.zip", "refused"),
    ]  # fmt: skip
    assert names(inbox) == [
        "received/b.zip", "refused/a.zip", "refused/a.zip.why.json", "refused/c.zip", "refused/c.zip.why.json",
    ]  # fmt: skip
    why = json.loads((inbox / "refused/a.zip.why.json").read_text("utf-8"))
    assert (why["failed"], why["code"]) == ("signer", 5)
    assert why["where"] == str(inbox / "a.zip")
    assert {"what", "fix"} < why.keys()
    assert json.loads((inbox / "refused/c.zip.why.json").read_text("utf-8"))["code"] == 3
    assert (inbox / "received/b.zip").read_bytes() == (packs / "good.zip").read_bytes()
    assert [pack.file_name for pack in read_received(lake)] == ["b.zip"]
    assert [row["marking"] for row in outcomes_table(outcomes).to_pylist()] == [None, "TLP:GREEN", None]
    json.dumps([each.as_dict() for each in outcomes])
    assert run(lake, inbox) == []


def test_what_is_no_arrival_stays_and_is_named(packs, lake, inbox, tmp_path):
    outside = Path(shutil.copy(packs / "good.zip", tmp_path / "outside.zip"))
    (inbox / "link.zip").symlink_to(outside)
    (inbox / "nowhere.zip").symlink_to(tmp_path / "missing")
    os.mkfifo(inbox / "pipe.zip")
    (inbox / "folder.zip").mkdir()
    for name in (".hidden.zip", "x.zip.part", "x.zip.tmp", "readme.txt"):
        shutil.copy(outside, inbox / name)
    before = names(inbox)
    folder = FolderInbox(inbox, 2.0, lambda seconds: None)
    assert run(lake, folder) == []
    assert folder.passed_over() == {
        "link.zip": "it is a link", "nowhere.zip": "it is a link", "pipe.zip": "it is no file",
        **dict.fromkeys(("x.zip.part", "x.zip.tmp", "readme.txt"), "its name does not end in .zip"),
    }  # fmt: skip
    assert names(inbox) == before
    assert not lake.exists()


@pytest.mark.one_in(4)
@pytest.mark.parametrize("change", ["grows", "is touched", "comes", "is replaced"])
def test_what_still_changes_is_left_for_the_next_run(packs, lake, inbox, change):
    path = inbox / "a.zip"
    content = (packs / "good.zip").read_bytes()
    waited = []

    def wait(seconds):
        waited.append(seconds)
        if change == "grows":
            path.write_bytes(content)
        elif change == "is touched":
            os.utime(path, ns=(0, 0))
        elif change == "is replaced":
            (inbox / "new").write_bytes(content)
            shutil.copystat(path, inbox / "new")
            (inbox / "new").replace(path)
        else:
            (inbox / "later.zip").write_bytes(content)

    path.write_bytes(content[:1000] if change == "grows" else content)
    folder = FolderInbox(inbox, 2.0, wait)
    outcomes = run(lake, folder)
    assert waited == [2.0]
    late = "later.zip" if change == "comes" else "a.zip"
    assert folder.passed_over() == {late: "it is new, or still growing"}
    assert [each.name for each in outcomes] == (["a.zip"] if change == "comes" else [])
    assert [each.state for each in run(lake, inbox)] == ["refused" if change == "comes" else "received"]


def test_an_empty_folder_is_not_waited_for(lake, inbox):
    assert run(lake, inbox, wait=lambda seconds: pytest.fail("waited")) == []


def test_a_pack_that_changes_after_the_second_look_is_neither_taken_nor_moved(packs, lake, inbox):
    path = Path(shutil.copy(packs / "good.zip", inbox / "a.zip"))
    folder = FolderInbox(inbox, 2.0, lambda seconds: None)

    class Changing:
        def arrivals(self):
            for arrival in folder.arrivals():
                path.write_bytes(b"changed")
                yield arrival

        taken, refused, passed_over = folder.taken, folder.refused, folder.passed_over

    [outcome] = run(lake, Changing())
    assert (outcome.state, outcome.error.what) == ("failed", "it was changed since it was looked at")
    assert names(inbox) == ["a.zip"]
    assert not lake.exists()


def test_another_file_of_the_name_is_not_moved_for_the_one_that_was_taken(packs, lake, inbox):
    path = Path(shutil.copy(packs / "good.zip", inbox / "a.zip"))
    folder = FolderInbox(inbox, 2.0, lambda seconds: None)
    [arrival] = folder.arrivals()
    path.unlink()
    path.write_bytes(b"another")
    folder.taken(arrival, None)
    folder.refused(arrival, InputError("x", where="y", fix="z"))
    assert names(inbox) == ["a.zip"]
    assert path.read_bytes() == b"another"


@pytest.mark.prove_only
def test_nothing_is_overwritten(packs, lake, inbox):
    for folder in ("received", "refused"):
        (inbox / folder).mkdir()
        for name in ("a.zip", "a-2.zip"):
            (inbox / folder / name).write_text(f"before {name}")
    (inbox / "refused" / "a-3.zip.why.json").write_text("of another")
    kept = tree(inbox)
    shutil.copy(packs / "good.zip", inbox / "a.zip")
    assert run(lake, inbox)[0].state == "received"
    (inbox / "a.zip").write_text("no pack")
    assert run(lake, inbox)[0].state == "refused"
    after = tree(inbox)
    assert {name: after[name] for name in kept} == kept
    assert sorted(after.keys() - kept.keys()) == [
        "received/a-3.zip", "refused/a-4.zip", "refused/a-4.zip.why.json",
    ]  # fmt: skip


@pytest.mark.prove_only
def test_a_pack_dropped_again_is_received_already_and_a_renamed_one_refused(packs, lake, inbox):
    shutil.copy(packs / "good.zip", inbox / "a.zip")
    run(lake, inbox)
    shutil.copy(packs / "good.zip", inbox / "a.zip")
    shutil.copy(packs / "good.zip", inbox / "b.zip")
    assert [each.state for each in run(lake, inbox)] == ["already received", "refused"]
    assert len(LOG.read(lake)) == 1
    assert names(inbox) == [
        "received/a-2.zip", "received/a.zip", "refused/b.zip", "refused/b.zip.why.json",
    ]  # fmt: skip


@pytest.mark.prove_only
def test_a_folder_without_links_loses_nothing(packs, lake, inbox, monkeypatch):
    def no_links(*given, **named):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", no_links)
    shutil.copy(packs / "good.zip", inbox / "a.zip")
    assert run(lake, inbox)[0].left is None
    assert names(inbox) == ["received/a.zip"]
    assert (inbox / "received/a.zip").read_bytes() == (packs / "good.zip").read_bytes()


@pytest.mark.parametrize("name", ["received", "refused"])
@pytest.mark.parametrize("what", ["a link", "a file"])
def test_where_packs_cannot_be_moved_it_is_said_and_they_are_filed(packs, lake, inbox, tmp_path, name, what):
    (tmp_path / "elsewhere").mkdir()
    if what == "a link":
        (inbox / name).symlink_to(tmp_path / "elsewhere")
    else:
        (inbox / name).write_text("in the way")
    shutil.copy(packs / "good.zip" if name == "received" else packs / "stranger.zip", inbox / "a.zip")
    for state in (name, "already received" if name == "received" else name):
        [outcome] = run(lake, inbox)
        assert outcome.state == state
        assert "it stays in the inbox" in outcome.says
        assert isinstance(outcome.left, RefusedError)
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (inbox / "a.zip").exists()


def test_a_lake_that_cannot_be_written_ends_the_run_and_moves_nothing(packs, lake, inbox):
    (lake / "received").mkdir(parents=True)
    (lake / "received" / "incoming").write_text("in the way")
    for name in ("a.zip", "b.zip"):
        shutil.copy(packs / "good.zip", inbox / name)
    outcomes = run(lake, inbox)
    assert [each.state for each in outcomes] == ["failed"]
    assert names(inbox) == ["a.zip", "b.zip"]


def test_a_full_disk_ends_the_run_and_moves_nothing(packs, lake, inbox, monkeypatch):
    from stopgap.evidence.packs import receive as pack_receiving

    def full(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack_receiving, "make_durable", full)
    for name in ("a.zip", "b.zip"):
        shutil.copy(packs / "good.zip", inbox / name)
    [outcome] = run(lake, inbox)
    assert (outcome.state, outcome.error.what) == (
        "failed", "the log of received packs cannot be kept: No space left on device",
    )  # fmt: skip
    assert names(inbox) == ["a.zip", "b.zip"]
    assert not lake.exists()


def test_a_damaged_log_is_said_at_once(packs, lake, inbox):
    shutil.copy(packs / "good.zip", inbox / "a.zip")
    run(lake, inbox)
    path = LOG.path(lake)
    path.write_bytes(path.read_bytes().replace(b"Jane", b"Joan"))
    shutil.copy(packs / "stranger.zip", inbox / "b.zip")
    with pytest.raises(RefusedError, match="not as it was written"):
        run(lake, inbox)
    assert "b.zip" in names(inbox)


def test_a_missing_folder_is_an_input_error(lake, inbox):
    with pytest.raises(InputError, match="cannot be read"):
        run(lake, inbox / "missing")


@pytest.mark.prove_only
def test_a_check_that_stumbles_over_one_pack_keeps_no_other_out(packs, lake, inbox, monkeypatch):
    from stopgap.evidence.packs import receive as pack_receiving

    verify = pack_receiving.verify_pack
    calls = []

    def stumbling(*given, **named):
        calls.append(given)
        if len(calls) == 1:
            raise ZeroDivisionError("a bug")
        return verify(*given, **named)

    monkeypatch.setattr(pack_receiving, "verify_pack", stumbling)
    for name in ("a.zip", "b.zip"):
        shutil.copy(packs / "good.zip", inbox / name)
    assert [each.state for each in run(lake, inbox)] == ["failed", "received"]
    assert names(inbox) == ["a.zip", "received/b.zip"]


class Exchange:
    """An inbox that is no folder: bytes from somewhere, told by the same calls."""

    def __init__(self, **sent: bytes) -> None:
        self.sent, self.told = sent, []

    def arrivals(self):
        return [
            Arrival(name, lambda content=content: io.BytesIO(content), f"exchange: {name}")
            for name, content in self.sent.items()
        ]

    def passed_over(self):
        return {}

    def taken(self, arrival, received):
        self.told.append((arrival.name, received.pack.sha256[:6]))

    def refused(self, arrival, error):
        self.told.append((arrival.name, error.what))


@pytest.mark.prove_only
def test_another_transport_needs_nothing_of_packs(packs, lake):
    content = (packs / "good.zip").read_bytes()
    exchange = Exchange(**{"one": content, "../../two.zip": content, "three": content[:-1]})
    outcomes = run(lake, exchange)
    assert [each.state for each in outcomes] == ["received", "refused", "refused"]
    assert exchange.told[0][0] == "one"
    assert "is no name of a file" in exchange.told[1][1]
    assert outcomes[2].error.where == "exchange: three"


RUNNER = """
import importlib, os, signal, sys
from pathlib import Path
place, moment, lake, inbox, home = sys.argv[1:]
if place != "-":
    owner, attribute = place.rsplit(":", 1)
    module, _, inner = owner.partition("/")
    holder = importlib.import_module(module)
    holder = getattr(holder, inner) if inner else holder
    original = getattr(holder, attribute)
    def dying(*given, **named):
        if moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        original(*given, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(holder, attribute, dying)
from party_packs import trust, ON, WHEN, WHO
from stopgap.evidence.packs.inbox import FolderInbox, receive_from
for outcome in receive_from(Path(lake), FolderInbox(Path(inbox), 0, lambda s: None), trust(Path(home)), on=ON,
        when=lambda: WHEN, who=WHO):
    print(outcome.name, outcome.state, flush=True)
"""


def start(lake, inbox, home, place="-", moment="-"):
    return subprocess.Popen(
        [sys.executable, "-c", RUNNER, place, moment, str(lake), str(inbox), str(home)],
        env={**os.environ, "PYTHONPATH": PATHS},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.one_in(12)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "place",
    [
        "stopgap.evidence.packs.receive:verify_pack",
        "stopgap.lake.partner_evidence/Filing:keep",
        "stopgap.evidence.packs.inbox:write_whole",
        "stopgap.evidence.packs.inbox:_rename_new",
        "os:link",
    ],
)
def test_a_killed_run_is_taken_up_again_and_leaves_nothing_twice(packs, lake, inbox, tmp_path, place, moment):
    # the one that is refused comes first where its own steps are killed
    shutil.copy(packs / "stranger.zip", inbox / ("a.zip" if "write_whole" in place else "z.zip"))
    shutil.copy(packs / "good.zip", inbox / "m.zip")
    killed = start(lake, inbox, tmp_path, place, moment)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    run(lake, inbox, trusted=trust(tmp_path, FRANCE_PUBLIC))
    refused = "a.zip" if "write_whole" in place else "z.zip"
    assert names(inbox) == ["received/m.zip", f"refused/{refused}", f"refused/{refused}.why.json"]
    assert len(LOG.read(lake)) == 1
    assert (inbox / "received/m.zip").read_bytes() == (packs / "good.zip").read_bytes()
    assert (inbox / "received/m.zip").stat().st_nlink == 1


@pytest.mark.prove_only
@pytest.mark.in_parts
def test_forty_packs_with_bad_ones_among_them_and_runs_beside_each_other(packs, lake, inbox, tmp_path):
    good = packs / "good.zip"
    sound, unsound = some(range(16), every=3), some(range(24), every=3)
    parties = [key(f"party-{number + 20}", number + 20) for number in sound]
    for number, (private, _) in zip(sound, parties, strict=True):
        resealed(good, inbox / f"good-{number:02}.zip", signer=private)
    content = good.read_bytes()
    for number in unsound:
        bad = bytearray(content)
        place = number * len(bad) // 60
        bad[place] ^= 0x55
        (inbox / f"bad-{number:02}.zip").write_bytes(bytes(bad) if number % 2 else content[: place + 1])
    trusted = Trust(
        TrustStore((), {}, "", 0),
        {each.fingerprint: each for each in (FRANCE_PUBLIC, *(public for _, public in parties))},
    )
    began = time.perf_counter()
    with ThreadPoolExecutor(2) as beside:
        runs = [beside.submit(run, lake, inbox, trusted=trusted) for _ in range(2)]
        outcomes = [outcome for each in runs for outcome in each.result()]
    print(f"{len(sound) + len(unsound)} packs in {time.perf_counter() - began:.0f} s")
    states = Counter(outcome.state for outcome in outcomes)
    assert states["received"] == len(sound)
    assert states["failed"] == 0
    assert {outcome.name for outcome in outcomes if outcome.state == "refused"} == {
        f"bad-{number:02}.zip" for number in unsound
    }
    assert names(inbox) == sorted(
        [f"received/good-{number:02}.zip" for number in sound]
        + [f"refused/bad-{number:02}.zip{end}" for number in unsound for end in ("", ".why.json")]
    )
    assert sorted(pack.file_name for pack in read_received(lake)) == [f"good-{number:02}.zip" for number in sound]
    assert len({pack.fingerprint for pack in read_received(lake)}) == len(sound)
