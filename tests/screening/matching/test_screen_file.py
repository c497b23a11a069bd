"""A file of names from end to end: the same answers whatever the form, the processes and the kills."""

from __future__ import annotations

import csv
import json
import shutil

import pyarrow.parquet as pq
import pytest
from screen_lake import NAMES, dying, load, names_file, run_of

from stopgap.base.errors import InputError, RefusedError
from stopgap.screening.decisions.log import decide_on
from stopgap.screening.decisions.request import MatchDecisionRequest
from stopgap.screening.matching import file_run as screen_file
from stopgap.screening.matching.file_run import ScreenedRows, screen_to_file
from stopgap.screening.matching.output import COLUMNS
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.run import open_screener, screen_wanted

ROWS = [f"{number},{NAMES[number % len(NAMES)]} {number // len(NAMES) or ''}".strip() for number in range(20)]
ROWS[7] = "7,😀"
ROWS[11] = "11,"


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    folder = tmp_path_factory.mktemp("screened")
    load(folder / "lake", folder / "1")
    return folder / "lake"


@pytest.fixture
def screener(lake):
    return open_screener(lake)


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(screen_file, "BATCH", 3)


def csv_rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def plain(summary):
    """A summary without the names of its files."""
    return {name: value for name, value in summary.as_dict().items() if name not in ("file", "rejects")}


def test_a_file_becomes_a_row_a_match(screener, tmp_path, small_batches):
    path = names_file(tmp_path / "names.csv", ROWS)
    summary = screen_to_file(screener, run_of(path), tmp_path / "hits.csv", "csv")
    assert (summary.rows, summary.rejected, summary.resumed_at) == (20, 2, 0)
    found = csv_rows(tmp_path / "hits.csv")
    assert list(found[0]) == list(COLUMNS)
    assert list(COLUMNS)[:8] == ["row", "query", "entity_id", "list", "name", "matched_name", "score", "rank"]
    assert (found[0]["row"], found[0]["query"], found[0]["entity_id"]) == ("1", "Northwind Trading LLC", "E1")
    assert len(found) == summary.matches
    assert len({row["row"] for row in found}) == summary.matched
    assert len({row["row"] for row in found if row["alerts"] == "True"}) == summary.alerting
    # What is on no list has no row; what the lists say is what they say to one name alone.
    assert not [row for row in found if row["query"].startswith("Quiet Orchard")]
    [alone] = screener.screen([ScreenQuery(found[0]["query"])])
    assert float(found[0]["score"]) == pytest.approx(alone.matches[0].match.score, abs=1e-6)
    assert (tmp_path / "hits.rejects.csv").read_text("utf-8").splitlines() == [
        "row,query,reason", "8,😀,the name holds no letter or digit", "12,,the name is empty",
    ]  # fmt: skip
    assert sorted(each.name for each in tmp_path.iterdir()) == ["hits.csv", "hits.rejects.csv", "names.csv"]


def test_every_form_holds_the_same(screener, tmp_path, small_batches):
    path = names_file(tmp_path / "names.csv", ROWS)
    forms = {form: tmp_path / f"hits.{form}" for form in ("csv", "json", "parquet")}
    summaries = [screen_to_file(screener, run_of(path), output, form) for form, output in forms.items()]
    assert len({json.dumps(plain(each)) for each in summaries}) == 1
    table = csv_rows(forms["csv"])
    document = json.loads(forms["json"].read_text("utf-8"))
    assert document["rows_read"] == 20
    assert [row["row"] for row in document["rows"]] == list(range(1, 21))
    assert document["rows"][7] == {
        "row": 8, "query": "😀", "matches": [], "rejected": "the name holds no letter or digit",
    }  # fmt: skip
    flat = [(row["row"], match["entity_id"], match["score"]) for row in document["rows"] for match in row["matches"]]
    assert flat == [(int(row["row"]), row["entity_id"], float(row["score"])) for row in table]
    parquet = pq.read_table(forms["parquet"])
    assert parquet.column_names == list(COLUMNS)
    assert list(zip(*(parquet[name].to_pylist() for name in ("row", "entity_id", "score")), strict=True)) == flat
    assert str(parquet.schema.field("alerts").type) == "bool"


@pytest.mark.prove_only
def test_processes_give_what_one_gives_in_order(screener, tmp_path, small_batches):
    path = names_file(tmp_path / "names.csv", ROWS)
    summaries = [
        screen_to_file(screener, run_of(path, jobs=jobs), tmp_path / f"hits-{jobs}.csv", "csv") for jobs in (1, 2)
    ]
    assert (tmp_path / "hits-1.csv").read_bytes() == (tmp_path / "hits-2.csv").read_bytes()
    assert summaries[0].matches > 5


def test_no_cell_is_a_formula_for_a_spreadsheet(screener, tmp_path):
    path = names_file(tmp_path / "names.csv", ["1,=Northwind Trading", "2,@😀"])
    screen_to_file(screener, run_of(path), tmp_path / "hits.csv", "csv")
    assert csv_rows(tmp_path / "hits.csv")[0]["query"] == "'=Northwind Trading"
    assert "'@😀" in (tmp_path / "hits.rejects.csv").read_text("utf-8")
    screen_to_file(screener, run_of(path), tmp_path / "hits.parquet", "parquet")
    assert pq.read_table(tmp_path / "hits.parquet")["query"][0].as_py() == "=Northwind Trading"


def test_a_file_without_a_match_has_a_header_and_types(screener, tmp_path):
    path = names_file(tmp_path / "names.csv", ["1,Quiet Orchard Bakery"])
    summary = screen_to_file(screener, run_of(path), tmp_path / "hits.parquet", "parquet")
    assert (summary.matched, summary.rejects_file) == (0, None)
    assert pq.read_table(tmp_path / "hits.parquet").num_rows == 0
    screen_to_file(screener, run_of(path), tmp_path / "hits.json", "json")
    assert json.loads((tmp_path / "hits.json").read_text())["rows"] == [
        {"row": 1, "query": "Quiet Orchard Bakery", "matches": [], "warnings": []}
    ]


def test_countries_and_numbers_of_columns_count(screener, tmp_path):
    path = names_file(
        tmp_path / "names.csv",
        ["Northwind Trading,Russia,7701234567", "Northwind Trading,Atlantis,7709999999"],
        "name,land,inn",
    )
    run = run_of(path, country="land", identifiers=["inn:inn"], wanted=screen_wanted(threshold=0))
    rows = ScreenedRows(screener, run)
    same, other = (each.answer.matches[0].match for each in rows)
    summary = rows.summary
    assert same.score > 0.9 > other.score
    assert summary.countries_unknown == 1
    assert "rows whose country is not known, looked up without it: 1; the first is row 2" in summary.warnings


@pytest.mark.prove_only
def test_a_decision_shows_in_the_file(lake, tmp_path):
    own = tmp_path / "lake"
    shutil.copytree(lake, own)
    decide_on(
        own,
        MatchDecisionRequest(
            query="Northwind Trading LLC", list="made-up", entity="E1", decided="false", why="another number"
        ),
        who="ann",
        when="2024-06-02T00:00:00Z",
    )
    path = names_file(tmp_path / "names.csv", ["1,Northwind Trading LLC", "2,Northwind Trading Ltd"])
    screen_to_file(open_screener(own), run_of(path), tmp_path / "hits.csv", "csv")
    found = {row["row"]: (row["alerts"], row["decision"]) for row in csv_rows(tmp_path / "hits.csv")}
    assert found == {"1": ("False", "false, standing"), "2": ("True", "")}
    screen_to_file(open_screener(own, decisions=False), run_of(path), tmp_path / "hits.csv", "csv")
    assert csv_rows(tmp_path / "hits.csv")[0]["alerts"] == "True"


@pytest.fixture(scope="module")
def whole(lake, tmp_path_factory):
    """The file, and what comes out where nothing is killed."""
    folder = tmp_path_factory.mktemp("whole")
    path = names_file(folder / "names.csv", ROWS)
    found = {}
    for form in ("csv", "json"):
        screen_to_file(open_screener(lake), run_of(path), folder / f"hits.{form}", form)
        found[form] = (folder / f"hits.{form}").read_bytes()
    return path, found


@pytest.mark.one_in(6)
@pytest.mark.parametrize(
    ("place", "last", "form", "kept"),
    [("before", 1, "csv", 0), ("after", 1, "csv", 0), ("before", 3, "csv", 3), ("after", 4, "json", 9),
     ("finish", 0, "json", 20), ("finish-after", 0, "csv", 0)],
)  # fmt: skip
def test_a_killed_run_goes_on_and_gives_the_same_bytes(lake, whole, tmp_path, place, last, form, kept):
    path, found = whole
    output = tmp_path / f"hits.{form}"
    killed = dying(place, last, path, "--name-column", "name", "--lake", lake, "--output", output, "--jobs", 1)
    assert killed.returncode < 0
    if place == "finish-after":
        assert output.read_bytes() == found[form]
    else:
        assert not output.exists()
    summary = screen_to_file(open_screener(lake), run_of(path), output, form)
    assert summary.resumed_at == kept
    if form == "csv":
        assert output.read_bytes() == found[form]
    else:  # the summary says where the run went on
        ours, theirs = (json.loads(content) for content in (output.read_bytes(), found[form]))
        assert ours == {**theirs, "resumed_at": kept, "rejects": ours["rejects"]}
    assert {each.name for each in tmp_path.iterdir()} == {output.name, "hits.rejects.csv"}


def interrupt(screener, run, output):
    """A run that stops in the middle."""

    def stop(text, share):
        if share is not None and share > 0.4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        screen_to_file(
            screener, screen_file.FileRun(run.path, run.columns, run.wanted, jobs=1, progress=stop), output, "csv"
        )


@pytest.mark.one_in(12)
@pytest.mark.parametrize("what", ["file", "options", "lists", "decisions", "form"])
def test_a_run_does_not_go_on_with_something_else(lake, tmp_path, small_batches, what):
    own = tmp_path / "lake"
    shutil.copytree(lake, own)
    path, output = names_file(tmp_path / "names.csv", ROWS), tmp_path / "hits.csv"
    run, form = run_of(path), "csv"
    interrupt(open_screener(own), run, output)
    match what:
        case "file":
            names_file(path, [*ROWS, "20,One More"])
            says = "the file of names"
        case "options":
            run = run_of(path, wanted=screen_wanted(threshold=0.5))
            says = "the options"
        case "form":
            form, says = "json", "the options"
        case "lists":
            load(own, tmp_path / "2", ("E9,Ninth Firm,,Company,,",), name="other")
            says = "the lists in force"
        case "decisions":
            decide_on(
                own,
                MatchDecisionRequest(
                    query="Northwind", list="made-up", entity="E1", decided="false", why="another number"
                ),
                who="ann",
                when="2024-06-02T00:00:00Z",
            )
            says = "the decisions"
    screener = open_screener(own)
    with pytest.raises(RefusedError, match=says) as told:
        screen_to_file(screener, run, output, form)
    assert "--restart" in told.value.fix
    assert screen_to_file(screener, run, output, form, restart=True).resumed_at == 0
    assert output.exists()


def test_an_older_answer_stays_until_the_new_one_is_whole(screener, tmp_path, small_batches):
    path, output = names_file(tmp_path / "names.csv", ROWS), tmp_path / "hits.csv"
    output.write_text("before")
    interrupt(screener, run_of(path), output)
    assert output.read_text() == "before"
    summary = screen_to_file(screener, run_of(path), output, "csv")
    assert summary.resumed_at == 9
    assert output.read_text().startswith("row,query")


@pytest.mark.prove_only
@pytest.mark.parametrize("damage", ["no part", "short part", "half a state"])
def test_what_is_left_and_does_not_hold_together_is_begun_anew(screener, tmp_path, small_batches, damage):
    path, output = names_file(tmp_path / "names.csv", ROWS), tmp_path / "hits.csv"
    interrupt(screener, run_of(path), output)
    part, state = tmp_path / "hits.csv.part", tmp_path / "hits.csv.state"
    match damage:
        case "no part":
            part.unlink()
        case "short part":
            part.write_bytes(part.read_bytes()[:20])
        case "half a state":
            state.write_text(state.read_text()[:20])
    assert screen_to_file(screener, run_of(path), output, "csv").resumed_at == 0
    assert len(csv_rows(output)) > 5


def test_two_do_not_write_one_file(screener, tmp_path):
    from stopgap.screening.matching.output import writing

    path, output = names_file(tmp_path / "names.csv", ROWS), tmp_path / "hits.csv"
    with writing(output), pytest.raises(RefusedError, match="another process"):
        screen_to_file(screener, run_of(path), output, "csv")


def test_a_place_that_cannot_be_written(screener, tmp_path):
    path = names_file(tmp_path / "names.csv", ROWS)
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        screen_to_file(screener, run_of(path), tmp_path / "folder", "csv")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        screen_to_file(screener, run_of(path), tmp_path / "file" / "hits.csv", "csv")


def test_a_searching_process_that_dies_is_told_and_nothing_is_lost(screener, tmp_path, small_batches, monkeypatch):
    from stopgap.screening.matching import pool as screen_pool

    path, output = names_file(tmp_path / "names.csv", ROWS), tmp_path / "hits.csv"
    whole = screen_pool._Child.ask
    asked = []

    def ask(self, queries, wanted):
        asked.append(1)
        if len(asked) == 4:
            self._process.kill()
            self._process.wait()
        return whole(self, queries, wanted)

    monkeypatch.setattr(screen_pool._Child, "ask", ask)
    with pytest.raises(RefusedError, match="a searching process ended"):
        screen_to_file(screener, run_of(path, jobs=2), output, "csv")
    monkeypatch.undo()
    assert not output.exists()
    assert screen_to_file(screener, run_of(path), output, "csv").rows == 20
