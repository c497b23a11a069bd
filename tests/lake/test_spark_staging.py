"""Import of files read on Spark: the rows, receipts and refusals of an import on one machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from comtrade_files import comtrade_row, csv_bytes, put_file

from stopgap.base.errors import InputError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.statement import run_query
from stopgap.simulate.spec import world_spec
from stopgap.simulate.writing import WrittenWorld, write_world

pytestmark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")
SPARK = {"engine": "spark", "spark_master": "local[2]"}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> WrittenWorld:
    pytest.importorskip("pyspark.sql")
    spec = world_spec("routing", 3, economies=14, goods=8, baseline_months=12, after_months=6)
    return write_world(spec, tmp_path_factory.mktemp("world") / "world", declarations=2_000)


def _content(lake: Path, view: str) -> list[str]:
    rows = run_query(lake, f"SELECT * FROM {view}")[0].to_pylist()
    assert rows
    return sorted(map(repr, rows))


def _receipts(lake: Path) -> list[str]:
    columns = "receipt, file_name, source, mapping, rows_read, rows_loaded, rows_rejected, rows_missing, rows_duplicate"
    return sorted(map(repr, run_query(lake, f"SELECT {columns} FROM receipts")[0].to_pylist()))


@pytest.mark.prove_only
def test_declarations_are_those_of_one_machine(written: WrittenWorld, tmp_path: Path) -> None:
    mapping = str(written.folder / "declarations.yml")
    alone = import_paths(tmp_path / "alone", list(written.declarations), ImportRequest(mapping=mapping))
    spread = import_paths(tmp_path / "spark", list(written.declarations), ImportRequest(mapping=mapping, **SPARK))
    assert spread.as_dict() == alone.as_dict()
    assert _content(tmp_path / "spark", "declarations") == _content(tmp_path / "alone", "declarations")
    assert _receipts(tmp_path / "spark") == _receipts(tmp_path / "alone")


@pytest.mark.prove_only
def test_figures_with_repetitions_are_those_of_one_machine(tmp_path: Path) -> None:
    pytest.importorskip("pyspark.sql")
    rows = [comtrade_row(cmdCode=good) for good in ("854231", "847150", "270900")]
    one = put_file(tmp_path, csv_bytes(rows[:2]), "one.csv")
    two = put_file(tmp_path, csv_bytes(rows), "two.csv")
    alone = import_paths(tmp_path / "alone", [one, two])
    spread = import_paths(tmp_path / "spark", [one, two], ImportRequest(**SPARK))
    assert spread.rows_duplicate == 2
    assert spread.as_dict() == alone.as_dict()
    assert _content(tmp_path / "spark", "trade") == _content(tmp_path / "alone", "trade")


@pytest.mark.prove_only
def test_rejected_rows_and_files_that_cannot_be_read_are_told_alike(tmp_path: Path) -> None:
    pytest.importorskip("pyspark.sql")
    sound = put_file(tmp_path, csv_bytes([comtrade_row()]), "sound.csv")
    faulty = put_file(tmp_path, csv_bytes([comtrade_row(primaryValue="-4.0"), comtrade_row()]), "faulty.csv")
    unknown = put_file(tmp_path, b"a,b\n1,2\n", "unknown.csv")
    for paths in ([sound, faulty], [sound, unknown, faulty]):
        told = []
        for number, request in enumerate((ImportRequest(), ImportRequest(**SPARK))):
            with pytest.raises(InputError) as found:
                import_paths(tmp_path / f"lake-{number}", paths, request)
            told.append((found.value.what, found.value.where.replace(f"lake-{number}", "lake")))
        assert told[0] == told[1]
