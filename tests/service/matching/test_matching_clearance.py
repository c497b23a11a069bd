"""What a person may not see is not there for matching: no entity, list, count or edition of it, while others see it."""

from __future__ import annotations

import json
import time

import pytest
from matching_service import ADMIN, GREEN, asked, asking, elsewhere
from screen_lake import LISTED, load

from stopgap.base.clearance import viewed_by
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.evidence.markings.clearance import ClearedView
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.index.build import is_ready, ready_index
from stopgap.screening.index.build_aside import build_aside

SECRET = "Crimson Thistle Avionics LLC"


@pytest.fixture
def secret_lake(lake, tmp_path):
    path = tmp_path / "secret-list.csv"
    path.write_text(f"entity_id,name,schema,country\nS1,{SECRET},Company,RUS\n", "utf-8")
    import_paths(lake, [path], ImportRequest(source="list", list_date="2024-08-01", marking="TLP:RED"))
    return lake


def everything(client) -> str:
    """All that the addresses of matching say to one who asks for the secret in any way."""
    said = [
        client.post("/match/default", json=asked(SECRET)),
        client.post("/match/default", params={"cutoff": 0}, json=asked(SECRET)),
        client.post("/api/v1/match", json=asked(SECRET)),
        client.post("/match/secret-list", json=asked(SECRET)),
        client.post("/match/default", params={"include_dataset": "secret-list"}, json=asked(SECRET)),
        client.get("/search/default", params={"q": ""}),
        client.get("/search/default", params={"q": "thistle"}),
        client.get("/entities/S1"),
        client.get("/entities/S1", params={"dataset": "secret-list"}),
        client.get("/entities/S1/adjacent"),
        client.get("/catalog"),
    ]
    return "\n".join(each.text for each in said)


def test_a_list_above_the_clearance_is_not_there(secret_lake, tmp_path):
    with asking(secret_lake, ADMIN, home=tmp_path / "home") as client:
        seen = everything(client)
    assert '"id":"S1"' in seen
    assert '"name":"secret-list"' in seen
    with asking(secret_lake, GREEN, home=tmp_path / "home") as client:
        hidden = everything(client)
        found = client.post("/match/default", json=asked("Northwind Trading")).json()
    for words in (
        '"id":"S1"',
        f'"caption":"{SECRET}"',
        '"children":["made-up","secret-list"',
        '"name":"secret-list"',
        "2024-08-01",
    ):
        assert words not in hidden
    assert [each["id"] for each in found["responses"]["q0"]["results"]] == ["E1", "N1"]
    assert found["stopgap"]["marking"] == {"tlp": "TLP:CLEAR", "releasable_to": None}


def test_a_list_that_is_marked_is_gone_at_once_though_it_was_open(lake, tmp_path):
    query = {"q": {"schema": "Company", "properties": {"name": ["Silent Meridian Optics"]}}}
    with asking(lake, GREEN, home=tmp_path / "home") as client:

        def ids() -> list[str]:
            response = client.post("/match/default", json={"queries": query})
            assert response.status_code == 200, response.text
            return [each["id"] for each in response.json()["responses"]["q"]["results"]]

        assert ids() == ["N2"]
        receipts = {each["list"]: each["receipt"] for each in client.get("/catalog").json()["stopgap"]["editions"]}
        words = {"who": "ada", "when": "2026-07-01T12:00:00Z", "why": "a test"}
        receipt = f"receipt:{receipts['second-list']}"
        elsewhere(lambda: set_marking(lake, receipt, Marking(Tlp.RED), **words))
        assert ids() == []


@pytest.mark.prove_only
def test_an_admin_reads_all_screenings_and_others_their_own_as_far_as_they_are_cleared(secret_lake, tmp_path):
    home = tmp_path / "home"
    with asking(secret_lake, ADMIN, home=home) as client:
        client.post("/match/default", json=asked(SECRET))
        client.post("/match/made-up", json=asked("Northwind Trading"))
    with asking(secret_lake, GREEN, home=home) as client:
        client.post("/match/default", json=asked("Blue Harbour"))
        own = client.get("/api/v1/screenings").json()
        assert [each["who"] for each in own["screenings"]] == ["gus"]
        csv = client.get("/api/v1/screenings", headers={"accept": "text/csv"}).text
        assert SECRET not in csv
        assert "Northwind" not in csv
    with asking(secret_lake, ADMIN, home=home) as client:
        whole = client.get("/api/v1/screenings").json()
        assert [each["who"] for each in whole["screenings"]] == ["ada", "ada", "gus"]
        foreign = whole["screenings"][0]["id"]
    with asking(secret_lake, GREEN, home=home) as client:
        assert client.get(f"/api/v1/screenings/{foreign}").status_code == 404
        assert client.post(f"/api/v1/screenings/{foreign}/replay").status_code == 404


@pytest.mark.prove_only
def test_the_index_of_one_clearance_is_built_by_a_process_of_its_own_as_that_clearance_sees_it(secret_lake):
    with viewed_by(ClearedView(secret_lake, Marking(Tlp.GREEN))):
        assert not is_ready(secret_lake)
        build_aside(secret_lake, as_of=None, on=None)
        assert is_ready(secret_lake)
        assert {entity.list for entity in ready_index(secret_lake).index.entities} == {"made-up", "second-list"}
    assert not is_ready(secret_lake)


def test_an_edition_that_is_hidden_changes_nothing_for_those_who_may_not_see_it(lake, tmp_path):
    with asking(lake, GREEN, home=tmp_path / "home") as client:
        before = client.post("/match/default", json=asked("Northwind Trading")).json()["stopgap"]
        path = tmp_path / "secret-list.csv"
        path.write_text(f"entity_id,name,schema,country\nS1,{SECRET},Company,RUS\n", "utf-8")
        request = ImportRequest(source="list", list_date="2024-08-01", marking="TLP:RED")
        elsewhere(lambda: import_paths(lake, [path], request))
        after = client.post("/match/default", json=asked("Northwind Trading")).json()["stopgap"]
    for name in ("index", "vintage", "editions", "marking"):
        assert before[name] == after[name], json.dumps([before[name], after[name]])


@pytest.mark.prove_only
def test_a_new_edition_is_answered_from(lake, tmp_path):
    with asking(lake, GREEN, home=tmp_path / "home") as client:
        assert (
            client.post("/match/default", json=asked("Amber Lynx Robotics")).json()["responses"]["q0"]["results"] == []
        )
        newer = (*LISTED, "E9,Amber Lynx Robotics LLC,,Company,RUS,")
        elsewhere(lambda: load(lake, tmp_path / "n", newer, day="2024-09-01"))
        end = time.monotonic() + 60
        while time.monotonic() < end:  # the old edition may answer while the new one is opened
            found = client.post("/match/default", json=asked("Amber Lynx Robotics")).json()
            if found["responses"]["q0"]["results"]:
                break
        assert [each["id"] for each in found["responses"]["q0"]["results"]] == ["E9"]
        assert {each["list_date"] for each in found["stopgap"]["editions"]} == {"2024-09-01", "2024-07-01"}
