"""A file of names on Spark: the answers of one process, to the last digit of each score."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from screen_lake import NAMES, load, names_file, run_of

from stopgap.base.errors import RefusedError, UsageError
from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.screening.matching import file_run, spark_search
from stopgap.screening.matching.file_run import screen_to_file
from stopgap.screening.matching.request import ScreenRowsRequest
from stopgap.screening.matching.run import open_screener, screen_wanted

LOCAL = EngineOptions("spark", "local[2]")
ROWS = [f"{number},{NAMES[number % len(NAMES)]} {number // len(NAMES) or ''}".strip() for number in range(20)]
ROWS[7] = "7,😀"

needs_spark = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("pyspark.sql")
    folder = tmp_path_factory.mktemp("screened")
    load(folder / "lake", folder / "1")
    return folder / "lake"


@needs_spark
@pytest.mark.prove_only
@pytest.mark.parametrize("at_once", [2, 64])
def test_answers_are_those_of_one_process(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(file_run, "BATCH", 3)
    monkeypatch.setattr(spark_search, "BATCHES_AT_ONCE", at_once)
    path = names_file(tmp_path / "names.csv", ROWS)
    run = run_of(path, wanted=screen_wanted(threshold=0, explain=True))
    alone = screen_to_file(open_screener(lake), run, tmp_path / "alone.json", "json")
    spread = screen_to_file(open_screener(lake), replace(run, engine=LOCAL), tmp_path / "spark.json", "json")
    wanted, found = (json.loads((tmp_path / f"{name}.json").read_text("utf-8")) for name in ("alone", "spark"))
    assert wanted.pop("rejects") != found.pop("rejects")  # a file beside each
    assert found == wanted
    assert [match["score"] for row in found["rows"] for match in row["matches"]]
    assert spread.as_dict() | {"rejects": ""} == alone.as_dict() | {"rejects": ""}


def test_an_index_that_is_in_no_folder_is_refused(lake: Path) -> None:
    ready = replace(open_screener(lake).ready, folder=None)
    with pytest.raises(RefusedError, match="could not be written"):
        spark_search.SparkSearchers(ready, screen_wanted(), LOCAL)


@pytest.mark.parametrize(
    ("given", "where"), [({"engine": "spark", "jobs": 2}, "--jobs"), ({"memory_limit": "1GB"}, "--memory-limit")]
)
def test_options_of_another_engine_are_refused(tmp_path: Path, given: dict[str, object], where: str) -> None:
    from stopgap.base.marking import CLEAR
    from stopgap.screening.matching.file_run import file_run as made

    request = ScreenRowsRequest(name_column="name", **given)  # type: ignore[arg-type]
    with pytest.raises(UsageError) as told:
        made(tmp_path / "names.csv", request, screen_wanted(), progress=lambda text, share: None, marking=CLEAR)
    assert told.value.where == where
