"""Ownership through the command line."""

from __future__ import annotations

import csv
import io

import pytest

OWNERS = """owner_id,asset_id,share_pct,as_of,source,owner_name,asset_name
X,A,60,2024-01-01,register,Ivanov,Alpha Ltd
A,B,50,2024-01-01,register,Alpha Ltd,Beta Ltd
Y,C,25-75,,,Petrov,Gamma Ltd
Z,D,100,,,Smith,Delta Ltd
"""


@pytest.fixture
def ask(tmp_path, stopgap_run):
    owners, listed = tmp_path / "owners.csv", tmp_path / "listed.txt"
    owners.write_text(OWNERS)
    listed.write_text("X\nY\n")

    def call(*arguments, form="json"):
        return stopgap_run("ownership", *arguments, "--ownership", owners, "--listed", listed, "--format", form)

    return call


def test_all_that_is_covered(ask):
    document = ask("covered").document
    assert (document["covered"], document["cannot_be_told"], document["listed_parties"]) == (2, 1, 2)
    assert {each["id"]: each["status"] for each in document["entities"]} == {
        "A": "covered",
        "B": "covered",
        "C": "cannot be told",
    }
    assert document["rule"]["name"] == "ofac"
    [chain] = document["entities"][1]["chains"]
    assert [(each["owner"], each["share"], each["stated"][0]["as_of"]) for each in chain] == [
        ("X", [0.6, 0.6], "2024-01-01"), ("A", [0.5, 0.5], "2024-01-01"),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(ask("covered", "--only-covered", form="csv").out)))
    assert [(row["id"], row["owners"]) for row in rows] == [("A", "Ivanov"), ("B", "Ivanov")]
    assert rows[1]["path"] == "Ivanov 60 % (register, 2024-01-01) > Alpha Ltd 50 % (register, 2024-01-01) > Beta Ltd"


def test_one_entity_under_several_rules(ask):
    assert ask("check", "Beta Ltd").document["entity"]["status"] == "covered"
    assert ask("check", "B", "--rule", "uk").document["entity"]["status"] == "not covered"
    assert ask("check", "B", "--rule", "uk", "--inclusive").document["entity"]["status"] == "covered"
    effective = ask("check", "B", "--method", "effective", "--threshold", "30").document
    assert (effective["entity"]["status"], effective["rule"]["name"]) == ("covered", "ofac, changed")
    shown = ask("check", "C", form="table").out
    assert shown.startswith("Gamma Ltd: cannot be told")
    assert "chain: Petrov 25 to 75 % > Gamma Ltd" in shown


def test_what_goes_wrong_has_its_exit_code(ask, tmp_path, stopgap_run):
    assert ask("check", "Nobody").code == 4
    assert ask("covered", "--as-of", "noon").code == 3
    assert ask("covered", "--rule", "moon").code == 2
    bad = tmp_path / "bad.csv"
    bad.write_text("owner_id,asset_id,share\nX,A,50\n")
    assert stopgap_run("ownership", "covered", "--ownership", bad, "--listed", tmp_path / "listed.txt").code == 3
    assert stopgap_run("ownership", "covered", "--ownership", tmp_path / "owners.csv").code == 4  # a lake without lists
