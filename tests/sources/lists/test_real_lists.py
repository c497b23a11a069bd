"""Real lists, where they are at hand: entries counted by another way, and some looked at by hand."""

from __future__ import annotations

import csv
import gzip
import json
from xml.etree import ElementTree

import duckdb
import pytest
from list_files import LISTS

from stopgap.sources.base import Told
from stopgap.sources.mapping import load_mapping
from stopgap.sources.registry import read_file

pytestmark = pytest.mark.skipif(not LISTS.exists(), reason="../shared/data is not here")


def read(con: duckdb.DuckDBPyConnection, path: str, *, mapping: str | None = None, name: str | None = None):
    chosen = load_mapping(mapping) if mapping else None
    return read_file(con, LISTS / path, mapping=chosen, told=Told(list=name) if name else None)


def count(con: duckdb.DuckDBPyConnection) -> int:
    return con.execute("SELECT count(DISTINCT (list, entity_id)) FROM staged WHERE property = 'name'").fetchall()[0][0]


def values(con: duckdb.DuckDBPyConnection, entity_id: str, kind: str) -> set[str]:
    rows = con.execute("SELECT value FROM staged WHERE entity_id = ? AND property = ?", [entity_id, kind]).fetchall()
    return {value for (value,) in rows}


def rows_of(path: str) -> list[dict[str, str]]:
    opener = gzip.open if path.endswith(".gz") else open
    with opener(LISTS / path, "rt", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("act", ["32014R0833", "32014R0269", "32006R0765", "32004R0314"])
def test_eu_acts(con, act):
    path = f"eu-journal/consolidated/{act}.csv"
    rows = rows_of(path)
    done = read(con, path)
    assert done.rows_read == len(rows)
    assert count(con) == len({(row["annex"], row["recordId"] or row["imoNumber"] or row["name"]) for row in rows})
    assert done.rows_rejected == 0


@pytest.mark.prove_only
def test_consolidated_screening_list(con):
    path = "us-csl/consolidated.csv.gz"
    rows = rows_of(path)
    assert read(con, path).rows_read == len(rows) == 14160
    assert count(con) == len({row["_id"] for row in rows})
    by_hand = "4398d33e9e93c7477af39f1e0bfffc13ddd47bcc"
    assert values(con, by_hand, "name") == {"140 Repair Plant JSC"}


@pytest.mark.prove_only
def test_un(con):
    root = ElementTree.parse(LISTS / "ofac-watchman/UN_consolidated.xml").getroot()
    numbers = {node.findtext("REFERENCE_NUMBER") for tag in ("INDIVIDUAL", "ENTITY") for node in root.iter(tag)}
    read(con, "ofac-watchman/UN_consolidated.xml")
    assert count(con) == len(numbers) == 1003
    assert values(con, "CDe.001", "name") == {"ADF"}
    assert values(con, "CDe.001", "previous_name") == {
        "Forces Démocratiques Alliées-Armée Nationale de Libération de l’Ouganda", "ADF/NALU", "NALU",
    }  # fmt: skip
    assert values(con, "CDe.001", "listed_on") == {"2014-06-30"}


def test_ofac(con):
    done = read(con, "ofac-watchman/sdn.csv")
    assert done.rows_read == count(con) == 8976
    assert values(con, "306", "weak_alias") == {"BNC"}


def test_meti(con):
    read(con, "opensanctions-static/250912_list_russia_tokutei.pdf.txt")
    assert count(con) == 561
    assert values(con, "12", "alias") == {
        "Russian Quantum Center",
        "RQC",
        "ロシア量子センター",
        "国際量子光学・量子技術センター",
    }
    assert values(con, "426", "name") == {"State Flight Testing Center Named After V.P. Chkalov"}


def test_opensanctions(con):
    path = "opensanctions-ua-ws/targets.simple.csv"
    assert read(con, path).rows_read == count(con) == len(rows_of(path)) == 5600


def test_ftm_nested(con):
    path = "opensanctions-ftm-fixture/targets.nested.json"
    lines = [json.loads(line) for line in (LISTS / path).read_text("utf-8").splitlines()]
    assert read(con, path).rows_read == len(lines)


@pytest.mark.parametrize(
    ("path", "mapping"),
    [
        ("cn_sanctions.csv", "list-cn-sanctions"),
        ("section_1286.csv", "list-us-special"),
        ("inksna.csv", "list-us-special"),
        ("us_dod_chinese_milcorps.csv", "list-us-milcorps"),
    ],
)
def test_mapped(con, path, mapping):
    done = read(con, f"opensanctions-static/{path}", mapping=mapping)
    assert done.rows_read == len(rows_of(f"opensanctions-static/{path}"))
    assert done.rows_rejected == 0
