"""``stopgap screen``: one name, and files of names."""

from __future__ import annotations

import csv
import io
import json

import pytest

LIST = """entity_id,name,alias,schema,country,identifier
E1,Northwind Trading OOO,Северный ветер,Company,RUS,inn:7701234567
E2,Blue Harbour Shipping Ltd,,Company,ARE,
E3,Sea Falcon,,Vessel,PAN,imo:9074729
"""


@pytest.fixture
def call(tmp_path, stopgap_run):
    """Commands on a lake with a list."""
    path = tmp_path / "made-up.csv"
    path.write_text(LIST, "utf-8")
    lake = tmp_path / "lake"

    def run(*arguments, form="json", of=lake):
        return stopgap_run("screen", *arguments, "--lake", of, "--format", form)

    assert stopgap_run("import", path, "--source", "list", "--list-date", "2024-06-01", "--lake", lake).code == 0
    return run


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.csv"
    path.write_text(
        'id,name,land\n1,Northwind Trading LLC,RUS\n2,Quiet Orchard Bakery,\n3,😀,\n4,"Blue Harbour, Ltd",UAE?\n'
    )
    return path


def test_one_name_as_json_explains_itself(call):
    ran = call("Northwind Trading LLC", "--country", "Russia", "--id", "inn:7701234567", "--schema", "Company")
    assert ran.code == 0
    document = ran.document
    [match] = document["matches"]
    assert document["query"] == "Northwind Trading LLC"
    assert (match["entity_id"], match["list"], match["list_date"], match["rank"]) == ("E1", "made-up", "2024-06-01", 1)
    assert match["score"] > 0.95
    assert {"country", "number"} & {each["feature"] for each in match["features"]}
    assert document["lists"][0]["age_days"] > 0
    assert any("days old" in warning for warning in document["warnings"])


def test_one_name_for_people(call):
    ran = call("Northwind Trading LLC", "--explain", form="table")
    assert ran.out.startswith("1 alert\n")
    assert "1. Northwind Trading OOO (made-up E1):" in ran.out
    assert "lists asked: 1, 3 entries: made-up of 2024-06-01 (" in ran.out
    assert "(made-up E1):" not in call("Northwind Trading LLC", form="table").out
    assert call("Quiet Orchard Bakery", form="table").out.startswith("nothing on the lists is near\n")
    assert call("Northwind", form="table").out.startswith("1 nearest, none of which alerts\n")


@pytest.mark.prove_only
def test_one_name_as_csv(call):
    ran = call("Northwind Trading LLC", form="csv")
    [row] = csv.DictReader(io.StringIO(ran.out))
    assert ran.out.startswith("row,query,entity_id,list,name,matched_name,score,rank,")
    assert (row["row"], row["query"], row["entity_id"], row["rank"]) == ("1", "Northwind Trading LLC", "E1", "1")
    assert "lists asked: 1, 3 entries: made-up" in ran.err


@pytest.mark.prove_only
def test_threshold_and_limit(call):
    every = call("Northwind Harbour", "--threshold", 0).document["matches"]
    assert len(every) >= 2
    least = min(match["score"] for match in every)
    assert len(call("Northwind Harbour", "--threshold", least + 1e-9).document["matches"]) == len(every) - 1
    assert len(call("Northwind Harbour", "--threshold", 0, "--limit", 1).document["matches"]) == 1
    assert call("Northwind", "--threshold", 2).code == 2
    assert call("Northwind", "--limit", 0).code == 2


@pytest.mark.prove_only
def test_a_decision_shows_and_can_be_left_out(call, stopgap_run, tmp_path):
    decide = ("decisions", "decide", "--query", "Northwind Trading LLC", "--list", "made-up", "--entity", "E1", "--as",
              "false", "--why", "another number", "--by", "ann", "--lake", tmp_path / "lake")  # fmt: skip
    assert stopgap_run(*decide).code == 0
    [match] = call("Northwind Trading LLC").document["matches"]
    assert (match["alerts"], match["decision"]["as"], match["decision"]["why"]) == (False, "false", "another number")
    assert call("Northwind Trading LLC", form="table").out.startswith("1 nearest, none of which alerts\n")
    [match] = call("Northwind Trading LLC", "--no-decisions").document["matches"]
    assert (match["alerts"], match["decision"]) == (True, None)


def test_a_file_on_stdout(call, names):
    ran = call(names, "--name-column", "name", "--country-column", "land")
    document = ran.document
    assert [row["row"] for row in document["rows"]] == [1, 2, 3, 4]
    assert document["rows"][0]["matches"][0]["entity_id"] == "E1"
    assert document["rows"][2]["rejected"] == "the name holds no letter or digit"
    assert (document["rows_read"], document["rows_rejected"], document["countries_unknown"]) == (4, 1, 1)
    assert "row 3: the name holds no letter or digit: '😀'" in ran.err
    assert "rows whose country is not known, looked up without it: 1; the first is row 4" in ran.err
    table = call(names, "--name-column", "name", form="csv")
    assert [row["row"] for row in csv.DictReader(io.StringIO(table.out))] == ["1", "4"]


@pytest.mark.prove_only
def test_a_file_for_people(call, names):
    ran = call(names, "--name-column", "name", form="table")
    assert ran.out.splitlines()[0] == "4 rows: 2 alert, 0 have near matches alone, 1 could not be looked up"
    assert "lists asked: 1, 3 entries: made-up of 2024-06-01" in ran.out


@pytest.mark.prove_only
def test_a_file_into_a_file(call, names, tmp_path):
    for ending, form in (("csv", "table"), ("json", "table"), ("json", "json")):
        output = tmp_path / "out" / f"hits.{ending}"
        ran = call(names, "--name-column", "name", "--output", output, "--jobs", 1, form=form)
        assert (ran.code, ran.out) == (0, "")
        assert str(output) in ran.err
    assert len(json.loads(output.read_text("utf-8"))["rows"]) == 4
    assert (tmp_path / "out" / "hits.rejects.csv").exists()


@pytest.mark.prove_only
def test_a_match_says_what_it_is_on_a_terminal_and_in_files(call):
    ran = call("Northwind Trading LLC", form="table")
    assert ran.out.splitlines()[2].split() == [
        "rank", "score", "name", "kind", "economy", "list", "name",
    ]  # fmt: skip
    assert "1. Northwind Trading OOO, on made-up: day of listing not stated; made-up E1" in ran.out
    assert "   numbers: inn:7701234567" in ran.out
    assert "stopgap lists entity E1 --list made-up" in ran.out
    [row] = csv.DictReader(io.StringIO(call("Northwind Trading LLC", form="csv").out))
    assert (row["kind"], row["list_name"], row["economy"], row["identifiers"]) == (
        "company",
        "made-up",
        "RUS",
        "inn:7701234567",
    )
    assert (row["listings"], row["is_other_kind"], row["reason"]) == ("1", "False", "")
    [match] = call("Northwind Trading LLC").document["matches"]
    assert (match["kind"], match["kind_basis"], match["economies"]) == ("company", "list", ["RUS"])
    assert match["rows_query"] == "SELECT * FROM listed_state WHERE list = 'made-up' AND entity_id = 'E1'"


@pytest.mark.prove_only
def test_each_list_with_notes(call):
    short = call("Northwind Trading LLC", form="table").out
    assert "more than 30 days old: made-up; see whether there are newer editions" in short
    long = call("Northwind Trading LLC", "--notes", form="table").out
    assert "made-up: the edition of 2024-06-01 is " in long
    assert "days old): 3 entries" in long
    assert len(long.splitlines()) > len(short.splitlines())


def test_a_column_of_kinds(call, tmp_path):
    path = tmp_path / "kinds.csv"
    path.write_text("name,what\nSea Falcon,ship\nSea Falcon,company\nSea Falcon,widget\nSea Falcon,person\n")
    document = call(path, "--name-column", "name", "--schema-column", "what").document
    ship, company, widget, person = document["rows"]
    assert (ship["matches"][0]["is_other_kind"], company["matches"][0]["is_other_kind"]) == (False, True)
    assert ship["matches"][0]["score"] == widget["matches"][0]["score"] > company["matches"][0]["score"]
    assert person["rejected"] == "persons are not screened"
    assert any("kind is not known, looked up without it: 1" in each for each in document["warnings"])
    assert document["listings"] == sum(len(match["listings"]) for row in document["rows"] for match in row["matches"])


@pytest.mark.prove_only
def test_a_language_that_no_list_holds_is_told(call, tmp_path):
    ran = call("T.C. Sanayi Bakanlığı", form="table")
    assert "the name is in Turkish (sanayi)" in ran.out
    assert "in Turkish" in call("T.C. Sanayi Bakanlığı").document["warnings"][0]
    path = tmp_path / "names.csv"
    path.write_text("name\nBlue Harbour\nSanayi Bakanlığı\nAy Ticaret A.Ş.\n", "utf-8")
    document = call(path, "--name-column", "name").document
    assert document["rows_in_unheld_languages"] == 2
    assert [len(row["warnings"]) for row in document["rows"]] == [0, 1, 1]
    assert "(Turkish 2); the first is row 2" in document["warnings"][0]


@pytest.mark.one_in(16)
@pytest.mark.parametrize(
    ("arguments", "form", "code", "says"),
    [
        (("",), "json", 3, "the name is empty"),
        (("😀",), "json", 3, "no letter or digit"),
        (("x" * 100_000,), "json", 3, "1,000 is the most"),
        (("Vega", "--country", "Atlantis"), "json", 4, "Atlantis"),
        (("Vega", "--id", "7701234567"), "json", 3, "no number of a register"),
        (("Vega", "--schema", "Person"), "json", 2, "persons are not screened"),
        (("Vega", "--schema", "widget"), "json", 2, "no kind of entity"),
        (("Vega", "--schema-column", "what"), "json", 2, "no column of names"),
        (("Vega", "--list", "none"), "json", 4, "no list is called"),
        (("Vega", "--on", "yesterday"), "json", 3, "is no day"),
        (("Vega", "--country-column", "land"), "json", 2, "no column of names"),
        (("FILE",), "json", 2, "no column of names is given"),
        (("FILE", "--name-column", "names"), "json", 3, "no column 'names'"),
        (("FILE", "--name-column", "name", "--country", "RUS"), "json", 2, "of one name"),
        (("FILE", "--name-column", "name", "--restart"), "json", 2, "--restart"),
        (("FILE", "--name-column", "name"), "md", 2, "not answered as md"),
        (("FILE", "--name-column", "name", "--encoding", "klingon"), "json", 2, "not an encoding"),
        (("none.csv", "--name-column", "name"), "json", 3, "cannot be read"),
    ],
)
def test_what_cannot_be_answered_is_told(call, names, arguments, form, code, says):
    ran = call(*(names if word == "FILE" else word for word in arguments), form=form)
    assert ran.code == code
    told = ran.document["error"] if form == "json" else {"what": ran.err, "where": "-", "fix": "-"}
    assert says in told["what"]
    assert told["where"]
    assert told["fix"]


def test_a_lake_without_lists(call, tmp_path):
    ran = call("Vega", of=tmp_path / "none")
    assert (ran.code, ran.document["error"]["code"]) == (4, 4)


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "content",
    [b"<html>", b"id,name\n1,A\n2\n", b"id,name\n1,\xff\n", b'id,name\n1,"A\n', b"id,name\n1,A\x00\n", b"", b"PAR1"],
    ids=["html", "short row", "encoding", "open quote", "NUL", "empty", "cut parquet"],
)
def test_what_is_no_table_leaves_no_answer(call, tmp_path, content):
    path, output = tmp_path / "names.csv", tmp_path / "hits.csv"
    path.write_bytes(content)
    ran = call(path, "--name-column", "name", "--output", output, form="table")
    assert ran.code == 3
    assert len(ran.err.splitlines()) == 3
    assert not list(tmp_path.glob("hits*"))
