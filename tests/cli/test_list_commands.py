"""Lists through the command line: imported, shown, asked of a day, refused."""

from __future__ import annotations

import json

import pytest
from list_files import eu_amending, eu_row, eu_whole, plain

from stopgap.cli.main import run


@pytest.fixture
def call(tmp_path, capsys):
    def made(*arguments, form="json"):
        code = run([*map(str, arguments), "--lake", str(tmp_path / "lake"), "--format", form])
        shown = capsys.readouterr()
        return code, json.loads(shown.out) if form == "json" else shown.out + shown.err

    return made


@pytest.fixture
def act(tmp_path, call):
    """A whole act and one that amends it."""
    whole, amending = tmp_path / "32014R0999.csv", tmp_path / "32026R0005.csv"
    whole.write_text(eu_whole(eu_row(1, "Cog", startDate="12.9.2014"), eu_row(2, "Wheel")), "utf-8")
    amending.write_text(eu_amending("32026R0005", eu_row(3, "Axle", startDate="24.7.2026")), "utf-8")
    assert call("import", whole, "--list-date", "2026-07-17")[0] == 0
    code, done = call("import", amending)
    assert code == 0
    assert done["lists"] == [
        {"list": "eu-999-2014-IV", "list_date": "2026-07-24", "entities": 3, "added": 1, "changed": 0, "removed": 0}
    ]
    return whole


def test_an_empty_lake(call):
    assert call("lists") == (0, {"lists": [], "as_of": None, "marking": {"tlp": "TLP:CLEAR", "releasable_to": None}})
    code, error = call("lists", "show", "nobody")
    assert (code, error["error"]["code"]) == (4, 4)


@pytest.mark.prove_only
def test_lists_tell_their_day_and_age(act, call):
    code, document = call("lists")
    [state] = document["lists"]
    assert code == 0
    assert (state["list"], state["family"], state["list_date"], state["entities"]) == ("eu-999-2014-IV", "eu-999-2014", "2026-07-24", 3)  # fmt: skip
    assert isinstance(state["age_days"], int)
    assert state["refused"] is None
    assert call("lists", "--as-of", "2026-07-20")[1]["lists"][0]["entities"] == 2
    assert call("lists", "--as-of", "v1")[1]["lists"][0]["entities"] == 2


def test_show(act, call):
    code, document = call("lists", "show", "eu-999-2014")
    assert code == 0
    assert [(one["entity_id"], one["name"], one["listed_on"]) for one in document["entities"]] == [
        ("IV/1", "Cog", "2014-09-12"), ("IV/2", "Wheel", None), ("IV/3", "Axle", "2026-07-24"),
    ]  # fmt: skip
    text = call("lists", "show", "eu-999-2014-IV", form="csv")[1]
    assert "IV/3,eu-999-2014-IV,Company,Axle" in text


@pytest.mark.prove_only
def test_one_entry_on_a_day(act, call):
    [then] = call("lists", "entity", "IV/1", "--as-of", "2014-09-11")[1]["lists"]
    assert (then["in_force"], then["because"]) == (False, "the edition of 2026-07-17 says that it was listed on 2014-09-12")  # fmt: skip
    [now] = call("lists", "entity", "IV/3")[1]["lists"]
    assert now["in_force"] is True
    assert [one["what"] for one in now["history"]] == ["does not hold", "changes"]
    text = call("lists", "entity", "IV/3", form="table")[1]
    assert "eu-999-2014-IV: on the list: the edition of 2026-07-24 holds it, listed on 2026-07-24" in text
    assert call("lists", "entity", "IV/99")[0] == 4


def test_changes(act, call):
    _, document = call("lists", "changes", "--since", "v1")
    assert [(one["entity_id"], one["change"]) for one in document["changes"]] == [("IV/3", "added")]
    assert "1 added, 0 changed, 0 removed" in call("lists", "changes", "--since", "v1", form="md")[1]


@pytest.mark.prove_only
def test_a_refused_file_is_told_of_beside_the_list(act, call):
    content = act.read_text("utf-8")
    act.write_text(content[: len(content) - 40], "utf-8")
    code, error = call("import", act)
    assert code == 3
    assert "cut off or damaged" in error["error"]["what"]
    _, document = call("lists")
    assert document["lists"][0]["refused"]["file"] == "32014R0999.csv"
    assert "an import was refused on" in call("lists", form="table")[1]


@pytest.mark.prove_only
def test_a_list_that_shrinks(tmp_path, call):
    path = tmp_path / "mine.csv"
    path.write_text(plain(*[(f"A{n}", f"Gadget {n}") for n in range(10)]), "utf-8")
    assert call("import", path, "--source", "list", "--list", "watch")[0] == 0
    path.write_text(plain(("A1", "Gadget 1")), "utf-8")
    code, error = call("import", path, "--source", "list", "--list", "watch")
    assert (code, error["error"]["entities_before"], error["error"]["entities_after"]) == (3, 10, 1)
    assert call("import", path, "--source", "list", "--list", "watch", "--allow-shrink")[0] == 0
    assert call("lists")[1]["lists"][0]["entities"] == 1


@pytest.mark.parametrize(
    ("option", "value", "code"), [("--list", "../x", 2), ("--list-date", "June", 2), ("--list", "x" * 90, 2)]
)
def test_options_that_are_wrong(tmp_path, call, option, value, code):
    path = tmp_path / "mine.csv"
    path.write_text(plain(("A1", "Gadget")), "utf-8")
    assert call("import", path, option, value)[0] == code
