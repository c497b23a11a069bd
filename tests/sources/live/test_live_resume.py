"""A fetch goes on where it stopped, asks for nothing twice, and asks afresh once it is imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import loopback
import pytest
from fetch_kills import Scene, kill_and_go_on
from live_calls import StillClock, chips, fetch, fetched, left_in, not_loaded
from loopback import Loopback, Reply, serving

from stopgap.base.errors import InputError, NotFoundError, RefusedError, UnreachableError
from stopgap.intake.fetching import make_query
from stopgap.lake.query.statement import run_query
from stopgap.lake.snapshot import opened
from stopgap.sources.live.retry import Patience

YEARS: dict[str, Any] = {"first": "2018", "last": "2023"}  # six pieces without a key


def figures(lake: Path) -> dict[tuple[str, ...], float]:
    table, _ = run_query(lake, "SELECT period, reporter, partner, flow, good, value_usd FROM trade")[:2]
    return {
        (str(row["period"])[:4], row["reporter"], row["partner"], row["flow"], row["good"]): row["value_usd"]
        for row in table.to_pylist()
    }


def test_every_figure_arrives_once(comtrade: Loopback, tmp_path: Path) -> None:
    fetched(comtrade, tmp_path, chips(**YEARS))
    assert figures(tmp_path) == {
        (str(year), "DEU", "RUS", flow, good): loopback.value_of(year, 276, 643, flow, good)
        for year in range(2018, 2024)
        for flow in ("X", "M")
        for good in ("854231", "854232")
    }


def test_what_is_there_is_not_asked_for_again(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError):
        fetched(comtrade.failing(None, None, None, "status:503 x", "status:503 x"), tmp_path, chips(**YEARS), patience=Patience(tries=2))  # fmt: skip
    assert not (tmp_path / "trade").exists()
    result = fetched(comtrade, tmp_path, chips(**YEARS))
    assert (result.pieces, result.pieces_reused, result.requests) == (6, 3, 3)
    assert len({call.identity for call in comtrade.served}) == len(comtrade.served) == 6
    assert len(figures(tmp_path)) == 24


@pytest.mark.prove_only
def test_a_loaded_fetch_is_asked_for_afresh_for_figures_are_revised(comtrade: Loopback, tmp_path: Path) -> None:
    first = fetched(comtrade, tmp_path, chips(**YEARS))
    assert set(left_in(tmp_path)) == {next(iter(left_in(tmp_path)))}  # the journal alone
    second = fetched(comtrade, tmp_path, chips(**YEARS))
    assert (first.requests, second.requests, second.pieces_reused) == (6, 6, 0)
    assert second.imported.already_loaded


@pytest.mark.prove_only
def test_fresh_drops_what_an_interrupted_fetch_left(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        fetched(comtrade.failing(None, None, "status:400 no"), tmp_path, chips(**YEARS))
    result = fetched(comtrade, tmp_path, chips(**YEARS), fresh=True)
    assert (result.pieces_reused, result.requests) == (0, 6)


@pytest.mark.prove_only
def test_another_request_does_not_take_up_what_is_there(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        fetched(comtrade.failing(None, None, "status:400 no"), tmp_path, chips(**YEARS))
    comtrade.faults = lambda count, call: None
    other = fetched(comtrade, tmp_path, chips(**YEARS, codes=["854239"]))
    assert other.pieces_reused == 0


@pytest.mark.prove_only
def test_pieces_that_were_divided_are_not_asked_for_again(tmp_path: Path) -> None:
    def at_most_two(call: loopback.Call) -> Reply:
        document = json.loads(loopback.comtrade(call).body)
        rows = document["data"]
        if len(rows) > 2:
            rows = (rows * 500)[:500]
        return Reply(200, json.dumps({"count": len(rows), "data": rows}).encode())

    with serving(at_most_two) as server:
        with pytest.raises(InputError):
            fetched(server.failing(None, None, "status:400 no"), tmp_path, chips(last="2022"))
        result = fetched(server, tmp_path, chips(last="2022"))
    assert [call.query["cmdCode"] for call in server.served] == ["854231,854232", "854231", "854232"]
    assert (result.pieces, result.pieces_reused) == (2, 1)


@pytest.mark.prove_only
def test_empty_pieces_are_told_and_not_asked_for_again(tmp_path: Path) -> None:
    def not_yet(call: loopback.Call) -> Reply:
        if call.query["period"] == "2023":
            return Reply(200, b'{"count": 0, "data": [], "error": ""}')
        return loopback.comtrade(call)

    with serving(not_yet) as server:
        server.faults = lambda count, call: "status:400 no" if call.query["period"] == "2024" else None
        with pytest.raises(InputError):
            fetched(server, tmp_path, chips(last="2024"))
        server.faults = lambda count, call: None
        result = fetched(server, tmp_path, chips(last="2024"))
    assert (result.pieces, result.pieces_empty, result.pieces_reused, result.requests) == (3, 1, 2, 1)
    assert any("no figures for 1 of 3 pieces: 2023" in warning for warning in result.warnings)


def test_an_import_that_fails_is_repeated_without_a_request(comtrade: Loopback, tmp_path: Path) -> None:
    def failing(*_: Any) -> Any:
        raise InputError("no", where="here", fix="that")

    with pytest.raises(InputError, match="no"):
        fetched(comtrade, tmp_path, chips(**YEARS), load=failing)
    result = fetched(comtrade, tmp_path, chips(**YEARS))
    assert (result.requests, result.pieces_reused, result.imported.rows_loaded) == (0, 6, 24)


def test_refused_rows_stop_the_loading_until_they_are_allowed(tmp_path: Path) -> None:
    def odd(call: loopback.Call) -> Reply:
        document = json.loads(loopback.comtrade(call).body)
        document["data"][0]["primaryValue"] = "many"
        return Reply(200, json.dumps(document).encode())

    with serving(odd) as server:
        with pytest.raises(InputError, match="cannot be imported"):
            fetched(server, tmp_path, chips(last="2022"))
        result = fetched(server, tmp_path, chips(last="2022"), allow_rejects=True)
    assert (result.requests, result.pieces_reused) == (0, 1)
    assert (result.imported.rows_loaded, result.imported.rows_rejected) == (3, 1)


@pytest.mark.prove_only
def test_receipts_carry_the_day_and_the_journal_names_their_hashes(comtrade: Loopback, tmp_path: Path) -> None:
    fetched(comtrade, tmp_path, chips(**YEARS))
    with opened(tmp_path) as (con, _):
        rows = con.execute("SELECT file_name, retrieved, sha256, source FROM receipts").fetchall()
    assert {row[1] for row in rows} == {"2026-11-24"}
    assert {row[3] for row in rows} == {"comtrade"}
    assert all(row[0].startswith("comtrade-20") and row[0].endswith(".json") for row in rows)
    [journal] = left_in(tmp_path).values()
    lines = [json.loads(line) for line in journal.splitlines()]
    assert {line["sha256"] for line in lines} == {row[2] for row in rows}
    assert {line["rows"] for line in lines} == {4}


def test_the_same_fetch_does_not_run_twice_at_once(comtrade: Loopback, tmp_path: Path) -> None:
    def again(*_: Any) -> Any:
        fetched(comtrade, tmp_path, chips(**YEARS))

    with pytest.raises(RefusedError, match="is running"):
        fetched(comtrade, tmp_path, chips(**YEARS), load=again)


def test_a_lake_that_cannot_be_written_is_told(comtrade: Loopback, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RefusedError, match="cannot be kept"):
        fetched(comtrade, tmp_path / "file", chips())
    assert not comtrade.calls


def test_a_reply_that_is_half_written_is_dropped(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        fetched(comtrade.failing(None, "status:400 no"), tmp_path, chips(**YEARS))
    [folder] = [path for path in (tmp_path / "fetches").iterdir() if path.is_dir()]
    (folder / "asking.part").write_text('{"data": [')
    with (folder / "journal.jsonl").open("a") as journal:
        journal.write('{"piece": "cut sho')
    assert fetched(comtrade, tmp_path, chips(**YEARS)).pieces_reused == 1


def test_nothing_is_left_of_a_fetch_without_figures(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no figures"):
        fetched(comtrade, tmp_path, chips(codes=["999999"]))
    assert left_in(tmp_path) == {}


def test_progress_counts_pieces_rows_and_time(comtrade: Loopback, tmp_path: Path) -> None:
    said: list[tuple[str, float | None]] = []

    class Slow(StillClock):
        def monotonic(self) -> float:
            return 10.0 * len(comtrade.calls)

    fetched(
        comtrade, tmp_path, chips(**YEARS), clock=Slow(), load=not_loaded, progress=lambda *words: said.append(words)
    )
    assert said[0] == ("comtrade: 0 of 6 pieces, 0 rows", 0.0)
    assert said[2] == ("comtrade: 2 of 6 pieces, 8 rows, about 40 s left", pytest.approx(2 / 6))
    assert said[-1] == ("comtrade: 6 of 6 pieces, 24 rows", 1.0)


def test_the_pace_of_the_public_service_is_kept(
    comtrade: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stopgap.sources.live.comtrade import LiveComtrade

    monkeypatch.setattr(LiveComtrade, "base_url", comtrade.url)
    clock = StillClock()
    fetch(tmp_path, "comtrade", chips(**YEARS), clock=clock, load=not_loaded)
    assert clock.slept == [pytest.approx(1.0)] * 5


def test_killed_twice_and_ended(tmp_path: Path) -> None:
    """kill -9 at random moments: exactly the rows, one request a piece beyond faults and what was in flight."""
    told = kill_and_go_on(Scene(folder=tmp_path, pieces=20, kills=2, faults=4, seed=7))
    assert told.faults_injected == 4
    assert told.kills == 2
    assert told.in_flight <= told.kills
    assert told.requests == told.pieces + told.faults_injected + told.in_flight
    assert told.rows == told.rows_expected
    assert told.figures_wrong == 0
    assert told.check == []


def test_watching_asks_for_the_target_and_the_world(comtrade: Loopback, tmp_path: Path) -> None:
    query = make_query(
        "comtrade", codes=["854231"], first="2022", last="2022", reporters=["DEU"], partners=["RUS", "W00"]
    )
    fetched(comtrade, tmp_path, query)
    assert set(figures(tmp_path)) == {("2022", "DEU", "RUS", flow, "854231") for flow in ("X", "M")}
