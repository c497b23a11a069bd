"""Rounds of a watch over a folder of files, killed and not."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace

import pytest
from comtrade_files import comtrade_row, csv_bytes, put_file
from lake_rows import put, trade_row

from stopgap.base.errors import InputError, RefusedError, UnreachableError, UsageError
from stopgap.cli.terminal.ending import parse_every, watch_for_ever
from stopgap.lake.history import read_log, vintages
from stopgap.measures.alerts.log import writing_log
from stopgap.panel.prepare import measure_options
from stopgap.watch import watching
from stopgap.watch.intake import FolderIntake, Taken, no_intake
from stopgap.watch.state import load_state, only_one, state_path, watch_name
from stopgap.watch.watching import AlertNews, WatchOptions, watch_round

CODES = {"DEU": "276", "CHN": "156", "TUR": "792"}


def months(year, first, last):
    return [f"{year}{month:02}" for month in range(first, last + 1)]


def release(*parts):
    """Bytes of a Comtrade file: (reporter, months, dollars a month) to Russia, and to the World."""
    rows = []
    for reporter, periods, value in parts:
        for period in periods:
            about = {
                "freqCode": "M", "period": period, "refYear": period[:4], "refMonth": period[4:],
                "refPeriodId": f"{period}01", "reporterCode": CODES[reporter], "reporterISO": reporter,
            }  # fmt: skip
            rows.append(comtrade_row(**about, primaryValue=str(value)))
            rows.append(comtrade_row(**about, primaryValue=str(value * 9), partnerCode="0", partnerISO="W00"))
    return csv_bytes(rows)


FIRST = release(
    ("DEU", months(2021, 1, 12), 50.0), ("DEU", months(2023, 1, 6), 2.0), ("CHN", months(2021, 1, 12), 30.0),
    ("CHN", months(2023, 1, 6), 60.0), ("TUR", months(2021, 1, 12), 1.0), ("TUR", months(2023, 1, 6), 9.0),
)  # fmt: skip
SECOND = release(("CHN", months(2023, 6, 6), 66.0), ("CHN", ["202307"], 70.0), ("DEU", ["202307"], 2.0))
THIRD = release(*((who, months(2023, 8, 10), 70.0) for who in ("CHN", "DEU")))


def options_in(place):
    goods = place / "processors.csv"
    goods.write_text("code,description\n854231,Processors\n")
    measured = measure_options(goods=str(goods), baseline="2021-01:2021-12")
    return WatchOptions(measured, place / "reports")


@pytest.fixture
def folder(tmp_path):
    if not (tmp_path / "in" / "a.csv").exists():
        put_file(tmp_path / "in", FIRST, "a.csv")
    return tmp_path / "in"


@pytest.fixture
def lake(tmp_path):
    return tmp_path / "lake"


@pytest.fixture
def options(tmp_path):
    return options_in(tmp_path)


@pytest.fixture
def one_round(lake, folder, options):
    def call(**changes):
        return watch_round(lake, "russia-2022", options, **{"intake": FolderIntake(folder), **changes})

    return call


@pytest.fixture(scope="module")
def after_one_round(tmp_path_factory):
    """A folder, a lake and its reports as one round leaves them; not to be written to."""
    place = tmp_path_factory.mktemp("watched")
    put_file(place / "in", FIRST, "a.csv")
    watch_round(place / "lake", "russia-2022", options_in(place), intake=FolderIntake(place / "in"))
    return place


@pytest.fixture
def next_round(after_one_round, tmp_path, request):
    """What makes a round where one was made before: a copy, whose state names files where they now stand."""
    shutil.copytree(after_one_round, tmp_path, dirs_exist_ok=True)
    state = state_path(tmp_path / "lake", WATCH)
    state.write_text(state.read_text("utf-8").replace(str(after_one_round), str(tmp_path)), "utf-8")
    return request.getfixturevalue("one_round")


WATCH = "russia-2022--processors"


def told(events):
    return [(event.kind, event.subject, event.periods) for event in events]


# Germany sells 2 a month before and after: the suspended share stays.
SECOND_EVENTS = [
    ("headline", "gross_ratio", ()),
    ("revised", "CHN", ("2023-06",)),
    ("new-period", "CHN", ("2023-07",)),
    ("new-period", "DEU", ("2023-07",)),
]


def test_the_first_round_measures_for_the_first_time(one_round, lake):
    first = one_round()
    assert [event.kind for event in first.events] == ["first-measure"]
    assert (first.earlier, first.later, first.failures) == (None, "v1", [])
    assert load_state(lake, WATCH).last_vintage == "v1"


def test_what_changed_is_told_once(next_round, folder):
    put_file(folder, SECOND, "b.csv")
    second, third = next_round(), next_round()
    assert told(second.events) == SECOND_EVENTS
    assert (second.earlier, second.later) == ("v1", "v2")
    assert third.events == ()
    assert (third.earlier, third.later) == ("v2", "v2")


@pytest.mark.prove_only
def test_the_report_is_written_as_json_and_markdown(next_round, folder, options):
    put_file(folder, SECOND, "b.csv")
    second = next_round()
    names = sorted(path.name for path in options.output.iterdir())
    assert names == [f"TLP-CLEAR_{WATCH}-{run:04}.{ending}" for run in (1, 2) for ending in ("json", "md")]
    document = json.loads((options.output / f"TLP-CLEAR_{WATCH}-0002.json").read_text("utf-8"))
    assert document == json.loads(json.dumps(second.as_dict()))
    text = (options.output / f"TLP-CLEAR_{WATCH}-0002.md").read_text("utf-8")
    assert "- CHN revised 1 figure of 2023-06: USD 60 to 66, +10.0%" in text
    assert "--from v1 --to v2 --by row" in text


@pytest.mark.prove_only
def test_a_missing_reporter_is_told_from_the_figures_alone(next_round, folder):
    put_file(folder, SECOND, "b.csv")
    next_round()
    put_file(folder, THIRD, "c.csv")
    [missing] = [event for event in next_round().events if event.kind == "reporter-missing"]
    assert (missing.subject, missing.missing, missing.periods) == ("TUR", 4, ("2023-06",))
    assert missing.text.startswith("TUR missing for 4 months: last reported 2023-06 (comtrade)")


@pytest.mark.prove_only
def test_several_imports_between_two_rounds_are_one_change(next_round, folder):
    put_file(folder, SECOND, "b.csv")
    put_file(folder, THIRD, "c.csv")
    second = next_round()
    assert (second.earlier, second.later) == ("v1", "v3")
    assert ("new-period", "CHN", ("2023-07", "2023-08", "2023-09", "2023-10")) in told(second.events)


@pytest.mark.prove_only
def test_a_lake_that_others_feed_can_be_watched(next_round, lake):
    put(lake, [trade_row(frequency="M", period="2023-06-01", reporter="CHN", value_usd=66.0)])
    second = next_round(intake=no_intake)
    assert ("revised", "CHN", ("2023-06",)) in told(second.events)


def test_a_bad_file_is_reported_once_and_keeps_nobody_out(one_round, folder):
    put_file(folder, b"not a table", "0-bad.csv")
    put_file(folder, SECOND, "b.csv")
    first = one_round()
    assert first.later == "v2"
    assert [failure.exit_code for failure in first.failures] == [3]
    assert "0-bad.csv was not imported" in first.failures[0].what
    second = one_round()
    assert (second.failures, second.events) == ([], ())
    assert (folder / "0-bad.csv").exists()


@pytest.mark.prove_only
def test_a_bad_file_that_was_mended_is_loaded(one_round, folder):
    put_file(folder, b"not a table", "b.csv")
    one_round()
    put_file(folder, SECOND, "b.csv")
    assert one_round().later == "v2"


def test_unfinished_files_are_not_looked_at(one_round, folder):
    for name in ("b.csv.part", ".b.csv", "b.csv~"):
        put_file(folder, SECOND, name)
    assert one_round().later == "v1"


def test_a_file_whose_import_dies_is_tried_thrice_and_then_left(next_round, folder, monkeypatch):
    from stopgap.watch import intake

    put_file(folder, SECOND, "b.csv")
    begun = []

    def dies(*arguments, **options):
        begun.append(1)
        raise KeyboardInterrupt

    monkeypatch.setattr(intake, "import_paths", dies)
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt):
            next_round()
    left = next_round()
    assert len(begun) == 3
    assert "ended 3 times without a result" in left.failures[0].what
    assert next_round().failures == []


@pytest.mark.prove_only
def test_a_lake_that_cannot_be_written_is_no_fault_of_the_file(next_round, folder, monkeypatch):
    from stopgap.watch import intake

    put_file(folder, SECOND, "b.csv")

    def full(*arguments, **options):
        raise RefusedError("the lake cannot be written: No space left on device", where="lake", fix="free space")

    with monkeypatch.context() as patched:
        patched.setattr(intake, "import_paths", full)
        assert next_round().failures[0].exit_code == 5
    assert next_round().later == "v2"


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


@pytest.mark.one_in(14)
@pytest.mark.parametrize("point", range(1, 8))
def test_a_kill_neither_loses_nor_repeats_an_event(next_round, folder, lake, options, monkeypatch, point):
    """The round dies at every place where it writes; the reports then tell each event exactly once."""
    put_file(folder, SECOND, "b.csv")
    calls = []

    def dying(function, *, after):
        def call(*arguments, **named):
            calls.append(1)
            if len(calls) == point and not after:
                raise Killed
            result = function(*arguments, **named)
            if len(calls) == point and after:
                raise Killed
            return result

        return call

    with monkeypatch.context() as patched:
        patched.setattr(watching, "save_state", dying(watching.save_state, after=point % 2 == 0))
        patched.setattr(watching, "_write_report", dying(watching._write_report, after=point % 2 == 1))
        try:
            next_round()
        except Killed:
            pass
        else:
            assert point > len(calls)
    next_round()
    next_round()
    events = [
        (event["kind"], event["subject"], tuple(event["periods"]))
        for path in sorted(options.output.glob("*.json"))
        for event in json.loads(path.read_text("utf-8"))["events"]
        if event["kind"] != "first-measure"
    ]
    assert events == SECOND_EVENTS
    assert len(vintages(read_log(lake))) == 2


class Channel:
    """Keeps what it is sent; fails while told to."""

    def __init__(self, name="webhook test"):
        self.name = name
        self.sent = []
        self.is_down = False

    def send(self, notice):
        if self.is_down:
            raise UnreachableError("the webhook was not delivered", where="test", fix="wait")
        self.sent.append(notice)


@pytest.mark.prove_only
def test_notices_are_sent_only_when_something_changed(one_round, folder):
    channel = Channel()
    one_round(channels=[channel])
    one_round(channels=[channel])
    put_file(folder, SECOND, "b.csv")
    one_round(channels=[channel])
    assert [notice["document"]["to"] for notice in channel.sent] == ["v1", "v2"]
    assert len({notice["id"] for notice in channel.sent}) == 2


@pytest.mark.prove_only
def test_a_notice_that_was_not_delivered_is_sent_with_the_next_round(one_round, folder, options):
    channel, other = Channel(), Channel("mail a@example.org")
    channel.is_down = True
    first = one_round(channels=[channel, other])
    assert [failure.exit_code for failure in first.failures] == [6]
    assert len(other.sent) == 1
    assert len(list(options.output.iterdir())) == 2  # the report is not lost
    channel.is_down = False
    second = one_round(channels=[channel, other])
    assert second.failures == []
    assert (len(channel.sent), len(other.sent)) == (1, 1)


@pytest.mark.prove_only
def test_a_kill_after_sending_repeats_the_notice_under_its_id(one_round, monkeypatch):
    class Dying(Channel):
        def send(self, notice):
            super().send(notice)
            if len(self.sent) == 1:
                raise Killed

    channel = Dying()
    with pytest.raises(Killed):
        one_round(channels=[channel])
    one_round(channels=[channel])
    assert [notice["id"] for notice in channel.sent] == [channel.sent[0]["id"]] * 2


@pytest.mark.prove_only
def test_an_intake_that_fails_does_not_keep_the_lake_from_being_watched(next_round, folder, lake):
    put(lake, [trade_row(frequency="M", period="2023-06-01", reporter="CHN", value_usd=66.0)])

    def unreachable(wanted):
        raise UnreachableError("comtrade does not answer", where="host", fix="wait")

    second = next_round(intake=unreachable)
    assert [failure.exit_code for failure in second.failures] == [6]
    assert ("revised", "CHN", ("2023-06",)) in told(second.events)


def test_an_empty_lake_is_a_failure_that_is_reported(one_round, options):
    first = one_round(intake=no_intake)
    assert [failure.exit_code for failure in first.failures] == [4]
    assert (first.finding, first.events) == (None, ())
    assert len(list(options.output.iterdir())) == 2


def test_figures_that_cannot_be_measured_leave_the_state_where_it_was(next_round, lake, options):
    late = replace(options, measure=measure_options(goods=options.measure.goods, after="2030-01:2030-12"))
    failed = watch_round(lake, "russia-2022", late, intake=no_intake)
    assert failed.finding is None
    assert load_state(lake, WATCH).last_vintage == "v1"


@pytest.mark.prove_only
def test_the_goods_list_of_the_first_measure_stays(lake, folder, tmp_path):
    """Without --goods the first measurable list is taken; a later import must not change it unseen."""
    options = WatchOptions(measure_options(baseline="2021-01:2021-12"), tmp_path / "reports")
    first = watch_round(lake, "russia-2022", options, intake=FolderIntake(folder))
    assert first.goods == "chpl-2024-02"
    assert load_state(lake, "russia-2022").goods == "chpl-2024-02"
    again = watch_round(lake, "russia-2022", options, intake=FolderIntake(folder))
    assert again.goods == "chpl-2024-02"


def alert_step(seen, raised=()):
    """A stand-in for the alerts of a round."""

    def step(lake, episode, goods, position):
        seen.append((episode, position))
        return AlertNews(("2 alerts",), tuple(raised), position + 3)

    return step


@pytest.mark.prove_only
def test_alerts_follow_a_new_measure_and_only_that(one_round, lake):
    seen = []
    first, second = (one_round(alerts=alert_step(seen)) for _ in range(2))
    assert (first.steps, second.steps) == (["2 alerts"], [])
    assert seen == [("russia-2022", 0)]
    assert load_state(lake, WATCH).alerts_reported == 3


def test_new_alerts_are_told_and_can_be_followed(one_round):
    told = one_round(alerts=alert_step([], [{"id": "a-0123456789"}]))
    assert told.title.endswith("1 event, 1 new alert")
    assert told.as_dict()["alerts"] == [{"id": "a-0123456789"}]
    assert "stopgap alerts show a-0123456789" in told.follow()


@pytest.mark.prove_only
def test_alerts_of_a_round_that_was_killed_before_its_report_are_told_by_the_next(one_round, lake):
    with writing_log(lake) as log:
        log.append([raised_event()])
    assert [alert["supplier"] for alert in one_round().alerts] == ["CHN"]


def raised_event():
    signal = {"kind": "one-month", "month": "2023-06", "began": "2023-06", "value_at_stake_usd": 5.0}
    cell = {"episode": "russia-2022", "supplier": "CHN", "destination": "RUS", "good": "854231"}
    alert = {**cell, **signal, "explanation": "more than expected"}
    return {"event": "raised", "id": "a-1", "when": "now", "alert": alert, "signal": signal}


@pytest.mark.prove_only
def test_a_lake_too_short_for_alerts_says_so(one_round):
    assert one_round().steps == ["alerts: 0 new alerts; 0 cells of 2023-06 tested as first released"]


def test_one_round_at_a_time(next_round, lake):
    with only_one(lake, WATCH), pytest.raises(RefusedError, match="the same watch is running"):
        next_round()


def test_a_state_that_was_edited_is_an_error_with_its_mend(next_round, lake):
    state_path(lake, WATCH).write_text('{"format": 1, "files": []}')
    with pytest.raises(InputError, match="state of the watch cannot be read"):
        next_round()


def test_a_lake_that_was_replaced_is_noticed(next_round, lake, folder):
    state = state_path(lake, WATCH)
    kept = state.read_text().replace('"v1"', '"v9"')
    shutil.rmtree(lake / "tables")
    state.write_text(kept)
    with pytest.raises(InputError, match="saw v9 last"):
        next_round()


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written_is_an_error(one_round, options):
    options.output.mkdir()
    options.output.chmod(0o500)
    with pytest.raises(InputError, match="report cannot be written"):
        one_round()


@pytest.mark.prove_only
def test_a_report_where_a_file_stands_is_an_error_and_loses_nothing(one_round, options, lake):
    options.output.write_text("in the way")
    with pytest.raises(InputError, match="report cannot be written"):
        one_round()
    options.output.unlink()
    assert [event.kind for event in one_round().events] == ["first-measure"]


def test_names_of_watches_are_names_of_files():
    assert watch_name("russia-2022", None) == "russia-2022"
    assert watch_name("a/../b c", "lists/my goods.yml") == "a-..-b-c--my-goods"
    assert watch_name("../..", None) == "watch"


@pytest.mark.parametrize(("text", "seconds"), [("30m", 1800), ("6h", 21_600), ("1d", 86_400), ("90m", 5400)])
def test_intervals(text, seconds):
    assert parse_every(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "d", "0d", "-1d", "1.5h", "1 d", "1D", "1w", "1d ", "01h", "99999m", "1d\n"])
def test_what_is_no_interval(text):
    with pytest.raises(UsageError, match="no interval"):
        parse_every(text)


def test_rounds_follow_each_other_until_a_pause_ends_them():
    rounds, pauses = [], []

    def pause(seconds):
        pauses.append(seconds)
        return len(pauses) == 3

    watch_for_ever(lambda: rounds.append(1), every_s=60, pause=pause)
    assert (len(rounds), pauses) == (3, [60, 60, 60])


def test_nothing_taken_in_says_so(one_round):
    assert one_round(intake=lambda wanted: Taken(["nothing"])).intake == ["nothing"]
