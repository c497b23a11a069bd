"""Taking a file back: the lake as if it had never been imported, by hand-made cases and against a replay."""

from __future__ import annotations

import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_rows import put, trade_row
from lake_state import faults

from stopgap.base.errors import NotFoundError, UsageError
from stopgap.lake.compacting import compact
from stopgap.lake.query.statement import run_query
from stopgap.lake.supersession import Replaces
from stopgap.lake.withdraw import withdraw
from stopgap.maintenance.upkeep import list_vintages

WHY = "sent by mistake"


def rows(lake, as_of=None):
    """Economies of the lake, as (reporter, partner, good, value, vintage, receipt)."""
    sql = "SELECT reporter, partner, good, value_usd, vintage, receipt FROM trade ORDER BY ALL"
    return [tuple(row.values()) for row in run_query(lake, sql, as_of=as_of)[0].to_pylist()]


def values(lake, as_of=None):
    return {row[:3]: row[3] for row in rows(lake, as_of)}


def test_the_rows_of_the_file_go_and_what_it_replaced_comes_back_as_it_was(tmp_path):
    put(tmp_path, [trade_row(value_usd=1.0, receipt="a"), trade_row(good="847150", receipt="a")], name="a")
    put(tmp_path, [trade_row(value_usd=2.0, receipt="b"), trade_row(reporter="TUR", receipt="b")], name="b")
    before = rows(tmp_path), rows(tmp_path, as_of="v1")
    done = withdraw(tmp_path, "b", WHY, who="Ada")
    assert (done.vintage, done.loaded_with, done.rows_withdrawn, done.rows_restored) == ("v3", "v2", 2, 1)
    assert rows(tmp_path) == rows(tmp_path, as_of="v1") == before[1]
    assert rows(tmp_path, as_of="v2") == before[0]
    assert [check for check in faults(tmp_path) if not check.startswith("receipts")] == []


def test_a_row_that_a_later_file_replaces_stays_gone(tmp_path):
    for number, name in enumerate("abc", start=1):
        put(tmp_path, [trade_row(value_usd=float(number), receipt=name)], name=name)
    done = withdraw(tmp_path, "b", WHY)
    assert (done.rows_withdrawn, done.rows_restored) == (0, 0)
    assert values(tmp_path) == {("CHN", "RUS", "854231"): 3.0}


@pytest.mark.prove_only
def test_withdrawing_one_after_the_other_brings_the_first_back(tmp_path):
    for number, name in enumerate("abc", start=1):
        put(tmp_path, [trade_row(value_usd=float(number), receipt=name)], name=name)
    withdraw(tmp_path, "b", WHY)
    assert withdraw(tmp_path, "c", WHY).rows_restored == 1
    assert rows(tmp_path) == rows(tmp_path, as_of="v1")
    withdraw(tmp_path, "a", WHY)
    assert rows(tmp_path) == []
    assert len(rows(tmp_path, as_of="v5")) == 1


@pytest.mark.prove_only
def test_a_figure_that_a_later_release_covers_without_holding_it_stays_gone(tmp_path):
    """b has KAZ; c has the World row of the good and not KAZ: KAZ of a is covered by c as well."""
    put(tmp_path, [trade_row(partner="KAZ", value_usd=1.0, receipt="a")], name="a")
    put(tmp_path, [trade_row(partner="KAZ", value_usd=2.0, receipt="b")], name="b")
    put(tmp_path, [trade_row(partner="W00", value_usd=9.0, receipt="c")], name="c")
    assert withdraw(tmp_path, "b", WHY).rows_restored == 0
    assert withdraw(tmp_path, "c", WHY).rows_restored == 1
    assert values(tmp_path) == {("CHN", "KAZ", "854231"): 1.0}


def test_what_a_complete_release_had_dropped_comes_back(tmp_path):
    put(tmp_path, [trade_row(receipt="a"), trade_row(good="847150", receipt="a")], name="a")
    put(tmp_path, [trade_row(value_usd=2.0, receipt="b")], name="b", replaces=Replaces.COMPLETE)
    assert withdraw(tmp_path, "b", WHY).rows_restored == 2
    assert rows(tmp_path) == rows(tmp_path, as_of="v1")


def test_of_an_import_of_two_files_one_can_be_taken_back(tmp_path):
    put(tmp_path, [trade_row(partner=p, receipt="a") for p in ("RUS", "KAZ")], name="a")
    put(
        tmp_path,
        [trade_row(partner="RUS", value_usd=2.0, receipt="b"), trade_row(partner="KAZ", value_usd=3.0, receipt="c")],
        name="b",
        also=["c"],
    )
    assert withdraw(tmp_path, "c", WHY).rows_restored == 1
    assert values(tmp_path) == {("CHN", "RUS", "854231"): 2.0, ("CHN", "KAZ", "854231"): 1.0}
    assert withdraw(tmp_path, "b", WHY).rows_restored == 1
    assert rows(tmp_path) == rows(tmp_path, as_of="v1")


@pytest.mark.prove_only
def test_a_file_loaded_again_is_a_load_of_its_own(tmp_path):
    put(tmp_path, [trade_row(receipt="a")], name="a")
    withdraw(tmp_path, "a", WHY)
    with pytest.raises(NotFoundError, match="no file with the receipt a is in force"):
        withdraw(tmp_path, "a", WHY)
    put(tmp_path, [trade_row(receipt="a", value_usd=5.0)], name="a")
    put(tmp_path, [trade_row(receipt="a", value_usd=6.0)], name="a")
    with pytest.raises(UsageError, match="imported more than once") as caught:
        withdraw(tmp_path, "a", WHY)
    assert "v3 (a.csv), v4 (a.csv)" in caught.value.where
    withdraw(tmp_path, "a", WHY, vintage="v4")
    assert values(tmp_path) == {("CHN", "RUS", "854231"): 5.0}


@pytest.mark.prove_only
def test_compaction_between_changes_nothing(tmp_path):
    for number, name in enumerate("abc", start=1):
        put(
            tmp_path,
            [trade_row(value_usd=float(number), receipt=name), trade_row(good=f"8471{number}0", receipt=name)],
            name=name,
        )
        compact(tmp_path)
    withdraw(tmp_path, "c", WHY)
    assert rows(tmp_path) == rows(tmp_path, as_of="v2")
    compact(tmp_path)
    assert rows(tmp_path) == rows(tmp_path, as_of="v2")


def test_the_log_keeps_who_when_and_why(tmp_path):
    put(tmp_path, [trade_row(receipt="a")], name="a")
    withdraw(tmp_path, "a", "  wrong year ", who="Ada")
    told = list_vintages(tmp_path).to_pylist()[-1]
    assert (told["vintage"], told["change"], told["who"], told["why"]) == ("v2", "withdrawal", "Ada", "wrong year")
    assert (told["files"], told["rows_added"], told["rows_replaced"]) == ("a.csv", 0, 1)
    sql = "SELECT receipt, vintage, withdrawn FROM receipts"
    assert run_query(tmp_path, sql)[0].to_pylist() == [{"receipt": "a", "vintage": "v1", "withdrawn": "v2"}]
    assert run_query(tmp_path, sql, as_of="v1")[0].to_pylist()[0]["withdrawn"] is None


def test_a_withdrawal_needs_a_reason_and_a_file(tmp_path):
    put(tmp_path, [trade_row(receipt="a")], name="a")
    with pytest.raises(UsageError, match="needs a reason"):
        withdraw(tmp_path, "a", "  ")
    with pytest.raises(NotFoundError):
        withdraw(tmp_path / "nowhere", "a", WHY)
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(NotFoundError, match="no file with the receipt a"):
        withdraw(tmp_path, "a", WHY, vintage="v9")


def replayed(steps, standing):
    """The figures that are left when only some loads are replayed, by the rule as it is documented."""
    held: dict[tuple[str, str, str], float] = {}
    for number, (figures, replaces) in enumerate(steps, start=1):
        if number not in standing:
            continue
        slices = {reporter for reporter, _, _ in figures}
        partners, goods = {p for _, p, _ in figures}, {g for _, _, g in figures}
        for key in list(held):
            reporter, partner, good = key
            if replaces is Replaces.FIGURES:
                gone = key in figures
            elif replaces is Replaces.COMPLETE:
                gone = reporter in slices
            else:
                world = (reporter, "W00", good) in figures
                gone = reporter in slices and good in goods and (partner in partners or world)
            if gone:
                del held[key]
        held |= {key: 100.0 * number + place for place, key in enumerate(sorted(figures))}
    return held


FIGURE = st.tuples(
    st.sampled_from(["CHN", "TUR"]), st.sampled_from(["RUS", "KAZ", "W00"]), st.sampled_from(["854231", "847150"])
)
STEP = st.tuples(
    st.frozensets(FIGURE, min_size=1), st.sampled_from([Replaces.BOX, Replaces.FIGURES, Replaces.COMPLETE])
)


@pytest.mark.in_parts
@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=2, max_size=4), data=st.data())
def test_withdrawals_leave_what_a_replay_without_them_gives(tmp_path_factory, steps, data):
    lake = tmp_path_factory.mktemp("lake")
    for number, (figures, replaces) in enumerate(steps, start=1):
        made = [
            trade_row(reporter=r, partner=p, good=g, value_usd=100.0 * number + place, receipt=f"r{number}")
            for place, (r, p, g) in enumerate(sorted(figures))
        ]
        put(lake, made, name=f"r{number}", replaces=replaces)
    standing = set(range(1, len(steps) + 1))
    everything = "SELECT reporter, partner, good, value_usd FROM (FROM trade UNION ALL BY NAME FROM trade_aggregates)"
    for number in data.draw(st.permutations(sorted(standing)))[:3]:
        withdraw(lake, f"r{number}", WHY)
        standing.remove(number)
        found = {tuple(row.values())[:3]: row["value_usd"] for row in run_query(lake, everything)[0].to_pylist()}
        assert found == replayed(steps, standing)
