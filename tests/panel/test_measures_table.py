"""Tables of measures: rows as written, faults by row and field, and episodes that carry them to other places."""

import csv
import datetime as dt
import io
from importlib import resources

import pytest

from stopgap.base.errors import EpisodeError, NotFoundError
from stopgap.base.vocab import EpisodeRole
from stopgap.codes.commodities import is_code
from stopgap.panel.episodes import episode_names, episode_yaml, load_episode, portable, read_episode
from stopgap.panel.measures_table import (
    Covers,
    MeasureRow,
    load_measures,
    measure_table_names,
    measures_summary,
    read_measures,
)

EPISODE = """\
name: coal
title: A ban on coal
target: RUS
direction: imports-from-target
event: 2022-04
coalition: [eu27, USA]
goods: [energy]
measures: coal.csv
regimes: [2023-12-22, 2024-06-24]
"""
TABLE = """\
member,code,from,until,source
eu27,270112 2702,2022-08-10,,Regulation (EU) 2022/576
USA,*,2022-03-08,2022-12-31,EO 14066
"""
HEADER = "member,code,from,until,source,covers,revision\n"


def day(text):
    return dt.date.fromisoformat(text)


def test_rows_read_as_written():
    first, second, third = read_measures(TABLE, label="coal.csv")
    assert (first.member, first.code, first.first, first.until) == ("eu27", "270112", day("2022-08-10"), None)
    assert (second.code, second.covers, second.revision) == ("2702", Covers.WHOLE, "HS2022")
    assert (third.member, third.code, third.until, third.source) == ("USA", "*", day("2022-12-31"), "EO 14066")


def test_a_code_without_a_revision_is_of_the_newest_that_has_it():
    # 854140 (photosensitive devices) left with HS2022; 854231 is in all three.
    [old, lasting] = read_measures("member,code,from,source\nUSA,854140 854231,2022-02-24,s\n", label="t.csv")
    assert not is_code("854140", "HS2022")
    assert (old.revision, lasting.revision) == ("HS2017", "HS2022")


@pytest.mark.parametrize(
    ("text", "row", "field", "says"),
    [
        ("member,code,from\nUSA,27,2022-03-08\n", 1, "source", "column source is missing"),
        ("member,code,from,source,colour\nUSA,27,2022-03-08,s,red\n", 1, "colour", "no column 'colour'"),
        ("member,member,code,from,source\nUSA,USA,27,2022-03-08,s\n", 1, "", "stands twice"),
        (HEADER, 1, "", "has no rows"),
        (HEADER + "USA,27,2022-03-08,,s\n", 2, "", "has 5 cells, the header 7"),
        (HEADER + "USA,27,2022-03-08,,s,,\nAtlantis,27,2022-03-08,,s,,\n", 3, "member", "neither a group nor an economy"),
        (HEADER + "W00,27,2022-03-08,,s,,\n", 2, "member", "neither a group nor an economy"),
        (HEADER + "USA,,2022-03-08,,s,,\n", 2, "code", "code is missing"),
        (HEADER + "USA,27 x,2022-03-08,,s,,\n", 2, "code", "'x' is not a code"),
        (HEADER + "USA,270,2022-03-08,,s,,\n", 2, "code", "'270' is not a code"),
        (HEADER + "USA,270199,2022-03-08,,s,,\n", 2, "code", "270199 is not a code of HS2012, HS2017, HS2022"),
        (HEADER + "USA,854140,2022-03-08,,s,,HS2022\n", 2, "code", "854140 is not a code of HS2022"),
        (HEADER + "USA,27,2022-03,,s,,\n", 2, "from", "'2022-03' is not a day"),
        (HEADER + "USA,27,2022-03-08,2022-03-07,s,,\n", 2, "until", "until is before from"),
        (HEADER + "USA,27,2022-03-08,,,,\n", 2, "source", "source is missing"),
        (HEADER + "USA,27,2022-03-08,,s,half,\n", 2, "covers", "'half' is not known"),
        (HEADER + "USA,27,2022-03-08,,s,,HS1492\n", 2, "revision", "'HS1492' is not an HS revision"),
    ],
)  # fmt: skip
def test_faults_of_a_table_are_named_by_row_and_field(text, row, field, says):
    with pytest.raises(EpisodeError) as caught:
        read_measures(text, label="t.csv")
    assert says in caught.value.what
    assert caught.value.where == f"t.csv, row {row}" + (f", field {field}" if field else "")
    assert caught.value.fix


@pytest.mark.parametrize(
    ("field", "line", "path", "says"),
    [
        ("measures: nothing.csv", 8, "measures", "no file at"),
        ("measures: 7", 8, "measures", "not a table of measures"),
        ("measures: [coal.csv, 7]", 8, "measures.1", "not a table of measures"),
        ("measures: []", 8, "measures", "has no rows"),
        ("measures: [{member: USA, code: 27, from: 2022-03-08, source: s}]", 8, "measures.0.code", "not text"),
        ("measures: [{member: USA, code: '27', from: 2022, source: s}]", 8, "measures.0.from", "'2022' is not a day"),
        ("measures: [{member: CHN, code: '27', from: 2022-03-08, source: s}]", 8, "measures", "CHN, no economy of which"),
        ("regimes: [2023-12]", 8, "regimes.0", "'2023-12' is not a day"),
        ("regimes: [2024-01-01, 2023-01-01]", 8, "regimes.1", "not in order of time"),
        ("role: backfillers", 8, "role", "role 'backfillers' is not known"),
        ("role: suppliers-to-target", 8, "role", "does not go with direction imports-from-target"),
    ],
)  # fmt: skip
def test_faults_of_an_episode_are_named_by_line_and_field(tmp_path, field, line, path, says):
    (tmp_path / "coal.csv").write_text(TABLE, encoding="utf-8")
    file = tmp_path / "coal.yml"
    kept = [each for each in EPISODE.splitlines() if not each.startswith(("measures:", "regimes:"))]
    file.write_text("\n".join([*kept, field, ""]), encoding="utf-8")
    with pytest.raises(EpisodeError) as caught:
        load_episode(str(file))
    assert says in caught.value.what
    assert caught.value.where == f"coal.yml, line {line}, field {path}"


def test_an_episode_takes_its_table_along(tmp_path):
    (tmp_path / "coal.csv").write_text(TABLE, encoding="utf-8")
    file = tmp_path / "coal.yml"
    file.write_text(EPISODE, encoding="utf-8")
    episode = load_episode(str(file))
    assert episode.role is EpisodeRole.BUYERS_FROM_TARGET
    assert episode.regimes == (day("2023-12-22"), day("2024-06-24"))
    moved = portable(episode)
    assert moved.measures == episode.measures == read_measures(TABLE, label="coal.csv")
    again = read_episode(episode_yaml(moved), label="moved.yml", lists=moved.lists)
    assert again == moved
    assert again.measures == episode.measures


def test_the_text_of_an_episode_without_a_file_reads_no_file(tmp_path, monkeypatch):
    (tmp_path / "coal.csv").write_text(TABLE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EpisodeError, match="no table of measures"):
        read_episode(EPISODE, label="coal.yml")
    with pytest.raises(NotFoundError):
        load_measures(str(tmp_path / "coal.csv"))


def test_every_built_in_table_and_episode_holds_together():
    sources = (resources.files("stopgap.panel") / "measures_data" / "SOURCES.csv").read_text("utf-8")
    named = {row["file"].removesuffix(".csv"): row for row in csv.DictReader(io.StringIO(sources, newline=""))}
    assert set(named) == set(measure_table_names())
    assert all(row["what"] and row["source"] and row["date"] and row["terms"] for row in named.values())
    for name in measure_table_names():
        rows = load_measures(name)
        assert all(row.source for row in rows), name
        assert all(row.code == "*" or is_code(row.code, row.revision) for row in rows), name
    for name in episode_names():
        episode = portable(load_episode(name))
        assert read_episode(episode_yaml(episode), label=name, lists=episode.lists) == episode, name


def test_the_table_of_the_eu():
    rows = load_measures("russia-2022")
    of_eu = {row.code: row for row in rows if row.member == "eu27"}
    assert len(of_eu) == 2297
    assert min(row.first for row in rows) == day("2022-02-24")  # no code keeps the misread 2016-12-22
    # A turbine engine (dual-use) from the first package; motors that the ninth added; luxury above a price in part.
    assert of_eu["840710"].first == day("2022-02-25")
    assert of_eu["850110"].first == day("2022-12-16")
    assert (of_eu["850110"].covers, of_eu["640319"].covers) == (Covers.WHOLE, Covers.PART)
    assert {row.covers for row in rows if row.code == "*"} == {Covers.UNTOLD}


def test_a_summary_counts_codes_and_days_by_member():
    rows = [
        MeasureRow("eu27", "27", day("2022-08-10"), None, "s"),
        MeasureRow("eu27", "44", day("2022-04-09"), None, "s"),
        MeasureRow("USA", "*", day("2022-03-08"), None, "s"),
    ]
    assert measures_summary(rows) == ["eu27: 2 codes, 2022-04-09 to 2022-08-10", "USA: 1 code, 2022-03-08"]


@pytest.mark.parametrize(
    ("name", "code", "member", "first", "until"),
    [
        ("russia-2022-energy", "2701", "eu27", "2022-08-10", None),
        ("russia-2022-energy", "2709", "eu27", "2022-12-05", None),
        ("russia-2022-energy", "2710", "eu27", "2023-02-05", None),
        ("eu-wood-2022", "44", "eu27", "2022-07-10", None),
        ("eu-wood-belarus-2022", "44", "eu27", "2022-06-04", None),
        ("belarus-potash-2021", "310520", "eu27", "2021-06-25", None),
        ("china-chip-tools-2022", "848620", "JPN", "2023-07-23", None),
        ("china-critical-minerals-2023", "250410", "CHN", "2023-12-01", None),
        ("qatar-2017", "*", "SAU", "2017-06-05", "2021-01-04"),
        ("australia-2020", "1003", "CHN", "2020-05-19", "2023-08-04"),
    ],
)
def test_days_of_the_built_in_tables(name, code, member, first, until):
    [row] = [row for row in load_episode(name).measures if (row.code, row.member) == (code, member)]
    assert (row.first, row.until) == (day(first), day(until) if until else None)


def test_gas_was_never_banned_by_the_eu():
    rows = load_measures("russia-2022-energy")
    assert not [row for row in rows if row.member == "eu27" and "2711".startswith(row.code.rstrip("*"))]


def test_goods_of_each_built_in_episode_are_named_by_its_table():
    """A table that names no good of the first list would leave everything as trade lost by a slip."""
    for name in set(episode_names()) - {"us-china-tariffs-2018"}:
        episode = load_episode(name)
        listed = [item.code for item in episode.goods_list(episode.goods[0]).items]
        told = [row.code for row in episode.measures]
        assert any(code == "*" or code.startswith(each) or each.startswith(code) for code in told for each in listed), (
            name
        )
