"""What a file says twice, does not finish, or cannot mean is refused or rejected, whatever the reader."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from stopgap.base import strict_json, strict_yaml
from stopgap.base.errors import EpisodeError, InputError, StopgapError
from stopgap.claims.claim_file import read_document
from stopgap.codes.fx import load_rates
from stopgap.panel.episodes import load_episode
from stopgap.sources.base import Staging
from stopgap.sources.files.limits import BOUNDS, COLUMN_LIMIT
from stopgap.sources.mapping import load_mapping
from stopgap.sources.registry import read_file

MAPPING = """
source: made-up
frequency: A
period: {column: year}
reporter: {value: CHN}
partner: {column: partner, scheme: iso3}
flow: {value: X}
good: {column: hs}
revision: {value: HS2017}
value: {column: usd, zero: reported}
net_kg: {column: kg}
quantity: {column: units}
quantity_unit: {value: pieces}
"""
SOUND = {"hs": "854231", "kg": "1.5", "usd": "100", "partner": "RUS", "year": "2021", "units": "3"}
ERRORS = (
    "#DIV/0!",
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#SPILL!",
    "#CALC!",
    "#WERT!",
    "#ЗНАЧ!",
    "Err:502",
)

Read = Callable[..., tuple[Staging, list[str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file; what was staged, and the reasons of what was rejected."""

    def reading(name: str, content: bytes, mapping: str | None = None) -> tuple[Staging, list[str]]:
        path = tmp_path / name
        path.write_bytes(content)
        given = None
        if mapping is not None:
            (tmp_path / "mapping.yml").write_text(mapping, "utf-8")
            given = load_mapping(tmp_path / "mapping.yml")
        with duckdb.connect(":memory:") as con:
            done = read_file(con, path, mapping=given)
            return done, [row[0] for row in con.execute("SELECT reason FROM rejects ORDER BY row").fetchall()]

    return reading


def csv_of(*rows: dict[str, str]) -> bytes:
    lines = [",".join(SOUND), *(",".join(row[name] for name in SOUND) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": 1, "b": {"c": 1,\n"c": 2}}', '"c" twice: line 2 column 1'),
        ('[{"a": 1}, {"a": 1, "\\u0061": 2}]', "twice"),
        ('["\\ud800"]', "half a character"),
        ('{"\\udfff": 1}', "half a character"),
        ('["\\u0000"]', "NUL"),
        ("[" * 100_000, "too deep"),
        ('{"a":' * 100_000, "too deep"),
        ("[" * 65 + "]" * 65, "too deep"),
        ("{}{}", "Extra data"),
        ("{} x", "Extra data"),
    ],
)
def test_json_is_read_whole_and_strictly(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what.replace("{", "\\{")):
        strict_json.loads(text)


def test_sound_json_is_read_as_ever() -> None:
    for text in ('{"a": [1, 2.5, null, true, "\\ud83d\\ude00"], "b": {"a": {}}}', " [] \n", '"x"', "[" * 64 + "]" * 64):
        assert strict_json.loads(text) == json.loads(text)


@pytest.mark.parametrize("typed", [False, True])
@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "a stands twice", 3),
        ("a: {b: 1, b: 2}\n", "b stands twice", 1),
        ("- x: 1\n  x: 1\n", "x stands twice", 2),
        ("a: " + "[" * 70 + "]" * 70, "too deep", 1),
        ("a: 1\n---\nb: 2\n", "another document", 2),
    ],
)
def test_yaml_is_read_strictly(text: str, what: str, line: int, typed: bool) -> None:
    with pytest.raises(strict_yaml.YamlFault, match=what) as caught:
        strict_yaml.loads(text, typed=typed)
    assert caught.value.line == line


def test_a_key_that_stands_twice_is_refused_with_its_line_in_every_file(tmp_path: Path) -> None:
    path = tmp_path / "twice.yml"
    path.write_text(MAPPING + "frequency: M\n", "utf-8")
    with pytest.raises(InputError, match="frequency stands twice") as caught:
        load_mapping(path)
    assert "line 14" in caught.value.where
    path.write_text("title: x\nid: a\nid: b\n", "utf-8")
    with pytest.raises(EpisodeError, match="id stands twice") as caught:
        load_episode(str(path))
    assert "line 3" in caught.value.where
    path.write_text("said_by: x\nsaid_on: 2024-01-01\nsaid_by: y\n", "utf-8")
    with pytest.raises(InputError, match="said_by stands twice") as caught:
        read_document(path)
    assert "line 3" in caught.value.where


JSON = MAPPING + "format: json\n"


@pytest.mark.parametrize(
    "text",
    [
        "[%s]\n[%s]",
        "[%s]%s",
        "[%s] x",
        "[%s %s]",
        "[%s,]",
        '[{"hs": "854231", "hs": "1"}]',
        '{"data": [%s], "data": [%s]}',
        "%s\n%s",
    ],
)
def test_json_of_a_mapping_is_read_whole_or_refused(read: Read, text: str) -> None:
    record = json.dumps(SOUND)
    filled = text.replace("%s", record)
    with pytest.raises(InputError) as caught:
        read("value.json", filled.encode(), JSON if "data" not in text else JSON + "records: data\n")
    assert "line" in caught.value.where


def test_fields_that_only_later_records_have_are_told_of(read: Read) -> None:
    records = [{**SOUND, "hs": f"{n:06}"} for n in range(1, 1101)]
    records[1050]["new"] = "x"
    done, _ = read("value.json", json.dumps(records).encode(), JSON)
    assert any("1 records have fields" in warning and "new" in warning for warning in done.warnings)


def wide_files() -> dict[str, tuple[str, bytes, str]]:
    """A table of a column too many in each format that can hold one."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import xlsxwriter

    number = COLUMN_LIMIT + 1
    names = [f"c{n}" for n in range(number)]
    sheet = io.BytesIO()
    with xlsxwriter.Workbook(sheet, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, names)
    parquet = io.BytesIO()
    pq.write_table(pa.table({name: [1] for name in names}), parquet)
    lines = ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"
    return {
        "csv": ("wide.csv", lines.encode(), MAPPING),
        "xlsx": ("wide.xlsx", sheet.getvalue(), MAPPING),
        "parquet": ("wide.parquet", parquet.getvalue(), MAPPING),
        "json": ("wide.json", json.dumps([dict.fromkeys(names, 1)]).encode(), JSON),
        "json arrays": ("wide.json", json.dumps([names, [1] * number]).encode(), JSON),
    }


@pytest.mark.one_in(5)
@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "json", "json arrays"])
def test_the_limit_of_columns_is_one_for_all(read: Read, form: str) -> None:
    name, content, mapping = wide_files()[form]
    with pytest.raises(InputError, match=f"{COLUMN_LIMIT + 1:,} columns or more; {COLUMN_LIMIT:,} is the most"):
        read(name, content, mapping)


def test_cells_of_a_workbook_that_do_not_say_where_they_stand_are_counted_too(read: Read) -> None:
    import zipfile

    import xlsxwriter

    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        book.add_worksheet().write_row(0, 0, list(SOUND))
    made = io.BytesIO()
    with zipfile.ZipFile(sink) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            content = old.read(part)
            if part.endswith("sheet1.xml"):
                row = b"<row>" + b"<c><v>1</v></c>" * (COLUMN_LIMIT + 1) + b"</row>"
                content = content.replace(b"</sheetData>", row + b"</sheetData>")
            new.writestr(part, content)
    with pytest.raises(InputError, match="columns or more"):
        read("wide.xlsx", made.getvalue(), MAPPING)


@pytest.mark.parametrize(("field", "column"), [("value_usd", "usd"), ("net_kg", "kg"), ("quantity", "units")])
def test_an_amount_outside_its_bounds_is_rejected_and_one_within_is_not(read: Read, field: str, column: str) -> None:
    _, most, _ = BOUNDS[field]
    least = BOUNDS["value_reported" if field == "value_usd" else field][0]
    good = [f"{most!r}", f"{least!r}", "0"]
    bad = [f"{most * 1.01!r}", "1.7e308", f"{least / 10!r}"]
    rows = [{**SOUND, "hs": f"{n:06}", column: text} for n, text in enumerate(good + bad, start=1)]
    done, reasons = read("figures.csv", csv_of(*rows), MAPPING)
    assert done.rows_staged == len(good)
    assert len(reasons) == len(bad)
    assert all("outside what a figure can be" in reason for reason in reasons)


def test_a_rate_that_no_currency_has_is_refused(tmp_path: Path) -> None:
    for rate in ("1e308", "1e-300", "nan", "inf", "0", "-1"):
        path = tmp_path / "rates.csv"
        path.write_text(f"currency,month,usd_per_unit\nTRY,2021-01,{rate}\n")
        with pytest.raises(InputError, match="not a positive rate"):
            load_rates(path)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("column", list(SOUND))
def test_the_error_of_a_spreadsheet_is_rejected_with_a_reason_and_is_never_missing(
    read: Read, error: str, column: str
) -> None:
    done, reasons = read("figures.csv", csv_of({**SOUND, column: error}, {**SOUND, "hs": "010121"}), MAPPING)
    assert (done.rows_staged, done.rows_missing, done.rows_rejected) == (1, 0, 1)
    assert error in reasons[0]


@pytest.mark.one_in(3)
@pytest.mark.parametrize("error", ["#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!"])
@pytest.mark.parametrize("column", ["usd", "kg", "hs", "partner"])
def test_the_error_of_a_cell_of_a_workbook_is_rejected_too(read: Read, error: str, column: str) -> None:
    import xlsxwriter

    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        sheet = book.add_worksheet("figures")
        for place, row in enumerate([list(SOUND), list(SOUND.values()), [*SOUND.values()]]):
            sheet.write_row(place, 0, row)
        sheet.write_string(2, 0, "010121")
        sheet.write_formula(1, list(SOUND).index(column), "=1/0", None, error)
        book.add_worksheet("notes").write_string(0, 0, "x")
    done, reasons = read("figures.xlsx", sink.getvalue(), MAPPING)
    assert (done.rows_staged, done.rows_missing, done.rows_rejected) == (1, 0, 1)
    assert error in reasons[0]
    assert any("other sheets of the workbook are not read: 'notes'" in warning for warning in done.warnings)


def test_what_a_mapping_calls_missing_is_missing(read: Read) -> None:
    mapping = MAPPING + 'missing: ["#N/A"]\n'
    done, reasons = read("figures.csv", csv_of({**SOUND, "usd": "#N/A"}, {**SOUND, "hs": "010121"}), mapping)
    assert (done.rows_missing, reasons) == (1, [])


def test_formulas_that_were_never_computed_are_refused(read: Read) -> None:
    import xlsxwriter

    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        sheet = book.add_worksheet("figures")
        sheet.write_row(0, 0, list(SOUND))
        sheet.write_row(1, 0, list(SOUND.values()))
        sheet.write_formula(1, 2, "=50+50", None, "")
    with pytest.raises(InputError, match="never computed") as caught:
        read("figures.xlsx", sink.getvalue(), MAPPING)
    assert "C2" in caught.value.where


def test_an_error_is_three_lines_that_can_be_printed() -> None:
    error = StopgapError("a\nb \udce9" + "x" * 10_000_000, where="\0", fix="m\r\nn")
    assert len(error.what) < 2_200
    for line in (error.what, error.where, error.fix):
        line.encode()
        assert len(line.splitlines()) == 1
        assert "\0" not in line
