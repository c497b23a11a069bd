"""Declarations and bills of lading: every line arrives as it stands, and what it does not say is counted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from declaration_files import BILL_HEADER, bill, declaration, declarations, table

from stopgap.base.errors import InputError, UsageError
from stopgap.sources.base import Staging
from stopgap.sources.declarations.columns import DECLARATION_COLUMNS
from stopgap.sources.mapping import load_mapping
from stopgap.sources.registry import read_file

CUSTOMS, BILLS = "customs-declarations-example", "bills-of-lading-example"
Read = Callable[..., Staging]


@pytest.fixture
def read(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Read:
    """Stages rows through a saved mapping, or one given as text."""

    def staged(
        content: bytes, mapping: str = CUSTOMS, *, name: str = "lines.csv", rates: pa.Table | None = None
    ) -> Staging:
        path = tmp_path / name
        path.write_bytes(content)
        if "\n" in mapping:
            (tmp_path / "mapping.yml").write_text(mapping, "utf-8")
            mapping = str(tmp_path / "mapping.yml")
        return read_file(con, path, mapping=load_mapping(mapping), rates=rates)

    return staged


def rows(con: duckdb.DuckDBPyConnection, columns: str) -> list[tuple[Any, ...]]:
    return con.execute(f"SELECT {columns} FROM staged ORDER BY declaration, item, good").fetchall()


def reasons(con: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return con.execute("SELECT row, reason FROM rejects ORDER BY row").fetchall()


def test_every_line_arrives_as_it_stands(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    made = declarations(1, 90)
    done = read(table(made))
    assert (done.rows_read, done.rows_staged, done.rows_rejected, done.table) == (90, 90, 0, "declarations")
    assert done.source == "customs-declarations"
    found = rows(con, "declaration, item, exporter, importer, importer_id, good, round(value_usd * 100)::BIGINT")
    assert found == sorted(
        (
            row["declaration_number"],
            str(row["line_number"]),
            row["sender_name"],
            row["receiver_name"],
            row["receiver_tax_number"],
            row["tariff_code"],
            round(float(str(row["invoice_value"])) * 100),
        )
        for row in made
    )
    kilograms = con.execute("SELECT sum(net_kg) FROM staged").fetchall()[0][0]
    assert kilograms == pytest.approx(sum(float(str(row["net_weight_kg"])) for row in made), rel=1e-12)
    columns = {name: kind for name, kind, *_ in con.execute("DESCRIBE staged").fetchall()}
    assert columns == DECLARATION_COLUMNS


def test_fields_land_in_their_columns(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    read(table([declaration(2, trade_mark="Exemplar", article="X-1", producer_name="Example Works")]))
    assert rows(con, "date::VARCHAR, document, line, flow, procedure, office, exporter_economy, importer_economy") == [
        ("2023-01-15", "declaration", '["10702070/150123/0000002","1"]', "M", "40", "10702070", "CHN", "RUS")
    ]
    assert rows(con, "made_in, shipped_from, shipped_to, brand, model, manufacturer, incoterms") == [
        ("CHN", "CHN", "RUS", "Exemplar", "X-1", "Example Works", "CIP")
    ]
    assert rows(con, "value_reported, currency, usd_per_unit, gross_kg, quantity, quantity_unit, packages") == [
        (100.5, "USD", 1.0, 3.0, 10.0, "pcs", None)
    ]


def test_a_bill_of_lading_has_no_value_and_says_so(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    done = read(table([bill(1), bill(2, hs_code="")], BILL_HEADER), BILLS)
    assert rows(
        con, "document, date::VARCHAR, good, value_usd, currency, usd_per_unit, gross_kg, net_kg, imo, vessel"
    ) == [
        ("bill-of-lading", "2023-03-28", "847150", None, None, None, 18250.0, None, "9074729", "EXAMPLE STAR"),
        ("bill-of-lading", "2023-03-28", None, None, None, None, 18250.0, None, "9074729", "EXAMPLE STAR"),
    ]
    assert "the mapping gives no value: value_usd is NULL throughout" in done.warnings
    assert "1 lines have no code of a good" in done.warnings


def test_what_a_line_does_not_say_is_null_and_counted(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    silent = declaration(
        1, 2, invoice_value="0", net_weight_kg="0", sender_name="-", receiver_name="", country_of_origin="Atlantis"
    )
    done = read(table([declaration(1, 1), silent]))
    assert rows(con, "value_usd, currency, net_kg, exporter, importer, made_in")[1] == (None,) * 6
    assert set(done.warnings) == {
        "1 lines state no value: value_usd is NULL",
        "1 lines do not name the exporter nor the importer",
        "1 lines have a weight or quantity of 0, which is read as not stated",
        "1 lines have a made_in that is not known and is left out: 'Atlantis'",
    }


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"declaration_date": "15/01/2023"}, "date '15/01/2023' is not a day in the format YYYY-MM-DD or DD.MM.YYYY"),
        ({"declaration_date": "2023-02-30"}, "date '2023-02-30' is not a day"),
        ({"declaration_date": "1023-01-15"}, "date '1023-01-15' is not a day"),
        ({"declaration_date": ""}, "date is empty"),
        ({"tariff_code": "854"}, "good '854' is not a code of 4 to 10 digits"),
        ({"tariff_code": "85423190100"}, "good '85423190100' is not a code"),
        ({"tariff_code": "chips"}, "good 'chips' is not a code"),
        ({"direction": "sideways"}, "flow 'sideways' is not in the map"),
        ({"invoice_value": "much"}, "value 'much' is not a finite number"),
        ({"invoice_value": "inf"}, "value 'inf' is not a finite number"),
        ({"invoice_value": "-5"}, "value '-5' is negative"),
        ({"invoice_currency": ""}, "currency is empty"),
        ({"invoice_currency": "dollars"}, "currency 'DOLLARS' is not a currency code"),
        ({"net_weight_kg": "2,5"}, "net_kg '2,5' is not a weight"),
        ({"gross_weight_kg": "-1"}, "gross_kg '-1' is not a weight"),
        ({"sender_name": "А" * 1001}, "exporter is longer than 1,000 characters"),
        ({"goods_description": "x" * 20_001}, "description is longer than 20,000 characters"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused(
    con: duckdb.DuckDBPyConnection, read: Read, change: dict[str, object], reason: str
) -> None:
    done = read(table([declaration(1, 1), declaration(1, 2, **change)]))
    assert (done.rows_staged, done.rows_rejected) == (1, 1)
    [(row, says)] = reasons(con)
    assert row == 3
    assert says.startswith(reason)


@pytest.mark.parametrize("code", ["8542", "85.42", "854231", "85423190", "8542 31 901 0"])
def test_codes_of_4_to_10_digits_are_kept_as_digits(con: duckdb.DuckDBPyConnection, read: Read, code: str) -> None:
    read(table([declaration(tariff_code=code)]))
    assert rows(con, "good") == [(code.replace(".", "").replace(" ", ""),)]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("YYYY-MM-DD", "2023-04-05"),
        ("YYYY-MM-DD", "2023-04-05 00:00:00"),
        ("YYYY-MM-DD", "2023-04-05T13:30"),
        ("DD.MM.YYYY", "05.04.2023"),
        ("DD.MM.YYYY", "5.4.2023 09:15:00"),
        ("DD/MM/YYYY", "05/04/2023"),
        ("MM/DD/YYYY", "04/05/2023"),
        ("DD-MM-YYYY", "05-04-2023"),
        ("YYYYMMDD", "20230405"),
        ("YYYY/MM/DD", "2023/4/5"),
        ("DD-Mon-YYYY", "05-APR-2023"),
    ],
)
def test_days_are_read_in_the_format_that_the_mapping_names(
    con: duckdb.DuckDBPyConnection, read: Read, form: str, text: str
) -> None:
    read(f"day,who\n{text},Example Ltd\n".encode(), SMALL.replace("YYYY-MM-DD", form))
    assert rows(con, "date::VARCHAR, exporter") == [("2023-04-05", "Example Ltd")]


SMALL = """
source: small
table: declarations
document: declaration
date: {column: day, format: YYYY-MM-DD}
exporter: who
"""


@pytest.mark.parametrize(
    ("mapping", "what"),
    [
        (SMALL.replace("exporter", "seller"), "seller: no such field"),
        (SMALL.replace("exporter: who", "description: who"), "missing: exporter, importer"),
        (SMALL.replace("YYYY-MM-DD", "[DD/MM/YYYY, MM/DD/YYYY]"), "cannot be told apart"),
        (SMALL.replace(", format: YYYY-MM-DD", ""), "date.format: is needed"),
        (SMALL.replace("YYYY-MM-DD", "whenever"), "date.format"),
        (SMALL + "key: [declaration, item]\n", "key names fields that the mapping does not give: declaration, item"),
        (SMALL + "key: [date]\nduplicates: drop\n", "leave duplicates out"),
        (SMALL + "value: {currency: USD, zero: missing}\n", "missing: value.column"),
        (SMALL.replace("document: declaration", "document: letter"), "document"),
    ],
)
def test_a_mapping_that_does_not_hold_together_is_named(read: Read, mapping: str, what: str) -> None:
    with pytest.raises(InputError) as found:
        read(b"day,who\n2023-01-01,x\n", mapping)
    assert what in found.value.what
    assert found.value.where.startswith("mapping.yml, line ")


def test_values_in_other_currencies_are_turned_into_dollars_of_the_month(
    con: duckdb.DuckDBPyConnection, read: Read
) -> None:
    rates = pa.table({"currency": ["RUB", "RUB"], "month": ["2023-01", "2023-02"], "usd_per_unit": [0.015, 0.0125]})
    made = [
        declaration(1, 1, invoice_value="1000", invoice_currency="rub"),
        declaration(1, 2, invoice_value="1000", invoice_currency="RUB", declaration_date="28.02.2023"),
        declaration(1, 3, invoice_value="", invoice_currency="RUB", declaration_date="28.03.2023"),
        declaration(1, 4, invoice_value="7", invoice_currency="USD"),
    ]
    read(table(made), rates=rates)
    assert rows(con, "value_usd, value_reported, currency, usd_per_unit") == [
        (15.0, 1000.0, "RUB", 0.015),
        (12.5, 1000.0, "RUB", 0.0125),
        (None, None, None, None),
        (7.0, 7.0, "USD", 1.0),
    ]


def test_a_currency_without_a_rate_stops_the_import(read: Read) -> None:
    with pytest.raises(InputError, match="no exchange rate of RUB for 2023-01"):
        read(table([declaration(invoice_currency="RUB")]))


def test_lines_with_one_key_are_repetitions_or_contradictions(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    twice = declaration(1, 1)
    done = read(table([twice, declaration(2, 1), twice, declaration(2, 1, invoice_value="7"), declaration(3, 1)]))
    assert (done.rows_read, done.rows_staged, done.rows_duplicate, done.rows_rejected) == (5, 2, 1, 2)
    assert rows(con, "declaration") == [("10702070/150123/0000001",), ("10702070/150123/0000003",)]
    assert [row for row, _ in reasons(con)] == [3, 5]
    assert all("stands in several rows with different values" in reason for _, reason in reasons(con))


def test_a_line_without_its_number_is_kept_and_counted(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    done = read(table([declaration(1, 1, line_number=""), declaration(1, 1, line_number="")]))
    assert done.rows_staged == 2
    assert rows(con, "line") == [(None,), (None,)]
    assert "2 lines lack a part of the key, so a later file never replaces them" in done.warnings


@pytest.mark.parametrize(("rule", "kept"), [("keep", 3), ("drop", 2)])
def test_exact_repetitions_without_a_key(read: Read, rule: str, kept: int) -> None:
    done = read(b"day,who\n2023-01-01,x\n2023-01-01,x\n2023-01-01,y\n", f"{SMALL}duplicates: {rule}\n")
    assert (done.rows_staged, done.rows_duplicate) == (kept, 3 - kept)
    assert any(text.startswith("1 ") and ("kept" if rule == "keep" else "dropped") in text for text in done.warnings)


@pytest.mark.parametrize(
    "name",
    [
        "شركة النجمة للتجارة",
        "חברת הדוגמה בע״מ",
        "Пример 🚢 Логистик",
        "Zoë\u200b Example\u202e Ltd",
        "Ｆｕｌｌ Ｗｉｄｔｈ",
        "'; DROP TABLE staged; --",
        "a",
    ],
)
def test_names_are_kept_as_they_stand(con: duckdb.DuckDBPyConnection, read: Read, name: str) -> None:
    read(table([declaration(sender_name=name)]))
    assert rows(con, "exporter") == [(name,)]


def test_a_name_of_10_mb_is_refused(con: duckdb.DuckDBPyConnection, read: Read, tmp_path: Path) -> None:
    long = "Ж" * 5_000_000
    with pytest.raises(InputError, match="longer than 1 MB"):
        read(table([declaration(1, 1), declaration(1, 2, sender_name=long)]))
    for letters, is_whole_file in ((5_000_000, True), (400_000, False)):
        path = tmp_path / "lines.parquet"
        pq.write_table(pa.table({"day": ["2023-01-01"] * 2, "who": ["Ж" * letters, "Example Ltd"]}), path)
        if is_whole_file:
            with pytest.raises(InputError, match="longer than 1 MB"):
                read(path.read_bytes(), SMALL, name="again.parquet")
            continue
        done = read(path.read_bytes(), SMALL, name="again.parquet")
        assert (done.rows_staged, done.rows_rejected) == (1, 1)
        assert max(len(content) for (content,) in con.execute("SELECT content FROM rejects").fetchall()) <= 500


def test_text_from_several_columns_and_fixed_text(con: duckdb.DuckDBPyConnection, read: Read) -> None:
    mapping = SMALL.replace("exporter: who", "exporter: {columns: [form, who]}\nimporter: {value: Example Ltd}")
    read("day,form,who\n2023-01-01,ООО,Пример\n2023-01-02,,Пример\n".encode(), mapping)
    assert con.execute("SELECT exporter, importer FROM staged ORDER BY date").fetchall() == [
        ("ООО Пример", "Example Ltd"),
        ("Пример", "Example Ltd"),
    ]


def test_the_source_needs_a_mapping_of_its_own(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(table([declaration()]))
    with pytest.raises(UsageError, match="needs a mapping with table: declarations"):
        read_file(con, tmp_path / "t.csv", source="declarations")


def test_a_column_that_is_not_there_is_named(read: Read) -> None:
    with pytest.raises(InputError, match="no column 'who', which the mapping needs for exporter"):
        read(b"day,whom\n2023-01-01,x\n", SMALL)
