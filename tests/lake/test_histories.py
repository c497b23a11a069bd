"""A lake seen without some files is the lake that never had them: cases by hand, and random histories."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from examples import examples, some
from lake_rows import put, trade_row
from random_histories import compared, state
from ruled_histories import held_against_rule

from stopgap.base.errors import MissingDataError, RefusedError
from stopgap.base.sql import listed
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.compacting import compact
from stopgap.lake.snapshot import connect, take_snapshot
from stopgap.lake.supersession import Replaces
from stopgap.lake.withdraw import withdraw


def values(snapshot) -> dict[tuple[str, str], float]:
    """(reporter, good) -> value of the economies shown."""
    con = connect(snapshot)
    try:
        return {
            (reporter, good): value
            for reporter, good, value in con.execute("SELECT reporter, good, value_usd FROM trade").fetchall()
        }
    finally:
        con.close()


def test_what_a_withheld_file_replaced_is_in_force_again(tmp_path):
    put(tmp_path, [trade_row(value_usd=1.0, receipt="a"), trade_row(good="847150", receipt="a")], name="a")
    put(tmp_path, [trade_row(value_usd=2.0, receipt="b")], name="b", replaces=Replaces.COMPLETE)
    assert values(take_snapshot(tmp_path)) == {("CHN", "854231"): 2.0}
    seen = take_snapshot(tmp_path).without(frozenset({"b"}))
    assert values(seen) == {("CHN", "854231"): 1.0, ("CHN", "847150"): 1.0}
    assert (seen.vintage, list(seen.moments)) == ("v1", ["v1"])


def test_a_withheld_file_in_the_middle_leaves_no_trace_but_the_name_of_its_vintage(tmp_path):
    put(tmp_path, [trade_row(value_usd=1.0, receipt="a"), trade_row(good="847150", receipt="a")], name="a")
    put(tmp_path, [trade_row(good=good, value_usd=2.0, receipt="b") for good in ("854231", "847150")], name="b")
    put(tmp_path, [trade_row(value_usd=3.0, receipt="c")], name="c")
    seen = take_snapshot(tmp_path).without(frozenset({"b"}))
    assert values(seen) == {("CHN", "854231"): 3.0, ("CHN", "847150"): 1.0}
    assert (seen.vintage, list(seen.moments)) == ("v3", ["v1", "v3"])


def test_a_withdrawal_of_a_withheld_file_and_compaction_change_nothing_of_the_view(tmp_path):
    put(tmp_path, [trade_row(value_usd=1.0, receipt="a")], name="a")
    put(tmp_path, [trade_row(value_usd=2.0, receipt="b")], name="b")
    compact(tmp_path)
    before = state(take_snapshot(tmp_path).without(frozenset({"b"})))
    withdraw(tmp_path, "b", "not wanted")
    compact(tmp_path)
    after = state(take_snapshot(tmp_path).without(frozenset({"b"})))
    assert before.pop("back") == 1
    assert after.pop("back") == 0  # the lake itself has it back
    assert after == before


def test_without_all_files_there_is_nothing(tmp_path):
    put(tmp_path, [trade_row(receipt="a")], name="a")
    with pytest.raises(MissingDataError, match="without 1 file the lake holds nothing"):
        take_snapshot(tmp_path).without(frozenset({"a"}))
    assert take_snapshot(tmp_path).without(frozenset({"elsewhere"})) == take_snapshot(tmp_path)


HEADER = "period,frequency,reporter,partner,flow,good,revision,value_usd,valuation,source"


def _file(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *rows, ""]))
    return path


def test_rows_that_two_files_of_an_import_share_are_refused_with_the_list(tmp_path):
    """They are kept under the first file alone: without it nobody can tell them from its own."""
    row = "2021-01-01,A,CHN,RUS,X,8542,HS,1,FOB,one"
    own = "2021-01-01,A,TUR,RUS,X,8542,HS,2,FOB,one"
    files = [_file(tmp_path, "first.csv", row), _file(tmp_path, "second.csv", row, own)]
    first, second = import_paths(tmp_path / "lake", files).receipts
    whole = take_snapshot(tmp_path / "lake")
    with pytest.raises(RefusedError, match=r"shares rows with first\.csv") as caught:
        whole.without(frozenset({first}))
    [tangled] = caught.value.details["cannot_be_undone"]
    assert "second.csv" in tangled
    assert values(whole.without(frozenset({second}))) == {("CHN", "8542"): 1.0}


def test_an_import_that_replaced_less_for_a_withheld_file_is_refused_with_the_list(tmp_path):
    old = _file(tmp_path, "old.csv", *(f"2021-01-01,A,CHN,{to},X,8542,HS,1,FOB,one" for to in ("RUS", "KAZ")))
    import_paths(tmp_path / "lake", [old])
    good = _file(tmp_path, "good.csv", "2021-01-01,A,CHN,W00,X,8542,HS,5,FOB,one")
    bad = _file(
        tmp_path, "bad.csv", "2021-01-01,A,TUR,RUS,X,8542,HS,none,FOB,one", "2021-01-01,A,TUR,KAZ,X,8542,HS,3,FOB,one"
    )
    receipts = import_paths(tmp_path / "lake", [good, bad], ImportRequest(allow_rejects=True)).receipts
    with pytest.raises(RefusedError, match="replaced less because rows of"):
        take_snapshot(tmp_path / "lake").without(frozenset({receipts[1]}))


@pytest.mark.in_parts
def test_random_histories_without_some_files_are_the_lakes_that_never_had_them():
    outcomes, back = [], 0
    for seed in range(1, 1 + examples(18)):
        with tempfile.TemporaryDirectory() as folder:
            for each in compared(Path(folder), seed, subsets=2):
                outcomes.append(each.outcome)
                back += each.back
                assert each.outcome != "differs", f"seed {seed}: {each.says}"
    assert outcomes.count("same") > len(outcomes) / 3
    assert back, f"no history of {listed(outcomes)} brought a row back"


@pytest.mark.in_parts
def test_views_without_some_files_are_what_the_rule_gives():
    found = []
    for seed in range(1, 1 + examples(9)):
        with tempfile.TemporaryDirectory() as folder:
            found += held_against_rule(Path(folder), seed, views=len(some(range(15), every=3)))
    assert [says for says, _ in found if says] == []
    assert sum(back for _, back in found) > len(found) / 10
