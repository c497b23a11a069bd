"""Alerts through the command line: run, list, show, decide, and what a watch tells of them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from alert_lake import Figures, month_text, release, write_episode
from cli_calls import stopgap

from stopgap.cli.main import run

LAST = 50


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A lake with one jump, and its episode."""
    folder = tmp_path_factory.mktemp("alerts")
    figures = Figures()
    figures.set("CHN", "854231", LAST, 20.0)
    release(folder / "lake", figures.rows(0, LAST), "a")
    return folder / "lake", write_episode(folder)


@pytest.fixture
def call(place, capsys):
    lake, _ = place

    def made(*arguments, form="json"):
        code = run([*map(str, arguments), "--lake", str(lake), "--format", form])
        shown = capsys.readouterr()
        return code, json.loads(shown.out) if form == "json" else shown.out

    return made


def test_from_a_run_to_a_decision(place, call):
    lake, episode = place
    answer = stopgap("alerts", "run", episode, "--lake", lake, "--format", "json")
    assert (answer.returncode, answer.stderr) == (0, b"")
    document = json.loads(answer.stdout)
    [alert] = document["alerts"]
    assert (alert["supplier"], alert["good"], alert["month"]) == ("CHN", "854231", month_text(LAST))
    assert document["coverage"]["tested"] == 24
    assert all(document[name] for name in ("episode", "goods_version", "as_of", "route", "unit", "windows", "queries"))

    code, again = call("alerts", "run", episode, "--month", month_text(LAST), "--fdr", "0.1")
    assert (code, again["alerts"], [each["id"] for each in again["known"]]) == (0, [], [alert["id"]])

    code, shown = call("alerts", "show", alert["id"][:7])
    assert (code, len(shown["rows"])) == (0, 49)  # the month and 48 before
    assert shown["rows"][-1]["value_usd"] == pytest.approx(alert["value_usd"])
    code, found = call("query", alert["queries"][0])
    assert (code, len(found["rows"])) == (0, 49)

    code, decided = call("alerts", "decide", alert["id"], "--as", "dismissed", "--why", "one delivery", "--by", "ann")
    assert (code, decided["status"], decided["decisions"][0]["who"]) == (0, "dismissed", "ann")
    code, last = call("alerts", "run", episode)
    assert (code, last["alerts"], last["known"], last["dismissed_again"]) == (0, [], [], 1)

    code, listed = call("alerts", "list", episode)
    assert (code, listed["alerts"]) == (0, [])
    code, listed = call("alerts", "list", "--status", "all")
    assert [(each["id"], each["status"]) for each in listed["alerts"]] == [(alert["id"], "dismissed")]
    code, text = call("alerts", "list", "--status", "decided", form="csv")
    assert [row["id"] for row in csv.DictReader(io.StringIO(text))] == [alert["id"]]


def test_who_decides_is_the_user_unless_told(place, call, monkeypatch):
    monkeypatch.setenv("LOGNAME", "bob")
    _, episode = place
    call("alerts", "run", episode)
    _, listed = call("alerts", "list", "--status", "all")
    code, decided = call("alerts", "decide", listed["alerts"][0]["id"], "--as", "watch", "--why", "see next month")
    assert (code, decided["decisions"][-1]["who"], decided["status"]) == (0, "bob", "watch")


@pytest.mark.parametrize("form", ["table", "csv", "md"])
def test_every_form_is_printed(place, call, form):
    _, episode = place
    code, text = call("alerts", "run", episode, form=form)
    assert code == 0
    assert ("no rows" if form == "table" else "supplier") in text


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("alerts", "show", "a-0000000000"), 4),
        (("alerts", "decide", "a-0000000000", "--as", "watch", "--why", "so"), 4),
        (("alerts", "run", "EPISODE", "--month", "May"), 2),
        (("alerts", "run", "EPISODE", "--month", "2031-01"), 4),
        (("alerts", "run", "EPISODE", "--fdr", "2"), 2),
        (("alerts", "run", "no-such-episode"), 4),
        (("alerts", "list", "no-such-episode"), 4),
    ],
)
def test_errors_say_what_where_and_the_mend(place, call, arguments, code):
    words = [place[1] if word == "EPISODE" else word for word in arguments]
    got, document = call(*words)
    assert got == code
    assert all(document["error"][name] for name in ("what", "where", "fix"))


@pytest.mark.prove_only
def test_a_watch_tells_a_new_alert_once(tmp_path, capsys):
    figures = Figures(seed=3)
    lake, episode = tmp_path / "lake", write_episode(tmp_path)
    figures.set("IND", "850440", LAST, 25.0)
    release(lake, figures.rows(0, LAST - 1), "a")

    def watched():
        code = run(
            ["watch", str(episode), "--once", "--no-fetch", "--output", str(tmp_path / "out"), "--lake", str(lake), "--format", "json"]
        )  # fmt: skip
        shown = capsys.readouterr()
        assert code == 0, shown.err
        return json.loads(shown.out)

    first = watched()
    release(lake, figures.rows(LAST, LAST), "b")
    second, third = watched(), watched()
    assert first["alerts"] == []
    [alert] = second["alerts"]
    assert (alert["supplier"], alert["good"]) == ("IND", "850440")
    assert f"stopgap alerts show {alert['id']}" in second["follow"]
    assert third["alerts"] == []
