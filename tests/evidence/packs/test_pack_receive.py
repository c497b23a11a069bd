"""Receiving packs: what holds is filed whole, what does not leaves no trace, and nothing old comes back as new."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from party_packs import (
    EXPORTS,
    FRANCE,
    FRANCE_PUBLIC,
    GREEN,
    JAPAN,
    JAPAN_PUBLIC,
    ON,
    WHEN,
    WHO,
    Party,
    key,
    resealed,
    tree,
    trust,
)

from stopgap.base.errors import InputError, RefusedError, UsageError
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.keys.trust import TrustedKey, TrustStore
from stopgap.evidence.packs.receive import Received, receive_pack, refuse_received, show_received
from stopgap.evidence.packs.verify import Trust
from stopgap.intake.querying import query_lake
from stopgap.lake.partner_evidence import LOG, read_received, stored_path
from stopgap.lake.query.statement import run_query
from stopgap.maintenance.upkeep import check_lake

ROOT = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests" / "helpers")])
STORE = TrustStore((), {}, "", 0)


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> Path:
    """``old.zip`` and ``new.zip`` of one series, ``other.zip`` of another party."""
    folder = tmp_path_factory.mktemp("packs")
    france = Party(folder / "france")
    france.load(EXPORTS, retrieved="2026-06-01")
    france.pack(folder / "old.zip")
    france.load({**EXPORTS, (2023, "CHN", "854231"): 82e6}, retrieved="2026-07-01")
    france.pack(folder / "new.zip")
    resealed(folder / "new.zip", folder / "other.zip", signer=JAPAN)
    return folder


@pytest.fixture
def lake(tmp_path) -> Path:
    return tmp_path / "mine" / "lake"


TRUST = Trust(STORE, {each.fingerprint: each for each in (FRANCE_PUBLIC, JAPAN_PUBLIC)})


def receive(lake, path, *, trusted=TRUST, when=WHEN, on=ON, who=WHO, older=False) -> Received:
    return receive_pack(lake, path, trusted, on=on, when=when, who=who, older=older)


@pytest.fixture(scope="module")
def received_once(packs, tmp_path_factory) -> tuple[Path, Received]:
    """A lake that received ``new.zip``, and what was said of it; not to be written to."""
    lake = tmp_path_factory.mktemp("received") / "lake"
    return lake, receive(lake, packs / "new.zip")


@pytest.fixture
def first(received_once, lake) -> Received:
    """What was received in the lake, a copy of one that received ``new.zip``."""
    shutil.copytree(received_once[0], lake)
    return received_once[1]


def test_a_pack_is_filed_under_its_origin_as_it_came(packs, lake):
    done = receive(lake, packs / "new.zip")
    assert done.path == lake / "received" / FRANCE_PUBLIC.fingerprint[7:23] / f"{done.pack.sha256}.zip"
    assert done.path.read_bytes() == (packs / "new.zip").read_bytes()
    assert dict(done.pack.checks).keys() == {
        "archive", "layout", "files", "hashes", "signature", "signer", "marking", "name", "members", "active",
        "numbers", "pages", "versions",
    }  # fmt: skip
    [event] = LOG.read(lake)
    assert (event["who"], event["when"], event["file_name"], event["goods"], event["made_at"]) == (
        WHO, WHEN, "new.zip", "processors", "2026-07-01T00:00:00Z",
    )  # fmt: skip
    assert event["origin"] == {"name": "fra-liaison", "fingerprint": FRANCE_PUBLIC.fingerprint}
    assert event["marking"] == GREEN.as_dict()
    assert sorted(path.name for path in (lake / "received").iterdir()) == [
        FRANCE_PUBLIC.fingerprint[7:23], "log.jsonl", "log.lock",
    ]  # fmt: skip
    shown = show_received(lake, "new.zip")
    assert shown.view.name == done.pack.name
    assert shown.as_dict()["file"] == str(done.path)
    assert shown.table().num_rows == len(shown.view.items())
    assert all(row["passed"] for row in check_lake(lake).to_pylist())


def test_received_findings_stand_beside_ones_own_and_are_marked_as_the_pack(packs, tmp_path):
    own = Party(tmp_path / "own")
    own.load({(2021, "DEU", "854231"): 1e6, (2023, "DEU", "854231"): 1e6})
    before = tree(own.lake)
    receive(own.lake, packs / "new.zip")
    after = tree(own.lake)
    assert {name: content for name, content in after.items() if not name.startswith("received")} == before
    sql = "SELECT goods, loss_usd, round(gross_ratio, 6) AS gross_ratio, marking FROM received_findings"
    # DEU lost 60 + 20 - 2 - 4 = 74; CHN gained 82 - 30 + 12 - 10 = 54, TUR 4
    expected = {"goods": "processors", "loss_usd": 74e6, "gross_ratio": round(58 / 74, 6), "marking": "TLP:GREEN"}
    assert run_query(own.lake, sql)[0].to_pylist() == [expected]
    assert query_lake(own.lake, sql).marking == GREEN
    assert run_query(own.lake, "SELECT * FROM findings")[0].num_rows == 0
    assert run_query(own.lake, "SELECT sum(value_usd) AS usd FROM trade")[0].to_pylist() == [{"usd": 2e6}]


@pytest.mark.prove_only
def test_ones_own_packs_hold_nothing_that_was_received(packs, tmp_path):
    own = Party(tmp_path / "own", signer=JAPAN)
    own.load(EXPORTS)
    alone = own.pack(tmp_path / "alone.zip").read_bytes()
    receive(own.lake, packs / "new.zip")
    assert own.pack(tmp_path / "beside.zip").read_bytes() == alone


def test_received_evidence_is_refused_as_an_attachment(packs, tmp_path, lake):
    note = tmp_path / "note.txt"
    note.write_text("their note")
    red = Party(tmp_path / "red")
    red.load(EXPORTS)
    pack = red.pack(tmp_path / "red.zip", marking=Marking(Tlp.AMBER), attachments=(note,))
    receive(lake, pack)
    own = tmp_path / "own.txt"
    own.write_text("my note")
    finding = tmp_path / "finding.json"
    view = show_received(lake, "red.zip").view
    finding.write_bytes(view.read("data/" + view.items("finding")[0]["files"][0]))
    for audience in (GREEN, Marking(Tlp.RED)):
        refuse_received(lake, [own], audience)
        for theirs in (pack, finding):
            with pytest.raises(RefusedError, match="received from fra-liaison"):
                refuse_received(lake, [own, theirs], audience)
    refuse_received(lake, [note], Marking(Tlp.AMBER))
    with pytest.raises(RefusedError):
        refuse_received(lake, [note], GREEN)


@pytest.mark.prove_only
def test_the_same_bytes_under_the_same_name_change_nothing(packs, lake, first):
    before = tree(lake)
    again = receive(lake, packs / "new.zip", when="2027-02-01T00:00:00Z", who="Someone else")
    assert again.already_received
    assert again.as_dict()["already_received"] is True
    assert again.pack == first.pack
    assert tree(lake) == before
    assert "received already on 2027-01-01T12:00:00Z by Jane Roe" in again.lines()[0]


def refused(lake, path, check, **given):
    """The refusal, which must leave everything as it was."""
    before = tree(lake.parent.parent)
    with pytest.raises(RefusedError) as told:
        receive(lake, path, **given)
    assert told.value.details["failed"] == check, told.value
    assert told.value.details["file"] == str(path)
    assert told.value.where == str(path)
    assert told.value.exit_code == 5
    assert tree(lake.parent.parent) == before
    return told.value


def test_a_replay_under_another_name_is_caught_by_name(packs, lake, tmp_path, first):
    renamed = Path(shutil.copy(packs / "new.zip", tmp_path / "latest.zip"))
    error = refused(lake, renamed, "name")
    assert "replay of an old pack under a new name" in error.what
    assert WHEN in error.what
    assert '"new.zip"' in error.what
    assert error.details["received_before"]["sha256"] == first.pack.sha256
    assert error.marking == GREEN
    assert receive(lake, renamed, older=True).already_received
    assert len(read_received(lake)) == 1


def test_an_older_pack_of_the_series_is_caught_by_name(packs, lake, first):
    error = refused(lake, packs / "old.zip", "name")
    assert "it is of 2026-06-01T00:00:00Z (v1)" in error.what
    assert error.marking == GREEN
    assert f"{first.pack.name}" in error.what
    taken = receive(lake, packs / "old.zip", older=True)
    assert taken.newer.sha256 == first.pack.sha256
    assert "not the newest of its series" in taken.lines()[1]
    rows = run_query(lake, "SELECT file_name, superseded_by FROM received_packs ORDER BY 1")[0].to_pylist()
    assert rows == [
        {"file_name": "new.zip", "superseded_by": None},
        {"file_name": "old.zip", "superseded_by": first.pack.sha256},
    ]
    again = receive(lake, packs / "old.zip")
    assert again.already_received
    assert again.newer.sha256 == first.pack.sha256


@pytest.mark.prove_only
def test_a_newer_pack_of_the_series_is_taken(packs, lake):
    old = receive(lake, packs / "old.zip")
    new = receive(lake, packs / "new.zip")
    assert new.pack.newer_than == old.pack.sha256
    assert receive(lake, packs / "old.zip").newer.sha256 == new.pack.sha256


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("changed", "is_taken"),
    [
        ({"made_at": "2026-06-30T23:59:59Z"}, False),
        ({"made_at": "2026-07-01T00:00:00Z"}, True),
        ({"made_at": "2026-07-01T00:00:01Z"}, True),
    ],
    ids=["a second older", "the same moment", "a second newer"],
)
def test_age_is_told_to_the_second(packs, lake, tmp_path, changed, is_taken, first):
    later = resealed(packs / "new.zip", tmp_path / "later.zip", left_out=[], releases=[], **changed)
    if later.read_bytes() == (packs / "new.zip").read_bytes():
        later = resealed(
            packs / "new.zip", later, software={"name": "stopgap", "version": "0.0.9", "lock_sha256": "0" * 64}
        )
    if is_taken:
        assert not receive(lake, later).already_received
    else:
        refused(lake, later, "name")


@pytest.mark.prove_only
def test_another_partys_older_pack_is_no_replay(packs, lake, tmp_path, first):
    theirs = resealed(packs / "old.zip", tmp_path / "theirs.zip", signer=JAPAN)
    assert receive(lake, theirs).pack.fingerprint == JAPAN_PUBLIC.fingerprint
    assert receive(lake, packs / "other.zip").pack.newer_than is not None


ROTATED, ROTATED_PUBLIC = key("fra-liaison", 7, succeeds=FRANCE)
LOST, LOST_PUBLIC = key("fra-liaison", 8)


def trusting(*keys: TrustedKey) -> Trust:
    return Trust(replace(STORE, keys=keys), {})


@pytest.mark.prove_only
@pytest.mark.parametrize(
    ("party", "signer"),
    [
        (Trust(STORE, {each.fingerprint: each for each in (FRANCE_PUBLIC, ROTATED_PUBLIC)}), ROTATED),
        (trusting(
            TrustedKey(FRANCE_PUBLIC, "paris", False, "by telephone", when=WHEN, replaced_by=ROTATED_PUBLIC.fingerprint),
            TrustedKey(ROTATED_PUBLIC, "paris", False, "by telephone", when=WHEN),
        ), ROTATED),
        (trusting(
            TrustedKey(FRANCE_PUBLIC, "france", False, "by telephone", when=WHEN),
            TrustedKey(LOST_PUBLIC, "france", False, "by telephone", when=WHEN),
        ), LOST),
    ],
    ids=["its key vouches for the next", "rotated in the trust store", "a new key under the same name"],
)  # fmt: skip
def test_a_party_that_changed_its_key_is_the_same_party(packs, lake, tmp_path, party, signer):
    receive(lake, resealed(packs / "new.zip", tmp_path / "new.zip", signer=signer), trusted=party)
    refused(lake, packs / "old.zip", "name", trusted=party)


@pytest.mark.prove_only
def test_two_parties_that_call_themselves_the_same_are_two(packs, lake, tmp_path):
    party = trusting(
        TrustedKey(FRANCE_PUBLIC, "france", False, "by telephone", when=WHEN),
        TrustedKey(LOST_PUBLIC, "someone", False, "by telephone", when=WHEN),
    )
    receive(lake, resealed(packs / "new.zip", tmp_path / "new.zip", signer=LOST), trusted=party)
    done = receive(lake, packs / "old.zip", trusted=party)
    assert done.pack.called == "france"


@pytest.mark.prove_only
def test_a_marking_makes_no_other_series(packs, lake, tmp_path):
    party = Party(packs / "france")
    receive(lake, packs / "new.zip")
    amber = party.pack(tmp_path / "amber.zip", marking=Marking(Tlp.AMBER), as_of="v1")
    refused(lake, amber, "name")


def test_a_pack_of_a_day_to_come_is_refused(packs, lake):
    error = refused(lake, packs / "new.zip", "name", when="2026-06-29T23:00:00Z")
    assert "yet to come" in error.what
    receive(lake, packs / "new.zip", when="2026-06-30T00:00:00Z")


def changed_byte(path: Path, output: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[content.index(b"suspended")] ^= 1
    output.write_bytes(content)
    return output


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("make", "check", "given"),
    [
        (lambda packs, to: changed_byte(packs / "new.zip", to / "x.zip"), "archive", {}),
        (lambda packs, to: to.joinpath("x.zip").write_bytes((packs / "new.zip").read_bytes()[:-9]), "archive", {}),
        (lambda packs, to: shutil.copy(packs / "new.zip", to / "x.zip"), "signer", {"trusted": Trust(STORE, {})}),
        (lambda packs, to: shutil.copy(packs / "new.zip", to / "x.zip"), "signer", {"on": "2028-01-02"}),
        (lambda packs, to: shutil.copy(packs / "new.zip", to / "x_TLP-CLEAR.zip"), "name", {}),
        (lambda packs, to: shutil.copy(packs / "new.zip", to / "a_b_v9_01234567_TLP-GREEN.zip"), "name", {}),
        (lambda packs, to: resealed(packs / "new.zip", to / "x.zip", as_of="v9"), "name", {}),
    ],
    ids=["a byte changed", "cut off", "unknown key", "expired key", "another level in its name", "another pack's name",
         "another vintage in its contents"],
)  # fmt: skip
@pytest.mark.parametrize("is_new", [True, False], ids=["no lake yet", "a lake"])
def test_what_does_not_hold_leaves_no_trace(packs, lake, tmp_path, make, check, given, is_new):
    folder = tmp_path / "came"
    folder.mkdir()
    make(packs, folder)
    [path] = folder.iterdir()
    if not is_new:
        receive(lake, packs / "other.zip")
    refused(lake, path, check, **given)
    assert lake.exists() is not is_new


@pytest.mark.parametrize("content", [b"", b"a text", b"PK"])
def test_what_is_no_pack_at_all_is_an_input_error(lake, tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    for wanted in (path, tmp_path / "missing.zip", tmp_path):
        with pytest.raises(InputError) as told:
            receive(lake, wanted)
        assert str(wanted) in told.value.where
    assert not lake.exists()


def test_a_pipe_is_not_waited_for(lake, tmp_path):
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(InputError):
        receive(lake, tmp_path / "pipe.zip")


def test_a_pack_that_is_too_long_is_refused_before_it_fills_the_disk(lake, tmp_path, monkeypatch):
    from stopgap.evidence.packs import receive as pack_receiving

    limits = pack_receiving.Limits
    monkeypatch.setattr(pack_receiving, "Limits", lambda: limits(file_bytes=1 << 21))
    with (tmp_path / "x.zip").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RefusedError, match="check archive: it is longer than 2097152 bytes"):
        receive(lake, tmp_path / "x.zip")
    assert not lake.parent.exists()


def test_who_receives_must_be_said(packs, lake):
    with pytest.raises(UsageError):
        receive(lake, packs / "new.zip", who="  \n")


def test_a_change_between_check_and_filing_has_no_effect(packs, lake, tmp_path, monkeypatch):
    from stopgap.evidence.packs import receive as pack_receiving

    path = Path(shutil.copy(packs / "new.zip", tmp_path / "new.zip"))
    verify = pack_receiving.verify_pack

    def swapped(copied, *given, **named):
        path.write_bytes((packs / "old.zip").read_bytes())
        return verify(copied, *given, **named)

    monkeypatch.setattr(pack_receiving, "verify_pack", swapped)
    done = receive(lake, path)
    assert done.path.read_bytes() == (packs / "new.zip").read_bytes()
    assert path.read_bytes() == (packs / "old.zip").read_bytes()


@pytest.mark.prove_only
@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_receiving_again_mends_a_damaged_store(packs, lake, damage):
    done = receive(lake, packs / "new.zip")
    done.path.unlink() if damage == "missing" else done.path.write_bytes(b"x")
    again = receive(lake, packs / "new.zip")
    assert (again.already_received, again.is_restored) == (True, True)
    assert done.path.read_bytes() == (packs / "new.zip").read_bytes()
    assert len(read_received(lake)) == 1


def test_a_damaged_log_files_nothing(packs, lake):
    receive(lake, packs / "old.zip")
    path = LOG.path(lake)
    path.write_bytes(path.read_bytes().replace(b"TLP:GREEN", b"TLP:CLEAR"))
    before = tree(lake)
    with pytest.raises(RefusedError, match="not as it was written"):
        receive(lake, packs / "new.zip")
    assert tree(lake) == before


@pytest.mark.prove_only
def test_odd_names_are_kept_as_text(packs, lake, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve \xe2\x80\xae.zip"))
    shutil.copy(packs / "new.zip", path)
    done = receive(lake, path)
    assert done.pack.file_name == "na\\udcefve ‮.zip"
    assert receive(lake, path).already_received


KILLED = """
import importlib, os, signal, sys
from pathlib import Path
place, moment, lake, pack, home = sys.argv[1:]
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
from stopgap.evidence.packs.receive import receive_pack
receive_pack(Path(lake), Path(pack), trust(Path(home)), on=ON, when=WHEN, who=WHO)
"""


@pytest.mark.one_in(12)
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(
    "place",
    [
        "stopgap.evidence.packs.receive:verify_pack",
        "stopgap.lake.partner_evidence:make_durable",
        "stopgap.lake.partner_evidence/Filing:put",
        "stopgap.base.event_log/LogWriter:append",
    ],
)
def test_a_kill_loses_nothing_and_leaves_nothing_half(packs, lake, tmp_path, place, moment):
    receive(lake, packs / "old.zip")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, place, moment, str(lake), str(packs / "new.zip"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": PATHS},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    is_filed = (place, moment) == ("stopgap.base.event_log/LogWriter:append", "after")
    assert [pack.file_name for pack in read_received(lake)] == ["old.zip", *(["new.zip"] if is_filed else [])]
    assert all(row["passed"] for row in check_lake(lake).to_pylist())
    again = receive(lake, packs / "new.zip", trusted=trust(tmp_path))
    assert again.already_received is is_filed
    assert [pack.file_name for pack in read_received(lake)] == ["old.zip", "new.zip"]
    assert stored_path(lake, again.pack).read_bytes() == (packs / "new.zip").read_bytes()
    assert all(row["passed"] for row in check_lake(lake).to_pylist())


def test_a_refusal_is_marked_as_the_pack_that_it_tells_of(packs, lake, tmp_path):
    late = Path(shutil.copy(packs / "new.zip", tmp_path / "TLP-RED_new.zip"))
    with pytest.raises(RefusedError) as told:
        receive(lake, late, when="2020-01-01T00:00:00+00:00")
    assert told.value.marking == GREEN
