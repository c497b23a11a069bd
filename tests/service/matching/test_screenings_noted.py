"""Names that are looked up in the program's own shape, files of names and replays are in the log of screenings too."""

from __future__ import annotations

import csv
import io
import time

import pytest
from matching_service import ADMIN, ANALYST, asking, elsewhere
from screen_lake import LISTED, load

from stopgap.service.matching.screening_log import LOG


def test_a_name_that_is_looked_up_is_logged_with_edition_and_outcome(lake, tmp_path):
    with asking(lake, ANALYST, home=tmp_path / "home") as client:
        answer = client.post("/api/v1/screen", json={"name": "Northwind Trading", "countries": ["RUS"]}).json()
        [event] = client.get("/api/v1/screenings").json()["screenings"]
        one = client.get(f"/api/v1/screenings/{event['id']}").json()
    [match] = answer["matches"]
    assert (event["event"], event["who"], event["address"]) == ("asked", "ben", "/api/v1/screen")
    assert event["queries"] == {"q0": {"schema": "", "properties": {"name": ["Northwind Trading"], "country": ["RUS"]}}}
    assert event["outcome"] == {
        "q0": {"total": 1, "results": [
            {"list": match["list"], "entity_id": match["entity_id"], "score": match["score"], "match": match["alerts"],
             "list_date": match["list_date"], "receipt": match["receipt"], "decision": None}
        ]}
    }  # fmt: skip
    assert event["index"] == answer["index"]
    assert {each["list"] for each in one["edition"]["editions"]} == {"made-up", "second-list"}


def test_a_name_that_is_refused_is_logged_without_the_name(lake, tmp_path):
    with asking(lake, ANALYST, home=tmp_path / "home") as client:
        assert client.post("/api/v1/screen", json={"name": "Northwind", "schema": "Person"}).status_code == 400
        [event] = client.get("/api/v1/screenings").json()["screenings"]
    assert (event["event"], event["address"], "queries" in event) == ("refused", "/api/v1/screen", False)


@pytest.mark.prove_only
def test_a_look_up_given_again_is_the_same_after_a_decision_and_a_new_edition_and_is_logged(lake, tmp_path):
    with asking(lake, ANALYST, home=tmp_path / "home") as client:
        body = {"name": "Northwind Trading", "identifiers": ["inn:7701234567"], "limit": 3, "threshold": 0.2}
        client.post("/api/v1/screen", json=body)
        [event] = client.get("/api/v1/screenings").json()["screenings"]
        decided = {
            "query": "Northwind Trading",
            "list": "made-up",
            "entity": "E1",
            "decided": "false",
            "why": "another",
        }
        assert client.post("/api/v1/decisions", json={**decided, "identifiers": ["inn:7701234567"]}).status_code == 200
        newer = (*LISTED[1:], "E1,Something Else Entirely GmbH,,Company,DEU,")
        elsewhere(lambda: load(lake, tmp_path / "n", newer, day="2024-09-01"))
        again = client.post(f"/api/v1/screenings/{event['id']}/replay")
        events = client.get("/api/v1/screenings").json()["screenings"]
        missing = client.post(f"/api/v1/screenings/{events[-1]['id']}/replay")
    assert again.status_code == 200, again.text
    assert again.json()["same"]
    assert again.json()["then"]["q0"][0][:3] == again.json()["now"]["q0"][0][:3]
    replayed = events[-1]
    assert (replayed["event"], replayed["screening"], replayed["same"]) == ("replayed", event["id"], True)
    assert replayed["who"] == "ben"
    assert missing.status_code == 403, "a replay is not given again; the screening is"


def test_names_of_a_look_up_can_be_kept_as_hashes(lake, tmp_path):
    home = tmp_path / "home"
    with asking(lake, ADMIN, home=home, hashes_names=True) as client:
        body = {"name": "Northwind Trading", "countries": ["RUS"], "address": "Example Street 1"}
        client.post("/api/v1/screen", json=body)
        found = client.get("/api/v1/screenings", params={"query": "northwind trading"}).json()
    text = LOG.path(home).read_text("utf-8")
    assert found["total"] == 1
    assert "Northwind Trading" not in text
    assert "Example Street" not in text


def test_without_a_log_no_name_is_looked_up(lake, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "screenings").write_text("a file where the folder of the log should be", "utf-8")
    with asking(lake, ADMIN, home=home) as client:
        response = client.post("/api/v1/screen", json={"name": "Northwind Trading"})
    assert response.status_code == 403
    assert "matches" not in response.json()


@pytest.mark.prove_only
def test_a_file_that_is_screened_is_logged_with_its_hash_counts_and_the_hash_of_the_answers(lake, tmp_path):
    with asking(lake, ANALYST, home=tmp_path / "home", workers=1) as client:
        names = "id,name\n1,Northwind Trading\n2,Quiet Orchard Bakery\n"
        sent = client.post("/api/v1/screenings", files={"files": ("names.csv", names)}, data={"name_column": "name"})
        job = _ended(client, sent.json()["id"])
        assert job["state"] == "done", job
        [event] = client.get("/api/v1/screenings").json()["screenings"]
        rows = client.get("/api/v1/screenings", params={"format": "csv"}).text
    assert (event["event"], event["who"], event["job"]) == ("file", "ben", job["id"])
    assert event["file"] == job["request"]["files"][0]
    assert (event["counts"]["rows"], event["counts"]["alerting"]) == (2, 1)
    assert [each["sha256"] for each in event["answers"]] == [each["sha256"] for each in job["files"]]
    [row] = csv.DictReader(io.StringIO(rows))
    assert (row["query"], row["name"], row["total"], row["matches"]) == ("file", "names.csv", "2", "1")


def _ended(client, id: str):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        job = client.get(f"/api/v1/jobs/{id}").json()
        if job["state"] not in ("queued", "running"):
            return job
        time.sleep(0.1)
    return pytest.fail("the job did not end")
