"""Events between two vintages, from made-up histories."""

from __future__ import annotations

from stopgap.watch.events import (
    Brought,
    Event,
    event_id,
    grouped,
    latenesses,
    missing_events,
    period_events,
    period_text,
)

JAN = 2023 * 12  # 2023-01, counted from year 0


def history(*rows: tuple[int, str, int]) -> list[Brought]:
    """(vintage, reporter, last month of 2023 that it brought)."""
    return [Brought("comtrade", reporter, number, JAN + month - 1) for number, reporter, month in rows]


WATCHED = frozenset({("comtrade", "DEU"), ("comtrade", "TUR")})
# Turkey comes two months after Germany, twice; then it stops.
STEADY = history((1, "DEU", 3), (1, "TUR", 2), (2, "DEU", 5), (2, "TUR", 3), (3, "DEU", 6), (3, "TUR", 4))
SILENT = [*STEADY, *history((4, "DEU", 8), (5, "DEU", 9), (6, "DEU", 11), (7, "DEU", 12))]


def missing_at(rows: list[Brought], number: int) -> int:
    return latenesses(rows, number=number)["comtrade", "TUR"].missing


def told(number: int, least: int = 3) -> list[str]:
    return [
        event.text
        for event in missing_events(
            latenesses(SILENT, number=number - 1),
            latenesses(SILENT, number=number),
            watched=WATCHED,
            least=least,
            is_monthly=True,
        )
    ]


def test_a_habit_is_read_off_the_reporters_own_releases() -> None:
    late = latenesses(STEADY, number=3)["comtrade", "TUR"]
    assert (late.behind, late.usual, late.missing) == (2, 2, 0)


def test_the_vintage_that_first_brought_a_reporter_is_no_habit() -> None:
    late = latenesses(STEADY, number=1)["comtrade", "TUR"]
    assert (late.behind, late.usual, late.missing) == (1, None, 1)


def test_a_silence_does_not_become_a_habit() -> None:
    assert [missing_at(SILENT, number) for number in (3, 4, 5, 6, 7)] == [0, 2, 3, 5, 6]


def test_a_later_vintage_is_not_looked_at() -> None:
    assert latenesses(SILENT, number=3) == latenesses(STEADY, number=3)


def test_a_missing_reporter_is_told_once_and_again_at_each_further_step() -> None:
    assert told(4) == []
    assert told(5) == ["TUR missing for 3 months: last reported 2023-04 (comtrade), 5 behind the newest, usually 2"]
    assert told(6) == []
    assert len(told(7)) == 1


def test_only_reporters_that_matter_are_told() -> None:
    events = missing_events(
        {}, latenesses(SILENT, number=7), watched=frozenset({("comtrade", "DEU")}), least=3, is_monthly=True
    )
    assert events == []


def test_another_source_is_another_newest_period() -> None:
    other = [*STEADY, Brought("eurostat", "DEU", 4, JAN + 11)]
    assert latenesses(other, number=4)["comtrade", "TUR"].behind == 2


def test_new_periods_and_new_reporters() -> None:
    before = {"DEU": frozenset({"2023-01"})}
    after = {
        "DEU": frozenset({"2023-01", "2023-02", "2023-03"}),
        "TUR": frozenset({"2023-03"}),
        "CHN": frozenset({"2023-01"}),
    }
    found = [(event.kind, event.subject, event.periods) for event in period_events(before, after)]
    assert found == [
        ("new-reporter", "CHN", ("2023-01",)),
        ("new-reporter", "TUR", ("2023-03",)),
        ("new-period", "DEU", ("2023-02", "2023-03")),
    ]


def test_periods_in_words() -> None:
    [event] = period_events({"DEU": frozenset({"2022-12"})}, {"DEU": frozenset({"2022-12", "2023-01"})})
    assert event.text == "DEU reported a new month: 2023-01"
    assert (period_text(JAN, is_monthly=True), period_text(2023, is_monthly=False)) == ("2023-01", "2023")


def test_an_id_is_of_the_watch_and_both_vintages() -> None:
    assert event_id("russia-2022", "v1", "v2") == event_id("russia-2022", "v1", "v2")
    assert len({event_id(*key) for key in (("a", "v1", "v2"), ("a", None, "v2"), ("b", "v1", "v2"))}) == 3


def test_reporters_with_the_same_news_are_one_line_for_people() -> None:
    events = [
        *period_events(
            {"DEU": frozenset({"2022-12"}), "FRA": frozenset({"2022-12"}), "CHN": frozenset({"2022-12"})},
            {
                "DEU": frozenset({"2022-12", "2023-01"}),
                "FRA": frozenset({"2022-12", "2023-01"}),
                "CHN": frozenset({"2023-01", "2023-02"}),
            },
        ),
        Event("reporter-missing", "TUR", "TUR missing for 3 months: …", ("2022-10",), missing=3),
        Event("reporter-missing", "ARE", "ARE missing for 3 months: …", ("2022-09",), missing=3),
        Event("revised", "DEU", "DEU revised …", ("2023-01",)),
    ]
    assert [(event.subject, event.text) for event in grouped(events)] == [
        ("CHN", "CHN reported 2 new months: 2023-01, 2023-02"),
        ("2 reporters", "DEU, FRA reported a new month: 2023-01"),
        ("2 reporters", "TUR, ARE missing for 3 months"),
        ("DEU", "DEU revised …"),
    ]


def test_many_reporters_are_counted() -> None:
    names = [f"A{number:02}" for number in range(40)]
    events = [Event("reporter-missing", name, name, ("2020",), missing=2) for name in names]
    [event] = grouped(events)
    assert event.text.endswith("A29 and 10 more missing for 2 years")
