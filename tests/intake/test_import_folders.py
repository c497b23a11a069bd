"""Folders given to an import: what is in them is taken, what is not is told."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes, put_file

from stopgap.base.errors import NotFoundError, RefusedError, UsageError
from stopgap.intake import folders
from stopgap.intake.folders import files_in
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.statement import run_query

SHEET = b"good,usd\n854231,5\n"


def comtrade(folder: Path, name: str, **changes: object) -> Path:
    """A file of one figure."""
    return put_file(folder, csv_bytes([comtrade_row(**changes)]), name)


@pytest.fixture
def mixed(tmp_path) -> Path:
    """A folder as people have it: figures in it and below, and much that is none."""
    folder = tmp_path / "download"
    comtrade(folder, "b.csv", period="2020")
    comtrade(folder / "2021" / "deep", "a.csv.gz", period="2021")
    comtrade(folder / ".hidden", "c.csv", period="2019")
    comtrade(folder, ".d.csv", period="2018")
    comtrade(folder / "__MACOSX", "e.csv", period="2017")
    put_file(folder, b"\0\0\0\1Bud1", "Thumbs.db")
    put_file(folder, b"# About these files\n", "README.md")
    put_file(folder, b"What was asked\n", "notes.txt")
    put_file(folder, b"<!DOCTYPE html><title>Sign in</title>", "page.csv")
    put_file(folder, b"", "nothing.csv")
    with zipfile.ZipFile(folder / "packed.zip", "w") as archive:
        archive.writestr("f.csv", csv_bytes([comtrade_row(period="2022")]))
    with zipfile.ZipFile(folder / "papers.zip", "w") as archive:
        archive.writestr("paper.pdf", b"%PDF-1.7")
    with zipfile.ZipFile(folder / "pack.zip", "w") as archive:
        archive.writestr("bagit.txt", b"BagIt-Version: 0.97\n")
        archive.writestr("data/evidence.json", b"{}")
    import_paths(folder / "lake", [comtrade(tmp_path, "other.csv", period="2001")])
    return folder


def test_the_figures_in_a_folder_are_one_vintage_and_the_rest_is_told(tmp_path, mixed):
    done = import_paths(tmp_path / "lake", [mixed])
    assert done.files == ("b.csv", "packed - f.csv", "a.csv.gz")
    assert (done.vintage, done.rows_loaded) == ("v1", 3)
    assert done.summary == "3 files, 3 rows, v1"
    assert list(done.warnings[:6]) == [
        "download: left out, a lake: lake",
        "download: left out, of no known format: README.md, notes.txt",
        "download: left out, empty: nothing.csv",
        "download: left out, an evidence pack: pack.zip",
        "download: left out, a web page or XML, not a table: page.csv",
        "download: left out, an archive without tables: papers.zip",
    ]
    years = run_query(tmp_path / "lake", "SELECT year(period) AS y FROM trade ORDER BY 1")[0]
    assert years["y"].to_pylist() == [2020, 2021, 2022]


def test_a_folder_and_a_file_in_it_are_that_file_once(tmp_path):
    one, two = comtrade(tmp_path / "in", "a.csv", period="2020"), comtrade(tmp_path / "in", "b.csv", period="2021")
    assert files_in([two, tmp_path / "in"]).files == (two, one)


def test_many_files_left_out_are_counted(tmp_path):
    comtrade(tmp_path / "in", "a.csv")
    for number in range(9):
        put_file(tmp_path / "in", b"text\n", f"note-{number}.md")
    assert files_in([tmp_path / "in"]).warnings == (
        "in: left out, of no known format: note-0.md, note-1.md, note-2.md and 6 more",
    )


def test_a_folder_of_too_many_files_is_refused_before_any_is_read(tmp_path, monkeypatch):
    for number in range(4):
        put_file(tmp_path / "in" / str(number), b"text\n", "note.md")
    monkeypatch.setattr(folders, "FOLDER_LIMIT", 3)
    monkeypatch.setattr(folders, "recognise", None)
    with pytest.raises(RefusedError, match="more than 3 files"):
        files_in([tmp_path / "in"])


def test_links_to_folders_are_not_followed(tmp_path):
    comtrade(tmp_path / "in", "a.csv")
    (tmp_path / "in" / "round").symlink_to(tmp_path / "in", target_is_directory=True)
    assert files_in([tmp_path / "in"]).files == (tmp_path / "in" / "a.csv",)


def test_with_a_mapping_the_tables_are_taken_and_with_a_source_its_files(tmp_path):
    figures, table = comtrade(tmp_path / "in", "a.csv"), put_file(tmp_path / "in", SHEET, "table.csv")
    put_file(tmp_path / "in", b"# About\n", "README.md")
    mapped = files_in([tmp_path / "in"], is_mapped=True)
    assert mapped.files == (figures, table)
    assert mapped.warnings == ("in: left out, not named as a table is: README.md",)
    known = files_in([tmp_path / "in"], source="comtrade")
    assert known.files == (figures,)
    assert known.warnings == ("in: left out, not of the source comtrade: README.md, table.csv",)
    with pytest.raises(NotFoundError, match="no source is called"):
        files_in([tmp_path / "in"], source="no-such-source")


def test_a_lake_a_table_of_one_and_a_pack_are_refused_with_a_fix(tmp_path):
    lake = tmp_path / "lake"
    import_paths(lake, [comtrade(tmp_path, "a.csv")])
    for folder in (lake, lake / "tables" / "trade", lake / "tables" / "trade" / "_delta_log"):
        with pytest.raises(RefusedError, match=r"a (table of a )?lake, not files") as told:
            import_paths(lake, [folder])
        assert "stopgap lake export" in told.value.fix
    put_file(tmp_path / "pack", b"BagIt-Version: 0.97\n", "bagit.txt")
    put_file(tmp_path / "pack" / "data", b"{}", "evidence.json")
    with pytest.raises(RefusedError, match="an evidence pack") as told:
        import_paths(lake, [tmp_path / "pack"])
    assert "stopgap pack receive" in told.value.fix


def test_a_folder_without_figures_is_told_with_what_is_in_it(tmp_path):
    put_file(tmp_path / "in", b"# About\n", "README.md")
    with pytest.raises(NotFoundError) as told:
        import_paths(tmp_path / "lake", [tmp_path / "in"])
    assert "of no known format: README.md" in told.value.where
    assert not (tmp_path / "lake").exists()


@pytest.mark.prove_only
def test_a_folder_of_several_tables_is_refused_with_the_files_of_each(tmp_path):
    comtrade(tmp_path / "in", "a.csv")
    names = [{"id": "x-1", "schema": "Company", "properties": {"name": ["Acme"], "topics": ["sanction"]}}]
    put_file(tmp_path / "in", "".join(json.dumps(each) + "\n" for each in names).encode(), "list.json")
    with pytest.raises(UsageError, match="the files go to different tables: listed_facts, trade") as told:
        import_paths(tmp_path / "lake", [tmp_path / "in"])
    assert told.value.where == "listed_facts: list.json; trade: a.csv"
    done = import_paths(tmp_path / "lake", [tmp_path / "in"], ImportRequest(source="comtrade"))
    assert done.files == ("a.csv",)


@pytest.mark.prove_only
def test_a_folder_imported_again_changes_nothing(tmp_path, mixed):
    first = import_paths(tmp_path / "lake", [mixed])
    again = import_paths(tmp_path / "lake", [mixed])
    assert again.already_loaded
    assert (again.vintage, again.receipts) == (first.vintage, first.receipts)
