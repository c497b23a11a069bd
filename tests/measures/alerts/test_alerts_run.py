"""Alerts over releases: first releases only, never twice, late reporters, withdrawn files."""

from __future__ import annotations

import pytest
from alert_lake import Figures, month_text, release, write_episode

from stopgap.base.errors import MissingDataError, NotFoundError, UsageError
from stopgap.lake.engines.engine import DuckDBEngine
from stopgap.measures.alerts.cases import cases_of, decide, list_alerts
from stopgap.measures.alerts.detection import find_signals
from stopgap.measures.alerts.log import read_events
from stopgap.measures.alerts.request import AlertOptions
from stopgap.measures.alerts.run import run_alerts

LAST = 50


@pytest.fixture
def episode(tmp_path):
    return str(write_episode(tmp_path))


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


@pytest.fixture
def figures():
    made = Figures()
    made.set("CHN", "854231", LAST, 20.0)
    return made


def cells(cases):
    return [(case.alert["supplier"], case.alert["good"], case.alert["month"]) for case in cases]


JUMP = ("CHN", "854231", month_text(LAST))


def test_a_jump_is_raised_with_its_rows_and_only_once(lake, episode, figures):
    release(lake, figures.rows(0, LAST), "a")
    first = run_alerts(lake, episode, AlertOptions())
    again = run_alerts(lake, episode, AlertOptions())
    by_month = run_alerts(lake, episode, AlertOptions(month=month_text(LAST)))
    assert cells(first.raised) == [JUMP]
    assert (cells(again.raised), cells(again.known)) == ([], [JUMP])
    assert by_month.raised == ()
    assert cells(list_alerts(lake, episode, status="open")) == [JUMP]
    document = first.as_dict()
    assert document["coverage"]["tested"] == 24
    assert document["windows"]["tested"] == [month_text(LAST)]
    [alert] = document["alerts"]
    assert (alert["role"], alert["route"], alert["vintage"]) == ("other", "direct", "v1")
    assert alert["value_usd"] == pytest.approx(figures.usd[0, 0, LAST], abs=0.01)


def test_a_revision_neither_raises_nor_takes_back(lake, episode, figures):
    release(lake, figures.rows(0, LAST), "a")
    run_alerts(lake, episode, AlertOptions())
    figures.set("CHN", "854231", LAST, 1.0)
    figures.set("IND", "850440", LAST, 30.0)
    release(lake, figures.rows(LAST - 5, LAST), "b")
    for options in (AlertOptions(), AlertOptions(month=month_text(LAST))):
        again = run_alerts(lake, episode, options)
        assert (cells(again.raised), cells(again.known)) == ([], [JUMP])
    assert {each.release.vintage for each in again.tested} == {"v1"}


@pytest.mark.prove_only
def test_the_first_release_decides_though_the_first_run_comes_after_the_revision(lake, episode, figures):
    release(lake, figures.rows(0, LAST), "a")
    figures.set("CHN", "854231", LAST, 1.0)
    figures.set("IND", "850440", LAST, 30.0)
    release(lake, figures.rows(LAST - 5, LAST), "b")
    assert cells(run_alerts(lake, episode, AlertOptions()).raised) == [JUMP]


@pytest.mark.prove_only
def test_a_history_that_is_revised_down_makes_no_rise(lake, episode):
    figures = Figures()
    release(lake, figures.rows(0, LAST - 1), "a")
    figures.usd[0, 0, :LAST] /= 4
    figures.usd[0, 0, LAST] /= 4
    release(lake, figures.rows(0, LAST), "b")
    assert run_alerts(lake, episode, AlertOptions()).raised == ()


@pytest.mark.prove_only
def test_a_month_that_is_revised_up_makes_no_rise_later(lake, episode):
    figures = Figures()
    release(lake, figures.rows(0, LAST - 1), "a")
    figures.usd[0, 0, LAST - 6 : LAST] *= 6
    release(lake, figures.rows(LAST - 6, LAST), "b")
    assert run_alerts(lake, episode, AlertOptions()).raised == ()


@pytest.mark.prove_only
def test_a_late_reporter_is_tested_when_it_arrives(lake, episode, figures):
    others = tuple(name for name in ("TUR", "ARE", "IND", "DEU", "FRA"))
    release(lake, figures.rows(0, LAST - 1), "a")
    release(lake, figures.rows(LAST, LAST, others), "b")
    first = run_alerts(lake, episode, AlertOptions())
    release(lake, figures.rows(LAST - 2, LAST - 1, others), "c")  # a new file: what it repeats is replaced
    release(lake, figures.rows(LAST, LAST, ("CHN",)), "d")
    release(lake, figures.rows(LAST + 1, LAST + 1, others), "e")
    second = run_alerts(lake, episode, AlertOptions())
    assert cells(first.raised) == []
    assert cells(second.raised) == [JUMP]
    assert {each.result.month for each in second.tested} == {month_text(LAST), month_text(LAST + 1)}


@pytest.mark.prove_only
def test_files_that_only_add_are_one_release(lake, episode, figures):
    for number, supplier in enumerate(("CHN", "TUR", "ARE", "IND", "DEU", "FRA")):
        release(lake, figures.rows(0, LAST, (supplier,)), f"f{number}")
    run = run_alerts(lake, episode, AlertOptions())
    [tested] = run.tested
    assert tested.release.vintage == "v6"
    assert tested.result.counts.tested == 24
    assert cells(run.raised) == [JUMP]


@pytest.mark.prove_only
def test_goods_that_come_in_files_of_their_own_are_tested(lake, episode, figures):
    release(lake, figures.rows(0, LAST, goods=("854232", "850440", "847150")), "a")
    release(lake, figures.rows(0, LAST, goods=("854231",)), "b")
    assert cells(run_alerts(lake, episode, AlertOptions()).raised) == [JUMP]


@pytest.mark.prove_only
def test_an_earlier_vintage_can_be_looked_at(lake, episode, figures):
    release(lake, figures.rows(0, LAST - 1), "a")
    release(lake, figures.rows(LAST, LAST), "b")
    early = run_alerts(lake, episode, AlertOptions(as_of="v1"))
    assert (early.as_of, early.raised) == ("v1", ())
    assert cells(run_alerts(lake, episode, AlertOptions()).raised) == [JUMP]


def test_a_dismissed_alert_does_not_return(lake, episode, figures):
    release(lake, figures.rows(0, LAST), "a")
    [case] = run_alerts(lake, episode, AlertOptions()).raised
    decide(lake, case.id[:6], decision="dismissed", why="one delivery", who="ann")
    again = run_alerts(lake, episode, AlertOptions())
    assert (again.raised, again.known, again.dismissed) == ((), (), 1)
    assert list_alerts(lake, episode, status="open") == []
    [kept] = list_alerts(lake, episode, status="decided")
    assert [(each["as"], each["who"], each["why"]) for each in kept.decisions] == [("dismissed", "ann", "one delivery")]


def test_a_run_that_was_killed_before_its_log_raises_the_same_again(lake, episode, figures, monkeypatch):
    release(lake, figures.rows(0, LAST), "a")

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("stopgap.measures.alerts.log.LogWriter.append", dies)
        with pytest.raises(KeyboardInterrupt):
            run_alerts(lake, episode, AlertOptions())
    assert read_events(lake) == []
    assert cells(run_alerts(lake, episode, AlertOptions()).raised) == [JUMP]


def test_half_a_run_in_the_log_is_completed_and_nothing_is_raised_twice(lake, episode, figures):
    figures.set("IND", "850440", LAST, 30.0)
    release(lake, figures.rows(0, LAST), "a")
    run = run_alerts(lake, episode, AlertOptions())
    assert len(run.raised) == 2
    path = lake / "alerts" / "log.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:50])
    again = run_alerts(lake, episode, AlertOptions())
    assert (len(again.raised), len(again.known)) == (1, 1)
    assert len(cases_of(read_events(lake))) == 2


@pytest.mark.prove_only
def test_a_member_that_sells_to_a_hub_is_in_the_family(lake, episode):
    figures = Figures()
    rows = figures.rows(0, LAST)
    # Germany's exports to Turkey are what India's to Russia are, with a jump.
    rows += [{**row, "reporter": "DEU", "partner": "TUR"} for row in figures.rows(0, LAST, ("IND",))]
    for row in rows:
        if (row["partner"], row["good"], row["period"]) == ("TUR", "850440", f"{month_text(LAST)}-01"):
            row["value_usd"] = row["value_reported"] = float(figures.usd[3, 2].mean() * 20)
    release(lake, rows, "a")
    [case] = run_alerts(lake, episode, AlertOptions()).raised
    assert (case.alert["supplier"], case.alert["destination"]) == ("DEU", "TUR")
    assert (case.alert["role"], case.alert["route"]) == ("member", "to a hub")


def test_short_histories_are_refused_and_counted(lake, episode):
    figures = Figures()
    release(lake, [*figures.rows(0, LAST, ("TUR", "ARE", "IND", "DEU", "FRA")), *figures.rows(30, LAST, ("CHN",))], "a")
    document = run_alerts(lake, episode, AlertOptions()).as_dict()
    assert (document["coverage"]["tested"], document["coverage"]["too_short"]) == (20, 4)
    assert any("4 cells refused" in warning for warning in document["warnings"])


def test_annual_figures_are_refused_with_a_mend(lake, episode, figures):
    rows = [
        {**row, "frequency": "A", "period": f"{year}-01-01"} for year in range(2018, 2025) for row in figures.rows(0, 0)
    ]
    release(lake, rows, "a")
    with pytest.raises(MissingDataError, match="only annual figures") as caught:
        run_alerts(lake, episode, AlertOptions())
    assert "monthly" in caught.value.fix


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"month": "2024"}, UsageError, "is not a month"),
        ({"month": "2024-13"}, UsageError, "is not a month"),
        ({"fdr": 0.0}, UsageError, "no false discovery rate"),
        ({"fdr": float("nan")}, UsageError, "no false discovery rate"),
        ({"month": "2031-01"}, MissingDataError, "nobody whose trade counts reported 2031-01"),
        ({"as_of": "v9"}, NotFoundError, "no vintage v9"),
    ],
)
def test_what_cannot_be_is_an_error_with_its_mend(lake, episode, figures, options, error, says):
    release(lake, figures.rows(44, 46), "a")
    with pytest.raises(error, match=says) as caught:
        run_alerts(lake, episode, AlertOptions(**options))
    assert caught.value.fix


def test_an_unknown_alert_and_a_decision_without_a_reason_are_refused(lake, episode):
    with pytest.raises(NotFoundError, match="no alert 'a-12345'"):
        decide(lake, "a-12345", decision="watch", why="so", who="ann")
    with pytest.raises(UsageError, match="needs its reason"):
        decide(lake, "a-12345", decision="watch", why=" ", who="ann")


def test_a_release_before_the_episode_can_be_measured_is_skipped_and_said(lake, episode, figures):
    release(lake, figures.rows(0, 28), "a")  # to May 2022: the after-window begins in June
    release(lake, figures.rows(20, LAST), "b")
    run = run_alerts(lake, episode, AlertOptions(month=month_text(28)))
    assert run.tested == ()
    assert any("2022-05 as of v1 not tested" in warning for warning in run.warnings)


@pytest.fixture
def asked(monkeypatch):
    """The names of the stages that were run on the lake, in order."""
    names = []
    own = DuckDBEngine.run

    def run(engine, stage, **given):
        names.append(stage.name)
        return own(engine, stage, **given)

    monkeypatch.setattr(DuckDBEngine, "run", run)
    return names


@pytest.mark.prove_only
def test_months_of_one_version_of_the_lake_are_read_once(lake, episode, figures, asked):
    early, late = ("TUR", "ARE", "DEU", "FRA"), ("CHN", "IND")
    release(lake, [*figures.rows(0, LAST - 4, early), *figures.rows(0, LAST, late)], "a")
    run = run_alerts(lake, episode, AlertOptions())
    assert [each.result.month for each in run.tested] == [month_text(month) for month in range(LAST - 4, LAST + 1)]
    assert (asked.count("alert_flows"), asked.count("alert_arrivals"), asked.count("alert_brought")) == (1, 1, 1)
    apart = [run_alerts(lake, episode, AlertOptions(month=each.result.month)) for each in run.tested]
    assert [each.tested[0].result for each in apart] == [each.result for each in run.tested]


def test_a_month_that_arrives_is_learnt_once_and_months_before_are_not_learnt_again(
    lake, episode, figures, asked, monkeypatch
):
    tested = []
    own = find_signals
    monkeypatch.setattr(
        "stopgap.measures.alerts.releases.find_signals",
        lambda dated, column, *given, **more: tested.append(dated.months[column]) or own(dated, column, *given, **more),
    )
    release(lake, figures.rows(0, LAST - 1), "a")
    run_alerts(lake, episode, AlertOptions())
    asked.clear()
    tested.clear()
    release(lake, figures.rows(LAST, LAST), "b")
    assert cells(run_alerts(lake, episode, AlertOptions()).raised) == [JUMP]
    assert tested == [month_text(LAST)]
    assert asked.count("alert_flows") == 1
