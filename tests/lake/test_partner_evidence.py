"""The store of received packs: what is reported is there, what is damaged is named, what a kill left is no pack."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from dataclasses import replace

import pytest

from stopgap.base.errors import InputError, MissingDataError, NotFoundError, RefusedError, UsageError
from stopgap.base.marking import Marking, Tlp
from stopgap.intake.querying import query_lake
from stopgap.lake.partner_evidence import (
    LOG,
    ReceivedPack,
    check_received,
    filing,
    find_pack,
    findings_in,
    intact,
    read_received,
    scratch,
    stored_path,
)
from stopgap.lake.query.statement import run_query
from stopgap.maintenance.upkeep import check_lake

AMBER = Marking(Tlp.AMBER, frozenset({"DEU", "FRA"}))
FINDING = {
    "finding_id": "sha256:" + "1" * 64, "episode": "russia-2022", "goods": "chips", "goods_version": "1+abc",
    "as_of": "v3", "frequency": "A", "suspended": {"loss_usd": 800.0, "loss_share": 0.8},
    "backfill": {"gross_ratio": 0.75, "net_ratio": None},
}  # fmt: skip
EXTRACT = {
    **{name: FINDING[name] for name in ("episode", "goods", "goods_version", "as_of", "frequency")},
    "finding_id": "sha256:" + "2" * 64,
    "numbers": [{"name": "suspended.loss_usd", "value": 12.5}, {"name": "backfill.gross_ratio", "value": None}],
}


def zipped(path, number=0):
    """A file with findings where packs have them; the store itself asks for no more."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/findings/TLP-AMBER_chips_11111111.json", json.dumps(FINDING))
        archive.writestr("data/extracts/TLP-AMBER_chips_22222222.json", json.dumps(EXTRACT))
        archive.writestr("data/numbers/TLP-AMBER_chips_11111111.json", json.dumps({"number": number}))
    return path


def described(path, **changed):
    content = path.read_bytes()
    return replace(
        ReceivedPack(
            sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), name="russia-2022_chips_v3_11111111_TLP-AMBER",
            file_name="pack.zip", origin="fra-liaison", fingerprint="sha256:" + "ab" * 32, called="france",
            episode="russia-2022", goods="chips", as_of="v3", made_at="2026-07-01T12:00:00Z", marking=AMBER,
            checks=(("archive", "safe"), ("hashes", "same")), who="Jane Roe", when="2026-07-02T08:00:00Z",
        ),
        **changed,
    )  # fmt: skip


def put(lake, tmp_path, number=0, **changed):
    path = zipped(tmp_path / f"{number}.zip", number)
    pack = described(path, **changed)
    with filing(lake) as store:
        store.keep(path, pack)
    return pack


def test_what_was_filed_is_there_as_it_came(tmp_path):
    lake = tmp_path / "lake"
    content = zipped(tmp_path / "0.zip").read_bytes()
    pack = put(lake, tmp_path)
    assert read_received(lake) == (pack,)
    assert intact(lake, pack) == lake / "received" / ("ab" * 8) / f"{pack.sha256}.zip"
    assert intact(lake, pack).read_bytes() == content
    assert pack.as_dict()["marking"] == {"tlp": "TLP:AMBER", "releasable_to": ["DEU", "FRA"]}
    assert check_received(lake) == ([], f"1, {len(content):,} bytes, their log whole")


def test_nothing_was_received_where_there_is_no_lake(tmp_path):
    assert read_received(tmp_path / "lake") == ()
    assert not (tmp_path / "lake").exists()


def test_the_newest_of_a_series_stands_above_all_before_it(tmp_path):
    lake = tmp_path / "lake"
    first = put(lake, tmp_path, 1)
    second = put(lake, tmp_path, 2, newer_than=first.sha256)
    late = put(lake, tmp_path, 3, older_than=second.sha256)
    beside = put(lake, tmp_path, 4, goods="optical")
    third = put(lake, tmp_path, 5, newer_than=second.sha256)
    above = {pack.sha256: pack.superseded_by for pack in read_received(lake)}
    assert above == {
        first.sha256: third.sha256,
        second.sha256: third.sha256,
        late.sha256: third.sha256,
        beside.sha256: None,
        third.sha256: None,
    }


@pytest.mark.parametrize("as_of", ["v2", "v9", "v10", "v100"])
def test_age_is_the_moment_then_the_number_of_the_vintage(tmp_path, as_of):
    pack = described(zipped(tmp_path / "a.zip"), as_of=as_of)
    ages = [replace(pack, as_of=each).age for each in ("v2", "v9", "v10", "v100")]
    assert ages == sorted(ages)
    assert replace(pack, made_at="2026-07-01T12:00:01Z", as_of="v1").age > pack.age
    assert replace(pack, as_of="2026-07-01").age < pack.age


def test_relations_stand_beside_ones_own_and_never_in_them(tmp_path):
    lake = tmp_path / "lake"
    pack = put(lake, tmp_path)
    sql = "SELECT * EXCLUDE (content, pack, pack_sha256, fingerprint, goods_version) FROM received_findings ORDER BY finding_id"
    table, vintage = run_query(lake, sql)
    shared = {
        "origin": "fra-liaison", "episode": "russia-2022", "goods": "chips", "as_of": "v3", "frequency": "A",
        "marking": "TLP:AMBER REL DEU, FRA", "superseded_by": None, "net_ratio": None,
    }  # fmt: skip
    assert table.to_pylist() == [
        {
            **shared,
            "kind": "finding",
            "finding_id": "sha256:" + "1" * 64,
            "loss_usd": 800.0,
            "loss_share": 0.8,
            "gross_ratio": 0.75,
        },
        {
            **shared,
            "kind": "extract",
            "finding_id": "sha256:" + "2" * 64,
            "loss_usd": 12.5,
            "loss_share": None,
            "gross_ratio": None,
        },
    ]
    assert vintage == "v0"
    assert run_query(lake, "SELECT pack, received_by, received_at FROM received_packs")[0].to_pylist() == [
        {"pack": pack.name, "received_by": "Jane Roe", "received_at": "2026-07-02T08:00:00Z"}
    ]
    assert run_query(lake, "SELECT count(*) AS n FROM findings, received_packs")[0].to_pylist() == [{"n": 0}]


@pytest.mark.parametrize(
    "sql", ["SELECT origin FROM received_packs", 'SELECT f.goods FROM "RECEIVED_FINDINGS" AS f, trade']
)
def test_a_query_over_received_packs_is_marked_as_they_are(tmp_path, sql):
    lake = tmp_path / "lake"
    put(lake, tmp_path)
    put(lake, tmp_path, 1, marking=Marking(Tlp.GREEN, frozenset({"DEU", "JPN"})))
    assert query_lake(lake, sql).marking == Marking(Tlp.AMBER, frozenset({"DEU"}))


def test_a_lake_that_holds_nothing_says_so(tmp_path):
    with pytest.raises(MissingDataError, match="there is no lake"):
        run_query(tmp_path / "lake", "SELECT * FROM received_packs")


def test_a_damaged_store_does_not_keep_anybody_from_their_own_figures(tmp_path):
    from stopgap.intake.importing import import_paths

    lake = tmp_path / "lake"
    file = tmp_path / "trade.csv"
    file.write_text(
        "freqCode,flowCode,classificationCode,cmdCode,customsCode,motCode,partner2Code,netWgt,period,reporterCode,partnerCode,primaryValue\n"
        "A,X,H6,854231,C00,0,0,1000,2021,276,643,60\n"
    )
    import_paths(lake, [file])
    pack = put(lake, tmp_path)
    stored_path(lake, pack).write_bytes(b"changed")
    assert run_query(lake, "SELECT sum(value_usd) AS usd FROM trade")[0].to_pylist() == [{"usd": 60.0}]
    with pytest.raises(InputError, match="received pack was changed since") as told:
        run_query(lake, "SELECT * FROM received_findings")
    assert str(stored_path(lake, pack)) in told.value.where
    assert "receive the pack from france again" in told.value.fix


@pytest.mark.parametrize(("damage", "says"), [("missing", "is missing"), ("changed", "was changed since")])
def test_a_damaged_pack_is_named_by_the_check_of_the_lake(tmp_path, damage, says):
    lake = tmp_path / "lake"
    pack = put(lake, tmp_path)
    place = stored_path(lake, pack)
    if damage == "missing":
        place.unlink()
    else:
        content = bytearray(place.read_bytes())
        content[len(content) // 2] ^= 1
        place.write_bytes(content)
    for call in (intact, findings_in):
        with pytest.raises(InputError, match=says):
            call(lake, pack)
    row = {row["check"]: row for row in check_lake(lake).to_pylist()}["received packs"]
    assert not row["passed"]
    assert says in row["found"]
    assert pack.name in row["found"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"TLP:AMBER", b"TLP:CLEAR"),
        lambda text: text.replace(b'"who":"Jane Roe"', b'"who":"John Doe"'),
        lambda text: b"\n".join(text.split(b"\n")[1:]),
        lambda text: b"\n".join([*reversed(text.split(b"\n")[:-1]), b""]),
    ],
    ids=["marking lowered", "another person", "first line cut", "lines swapped"],
)
def test_a_log_that_was_changed_shows_nothing(tmp_path, change):
    lake = tmp_path / "lake"
    put(lake, tmp_path, 1)
    put(lake, tmp_path, 2)
    path = LOG.path(lake)
    before = path.read_bytes()
    path.write_bytes(change(before))
    assert path.read_bytes() != before
    with pytest.raises(RefusedError, match="not as it was written") as told:
        read_received(lake)
    assert str(path) in told.value.where
    assert "received/log.jsonl" in told.value.fix
    assert not {row["check"]: row for row in check_lake(lake).to_pylist()}["received packs"]["passed"]


@pytest.mark.parametrize(
    "changed",
    [{"sha256": "../../x"}, {"marking": {"tlp": "AMBER", "releasable_to": None}}, {"checks": 3}, {"origin": "me"},
     {"origin": {"name": "x", "fingerprint": "../.."}}, {"size_bytes": None}],
    ids=["path as hash", "no marking", "no checks", "no origin", "path as fingerprint", "no size"],
)  # fmt: skip
def test_a_line_that_says_no_pack_is_named(tmp_path, changed):
    lake = tmp_path / "lake"
    put(lake, tmp_path)
    event = {**LOG.read(lake)[0], **changed}
    with LOG.writing(lake) as log:
        log.append([event])
    with pytest.raises(InputError, match="cannot be understood") as told:
        read_received(lake)
    assert "line 2" in told.value.where


def test_what_a_kill_left_is_no_pack(tmp_path):
    lake = tmp_path / "lake"
    pack = put(lake, tmp_path, 1)
    other = zipped(tmp_path / "2.zip", 2)
    with filing(lake) as store:
        store.put(other, described(other))  # killed before its line was written
    with LOG.path(lake).open("ab") as log:
        log.write(b'{"event":"received","sha256":"')  # killed within it
    assert read_received(lake) == (pack,)
    assert check_received(lake)[0] == []
    assert "1 left by a stopped receipt" in check_received(lake)[1]
    third = put(lake, tmp_path, 3)
    assert [each.sha256 for each in read_received(lake)] == [pack.sha256, third.sha256]


def test_scratch_leaves_nothing(tmp_path):
    lake = tmp_path / "lake"
    with scratch(lake) as folder:
        (folder / "pack.zip").write_bytes(b"x")
    assert not lake.exists()
    lake.mkdir()
    with pytest.raises(KeyError), scratch(lake) as folder:
        raise KeyError
    assert list(lake.iterdir()) == []


def test_scratch_clears_what_killed_runs_left_and_no_others(tmp_path):
    lake = tmp_path / "lake"
    old, young = (lake / "received" / "incoming" / name for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir(parents=True)
        (folder / "pack.zip").write_bytes(b"secret")
    for path in (old / "pack.zip", old):
        os.utime(path, (1, 1))
    assert "1 left by a stopped receipt" in check_received(lake)[1]
    with scratch(lake):
        assert not old.exists()
        assert (young / "pack.zip").exists()


def test_a_lake_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "lake").write_text("a file")
    with pytest.raises(RefusedError, match="cannot be kept"), scratch(tmp_path / "lake"):
        pass


def test_packs_are_found_by_name_file_and_digits(tmp_path):
    lake = tmp_path / "lake"
    one = put(lake, tmp_path, 1, name="one_TLP-AMBER", file_name="a.zip")
    two = put(lake, tmp_path, 2, name="two_TLP-AMBER", file_name="b.zip")
    again = put(lake, tmp_path, 3, name="two_TLP-AMBER", file_name="c.zip")
    packs = read_received(lake)
    for wanted in ("one_TLP-AMBER", "one_TLP-AMBER.zip", "a.zip", one.sha256[:12], "sha256:" + one.sha256):
        assert find_pack(packs, wanted, where="PACK").sha256 == one.sha256
    with pytest.raises(UsageError, match="2 received packs go by") as told:
        find_pack(packs, "two_TLP-AMBER", where="PACK")
    assert two.sha256[:12] in told.value.fix
    assert again.sha256[:12] in told.value.fix
    for wanted in ("three", "", one.sha256[:5], "f" * 64):
        with pytest.raises(NotFoundError):
            find_pack(packs, wanted, where="PACK")
