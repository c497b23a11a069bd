"""What is above a person's clearance is on no page of packs, data and work: neither names nor numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from service_app import someone
from starlette.testclient import TestClient
from whole_lake import Whole, mark, mark_all

from stopgap.base.clearance import viewed_by
from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole

GREEN, AMBER = Marking(Tlp.GREEN), Marking(Tlp.AMBER)
HTML = {"accept": "text/html"}
PAGES = (
    "/packs", "/packs/compare", "/data", "/data/coverage", "/data/coverage/grid", "/data/quality", "/data/quality/tables",
    "/data/lists", "/me", "/settings",
)  # fmt: skip


def text_of(client: TestClient, path: str, status: int | None = 200) -> str:
    answer = client.get(path, headers=HTML)
    if status is not None:
        assert answer.status_code == status, (path, answer.text)
    assert answer.headers["x-stopgap-marking"] in ("TLP:CLEAR", "TLP:GREEN"), path
    return answer.text


@pytest.fixture(scope="module")
def amber_lake(served: Whole, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lake with everything in it marked AMBER; the pack that was received is RED."""
    lake = served.copied(tmp_path_factory.mktemp("amber") / "lake")
    mark_all(served, lake, AMBER)
    return lake


def test_nothing_of_a_lake_above_the_clearance_is_on_any_page(client_of, served: Whole, amber_lake: Path) -> None:
    client = client_of(amber_lake, PersonRole.RELEASER, GREEN)
    names = [
        *served.receipts, *served.receipts.values(), *served.claims, served.alert, served.decision, *served.listed, "Speaker 0",
        "partner.zip", "sent by mistake", "other number",
    ]  # fmt: skip
    for path in PAGES:
        text = text_of(client, path, None)
        assert [name for name in names if name in text] == [], path
    for name, receipt in served.receipts.items():
        text = text_of(client, f"/data/files/{receipt}", 404)
        assert name not in text
    admin = client_of(amber_lake)
    seen = "".join(admin.get(path, headers=HTML).text for path in PAGES)
    assert all(name in seen for name in ("early.csv", "late.csv", "listed.csv", "partner", "sent by mistake"))


def test_vintages_of_hidden_files_are_not_there_and_the_others_say_what_the_rest_api_says(
    client_of, served: Whole, tmp_path: Path
) -> None:
    lake = served.copied(tmp_path / "lake")
    mark(lake, (f"receipt:{served.receipts['late.csv']}", AMBER))
    client = client_of(lake, PersonRole.VIEWER, GREEN)
    told = client.get("/api/v1/vintages").json()["vintages"]
    text = text_of(client, "/data")
    assert "late.csv" not in text
    assert "early.csv" in text
    shown = re.findall(r'href="/data/vintages/(v\d+)"', text)
    assert set(shown) == {row["vintage"] for row in told}
    for row in told:
        assert f">{row['rows_added']:,}<" in text
    every = client_of(lake).get("/api/v1/vintages").json()["vintages"]
    [hidden] = [row["vintage"] for row in every if "late.csv" in row["files"]]
    assert hidden not in shown
    assert "late.csv" not in text_of(client, f"/data/vintages/{hidden}", 404)


def test_a_pack_above_the_clearance_is_neither_listed_nor_opened_nor_verified(client_of, served: Whole) -> None:
    with viewed_by(None):
        from stopgap.api import Lake

        [pack] = Lake(served.lake).packs.received()
    client = client_of(served.lake, PersonRole.RELEASER, GREEN)
    assert pack.name not in text_of(client, "/packs")
    assert pack.sha256 not in text_of(client, "/packs/compare")
    assert pack.name not in text_of(client, f"/packs/received/{pack.sha256}", 404)
    sent = client.post("/packs/verify", files={"pack": ("p.zip", served.pack.read_bytes())}, headers=HTML)
    assert sent.status_code == 403
    assert pack.name not in sent.text
    compared = client.post("/packs/compare", data={"one": pack.sha256, "other": pack.sha256}, headers=HTML)
    assert compared.status_code == 404
    assert pack.name not in compared.text
    assert pack.name in client_of(served.lake).get("/packs", headers=HTML).text


def test_a_preview_names_nothing_above_the_clearance(client_of, served: Whole, tmp_path: Path) -> None:
    lake = served.copied(tmp_path / "lake")
    mark(lake, (f"receipt:{served.receipts['late.csv']}", AMBER))
    asked = {"episode": "simulated-alerts-1", "marking": "GREEN", "parts": ["claims"]}
    cleared = client_of(lake, PersonRole.ANALYST, GREEN)
    answers = [cleared.post("/packs/preview", data=asked, headers=HTML), cleared.get("/packs/preview", params=asked, headers=HTML)]  # fmt: skip
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert "late.csv" not in answer.text
        assert "above the marking" not in answer.text
    amber = {**asked, "marking": "AMBER"}
    assert cleared.post("/packs/preview", data=amber, headers=HTML).status_code == 403
    assert cleared.get("/packs/preview", params=amber, headers=HTML).status_code == 403
    everything = client_of(lake).get("/packs/preview", params=asked, headers=HTML)
    assert "late.csv" in everything.text


def test_a_job_is_on_my_page_while_its_result_fits_my_clearance(client_of, served: Whole) -> None:
    from stopgap.service.jobs.job import JobKind
    from stopgap.service.jobs.queue import JobQueue, NewJob, new_id

    admin = client_of(served.lake, name="eve")
    jobs = admin.app.state.service.jobs
    person = someone(PersonRole.ANALYST, AMBER, name="eve")
    queue: JobQueue = jobs.queue
    request = {"files": [{"name": "secret-figures.csv", "bytes": 1, "sha256": "0" * 64}], "options": {}}
    job, _ = queue.submit(NewJob(new_id(), JobKind.SCREENING, request), person)
    jobs.cancel(job)
    assert queue.get(job.id) is not None
    mine = client_of(served.lake, PersonRole.ANALYST, AMBER, name="eve").get("/me", headers=HTML).text
    assert "secret-figures.csv" in mine
    lowered = client_of(served.lake, PersonRole.ANALYST, GREEN, name="eve")
    assert "secret-figures.csv" not in lowered.get("/me", headers=HTML).text
    assert lowered.get(f"/me/jobs/{job.id}", headers=HTML).status_code == 404
