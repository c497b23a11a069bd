"""Whole imports of Comtrade files: every figure arrives, once, in its place; what is wrong changes nothing."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import pytest
from comtrade_files import Made, comtrade_row, csv_bytes, make_file, put_file
from lake_state import faults, lake_state

from stopgap.base.errors import InputError, NotFoundError, UsageError
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.query.statement import run_query
from stopgap.lake.withdraw import withdraw

KEYED = """
    SELECT reporter, partner, flow, CASE frequency WHEN 'M' THEN strftime(period, '%Y%m') ELSE strftime(period, '%Y') END AS period, good, revision,
        value_usd, net_kg
    FROM {view}
"""


def figures(lake: Path, view: str, as_of: str | None = None) -> dict[tuple, float]:
    """Value of each row of a view by its key; a key that stands twice fails."""
    rows = run_query(lake, KEYED.format(view=view), as_of=as_of)[0].to_pylist()
    found = {tuple(list(row.values())[:6]): row["value_usd"] for row in rows}
    assert len(found) == len(rows)
    return found


def sums_by_flow(lake: Path) -> dict[str, float]:
    """Sum of all values by flow: economies, aggregates and breakdowns together."""
    sums: dict[str, float] = defaultdict(float)
    for view in ("trade", "trade_aggregates", "trade_breakdowns"):
        for row in run_query(lake, f"SELECT flow, sum(value_usd) AS usd FROM {view} GROUP BY flow")[0].to_pylist():
            sums[row["flow"]] += row["usd"]
    return dict(sums)


def assert_holds(lake: Path, made: Made) -> None:
    """The lake holds what the file says, each figure where it belongs."""
    assert sums_by_flow(lake) == made.sums_by_flow()
    assert figures(lake, "trade") == made.economies()
    aggregates = {
        key: usd
        for key, usd in made.figures.items()
        if key not in made.economies() and key[2] in ("X", "M", "RX", "RM")
    }
    assert figures(lake, "trade_aggregates") == aggregates
    breakdowns = made.parts | {key: usd for key, usd in made.figures.items() if key[2] in ("DX", "FM")}
    assert figures(lake, "trade_breakdowns") == breakdowns
    weights = {}
    for view in ("trade", "trade_aggregates"):
        for row in run_query(lake, KEYED.format(view=view))[0].to_pylist():
            weights[tuple(list(row.values())[:6])] = row["net_kg"]
    assert {key: weights[key] for key in made.weights if key in weights} == {
        key: kg for key, kg in made.weights.items() if key in weights
    }
    assert faults(lake) == []


@pytest.mark.one_in(16)
@pytest.mark.parametrize("seed", range(16))
def test_every_figure_of_a_file_arrives_once_and_in_its_place(tmp_path, seed):
    draw = random.Random(seed)
    made = make_file(seed, figures=draw.choice((1, 12, 60, 150)))
    content = csv_bytes(
        made.rows, line_end=draw.choice(("\n", "\r\n")), quote_all=draw.random() < 0.3, bom=draw.random() < 0.3
    )
    path = put_file(tmp_path, content, draw.choice(("TradeData.csv", "TradeData.csv.gz")))
    done = import_paths(tmp_path / "lake", [path])
    assert done.vintage == "v1"
    assert (done.rows_read, done.rows_duplicate, done.rows_rejected) == (len(made.rows), made.repeated, 0)
    assert_holds(tmp_path / "lake", made)
    unknown = {key[1] for key in made.figures} & {"4711", "995"}
    assert all(any(code in warning for warning in done.warnings) for code in unknown)


@pytest.mark.prove_only
def test_sums_hold_for_figures_with_many_digits(tmp_path):
    draw = random.Random(7)
    rows = [
        comtrade_row(
            cmdCode=f"{84 + i % 2}{1000 + i}", flowCode=draw.choice("XM"), primaryValue=f"{draw.random() * 10**9:.3f}"
        )
        for i in range(500)
    ]
    import_paths(tmp_path / "lake", [put_file(tmp_path, csv_bytes(rows))])
    for flow, usd in sums_by_flow(tmp_path / "lake").items():
        assert usd == pytest.approx(
            sum(float(row["primaryValue"]) for row in rows if row["flowCode"] == flow), rel=1e-13
        )


@pytest.mark.prove_only
def test_columns_in_another_order_and_spelling_are_the_same_file(tmp_path):
    made = make_file(21)
    columns = sorted(made.rows[0])
    content = csv_bytes(made.rows, columns=columns)
    header, rest = content.split(b"\r\n", 1)
    import_paths(tmp_path / "lake", [put_file(tmp_path, header.lower() + b"\r\n" + rest)])
    assert_holds(tmp_path / "lake", made)


@pytest.mark.prove_only
def test_line_breaks_inside_quotes_are_text(tmp_path):
    rows = [comtrade_row(cmdCode=f"8542{n}", cmdDesc="two\nlines", primaryValue=f"{n}.0") for n in range(31, 40)]
    done = import_paths(tmp_path / "lake", [put_file(tmp_path, csv_bytes(rows, line_end="\n"))])
    assert done.rows_loaded == 9
    assert sums_by_flow(tmp_path / "lake") == {"X": float(sum(range(31, 40)))}


@pytest.mark.one_in(5)
@pytest.mark.parametrize(
    "name", ["TradeData.csv", "TradeData.csv.gz", "Ünïcode file.csv", "a'b\"c [1]*.csv", "x.CSV.GZ.csv"]
)
def test_any_file_name_is_taken(tmp_path, name):
    content = csv_bytes([comtrade_row()])
    path = put_file(tmp_path / "in", content, name)
    done = import_paths(tmp_path / "lake", [path])
    assert done.files == (name,)
    assert run_query(tmp_path / "lake", "SELECT file_name FROM receipts")[0].to_pylist() == [{"file_name": name}]


def test_importing_twice_changes_nothing(tmp_path):
    lake, path = tmp_path / "lake", put_file(tmp_path, csv_bytes(make_file(3).rows))
    first = import_paths(lake, [path])
    before = lake_state(lake)
    again = import_paths(lake, [path])
    assert (again.already_loaded, again.vintage, again.rows_loaded, again.receipts) == (True, "v1", 0, first.receipts)
    other_name = put_file(tmp_path / "elsewhere", path.read_bytes(), "renamed.txt")
    assert import_paths(lake, [other_name]).already_loaded
    assert lake_state(lake) == before


EURO = """
source: paper
frequency: A
period: {column: year}
reporter: {value: DEU}
partner: {value: RUS}
flow: {value: X}
good: {column: good}
revision: {value: HS}
value: {column: eur, currency: EUR, zero: reported}
"""


@pytest.mark.prove_only
def test_the_same_bytes_read_with_other_rates_are_loaded_again_and_take_the_first_place(tmp_path):
    lake = tmp_path / "lake"
    file = put_file(tmp_path, b"year,good,eur\n2021,8542,100\n2021,8471,10\n", "paper.csv")
    mapping = put_file(tmp_path, EURO.encode(), "paper.yml")
    rates = [
        put_file(
            tmp_path,
            ("currency,month,usd_per_unit\n" + "".join(f"EUR,2021-{m:02},{usd}\n" for m in range(1, 13))).encode(),
            f"{usd}.csv",
        )
        for usd in (1.5, 2.0)
    ]
    usd = []
    for number, own in enumerate((rates[0], rates[1], rates[1])):
        done = import_paths(lake, [file], ImportRequest(mapping=str(mapping), rates=own))
        assert done.already_loaded is (number == 2)
        usd.append(run_query(lake, "SELECT sum(value_usd) AS usd FROM trade")[0].to_pylist()[0]["usd"])
    assert usd == [165.0, 220.0, 220.0]
    assert (done.vintage, faults(lake)) == ("v2", [])


@pytest.mark.prove_only
def test_the_same_bytes_in_another_encoding_are_another_reading(tmp_path):
    """Latin-1 for a file that is UTF-8: a mistake that the second import fixes."""
    lake = tmp_path / "lake"
    file = put_file(tmp_path, csv_bytes([comtrade_row(cmdDesc="Café")]), "a.csv")
    assert not import_paths(lake, [file], ImportRequest(encoding="latin-1")).already_loaded
    assert not import_paths(lake, [file]).already_loaded
    assert import_paths(lake, [file], ImportRequest(encoding="UTF-8")).already_loaded
    assert import_paths(lake, [file], ImportRequest(source="comtrade")).already_loaded
    assert len(figures(lake, "trade")) == 1


@pytest.mark.prove_only
def test_receipts_of_before_readings_were_kept_still_count_as_loaded(tmp_path, monkeypatch):
    lake, file = tmp_path / "lake", put_file(tmp_path, csv_bytes([comtrade_row()]), "a.csv")
    monkeypatch.setattr("stopgap.lake.importing.importer.reading_of", lambda *_: None)
    import_paths(lake, [file])
    monkeypatch.undo()
    assert import_paths(lake, [file]).already_loaded
    assert not import_paths(lake, [file], ImportRequest(encoding="latin-1")).already_loaded


@pytest.mark.prove_only
def test_a_file_can_replace_an_earlier_one_whole(tmp_path):
    lake = tmp_path / "lake"
    old = put_file(tmp_path, csv_bytes([comtrade_row(), comtrade_row(cmdCode="847150")]), "old.csv")
    new = put_file(tmp_path, csv_bytes([comtrade_row(primaryValue="5.0")]), "new.csv")
    first = import_paths(lake, [old])
    with pytest.raises(NotFoundError, match="no file with the receipt 0000 is in force"):
        import_paths(lake, [new], ImportRequest(replaces=["0000"]))
    done = import_paths(lake, [new], ImportRequest(replaces=list(first.receipts)))
    assert (done.rows_loaded, done.rows_replaced, done.rows_withdrawn) == (1, 2, 1)
    assert list(figures(lake, "trade").values()) == [5.0]
    assert withdraw(lake, done.receipts[0], "the old one was right").rows_restored == 2
    assert len(figures(lake, "trade")) == 2


def test_an_old_file_imported_again_does_not_undo_a_newer_one(tmp_path):
    lake = tmp_path / "lake"
    old = put_file(tmp_path, csv_bytes([comtrade_row(primaryValue="1.0")]), "old.csv")
    new = put_file(tmp_path, csv_bytes([comtrade_row(primaryValue="2.0")]), "new.csv")
    import_paths(lake, [old])
    import_paths(lake, [new])
    again = import_paths(lake, [old])
    assert (again.already_loaded, again.vintage) == (True, "v1")
    assert sums_by_flow(lake) == {"X": 2.0}


@pytest.mark.prove_only
def test_the_same_file_given_twice_is_one_file(tmp_path):
    lake, path = tmp_path / "lake", put_file(tmp_path, csv_bytes([comtrade_row()]))
    copy = put_file(tmp_path, path.read_bytes(), "copy.csv")
    done = import_paths(lake, [path, copy])
    assert (done.vintage, done.rows_loaded, len(done.receipts)) == ("v1", 1, 1)
    assert run_query(lake, "SELECT count(*) AS n FROM receipts")[0].to_pylist() == [{"n": 1}]


def test_several_files_become_one_vintage(tmp_path):
    lake = tmp_path / "lake"
    files = [
        put_file(tmp_path, csv_bytes([comtrade_row(reporterCode=code, primaryValue=usd)]), f"{code}.csv")
        for code, usd in (("156", "1.0"), ("276", "2.0"), ("842", "4.0"))
    ]
    done = import_paths(lake, files)
    assert (done.vintage, done.rows_loaded, len(set(done.receipts))) == ("v1", 3, 3)
    assert sums_by_flow(lake) == {"X": 7.0}
    more = put_file(tmp_path, csv_bytes([comtrade_row(reporterCode="251", primaryValue="8.0")]), "251.csv")
    done = import_paths(lake, [files[0], more])
    assert (done.vintage, done.rows_loaded, done.already_loaded) == ("v2", 1, False)
    assert sums_by_flow(lake) == {"X": 15.0}
    assert faults(lake) == []


@pytest.mark.one_in(4)
@pytest.mark.parametrize("bad_place", [0, 1, 2])
def test_one_bad_file_among_several_stops_them_all(tmp_path, bad_place):
    lake = _lake_with_a_vintage(tmp_path)
    before = lake_state(lake)
    files = [put_file(tmp_path, csv_bytes([comtrade_row(reporterCode=code)]), f"{code}.csv") for code in ("276", "842")]
    files.insert(bad_place, put_file(tmp_path, csv_bytes([comtrade_row(period="202413")]), "bad.csv"))
    with pytest.raises(InputError, match="202413"):
        import_paths(lake, files)
    assert lake_state(lake) == before


def test_two_files_with_one_figure_are_refused(tmp_path):
    lake = _lake_with_a_vintage(tmp_path)
    before = lake_state(lake)
    files = [put_file(tmp_path, csv_bytes([comtrade_row(primaryValue=usd)]), f"{usd}.csv") for usd in ("5.0", "6.0")]
    with pytest.raises(InputError, match="two of the files report the same figure with different values") as found:
        import_paths(lake, files)
    assert "good 854231" in found.value.where
    assert lake_state(lake) == before


def test_the_same_row_in_two_files_is_loaded_once_and_counted(tmp_path):
    """Pages of one request that overlap."""
    lake = tmp_path / "lake"
    rows = [comtrade_row(cmdCode=f"8542{n}", primaryValue=f"{n}.0") for n in range(31, 40)]
    pages = [
        put_file(tmp_path, csv_bytes(page), f"page-{number}.csv")
        for number, page in enumerate((rows[:5], rows[3:], rows[4:5]))
    ]
    done = import_paths(lake, pages)
    assert (done.rows_read, done.rows_loaded, done.rows_duplicate) == (12, 9, 3)
    assert any(text.startswith("page-1.csv: 2 rows stand in an earlier file") for text in done.warnings)
    assert sums_by_flow(lake) == {"X": float(sum(range(31, 40)))}
    sql = "SELECT file_name, rows_loaded, rows_duplicate, rows_shared FROM receipts ORDER BY 1"
    assert [tuple(row.values()) for row in run_query(lake, sql)[0].to_pylist()] == [
        ("page-0.csv", 5, 0, 0),
        ("page-1.csv", 4, 2, 2),
        ("page-2.csv", 0, 1, 1),
    ]
    assert faults(lake) == []
    assert import_paths(lake, pages[1:2]).already_loaded
    # Rows of the first page may stand in the others, where they were left out.
    first, second, third = done.receipts
    with pytest.raises(UsageError, match="may stand in another file of the same import"):
        withdraw(lake, first, "wrong")
    for receipt in (third, second, first):
        withdraw(lake, receipt, "wrong")
    again = import_paths(lake, pages[1:2])
    assert (again.already_loaded, again.rows_loaded) == (False, 6)


def _lake_with_a_vintage(tmp_path: Path) -> Path:
    lake = tmp_path / "lake"
    import_paths(lake, [put_file(tmp_path, csv_bytes([comtrade_row(primaryValue="1000.0")]), "first.csv")])
    return lake


@pytest.mark.one_in(8)
@pytest.mark.parametrize("seed", range(5))
def test_a_newer_release_replaces_what_it_covers_and_the_old_vintage_reads_as_before(tmp_path, seed):
    lake, draw, made = (tmp_path / "lake", random.Random(seed), make_file(seed, figures=80, unknown_partners=False))
    import_paths(lake, [put_file(tmp_path, csv_bytes(made.rows), "old.csv")])
    old = {view: figures(lake, view) for view in ("trade", "trade_aggregates", "trade_breakdowns")}
    # A revision of one reporter: its figures doubled, one of them withdrawn.
    reporter = draw.choice(sorted({key[0] for key in made.figures}))
    rows = [row for row in made.rows if row["reporterISO"] == reporter]
    revised = [row | {"primaryValue": str(float(row["primaryValue"]) * 2)} for row in rows]
    done = import_paths(lake, [put_file(tmp_path, csv_bytes(revised), "new.csv")])
    for view, before in old.items():
        assert figures(lake, view, as_of="v1") == before
        assert figures(lake, view) == {key: usd * (2 if key[0] == reporter else 1) for key, usd in before.items()}
    assert done.rows_replaced == sum(key[0] == reporter for before in old.values() for key in before)
    assert faults(lake) == []


@pytest.mark.prove_only
def test_a_withdrawn_figure_goes_when_its_good_and_partner_stay(tmp_path):
    lake = tmp_path / "lake"
    rows = [
        comtrade_row(cmdCode=good, partnerCode=partner) for good in ("854231", "847150") for partner in ("643", "398")
    ]
    import_paths(lake, [put_file(tmp_path, csv_bytes(rows), "old.csv")])
    import_paths(lake, [put_file(tmp_path, csv_bytes(rows[:3]), "new.csv")])
    assert len(figures(lake, "trade")) == 3
    assert len(figures(lake, "trade", as_of="v1")) == 4


def test_a_complete_release_drops_what_it_no_longer_names(tmp_path):
    lake = tmp_path / "lake"
    rows = [
        comtrade_row(cmdCode="854231"),
        comtrade_row(cmdCode="847150"),
        comtrade_row(cmdCode="847150", reporterCode="276"),
    ]
    import_paths(lake, [put_file(tmp_path, csv_bytes(rows), "old.csv")])
    newer = put_file(tmp_path, csv_bytes([comtrade_row(cmdCode="854231", primaryValue="7.0")]), "new.csv")
    done = import_paths(lake, [newer], ImportRequest(complete=True))
    assert (done.rows_loaded, done.rows_replaced) == (1, 2)
    assert {(key[0], key[4]): usd for key, usd in figures(lake, "trade").items()} == {
        ("CHN", "854231"): 7.0,
        ("DEU", "847150"): 100.0,
    }
    assert len(figures(lake, "trade", as_of="v1")) == 3
    assert faults(lake) == []


def test_rows_of_a_file_are_sorted_in_the_lake(tmp_path):
    import duckdb

    from stopgap.lake.snapshot import take_snapshot

    lake = tmp_path / "lake"
    import_paths(lake, [put_file(tmp_path, csv_bytes(make_file(5, figures=150).rows))])
    [file] = take_snapshot(lake).files
    keys = duckdb.sql(f"SELECT partner, good, period, reporter, flow FROM '{file}'").fetchall()
    assert keys == sorted(keys)
