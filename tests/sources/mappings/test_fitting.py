"""A file that a mapping of the package fits by its columns is offered it, with the command; others are not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stopgap.base.errors import InputError
from stopgap.intake.importing import import_paths
from stopgap.sources.files.file_head import read_head
from stopgap.sources.mapping import load_mapping, mapping_names
from stopgap.sources.mappings.fitting import fitting_mappings, needed_columns
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.registry import recognise

ARMENIA = "country,year,month,export,import_origin,import_consignment,date\nRussia,2024,1,5,6,7,2024-01-01\n"


def header_of(name: str) -> list[str]:
    spec = load_mapping(name).spec
    wide = [block.columns.replace("{period}", "2021") for block in spec.wide] if isinstance(spec, Spec) else []
    return list(dict.fromkeys([*needed_columns(spec), *wide]))


TABLES = [name for name in mapping_names() if load_mapping(name).spec.format not in ("json", "parquet", "xlsx")]


@pytest.mark.parametrize("name", TABLES)
def test_a_header_with_the_columns_of_a_mapping_is_offered_it(name: str, tmp_path: Path) -> None:
    delimiter = load_mapping(name).spec.delimiter or ","
    path = tmp_path / "a.csv"
    path.write_text(delimiter.join(header_of(name)) + "\n" + delimiter.join("1" for _ in header_of(name)) + "\n")
    found = fitting_mappings(read_head(path))
    assert name in [fit.name for fit in found]
    assert all(fit.lacks == () for fit in found)


def test_the_refusal_has_the_command_of_each(tmp_path: Path) -> None:
    path = tmp_path / "trade of armenia.csv"
    path.write_text(ARMENIA)
    with pytest.raises(InputError, match="the format of the file is not known") as caught:
        import_paths(tmp_path / "lake", [path])
    for name in ("armenia-totals-exports", "armenia-totals-imports"):
        assert f"stopgap import '{path}' --map {name}" in caught.value.fix


def test_the_offered_command_imports_it(tmp_path: Path) -> None:
    from stopgap.intake.request import ImportRequest

    path = tmp_path / "a.csv"
    path.write_text(ARMENIA)
    done = import_paths(tmp_path / "lake", [path], ImportRequest(mapping="armenia-totals-exports"))
    assert done.rows_loaded == 1


def test_a_file_that_lacks_one_column_is_told_which(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    columns = [name for name in header_of("customs-declarations-example") if name != "trade_mark"]
    path.write_text(",".join(columns) + "\n")
    [fit] = fitting_mappings(read_head(path))
    assert (fit.name, fit.lacks) == ("customs-declarations-example", ("trade_mark",))


def test_other_columns_fit_none(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("apples,pears\n1,2\n")
    assert fitting_mappings(read_head(path)) == []
    with pytest.raises(InputError) as caught:
        recognise(path)
    assert caught.value.fix.startswith("known are comtrade, ")


def test_a_json_file_is_known_by_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"chips": {"CHN": {"2022": 1.0}}, "ai": {"CHN": {"2022": 1.0}}}))
    assert [fit.name for fit in fitting_mappings(read_head(path))] == ["atlas-corridors-json"]
    path.write_text(json.dumps({"fish": {"CHN": {"2022": 1.0}}}))
    assert fitting_mappings(read_head(path)) == []


def test_rows_that_a_recognised_source_refuses_are_offered_the_mapping_too(tmp_path: Path) -> None:
    path = tmp_path / "cars.csv"
    columns = dict.fromkeys(
        [*header_of("armenia-cars"), "trade_flow", "reporter", "partner", "period", "commodity", "year"], "x"
    )
    row = columns | {
        "period": "2022-01-01", "period_desc": "202201", "reporter_code": "51", "partner_code": "643", "trade_code": "X",
        "trade_flow": "Export", "commodity_code": "8703", "trade_value_us": "10", "year": "2022", "reporter": "Armenia",
    }  # fmt: skip
    path.write_text(",".join(columns) + "\n" + ",".join(row.values()) + "\n")
    with pytest.raises(InputError) as caught:
        import_paths(tmp_path / "lake", [path])
    assert f"stopgap import {path} --map armenia-cars" in caught.value.fix
