"""Files that say who owns what, and files that do not."""

from __future__ import annotations

import gzip
import json

import pytest

from stopgap.base.errors import InputError, NotFoundError
from stopgap.sources.registers.ownership_files import read_ownership


@pytest.fixture
def write(tmp_path):
    def call(content, name="owners.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return call


def rows(path):
    return [tuple(row.values()) for row in read_ownership(path).statements.to_pylist()]


def entity(key_, schema="Company", **properties):
    return {
        "id": key_,
        "schema": schema,
        "properties": {key: value if isinstance(value, list) else [value] for key, value in properties.items()},
    }


def lines(*entities):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in entities)


def test_a_csv_with_percentages(write):
    path = write(
        "owner_id;asset_id;share_pct;as_of;source;owner_name\nX;A;33,3;2024-01;register;Иванов и Ко\nX;B;;;;\n"
    )
    assert rows(path) == [("X", "A", "33,3", True, "register", "2024-01", None), ("X", "B", "", True, None, None, None)]
    assert read_ownership(path).names == {"X": "Иванов и Ко"}


def test_a_csv_with_ratios_in_gzip_with_a_mark(write):
    path = write(gzip.compress(b"\xef\xbb\xbfOwner,Asset,Share\nX,A,0.5\n"))
    assert rows(path) == [("X", "A", "0.5", False, None, None, None)]


def test_rows_without_a_party_are_counted(write):
    found = read_ownership(write("owner_id,asset_id,share_pct\n,A,50\nX, ,50\nX,A,50\n"))
    assert (len(found.statements), found.warnings) == (
        1,
        ("2 rows of owners.csv name no owner or no asset, and are left out",),
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"), ("<html><body>no</body></html>", "neither CSV"), ("name,country\nX,RUS\n", "no table of ownership"),
        ("owner_id,asset_id\nX,A\n", "no table of ownership"), ("owner_id,asset_id,share,share_pct\nX,A,1,1\n", "no table of ownership"),
        ("owner_id,owner,asset_id,share\nX,X,A,1\n", "more than one column"), ("owner_id,asset_id,share_pct\n", "no data rows"),
        ("owner_id,asset_id,share_pct\nX,A\n", "column"), ('owner_id,asset_id,share_pct\nX,A,50\nX,"B,50\n', ""),
        (b"owner_id,asset_id,share_pct\nX,\xe9,50\n", "not UTF-8"), (b"owner_id,asset_id,share_pct\nX,\x00,50\n", "NUL"),
        ("owner_id,asset_id,share_pct,as_of\nX,A,50,1 May\n", "as_of is no day"),
        (f"owner_id,asset_id,share_pct\n{'x' * 2000},A,50\n", "longer than"), (b"\xff\xfeo\x00", "neither CSV"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(write, content, says):
    with pytest.raises(InputError) as caught:
        read_ownership(write(content))
    assert says in caught.value.what


def test_a_bad_day_is_named_by_its_row(write):
    with pytest.raises(InputError) as caught:
        read_ownership(write("owner_id,asset_id,share_pct,until\nX,A,50,2024\nX,B,50,never\n"))
    assert caught.value.details["row"] == 3


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFoundError):
        read_ownership(tmp_path / "nothing.csv")


def test_entities_of_followthemoney(write):
    ownership = entity(
        "o1", "Ownership", owner="X", asset="A", percentage="60", startDate="2021-05-01T00:00:00", endDate="2024"
    )
    ownership["datasets"] = ["made_up"]
    content = lines(
        entity("X", name="Ivanov"), entity("A", name=["Alpha", "Альфа"]), ownership, entity("Z", name="no part")
    )
    found = read_ownership(write(content, "entities.ftm.json"))
    assert rows(write(content)) == [("X", "A", "60", True, "made_up", "2021-05-01", "2024")]
    assert found.names == {"X": "Ivanov", "A": "Alpha"}


def test_entities_nested_in_their_parties(write):
    inner = entity("o1", "Ownership", asset=[entity("A", name="Alpha")], percentage="50-75")
    outer = entity("X", name="Ivanov", ownershipOwner=[inner])
    again = entity(
        "A",
        name="Alpha",
        ownershipAsset=[entity("o1", "Ownership", owner=[entity("X", name="Ivanov")], percentage="50-75")],
    )
    found = read_ownership(write(lines(outer, again), "nested.json"))
    assert found.statements.select(["owner", "asset", "share"]).to_pylist() == [
        {"owner": "X", "asset": "A", "share": "50-75"}
    ]
    assert found.names == {"X": "Ivanov", "A": "Alpha"}


def test_several_owners_assets_and_percentages(write):
    content = lines(
        entity("o1", "Ownership", owner=["X", "Y"], asset="A", percentage=["30", "20 %"]),
        entity("o2", "Ownership", owner="X", asset="B", percentage=["30", "some"]),
        entity("o3", "Ownership", owner="X", sharesCount="10"),
    )
    found = read_ownership(write(content, "f.json"))
    assert [tuple(row.values())[:3] for row in found.statements.to_pylist()] == [
        ("X", "A", "20-30"),
        ("Y", "A", "20-30"),
        ("X", "B", "30 / some"),
    ]
    assert len(found.warnings) == 1


@pytest.mark.parametrize(
    "content",
    ['{"id": "X", "schema"', lines(entity("X", name="x")) + '{"id": "o', "{}\n[]\n", '{"properties": []}\n', "[1, 2]\n",
     lines(entity("X", name="x")), lines(entity("o", "Ownership", owner="X")), '{"a":' * 100_000 + "\n"],
)  # fmt: skip
def test_files_of_entities_that_are_not_whole_or_hold_no_ownership(write, content):
    with pytest.raises(InputError):
        read_ownership(write(content, "f.json"))
