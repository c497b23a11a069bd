"""Lakes in odd places, and lakes to which something has happened: named by every command, found by ``lake check``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes
from lake_state import faults, lake_state

from stopgap.base.errors import InputError, MissingDataError, RefusedError, StopgapError
from stopgap.intake.importing import import_paths
from stopgap.lake.compacting import compact
from stopgap.lake.history import files_at, read_log
from stopgap.lake.query.statement import run_query
from stopgap.lake.receipts import raw_path
from stopgap.lake.withdraw import withdraw
from stopgap.maintenance.upkeep import check_lake, export_lake, list_vintages

SQL = "SELECT count(*) AS n, sum(value_usd) AS usd FROM trade"


def write_file(folder: Path, name: str, **changes: object) -> Path:
    """Nine figures."""
    path = folder / name
    path.write_bytes(csv_bytes([comtrade_row(cmdCode=f"8542{n}", primaryValue=f"{n}.5", **changes) for n in range(31, 40)]))  # fmt: skip
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    """A lake of two vintages, the second of which replaces a part of the first."""
    folder = tmp_path_factory.mktemp("whole")
    import_paths(folder / "lake", [write_file(folder, "old.csv")])
    import_paths(folder / "lake", [write_file(folder, "new.csv", netWgt="7.0")])
    return folder / "lake"


@pytest.fixture
def lake(whole, tmp_path) -> Path:
    """A copy, without the native copy that would hide a damage."""
    place = tmp_path / "lake"
    shutil.copytree(whole, place)
    shutil.rmtree(place / "derived", ignore_errors=True)
    return place


PLACES = [
    "with a space ",
    "Zürich-Київ-北京🚢",
    "gl[o]b",
    "st*r",
    "wh?t",
    "br{a,b}",
    "quo'te\"d",
    "100% sure",
    "C:se;mi#$HOME",
]


@pytest.mark.one_in(12)
@pytest.mark.parametrize("place", PLACES)
def test_a_lake_works_in_a_folder_of_any_name(tmp_path, place):
    old, new = write_file(tmp_path, "old.csv"), write_file(tmp_path, "new.csv", partnerCode="398")
    lake = tmp_path / place / "the lake"
    (tmp_path / "star").mkdir()  # what a pattern would find
    import_paths(lake, [old])
    assert run_query(lake, SQL)[0].to_pylist() == [{"n": 9, "usd": sum(n + 0.5 for n in range(31, 40))}]
    receipt = import_paths(lake, [new]).receipts[0]
    assert run_query(lake, SQL)[0]["n"][0].as_py() == 18
    assert run_query(lake, SQL, as_of="v1")[0]["n"][0].as_py() == 9
    compact(lake)
    withdraw(lake, receipt, "a test")
    assert run_query(lake, SQL)[0]["n"][0].as_py() == 9
    assert faults(lake) == []
    assert export_lake(lake, tmp_path / place / "out")["rows"][0].as_py() == 9
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted({"old.csv", "new.csv", "star", place})


@pytest.mark.parametrize("place", ["per%41cent", "tab\there", "line\nend", "bell\a"])
def test_a_folder_name_that_cannot_be_used_is_refused_before_anything_is_written(tmp_path, place):
    path = write_file(tmp_path, "old.csv")
    with pytest.raises(RefusedError, match="folder of this name"):
        import_paths(tmp_path / place, [path])
    assert [made.name for made in tmp_path.iterdir()] == ["old.csv"]


def test_a_lake_that_is_a_file_or_below_one(tmp_path):
    path = write_file(tmp_path, "old.csv")
    for lake in (path, path / "lake"):
        with pytest.raises(StopgapError) as caught:
            import_paths(lake, [path])
        assert caught.value.exit_code in (4, 5)
        assert caught.value.fix
        with pytest.raises(MissingDataError):
            run_query(lake, SQL)


def test_a_lake_that_vanishes(lake):
    run_query(lake, SQL)
    shutil.rmtree(lake)
    for act in (lambda: run_query(lake, SQL), lambda: check_lake(lake), lambda: withdraw(lake, "x", "y")):
        with pytest.raises(StopgapError) as caught:
            act()
        assert caught.value.exit_code == 4
    assert list_vintages(lake).num_rows == 0
    assert not lake.exists()  # no command that reads makes one


def commit_file(lake: Path, number: int) -> Path:
    return lake / "tables" / "trade" / "_delta_log" / f"{number:020}.json"


def spoil(path: Path, how: str) -> None:
    """Damage a file in one way."""
    content = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": content[: len(content) // 2],
            "noise": bytes(range(256)) * 4,
            "zeros": bytes(len(content)),
            "another shape": b'["a", 1]\n3\nnull\n',
            "no note": content.replace(b"receipts", b"rec3ipts").replace(b'\\"vintage\\"', b'\\"vintage\\":1,'),
        }[how]
    )


@pytest.mark.parametrize("how", ["cut", "noise", "zeros", "another shape"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_damaged_log_is_named_and_nothing_is_read_past_it(lake, tmp_path, how, number):
    spoil(commit_file(lake, number), how)
    before = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file() and path.name != ".lock"}
    for act in (
        lambda: run_query(lake, SQL),
        lambda: list_vintages(lake),
        lambda: compact(lake),
        lambda: import_paths(lake, [write_file(tmp_path, "third.csv", partnerCode="398")]),
        lambda: withdraw(lake, "0" * 16, "a test"),
    ):
        with pytest.raises(InputError, match="log of the lake is damaged") as caught:
            act()
        assert commit_file(lake, number).name in caught.value.where
    [check] = [row for row in check_lake(lake).to_pylist() if not row["passed"]]
    assert check["check"] == "log"
    after = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file() and path.name != ".lock"}
    assert after == before


@pytest.mark.parametrize("number", [0, 1])
def test_a_missing_commit_is_found(lake, number):
    commit_file(lake, number).unlink()
    assert any("is missing" in fault for fault in faults(lake))


def data_files(lake: Path) -> list[Path]:
    return sorted((lake / "tables" / "trade").glob("*.parquet"))


@pytest.mark.parametrize("how", ["gone", "empty", "cut", "noise", "zeros"])
def test_a_damaged_data_file_is_named(lake, how):
    for path in data_files(lake):
        path.unlink() if how == "gone" else spoil(path, how)
    for as_of in (None, "v1"):
        with pytest.raises(InputError, match="missing" if how == "gone" else "damaged") as caught:
            run_query(lake, SQL, as_of=as_of)
        assert "lake check" in caught.value.fix
    assert any(fault.startswith("data files") for fault in faults(lake))
    with pytest.raises(InputError):
        export_lake(lake, lake.parent / "out")


@pytest.mark.one_in(12)
@pytest.mark.parametrize("how", ["gone", "empty", "cut", "noise"])
def test_a_writer_that_meets_a_damaged_data_file_says_so_and_changes_nothing(tmp_path, how):
    lake = tmp_path / "lake"
    receipt = import_paths(lake, [write_file(tmp_path, "old.csv")]).receipts[0]
    import_paths(lake, [write_file(tmp_path, "new.csv", partnerCode="398")])
    for path in data_files(lake):
        path.unlink() if how == "gone" else spoil(path, how)
    revised = write_file(tmp_path, "revised.csv", netWgt="1.0")
    log = sorted((lake / "tables" / "trade" / "_delta_log").iterdir())
    for act in (
        lambda: import_paths(lake, [revised]),
        lambda: compact(lake),
        lambda: withdraw(lake, receipt, "a test"),
    ):
        with pytest.raises((InputError, RefusedError)) as caught:
            act()
        assert "part-" in caught.value.where + caught.value.what
    assert sorted((lake / "tables" / "trade" / "_delta_log").iterdir()) == log


def test_damaged_pages_are_noticed_when_they_are_read(lake):
    commits = read_log(lake)
    [name] = files_at(commits, commits[-1].version)
    path = lake / "tables" / "trade" / name
    content = bytearray(path.read_bytes())
    content[8 : len(content) // 2] = bytes(len(content) // 2 - 8)
    path.write_bytes(bytes(content))
    with pytest.raises(InputError):
        run_query(lake, "SELECT * FROM trade")
    assert faults(lake)


def test_raw_bytes_that_changed_or_are_gone_are_found(lake):
    [first, second] = [row["sha256"] for row in run_query(lake, "SELECT sha256 FROM receipts ORDER BY vintage")[0].to_pylist()]  # fmt: skip
    raw_path(lake, first).unlink()
    with raw_path(lake, second).open("ab") as raw:
        raw.write(b" ")
    found = " ".join(faults(lake))
    assert "old.csv" in found
    assert "are missing" in found
    assert "new.csv" in found
    assert "have changed" in found


@pytest.mark.one_in(3)
@pytest.mark.parametrize("how", ["empty", "cut", "noise"])
def test_a_damaged_native_copy_is_made_anew(lake, how):
    sound = run_query(lake, SQL)[0].to_pylist()
    [native] = (lake / "derived").glob("*.duckdb")
    spoil(native, how)
    assert run_query(lake, SQL)[0].to_pylist() == sound
    assert faults(lake) == []


@pytest.mark.one_in(3)
@pytest.mark.parametrize("how", ["empty", "cut", "noise", "another shape"])
def test_a_damaged_finding_is_named(lake, how):
    (lake / "findings").mkdir(exist_ok=True)
    path = lake / "findings" / "sha256-x.json"
    path.write_text('{"finding_id": "x", "suspended": {"loss_usd": 1}}')
    spoil(path, how)
    with pytest.raises(InputError, match="finding") as caught:
        run_query(lake, SQL)
    assert path.name in caught.value.where


def test_strangers_in_the_folder_do_no_harm(lake):
    before = lake_state(lake)
    for place in ("tables/trade/_delta_log/notes.txt", "tables/trade/_delta_log/tmp_commit.json", "receipts/README", "derived/x.txt"):  # fmt: skip
        (lake / place).parent.mkdir(exist_ok=True)
        (lake / place).write_text("hello")
    assert run_query(lake, SQL)[0]["n"][0].as_py() == 9
    assert lake_state(lake)["rows"] == before["rows"]
    assert faults(lake) == []
