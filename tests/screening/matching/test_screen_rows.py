"""Files of names: read row by row, and refused as a whole where they are no tables."""

from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import InputError, UsageError
from stopgap.screening.entities import Identifier
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.rows import asked_row, name_columns, open_names


def cells(path, *columns, **options):
    file = open_names(path, columns, **options)
    rows = [tuple(row[column] for column in columns) for _, row in file.cells(columns)]
    assert len(rows) == file.rows
    return rows


def written(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


CSV = 'id,name,country\n1,"Acme, Ltd",RUS\n2,Вега,\n\n3,"Two\nlines",DEU\n'
ROWS = [("Acme, Ltd", "RUS"), ("Вега", ""), ("Two\nlines", "DEU")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", CSV),
        ("crlf.csv", CSV.replace("\n", "\r\n").replace("Two\r\nlines", "Two\nlines")),
        ("mark.csv", "\ufeff" + CSV),
        ("packed.csv.gz", gzip.compress(CSV.encode(), mtime=0)),
        ("semicolons.csv", CSV.replace('"Acme, Ltd"', "Acme@ Ltd").replace(",", ";").replace("@", ",")),
        ("names.jsonl", "\n".join(json.dumps({"name": name, "country": country or None}) for name, country in ROWS)),
    ],
)
def test_kinds_of_files(tmp_path, name, content):
    assert cells(written(tmp_path / name, content), "name", "country") == ROWS


def test_parquet_with_numbers_and_lists(tmp_path):
    table = pa.table({"name": ["A b", None], "inn": [7701234567.0, float("nan")], "alias": [["x", "y"], []]})
    pq.write_table(table, tmp_path / "names.parquet")
    assert cells(tmp_path / "names.parquet", "name", "inn", "alias") == [("A b", "7701234567", "x;y"), ("", "", "")]


def test_another_encoding_must_be_named(tmp_path):
    path = written(tmp_path / "n.csv", "id,name\n1,Вега\n".encode("cp1251"))
    with pytest.raises(InputError, match="not UTF-8"):
        open_names(path, ("name",))
    assert cells(path, "name", encoding="cp1251") == [("Вега",)]


def test_reading_goes_on_after_a_row(tmp_path):
    file = open_names(written(tmp_path / "n.csv", CSV), ("name",))
    assert [(number, row["name"]) for number, row in file.cells(("name",), after=2)] == [(3, "Two\nlines")]


def test_a_cell_of_ten_megabytes_is_read_and_its_row_cannot_be_looked_up(tmp_path):
    path = written(tmp_path / "n.csv", "id,name\n1,Acme\n2," + "x" * 10_000_000 + "\n3,Vega\n")
    found = []
    open_names(path, ("name",), visit=lambda number, row: found.append(asked_row(number, row, name_columns("name"))))
    assert [row.rejected for row in found] == [
        None, "the name has 10,000,000 characters; 1,000 is the most that is read", None,
    ]  # fmt: skip
    assert len(found[1].name) == 80


def test_a_last_row_without_its_end_is_told(tmp_path):
    assert open_names(written(tmp_path / "n.csv", "id,name\n1,Acme"), ("name",)).warnings
    assert not open_names(written(tmp_path / "n.csv", "id,name\n1,Acme\n"), ("name",)).warnings


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "the file is empty"),
        ("id,name\n", "header and no data rows"),
        ("id,name\n1,Acme\n2\n3,Vega\n", "line 3 has 1 columns instead of 2"),
        ("id,name\n1,Acme Co., Ltd\n", "line 2 has 3 columns instead of 2"),
        ("id,name\n1,Acme\n2", "ends in the middle of a row"),
        ('id,name\n1,"Acme\n2,Vega\n', "a row cannot be read: unexpected end of data"),
        ('id,name\n1,"Acme" Ltd\n', "a row cannot be read"),
        ("<!doctype html><html><body>Sign in</body></html>\n", "web page"),
        ('[{"name": "Acme"}]', "one JSON array"),
        ('{"name": "Acme"}\n{"name": "Ve', "a line is no JSON object"),
        ('{"name": "Acme"}\n["Vega"]\n', "a line is no JSON object"),
        ('{"other": "Acme"}\n', "no column 'name'"),
        ("id,names\n1,Acme\n", "no column 'name'"),
        ("name,name\n1,Acme\n", "more than one column 'name'"),
        (b"id,name\n1,Ac\x00me\n", "NUL byte"),
        (b"\xff\xfei\x00d\x00", "UTF-16"),
        (b"id,name\n1,\xff\xff\n", "not UTF-8"),
        (b"PK\x03\x04" + b"\x00" * 100, "of a kind that is not screened"),
        (b"PAR1" + b"\x00" * 100, "cut off"),
        (gzip.compress(CSV.encode() * 100, mtime=0)[:-20], "gzip file ends"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_names_is_refused(tmp_path, content, what):
    with pytest.raises(InputError, match=what) as told:
        open_names(written(tmp_path / "n.csv", content), ("name",))
    assert told.value.where
    assert told.value.fix


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        open_names(tmp_path / "none.csv", ("name",))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1), min_size=1))
def test_names_come_back_as_they_were_written(tmp_path_factory, names):
    import csv

    path = tmp_path_factory.mktemp("n") / "n.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows(
            [["id", "name"], *([str(place), name] for place, name in enumerate(names))]
        )
    assert [name for (name,) in cells(path, "name")] == [name.strip() for name in names]


def row(columns, **given):
    return asked_row(1, {column: given.get(column, "") for column in columns.all}, columns)


def test_cells_become_a_query():
    columns = name_columns(
        "firm", country="land", identifiers=["inn:inn", "number", "a:b"], address="street", schema="Company"
    )
    assert columns.identifiers == (("inn", "inn"), ("number", "id"), ("a:b", "id"))
    found = row(columns, firm="Вега", land="Russia; cn", inn="77 0123-4567;", number="AB-1234", street="1 Quay St")
    assert found.query == ScreenQuery(
        "Вега", ("RUS", "CHN"), (Identifier("inn", "7701234567"), Identifier("id", "AB1234")), "1 Quay St", "Company"
    )


def test_an_unknown_country_is_told_and_the_row_is_looked_up_without_it():
    found = row(name_columns("name", country="land"), name="Acme", land="DEU;Atlantis")
    assert (found.query.countries, found.unknown_country) == (("DEU",), "Atlantis")


def test_a_number_needs_no_name():
    columns = name_columns("name", identifiers=["imo:imo"])
    assert row(columns, imo="IMO 9074729").query == ScreenQuery("", (), (Identifier("imo", "9074729"),))
    assert row(columns, name="x" * 2000, imo="9074729").query is None
    assert row(columns).rejected == "the name is empty"


def test_persons_are_refused():
    with pytest.raises(UsageError, match="persons"):
        name_columns("name", schema="Person")
