"""Jobs over REST, done by real workers: uploads, briefs, packs, screenings; who may submit, see and cancel them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from demo_lake import make_demo_lake
from job_calls import ROOT, accepted, asked_by, result, trade_file, upload, uploads_left
from screen_lake import load
from service_app import service_client, someone
from starlette.testclient import TestClient

from stopgap.api.keys import Keys
from stopgap.api.packs import verify_pack
from stopgap.base.clearance import whole_lake
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.service.principal import PersonRole

CHIPS = {"codes": "8542", "first": "2021", "last": "2021"}
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jobs")
    made = make_demo_lake(folder / "lake")
    load(made, folder / "lists")
    return made


@pytest.fixture(scope="module")
def client(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STOPGAP_HOME", str(tmp_path_factory.mktemp("keys")))
        patch.setenv("STOPGAP_PASSPHRASE", PASSPHRASE)
        with service_client(lake, workers=2) as made:
            yield made


@pytest.mark.prove_only
def test_a_brief_is_a_file_of_the_job(client: TestClient) -> None:
    asked = {"episode": "russia-2022", "format": "md", "form": "one-page", "goods": "machinery-electronics"}
    address = accepted(client.post(f"{ROOT}/briefs", json=asked))
    found = result(client, address)
    assert found["finding_id"].startswith("sha256:")
    assert found["file"] == "russia-2022-brief.md"
    [file] = client.get(address).json()["files"]
    answer = client.get(f"{address}/files/{file['name']}")
    assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
    assert (len(answer.content), answer.headers["etag"]) == (file["bytes"], f'"{file["sha256"]}"')
    assert "attachment" in answer.headers["content-disposition"]
    assert client.get(f"{address}/files/other.md").status_code == 404
    assert client.get(f"{address}/files/..%2F..%2Fservice.sqlite").status_code == 404


@pytest.mark.prove_only
def test_a_pack_is_signed_with_a_key_of_the_service(client: TestClient, lake: Path, tmp_path: Path) -> None:
    home = Path(os.environ["STOPGAP_HOME"])
    with whole_lake():
        made = Keys(lake).new("desk")
    asked = {"episode": "russia-2022", "marking": "CLEAR", "key": "desk", "goods": "machinery-electronics"}
    asked |= {"without": ["exposure", "alerts", "claims", "brief"]}
    with asked_by(client, someone(PersonRole.ANALYST)):
        refused = client.post(f"{ROOT}/packs", json={**asked, "redact": True})
        assert (refused.status_code, "releaser" in refused.json()["fix"]) == (403, True)
    with asked_by(client, someone(PersonRole.RELEASER)):
        address = accepted(client.post(f"{ROOT}/packs", json={**asked, "redact": True}))
        assert result(client, address)["marking"] == {"tlp": "TLP:CLEAR", "releasable_to": None}
        [file] = client.get(address).json()["files"]
        pack = tmp_path / file["name"]
        pack.write_bytes(client.get(f"{address}/files/{file['name']}").content)
    with whole_lake():
        assert verify_pack(pack, trust=[made.public_file], home=home).holds


def test_a_file_of_names_is_screened_and_its_marking_decides_who_sees_it(client: TestClient) -> None:
    names = ("names.csv", b"id,name\n1,Northwind Trading LLC\n2,Quiet Orchard Bakery\n")
    with asked_by(client, someone(PersonRole.ANALYST, name="ann")):
        address = accepted(upload(client, names, to="screenings", name_column="name", id_columns=[]))
        found = result(client, address)
        assert (found["rows_read"], found["rows_matched"]) == (2, 1)
        assert found["file"] == "names.csv"
        [file] = client.get(address).json()["files"]
        assert file["name"] == "names-screened.csv"
        assert b"Northwind Trading OOO" in client.get(f"{address}/files/{file['name']}").content
    seen = found["marking"]["tlp"]
    assert seen == "TLP:AMBER"
    for person, sees in (
        (someone(PersonRole.ADMIN, Marking(Tlp.AMBER), "adm"), True),
        (someone(PersonRole.ADMIN, Marking(Tlp.GREEN), "adm"), False),
        (someone(PersonRole.RELEASER, name="rex"), False),
        (someone(PersonRole.ANALYST, Marking(Tlp.GREEN), "ann"), False),
        (someone(PersonRole.ANALYST, Marking(Tlp.RED), "ann"), True),
    ):
        with asked_by(client, person):
            for suffix in ("", "/result", "/events", "/files/names-screened.csv"):
                assert client.get(address + suffix).status_code == (200 if sees else 404), (person, suffix)
            listed = client.get(f"{ROOT}/jobs").json()["jobs"]
            assert (address.rsplit("/", 1)[1] in [job["id"] for job in listed]) is sees
            if not sees:
                assert client.delete(address).status_code == 404
    with asked_by(client, None):
        assert client.get(address).status_code == 401


@pytest.mark.parametrize("role", [PersonRole.VIEWER])
def test_a_viewer_submits_nothing(client: TestClient, role: PersonRole) -> None:
    with asked_by(client, someone(role)):
        for answer in (
            upload(client, trade_file(7)),
            upload(client, trade_file(7), to="screenings", name_column="name"),
            client.post(f"{ROOT}/briefs", json={"episode": "russia-2022"}),
            client.post(f"{ROOT}/packs", json={"episode": "russia-2022", "marking": "CLEAR", "key": "desk"}),
            client.post(
                f"{ROOT}/fetches", json={"service": "comtrade", "codes": "8542", "first": "2021", "last": "2021"}
            ),
            client.post(f"{ROOT}/episodes/russia-2022/alerts", json={}),
        ):
            assert answer.status_code == 403, answer.text
            assert "viewer" in answer.json()["what"]
    assert uploads_left(client) == []


@pytest.mark.parametrize(
    ("address", "asked", "status", "says"),
    [
        ("briefs", {"episode": "/etc/passwd"}, 404, "no episode"),
        ("briefs", {"episode": "russia-2023"}, 404, "russia-2022"),
        ("briefs", {"episode": "russia-2022", "goods": "../goods.csv"}, 400, "path"),
        ("briefs", {"episode": "russia-2022", "output": "x.pdf"}, 422, "output"),
        ("briefs", {"episode": "russia-2022", "format": "exe"}, 422, "format"),
        ("packs", {"episode": "russia-2022", "marking": "CLEAR", "key": "../x"}, 400, "path"),
        ("packs", {"episode": "russia-2022", "marking": "CLEAR", "key": "x", "attach": ["/etc/passwd"]}, 422, "attach"),
        ("packs", {"episode": "russia-2022", "marking": "CLEAR", "key": "x", "passphrase": "y"}, 422, "passphrase"),
        ("fetches", {"service": "nowhere", "codes": "8542", "first": "2021", "last": "2021"}, 404, "nowhere"),
        ("fetches", {"service": "eurostat", **CHIPS, "base_url": "http://x"}, 422, "base_url"),
        ("fetches", {"service": "eurostat", "codes": "/etc/x.csv", "first": "2021", "last": "2021"}, 400, "path"),
        ("fetches", {"service": "comtrade", "codes": "8542", "first": "2021", "last": "2021"}, 400, "reporter"),
        ("episodes/russia-2022/alerts", {"month": "May"}, 400, "month"),
        ("episodes/nowhere/alerts", {}, 404, "no episode"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_before_it_is_a_job(
    client: TestClient, address: str, asked: dict[str, Any], status: int, says: str
) -> None:
    before = client.get(f"{ROOT}/jobs").json()["total"]
    answer = client.post(f"{ROOT}/{address}", json=asked)
    assert answer.status_code == status, answer.text
    assert says in str(answer.json())
    assert client.get(f"{ROOT}/jobs").json()["total"] == before


def test_alerts_are_run_by_those_alone_who_see_the_whole_lake(client: TestClient, lake: Path) -> None:
    address, asked = f"{ROOT}/episodes/russia-2022/alerts", {"month": "2023-05"}
    with whole_lake():
        set_marking(lake, "table:listed", Marking(Tlp.RED), who="ann", when="2026-12-01T00:00:00Z", why="a test")
    with asked_by(client, someone(PersonRole.ANALYST, Marking(Tlp.AMBER))):
        refused = client.post(address, json=asked)
    assert refused.status_code == 403
    assert "whole lake" in refused.json()["what"]
    with asked_by(client, someone(PersonRole.ANALYST, Marking(Tlp.RED))):
        first, second = (result(client, accepted(client.post(address, json=asked))) for _ in range(2))
    assert first["windows"]["tested"] == ["2023-05"]
    assert second["alerts"] == []
    assert {alert["id"] for alert in second["known"]} >= {alert["id"] for alert in first["alerts"]}
