"""Who screened what, when, against which edition, with which outcome: logged, exported, given again."""

from __future__ import annotations

import csv
import io
import json
import threading

import pytest
from matching_service import ADMIN, ANALYST, asked, asking, elsewhere
from screen_lake import LISTED, load

import stopgap
from stopgap.base.errors import RefusedError
from stopgap.service.matching.screening_log import LOG, ScreeningLog


def test_a_screening_is_logged_with_edition_outcome_and_decision(lake, tmp_path):
    home = tmp_path / "home"
    stopgap.open(lake).decisions.decide(
        query="Northwind Trading", list="made-up", entity="E1", decided="false", why="another firm", by="eve"
    )
    with asking(lake, ANALYST, home=home) as client:
        answer = client.post("/match/default", json=asked("Northwind Trading", "Quiet Orchard Bakery")).json()
        [event] = client.get("/api/v1/screenings").json()["screenings"]
        one = client.get(f"/api/v1/screenings/{event['id']}").json()
    [first, second] = answer["responses"]["q0"]["results"]
    decision = first["stopgap"]["decision"]
    assert (decision["who"], decision["as"], decision["status"], len(decision["history"])) == (
        "eve",
        "false",
        "standing",
        1,
    )
    assert second["stopgap"]["decision"] is None
    assert first["match"], "match says what the score says; the decision stands beside"
    assert answer["stopgap"]["screening"] == event["id"]
    assert (event["who"], event["address"], event["index"]) == ("ben", "/match/default", answer["stopgap"]["index"])
    assert event["queries"]["q0"] == {"schema": "Company", "properties": {"name": ["Northwind Trading"]}}
    assert event["outcome"]["q0"]["results"][0] == {
        "list": "made-up", "entity_id": "E1", "score": first["score"], "match": True, "list_date": "2024-06-01",
        "receipt": first["stopgap"]["receipt"], "decision": decision["id"],
    }  # fmt: skip
    assert [each["list"] for each in one["edition"]["editions"]] == ["made-up", "second-list"]
    assert {each["receipt"] for each in one["edition"]["editions"]} >= {first["stopgap"]["receipt"]}


def test_the_log_is_on_the_disk_before_the_answer_and_its_chain_holds(lake, tmp_path):
    home = tmp_path / "home"
    with asking(lake, home=home) as client:

        def ask(number: int) -> None:
            answer = client.post("/match/default", json=asked(f"Northwind Trading {number}")).json()
            assert answer["stopgap"]["screening"] in LOG.path(home).read_text("utf-8")

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(24)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    check = LOG.check(LOG.path(home).read_bytes())
    assert check.holds
    asked_for = [
        each["queries"]["q0"]["properties"]["name"][0]
        for each in ScreeningLog(home).events()
        if each["event"] == "asked"
    ]
    assert sorted(asked_for) == sorted(f"Northwind Trading {number}" for number in range(24))


@pytest.mark.prove_only
def test_filters_choose_and_csv_has_a_row_a_query(lake, tmp_path):
    home = tmp_path / "home"
    with asking(lake, ANALYST, home=home) as client:
        client.post("/match/default", json=asked("Northwind Trading", "=cmd"))
    with asking(lake, ADMIN, home=home) as client:
        client.get("/search/default", params={"q": "Blue Harbour"})
        client.post("/match/default", json=asked("x", schema="Person"))
        count = lambda **params: client.get("/api/v1/screenings", params=params).json()["total"]  # noqa: E731
        assert (count(), count(who="ben"), count(query="northwind  TRADING"), count(query="Northwind")) == (3, 1, 1, 0)
        assert (count(**{"from": "2000-01-01"}), count(to="2000-01-01"), count(query="blue harbour")) == (3, 0, 1)
        assert client.get("/api/v1/screenings", params={"from": "soon"}).status_code == 422
        response = client.get("/api/v1/screenings", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(response.text)))
    assert response.headers["x-total-rows"] == "3"
    assert [(row["who"], row["address"], row["name"], row["matches"]) for row in rows] == [
        ("ben", "/match/default", "Northwind Trading", "2"),
        ("ben", "/match/default", "'=cmd", "0"),
        ("ada", "/search/default", "Blue Harbour", "0"),
        ("ada", "/match/default", "", "0"),
    ]
    assert rows[0]["best_entity_id"] == "E1"
    assert rows[0]["best_list_date"] == "2024-06-01"


@pytest.mark.prove_only
def test_a_screening_given_again_has_the_same_scores_though_the_lists_have_changed(lake, tmp_path):
    with asking(lake, home=tmp_path / "home") as client:
        body = asked("Northwind Trading", "Vega Mikroelectronics", country=["ru"])
        then = client.post("/match/default", params={"limit": 3, "cutoff": 0.05}, json=body).json()
        client.get("/search/default", params={"q": "northwind"})
        newer = (*LISTED[1:], "E1,Something Else Entirely GmbH,,Company,DEU,")
        elsewhere(lambda: load(lake, tmp_path / "n", newer, day="2024-09-01"))
        ids = [each["id"] for each in client.get("/api/v1/screenings").json()["screenings"]]
        again, search = (client.post(f"/api/v1/screenings/{id}/replay") for id in ids)
        assert again.status_code == 200, again.text
        assert again.json()["same"]
        assert again.json()["index"] == then["stopgap"]["index"]
        scores = [
            [one["datasets"][0], one["id"], one["score"], one["match"]] for one in then["responses"]["q0"]["results"]
        ]
        assert again.json()["now"]["q0"] == scores
        assert len(scores) == 2
        assert search.json()["same"], search.text
        assert client.post("/api/v1/screenings/s-none/replay").status_code == 404


def test_names_can_be_kept_as_hashes_alone_and_are_found_all_the_same(lake, tmp_path):
    home = tmp_path / "home"
    with asking(lake, home=home, hashes_names=True) as client:
        client.post("/match/default", json=asked("Northwind Trading", country=["ru"]))
        text = LOG.path(home).read_text("utf-8")
        assert "Northwind Trading" not in text
        assert "hmac-sha256:" in text
        [event] = client.get("/api/v1/screenings", params={"query": "northwind trading"}).json()["screenings"]
        assert client.get("/api/v1/screenings", params={"query": "northwind"}).json()["total"] == 0
        refused = client.post(f"/api/v1/screenings/{event['id']}/replay")
    assert refused.status_code == 403
    assert "hashes" in refused.json()["what"]
    assert LOG.path(home).with_name("names.key").stat().st_mode & 0o077 == 0


def test_a_log_that_was_altered_is_told_and_not_read(lake, tmp_path):
    home = tmp_path / "home"
    with asking(lake, home=home) as client:
        for name in ("Northwind Trading", "Blue Harbour"):
            client.post("/match/default", json=asked(name))
        path = LOG.path(home)
        path.write_text(path.read_text("utf-8").replace("Northwind Trading", "Southwind Trading"), "utf-8")
        response = client.get("/api/v1/screenings")
    assert response.status_code == 403
    assert "not as it was written" in response.json()["what"]
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(lines[0] + lines[2], "utf-8")
    with pytest.raises(RefusedError):
        list(ScreeningLog(home).events())


def test_without_a_log_there_is_no_answer(lake, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "screenings").write_text("a file where the folder of the log should be", "utf-8")
    with asking(lake, home=home) as client:
        response = client.post("/match/default", json=asked("Northwind Trading"))
    assert response.status_code == 403
    assert "responses" not in json.loads(response.text)
