"""Files staged in one pass: each as if it were staged alone, whatever stands in the others."""

from __future__ import annotations

import contextlib
import json
import random
from concurrent.futures import Future
from pathlib import Path

import mutations
import pytest
from comtrade_files import csv_bytes, make_file, put_file
from samples import Sample, samples

from stopgap.base.errors import StopgapError
from stopgap.lake.importing import staging
from stopgap.lake.importing.options import ImportOptions
from stopgap.lake.importing.staging import Incoming, stage_files
from stopgap.lake.receipts import hash_file
from stopgap.lake.schema import TRADE
from stopgap.lake.store import staging_connection
from stopgap.sources import registry
from stopgap.sources.base import Staging, Told
from stopgap.sources.files.byte_validation import check_bytes
from stopgap.sources.mapping import load_mapping

COLUMNS = ", ".join((*TRADE.staged_columns, "receipt"))

TOGETHER = (
    "comtrade csv", "comtrade plain csv", "comtrade bulk", "mapped csv", "mapped value last", "mapped wide", "comext",
    "comext old", "eurostat csv", "easycomext", "baci", "wits",
)  # fmt: skip
"""Samples of the formats whose files are parsed in one pass."""

CHANGES = (
    mutations.cut, mutations.shuffled_rows, mutations.repeated_rows, mutations.odd_value, mutations.odd_text,
    mutations.blank_lines, mutations.spaced_cells, mutations.rotated_rows, mutations.header_alone,
    mutations.points_between_thousands, mutations.lost_zeros, mutations.dropped_cell, mutations.header_again,
    mutations.joined_twice, mutations.web_page, mutations.national_numbers,
)  # fmt: skip


def options_for(sample: Sample, folder: Path) -> ImportOptions:
    """The options that a sample is imported with."""
    mapping = None
    if sample.mapping is not None:
        file = folder / "mapping.yml"
        file.write_text(sample.mapping, "utf-8")
        mapping = load_mapping(str(file))
    told = Told(**{name: str(value) for name, value in sample.options.items()})
    return ImportOptions(source=sample.source, mapping=mapping, told=told if told.as_dict() else None)


def incoming(path: Path) -> Incoming:
    """A file as the import has it once it is copied."""
    done: Future[None] = Future()
    done.set_result(None)
    return Incoming(path, path, hash_file(path), path.stat().st_size, check_bytes(path, None), done)


def staged(paths: list[Path], options: ImportOptions, scratch: Path) -> tuple[object, object, object]:
    """Counts by file, rows by file and rejects of files that are staged by one call; or the error."""
    with contextlib.closing(staging_connection(scratch)) as con:
        found = stage_files(con, [incoming(path) for path in paths], options, lambda text, share: None)
        counts = [staging for _, staging in found]
        rows = sorted(map(repr, con.execute(f"SELECT {COLUMNS} FROM gathered").fetchall()))
        rejects = con.execute("SELECT file, row, reason, content FROM all_rejects ORDER BY ALL").fetchall()
        return counts, rows, rejects


def staged_alone(paths: list[Path], options: ImportOptions, scratch: Path) -> tuple[object, object, object]:
    """The same of files that are staged one after the other, each by a call of its own."""
    counts: list[Staging] = []
    rows: list[str] = []
    rejects = []
    for path in paths:
        one, its_rows, its_rejects = staged([path], options, scratch)
        counts += one
        rows += its_rows
        rejects += its_rejects
    return counts, sorted(rows), sorted(rejects, key=repr)


def outcome(staging, paths, options, scratch) -> object:
    """What is staged, or the error that is told."""
    try:
        counts, rows, rejects = staging(paths, options, scratch)
    except StopgapError as error:
        return error.what, error.where, error.fix
    return counts, rows, sorted(rejects, key=repr)


def written(folder: Path, contents: list[bytes], suffix: str) -> list[Path]:
    """The files, each under a name of its own."""
    folder.mkdir()
    paths = [folder / f"file-{number}{suffix}" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", TOGETHER)
def test_sound_files_of_one_layout_are_parsed_in_one_pass(tmp_path, name, monkeypatch):
    sample = samples()[name]
    options = options_for(sample, tmp_path)
    table = sample.table()
    halves = [table, [*table[: sample.header], *table[sample.header :][::2]]]
    suffix = sample.file_name if name == "baci" else Path(sample.file_name).suffix
    paths = written(tmp_path / "in", [sample.written(each) for each in halves], f"-{suffix}")
    alone = outcome(staged_alone, paths, options, tmp_path)
    passes = []
    monkeypatch.setattr(registry, "read_prepared", None)
    whole = registry.read_bundle
    monkeypatch.setattr(registry, "read_bundle", lambda con, files: passes.append(len(files)) or whole(con, files))
    assert outcome(staged, paths, options, tmp_path) == alone
    assert passes == [2]
    assert isinstance(alone[0][0], Staging)


@pytest.mark.one_in(64)
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("name", TOGETHER)
def test_files_in_which_something_is_wrong_are_staged_as_each_alone(tmp_path, name, seed):
    sample = samples()[name]
    options = options_for(sample, tmp_path)
    draw = random.Random(f"{name} {seed}")
    contents = [sample.content]
    for change in draw.sample(CHANGES, 4):
        changed = change(sample, draw)
        if changed is not None and changed.file_name is None and is_sound(changed.content):
            contents.append(changed.content)
    draw.shuffle(contents)
    suffix = sample.file_name if name == "baci" else Path(sample.file_name).suffix
    paths = written(tmp_path / "in", contents, f"-{suffix}")
    assert outcome(staged, paths, options, tmp_path) == outcome(staged_alone, paths, options, tmp_path)


def is_sound(content: bytes) -> bool:
    """Whether the bytes are text, which is asked before a file is staged."""
    try:
        return bool(content.decode().strip())
    except UnicodeDecodeError:
        return False


@pytest.mark.prove_only
@pytest.mark.parametrize("seed", range(8))
def test_comtrade_files_with_parts_repetitions_and_unknown_partners_keep_their_notes(tmp_path, seed):
    draw = random.Random(seed)
    made = [make_file(100 * seed + n, figures=draw.choice((6, 12, 40))).rows for n in range(7)]
    made[draw.randrange(7)] *= 2  # so many repetitions that they are dropped in another way
    paths = [put_file(tmp_path / "in", csv_bytes(rows), f"{n}.csv") for n, rows in enumerate(made)]
    assert outcome(staged, paths, ImportOptions(), tmp_path) == outcome(staged_alone, paths, ImportOptions(), tmp_path)


def reply(rows: list[dict[str, object]]) -> bytes:
    """Rows as a reply of Comtrade's API."""
    return json.dumps({"elapsedTime": "0.02 secs", "count": len(rows), "data": rows, "error": ""}).encode()


@pytest.mark.prove_only
@pytest.mark.parametrize("seed", range(8))
def test_replies_of_comtrade_are_staged_as_each_alone(tmp_path, seed, monkeypatch):
    draw = random.Random(seed)
    made = [make_file(100 * seed + n, figures=draw.choice((6, 12, 40))).rows for n in range(5)]
    rows = [[{**row, "primaryValue": float(str(row["primaryValue"]))} for row in each] for each in made]
    contents = [reply(each) for each in rows]
    if seed % 2:
        del rows[0][0]["isLeaf"], rows[1][2]["qty"]
        contents += [
            reply(rows[0]),
            reply(rows[1]),
            reply([{**rows[2][0], "primaryValue": -1.0}, *rows[2][1:]]),
            reply([{**rows[3][0], "primaryValue": 1.5}, *rows[3]]),
            reply(rows[4]).replace(b'"count": ', b'"count": 1'),
        ]
    paths = written(tmp_path / "in", contents, ".json")
    alone = outcome(staged_alone, paths, ImportOptions(), tmp_path)
    if seed % 2 == 0:
        monkeypatch.setattr(registry, "read_prepared", None)
    assert outcome(staged, paths, ImportOptions(), tmp_path) == alone
    assert isinstance(alone[0][0], Staging)


def test_the_first_file_that_cannot_be_read_is_told_whatever_its_layout(tmp_path):
    sound, other = samples()["easycomext"], samples()["wits"]
    broken = sound.written([*sound.table(), ["one", "cell", "too", "few"]])
    contents = [
        sound.content,
        other.content,
        other.written([*other.table(), ["few"]]),
        broken,
        b"what,is,this\n1,2,3\n",
    ]
    paths = written(tmp_path / "in", contents, ".csv")
    options = ImportOptions()
    assert "file-2.csv" in outcome(staged, paths, options, tmp_path)[1]
    assert "file-3.csv" in outcome(staged, [*paths[:2], *paths[3:]], options, tmp_path)[1]
    assert "file-4.csv" in outcome(staged, [*paths[:2], paths[4]], options, tmp_path)[1]


@pytest.mark.prove_only
def test_files_in_many_windows_and_bundles_are_the_same(tmp_path, monkeypatch):
    sample = samples()["easycomext"]
    table = sample.table()
    contents = [sample.written([table[0], row, *table[1:3]]) for row in table[3:]]
    paths = written(tmp_path / "in", contents, ".csv")
    together = outcome(staged, paths, ImportOptions(), tmp_path)
    monkeypatch.setattr(staging, "WINDOW_FILES", 5)
    monkeypatch.setattr(staging, "BUNDLE_FILES", 3)
    assert outcome(staged, paths, ImportOptions(), tmp_path) == together


def test_what_is_done_is_shown_in_files_and_rows(tmp_path):
    sample = samples()["easycomext"]
    paths = written(tmp_path / "in", [sample.content, samples()["wits"].content, sample.content + b"\r\n"], ".csv")
    shown: list[tuple[str, float | None]] = []
    with contextlib.closing(staging_connection(tmp_path)) as con:
        found = stage_files(con, list(map(incoming, paths)), ImportOptions(), lambda *said: shown.append(said))
    rows = found[0][1].rows_read + found[2][1].rows_read
    assert shown == [
        ("reading file 1 of 3: file-0.csv", 0.0),
        (f"reading file 3 of 3, {rows:,} rows: file-1.csv", pytest.approx(2 / 3)),
    ]
