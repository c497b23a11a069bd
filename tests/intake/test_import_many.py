"""Many files in one import: the lake they give is the one that a command for each would."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from comtrade_files import PARTNERS, REPORTERS, comtrade_row, csv_bytes, put_file
from killing import COMMITTED, KEPT, WRITING, after_a_kill, die_at, environment, stopgap_here
from lake_state import digests, faults
from samples import samples

from stopgap.base.errors import InputError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake import store
from stopgap.lake.importing import parts
from stopgap.lake.marking_log import read_book
from stopgap.lake.query.statement import run_query
from stopgap.lake.receipts import hash_file, receipt_id
from stopgap.lake.store import orphans

VIEWS = ("trade", "trade_aggregates", "trade_breakdowns")
RECEIPT = "receipt, file_name, source, parser, rows_read, rows_loaded, rows_rejected, rows_missing, rows_duplicate"
EASY = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "trade" / "easycomext-totals"


def views(lake: Path, *, without: str = "vintage") -> dict[str, list[str]]:
    """Every row of the views of figures, but for some columns."""
    return {
        view: sorted(map(repr, run_query(lake, f"SELECT * EXCLUDE ({without}) FROM {view}")[0].to_pylist()))
        for view in VIEWS
    }


def receipts(lake: Path) -> list[str]:
    """What is known of each file, but for its vintage."""
    return sorted(map(repr, run_query(lake, f"SELECT {RECEIPT} FROM receipts")[0].to_pylist()))


def one_by_one(lake: Path, paths: list[Path], request: ImportRequest | None = None) -> list[str]:
    """Import each file by a command of its own; return their warnings, with the file's name in front."""
    notes = []
    for path in paths:
        notes += [f"{path.name}: {note}" for note in import_paths(lake, [path], request).warnings]
    return notes


def grid(folder: Path, name: str, reporter: str, period: int, partners: list[str], goods: list[str]) -> Path:
    """A file with a figure for each partner and good; the figure of a cell is always the same."""
    rows = [
        comtrade_row(
            reporterCode=reporter, reporterISO=REPORTERS[reporter], period=str(period), refYear=str(period),
            partnerCode=partner, cmdCode=good, primaryValue=f"{int(reporter) * 7 + period + int(partner)}.25",
        )
        for partner in partners
        for good in goods
    ]  # fmt: skip
    return put_file(folder, csv_bytes(rows), name)


@pytest.fixture(scope="module")
def years(tmp_path_factory) -> list[Path]:
    """Files by reporter and year, of several layouts, with repetitions, parts and notes in some of them."""
    folder, draw = tmp_path_factory.mktemp("years"), random.Random(28)
    paths = []
    for reporter in list(REPORTERS)[:5]:
        for period in (1990, 2017, 2018):
            partners, goods = draw.sample(list(PARTNERS), 3), draw.sample(["854231", "847150", "270900"], 2)
            paths.append(grid(folder, f"{reporter}-{period}.csv", reporter, period, partners, goods))
    part = comtrade_row(period="2015", refYear="2015", motCode="1000", primaryValue="40.0")
    parts = [part, part | {"motCode": "2100", "primaryValue": "60.0", "fobvalue": "60.0"}]
    paths.append(put_file(folder, csv_bytes([*parts, parts[0]]), "parts.csv"))
    paths.append(put_file(folder, csv_bytes([comtrade_row(period="2014", partnerCode="4711")])[:-2], "no end.csv"))
    paths.append(put_file(folder, csv_bytes([comtrade_row(period="2013")]), "packed.csv.gz"))
    others = [samples()[name] for name in ("easycomext", "baci", "comtrade json", "wits", "canonical csv")]
    paths += [put_file(folder, sample.content, f"{sample.name} {sample.file_name}") for sample in others]
    draw.shuffle(paths)
    return paths


@pytest.fixture(scope="module")
def alone(tmp_path_factory, years) -> tuple[Path, list[str]]:
    """The lake after a command for each file, and their warnings."""
    lake = tmp_path_factory.mktemp("alone") / "lake"
    return lake, one_by_one(lake, years)


@pytest.fixture(params=["a table", "files"])
def rows_wait_in(request, monkeypatch) -> None:
    """Rows of an import wait in a table until all are read, or, as those of large imports, in files."""
    if request.param == "files":
        monkeypatch.setattr(parts, "PARTS_FROM", 0)
        monkeypatch.setattr(parts, "ROWS_PER_FILE", 5)


@pytest.mark.prove_only
@pytest.mark.usefixtures("rows_wait_in")
def test_files_of_many_layouts_give_the_lake_that_a_command_for_each_does(tmp_path, years, alone):
    done = import_paths(tmp_path / "lake", years)
    assert done.vintage == "v1"
    assert views(tmp_path / "lake") == views(alone[0])
    assert receipts(tmp_path / "lake") == receipts(alone[0])
    assert faults(tmp_path / "lake") == []
    told = {note.split(": ", 1)[1] for note in done.warnings}
    assert told == {note.split(": ", 1)[1] for note in alone[1]}


@pytest.mark.prove_only
@pytest.mark.skipif(not EASY.is_dir(), reason="the shared data are not here")
def test_real_files_of_one_month_each_give_the_lake_that_a_command_for_each_does(tmp_path):
    paths = sorted(EASY.glob("*/*.csv"))[::8]
    one_by_one(tmp_path / "alone", paths)
    done = import_paths(tmp_path / "lake", paths)
    assert (len(done.files), done.vintage) == (17, "v1")
    assert views(tmp_path / "lake") == views(tmp_path / "alone")
    assert receipts(tmp_path / "lake") == receipts(tmp_path / "alone")


@pytest.mark.prove_only
@pytest.mark.usefixtures("rows_wait_in")
@pytest.mark.parametrize("seed", range(12))
def test_files_that_overlap_hold_each_figure_once_in_any_order(tmp_path, seed):
    draw = random.Random(seed)
    goods = ["854231", "847150", "270900"]
    paths = []
    for number in range(draw.randint(3, 6)):
        partners = draw.sample(list(PARTNERS)[:5], draw.randint(1, 4))
        paths.append(grid(tmp_path / "in", f"{number}.csv", "156", draw.choice((2020, 2021)), partners, goods))
    one_by_one(tmp_path / "alone", paths)
    wanted = views(tmp_path / "alone", without="vintage, receipt")
    first: dict[str, str] = {}
    for path in paths:
        for line in path.read_text().splitlines()[1:]:
            first.setdefault(line, receipt_id(hash_file(path)))
    done = import_paths(tmp_path / "lake", paths)
    assert views(tmp_path / "lake", without="vintage, receipt") == wanted
    assert done.rows_duplicate == done.rows_read - len(first)
    found = run_query(tmp_path / "lake", "SELECT receipt, count(*) AS n FROM trade GROUP BY 1")[0].to_pylist()
    kept = list(first.values())
    assert {row["receipt"]: row["n"] for row in found} == {receipt: kept.count(receipt) for receipt in set(kept)}
    draw.shuffle(paths)
    import_paths(tmp_path / "other", paths)
    assert views(tmp_path / "other", without="vintage, receipt") == wanted


@pytest.mark.usefixtures("rows_wait_in")
def test_a_shared_figure_stays_with_the_first_file_given_whichever_is_parsed_first(tmp_path):
    rows = [comtrade_row(cmdCode=good) for good in ("854231", "847150")]
    one = put_file(tmp_path, csv_bytes(rows[:1]), "one.csv")
    two = put_file(tmp_path, csv_bytes(rows, line_end="\n", columns=sorted(rows[0])), "two.csv")
    three = put_file(tmp_path, csv_bytes([rows[1] | {"cmdDesc": "another text"}]), "three.csv")
    done = import_paths(tmp_path / "lake", [one, two, three])
    assert [note for note in done.warnings if "earlier file" in note] == [
        "two.csv: 1 rows stand in an earlier file of the import too and were left out",
        "three.csv: 1 rows stand in an earlier file of the import too and were left out",
    ]
    found = run_query(tmp_path / "lake", "SELECT good, receipt FROM trade ORDER BY 1")[0].to_pylist()
    assert [row["receipt"] for row in found] == [receipt_id(hash_file(two)), receipt_id(hash_file(one))]


@pytest.mark.usefixtures("rows_wait_in")
def test_files_that_contradict_each_other_are_refused_whole(tmp_path):
    paths = [grid(tmp_path, f"{n}.csv", "156", 2020 + n, ["643", "398"], ["854231"]) for n in range(4)]
    paths.append(put_file(tmp_path, csv_bytes([comtrade_row(period="2021", primaryValue="3.5")]), "other.csv"))
    with pytest.raises(InputError, match="report the same figure with different values") as told:
        import_paths(tmp_path / "lake", paths)
    assert "reporter CHN, partner RUS" in told.value.where
    assert digests(tmp_path / "lake") == {}


@pytest.mark.prove_only
@pytest.mark.usefixtures("rows_wait_in")
def test_rejected_rows_are_told_by_file_and_row_and_the_other_files_wait_for_them(tmp_path):
    sample = samples()["easycomext"]
    table = sample.table()
    texts = [sample.written([table[0], row]) for row in table[1:5]]
    bad = [table[5], [*table[6][:-2], "minus", "1.0"], table[7]]
    texts.insert(2, sample.written([table[0], *bad]))
    paths = [put_file(tmp_path, text, f"{n}.csv") for n, text in enumerate(texts)]
    with pytest.raises(InputError, match="1 of 7 rows cannot be imported") as told:
        import_paths(tmp_path / "lake", paths)
    assert told.value.where.startswith("2.csv, row 3;")
    assert digests(tmp_path / "lake") == {}
    done = import_paths(tmp_path / "lake", paths, ImportRequest(allow_rejects=True))
    assert (done.rows_loaded, done.rows_rejected) == (6, 1)
    assert Path(str(done.rejects)).read_text("utf-8").splitlines()[1].startswith("2.csv,3,")
    one_by_one(tmp_path / "alone", paths, ImportRequest(allow_rejects=True))
    assert views(tmp_path / "lake") == views(tmp_path / "alone")
    assert receipts(tmp_path / "lake") == receipts(tmp_path / "alone")


def test_every_file_carries_the_marking_given(tmp_path):
    paths = [grid(tmp_path, f"{n}.csv", "156", 2015 + n, ["643"], ["854231"]) for n in range(5)]
    done = import_paths(tmp_path / "lake", paths, ImportRequest(marking="TLP:AMBER"))
    marks = read_book(tmp_path / "lake").marks
    assert {mark.subject: mark.marking.tlp.name for mark in marks} == {
        f"receipt:{receipt}": "AMBER" for receipt in done.receipts
    }
    assert len(marks) == 5


MANY = {
    "the raw bytes are kept": ("stopgap.lake.importing.importer:commit_staged", "before", KEPT),
    "the rows are written": ("stopgap.lake.store:write_sorted", "after", WRITING),
    "the commit is made": ("deltalake.table/DeltaTable:create_write_transaction", "after", COMMITTED),
}


@pytest.mark.prove_only
@pytest.mark.parametrize("moment", MANY)
def test_a_kill_of_an_import_of_a_folder_loses_nothing(tmp_path, moment):
    for number in range(6):
        grid(tmp_path / "in", f"{number}.csv", "156", 2015 + number, ["643", "398"], ["854231"])
    old_file = grid(tmp_path, "old.csv", "156", 2016, ["643"], ["854231", "847150"])
    lake, other = tmp_path / "lake", tmp_path / "other"
    for each in (lake, other):
        stopgap_here(each, "import", old_file)
    old = digests(lake)
    stopgap_here(other, "import", tmp_path / "in")
    place, when, stage = MANY[moment]
    killed = die_at(lake, place, when, "import", tmp_path / "in")
    assert killed.stage == stage
    assert after_a_kill(lake, killed, old=old, new=digests(other)) is None
    stopgap_here(lake, "import", tmp_path / "in")
    assert digests(lake) == digests(other)
    assert orphans(lake) == []
    assert faults(lake) == []


@pytest.mark.prove_only
def test_two_folders_imported_at_once_are_two_vintages(tmp_path):
    for number in range(12):
        grid(tmp_path / f"in-{number % 2}", f"{number}.csv", "156", 2000 + number, ["643"], ["854231"])
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "stopgap", "import", str(tmp_path / f"in-{n}"), "--lake", str(tmp_path / "lake"),
             "--format", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
        )
        for n in range(2)
    ]  # fmt: skip
    answers = [json.loads(child.communicate(timeout=120)[0]) for child in children]
    assert sorted(answer["vintage"] for answer in answers) == ["v1", "v2"]
    assert [answer["rows_loaded"] for answer in answers] == [6, 6]
    assert len(views(tmp_path / "lake")["trade"]) == 12
    assert faults(tmp_path / "lake") == []


@pytest.mark.prove_only
def test_files_that_were_moved_into_the_lake_and_not_committed_are_no_part_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PARTS_FROM", 0)
    monkeypatch.setattr(parts, "ROWS_PER_FILE", 5)
    paths = [grid(tmp_path, f"{n}.csv", "156", 2020 + n, ["643", "398"], ["854231", "847150"]) for n in range(3)]
    lake = tmp_path / "lake"
    import_paths(lake, paths[:1])
    before = digests(lake)
    with monkeypatch.context() as patched:
        patched.setattr(store, "commit_files", _ended)
        with pytest.raises(KeyboardInterrupt):
            import_paths(lake, paths[1:])
    assert digests(lake) == before
    assert len(orphans(lake)) == 2
    assert import_paths(lake, paths[1:]).rows_loaded == 8
    assert (orphans(lake), faults(lake)) == ([], [])


def _ended(*_args, **_options):
    raise KeyboardInterrupt
