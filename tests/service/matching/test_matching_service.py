"""Matching by the service: scopes, entities and what is adjacent to them, many at once, a real process."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from matching_service import ADMIN, asked, asking

import stopgap
from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.matching.screeners import Screeners

NAMES = ("Northwind Trading", "Sea Falcon", "Vega Mikroelectronics", "Quiet Orchard", "Blue Harbor", "Silent Meridian")


@pytest.fixture(scope="module")
def client(kept_lake, tmp_path_factory):
    """A service on the lake for tests that only ask."""
    with asking(kept_lake, home=tmp_path_factory.mktemp("asked")) as made:
        yield made


def plain(response) -> object:
    """A response without the id of its screening."""
    found = response.json()
    found["stopgap"].pop("screening", None)
    return found


def ids(response) -> list[str]:
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json()["responses"]["q0"]["results"]]


@pytest.mark.parametrize(
    ("dataset", "params", "expected"),
    [
        ("default", {}, ["E1", "N1"]),
        ("made-up", {}, ["E1"]),
        ("made_up", {}, ["E1"]),  # as OpenSanctions spells names
        ("second-list", {}, ["N1"]),
        ("default", {"include_dataset": ["made-up", "second-list"]}, ["E1", "N1"]),
        ("default", {"exclude_dataset": "second-list"}, ["E1"]),
        ("made-up", {"include_dataset": "second-list"}, []),
        ("default", {"exclude_entity_ids": ["E1", "E2"]}, ["N1"]),
        ("default", {"exclude_schema": "Company"}, []),
        ("default", {"limit": 1}, ["E1"]),
        ("default", {"algorithm": "best", "threshold": 0.5}, ["E1", "N1"]),
        ("default", {"threshold": 1, "cutoff": 1}, []),
    ],
)
def test_a_scope_and_options_choose_the_entities(dataset, params, expected, client):
    assert ids(client.post(f"/match/{dataset}", params=params, json=asked("Northwind Trading"))) == expected


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("params", "where"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 501}, "limit"),
        ({"threshold": 1.5}, "threshold"),
        ({"cutoff": "nan"}, "cutoff"),
        ({"include_dataset": "peps"}, "include_dataset"),
        ({"exclude_dataset": "peps"}, "exclude_dataset"),
        ({"exclude_entity_ids": [str(number) for number in range(51)]}, "exclude_entity_ids"),
        ({"nonsense": "1"}, "/match/default"),
    ],
)
def test_what_cannot_be_honoured_is_refused(params, where, client):
    response = client.post("/match/default", params=params, json=asked("Northwind Trading"))
    assert response.status_code in (400, 404)
    assert (response.json()["where"], bool(response.json()["fix"])) == (where, True)


def test_a_member_of_the_body_that_is_not_known_is_refused(client):
    response = client.post("/match/default", json={**asked("Northwind Trading"), "threshold": 0.9})
    assert response.status_code == 422
    assert response.json()["where"] == "body.threshold"


@pytest.mark.prove_only
def test_an_id_that_two_lists_hold_is_not_guessed(lake, tmp_path):
    path = tmp_path / "third-list.csv"
    path.write_text("entity_id,name,schema\nE1,Quite Another Firm,Company\n", "utf-8")
    import_paths(lake, [path], ImportRequest(source="list", list_date="2024-08-01"))
    with asking(lake, home=tmp_path / "home") as client:
        response = client.get("/entities/E1")
        assert (response.status_code, "made-up, third-list" in response.json()["what"]) == (400, True)
        one = client.get("/entities/E1", params={"dataset": "third-list"}).json()
        assert one["caption"] == "Quite Another Firm"
    found = stopgap.open(lake).match(asked("Quite Another Firm"))["responses"]["q0"]["results"][0]
    assert one["stopgap"]["receipt"] == found["stopgap"]["receipt"]


@pytest.mark.prove_only
def test_owners_that_a_list_states_are_adjacent(tmp_path):
    rows = [
        {"id": "c-1", "schema": "Company", "target": True, "datasets": ["own"],
         "properties": {"name": ["Granite Harbour Metals LLC"], "topics": ["sanction"]}},
        {"id": "c-2", "schema": "Company", "target": True, "datasets": ["own"],
         "properties": {"name": ["Granite Subsidiary LLC"], "topics": ["sanction"]}},
        {"id": "o-1", "schema": "Ownership", "datasets": ["own"],
         "properties": {"owner": ["c-1"], "asset": ["c-2"], "percentage": ["60"]}},
    ]  # fmt: skip
    path = tmp_path / "own.json"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", "utf-8")
    import_paths(tmp_path / "lake", [path], ImportRequest(list_date="2024-08-01"))
    with asking(tmp_path / "lake", home=tmp_path / "home") as client:
        owner, owned = (client.get(f"/entities/{id}/adjacent").json()["adjacent"] for id in ("c-1", "c-2"))
        by_name = client.get("/entities/c-1/adjacent/ownershipOwner", params={"limit": 5}).json()
        assert client.get("/entities/c-1/adjacent/familyPerson").status_code == 404
    [(name, below)], [(other, above)] = owner.items(), owned.items()
    assert (name, other) == ("ownershipOwner", "ownershipAsset")
    [relation] = below["results"]
    assert (relation["schema"], relation["properties"]["percentage"]) == ("Ownership", ["60"])
    assert relation["properties"]["asset"][0]["id"] == "c-2"
    assert above["results"][0]["properties"]["owner"][0]["caption"] == "Granite Harbour Metals LLC"
    assert by_name["results"] == below["results"]


def test_answers_are_the_same_alone_and_among_many(client):
    alone = [plain(client.post("/match/default", json=asked(name))) for name in NAMES]
    together: dict[int, list[object]] = {}

    def ask(number: int) -> None:
        turned = [*NAMES[number % len(NAMES) :], *NAMES[: number % len(NAMES)]]
        together[number] = [(name, plain(client.post("/match/default", json=asked(name)))) for name in turned]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    batch = client.post("/match/default", json=asked(*NAMES)).json()["responses"]
    expected = dict(zip(NAMES, alone, strict=True))
    assert len(together) == 8
    assert all(found == expected[name] for several in together.values() for name, found in several)
    assert [batch[f"q{at}"] for at in range(len(NAMES))] == [each["responses"]["q0"] for each in alone]


def test_an_index_is_opened_once_for_all_clearances_that_see_the_same(kept_lake):
    first, second = Screeners(kept_lake), Screeners(kept_lake)
    assert first.opened().screener.ready is second.opened().screener.ready


def test_equal_scores_are_ordered_and_told(client):
    answer = client.post("/match/default", json=asked("Northwind Trading OOO")).json()
    first, second = answer["responses"]["q0"]["results"]
    assert first["score"] == second["score"]
    assert "second-list N1: they bear the same name" in first["stopgap"]["tie"]
    assert first["stopgap"]["order"] == second["stopgap"]["order"] > 0


def test_every_answer_is_documented(client):
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/match/{dataset}", "/search/{dataset}", "/entities/{entity_id}", "/catalog", "/algorithms"):
        [operation] = paths[path].values()
        assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]


SERVE = """
import sys
import uvicorn
from pathlib import Path
from matching_service import ADMIN, settings_of
from stopgap.service.app import create_app
from stopgap.service.security.authorization import token_in
app = create_app(settings_of(Path(sys.argv[1])))
app.state.service.principal_of = lambda one: ADMIN if token_in(one.headers.get("authorization")) == "key" else None
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
"""


def test_a_process_answers_and_what_it_answered_outlives_its_kill(lake):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = Path(__file__)
    path = os.pathsep.join([str(here.parent), str(here.parents[2] / "helpers"), *filter(None, sys.path)])
    child = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(lake), str(port)], env={**os.environ, "PYTHONPATH": path}
    )
    try:
        answers = []
        end = time.monotonic() + 120
        while len(answers) < 3 and time.monotonic() < end:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            with contextlib.suppress(OSError), contextlib.closing(connection):
                headers = {"Authorization": "ApiKey key", "Content-Type": "application/json"}
                connection.request("POST", "/match/default", json.dumps(asked("Northwind Trading")), headers)
                answers.append(json.loads(connection.getresponse().read()))
                continue
            time.sleep(0.1)
    finally:
        child.kill()
        child.wait()
    assert [each["responses"]["q0"]["results"][0]["id"] for each in answers] == ["E1"] * 3
    with asking(lake, ADMIN) as client:
        kept = [each["id"] for each in client.get("/api/v1/screenings").json()["screenings"]]
    assert kept == [each["stopgap"]["screening"] for each in answers]
