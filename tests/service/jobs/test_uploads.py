"""Uploads over REST, imported by real workers: what is refused, and what a refused file leaves."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from job_calls import ROOT, accepted, asked_by, ended, listened, result, state_of, trade_file, upload, uploads_left
from screen_lake import load
from service_app import service_client, someone
from starlette.testclient import TestClient

from stopgap.base.clearance import whole_lake
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.markings.changes import set_marking
from stopgap.service.jobs.uploads import safe_name
from stopgap.service.principal import PersonRole


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uploads")
    load(folder / "lake", folder / "lists")
    return folder / "lake"


@pytest.fixture(scope="module")
def client(lake: Path) -> Iterator[TestClient]:
    with service_client(lake, workers=2) as made:
        yield made


def test_files_of_one_upload_are_imported_as_one_vintage(client: TestClient, lake: Path) -> None:
    files = (trade_file(1), trade_file(2))
    address = accepted(upload(client, *files, source="comtrade", marking="GREEN"))
    found = result(client, address)
    assert (found["files"], found["rows_loaded"], found["already_loaded"]) == (
        ["figures-1.csv", "figures-2.csv"],
        2,
        False,
    )
    assert found["marking"]["tlp"] == "TLP:GREEN"
    job = client.get(address).json()
    assert job["request"]["files"] == [
        {"name": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files
    ]
    assert str(lake.parent) not in str([job, found])
    assert uploads_left(client) == []
    again = result(client, accepted(upload(client, *files, source="comtrade")))
    assert (again["already_loaded"], again["vintage"]) == (True, found["vintage"])


def bomb() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("figures.csv", b"0" * (200 << 20))
    return sink.getvalue()


HEAD = b"--x\r\nContent-Disposition: form-data; "
FORM = "multipart/form-data; boundary=x"
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("half.csv.gz", gzip.compress(trade_file(3)[1] * 50)[:-40]),
        ("figures.csv", HTML),
        ("bomb.zip", bomb()),
        ("empty.csv", b""),
    ],
    ids=["half", "html", "bomb", "empty"],
)
def test_a_file_that_is_none_leaves_the_lake_as_it_was(
    client: TestClient, lake: Path, name: str, content: bytes
) -> None:
    before = state_of(lake)
    address = accepted(upload(client, (name, content)))
    job = ended(client, address)
    assert job["state"] == "failed"
    error = job["error"]
    assert error["what"]
    assert name.split(".")[0] in error["where"] + error["what"]
    assert error["fix"]
    assert error["status"] == 422
    assert str(lake.parent) not in str(job)
    assert state_of(lake) == before
    assert uploads_left(client) == []
    refused = client.get(f"{address}/result")
    assert (refused.status_code, refused.json()["state"]) == (409, "failed")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\data.csv", "data.csv"),
        ("..", "_"),
        ("", "file"),
        (".hidden.csv", "_hidden.csv"),
        ("a\u202egnp.csv", "a_gnp.csv"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("x" * 400 + ".csv.gz", "x" * 143 + ".csv.gz"),
        ("таблица.csv", "таблица.csv"),
    ],
)
def test_names_of_files_are_text_and_never_paths(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_name_of_ten_megabytes_is_refused(client: TestClient, lake: Path) -> None:
    before = state_of(lake)
    answer = upload(client, ("x" * 10_000_000 + ".csv", b"a,b\n"))
    assert answer.status_code in (413, 422)
    assert answer.json()["fix"]
    assert state_of(lake) == before
    assert uploads_left(client) == []


@pytest.mark.parametrize(
    ("body", "kind", "status", "says"),
    [
        (b"a,b\n1,2\n", "text/csv", 400, "multipart/form-data"),
        (HEAD + b'name="files"; filename="a.csv"\r\n\r\n1,2', FORM, 422, "not a whole form"),
        (b'--x\r\nContent-Disposition: form-data; name="source"\r\n\r\ncomtrade\r\n--x--\r\n', FORM, 400, "no file"),
        (HEAD + b'name="other"; filename="a.csv"\r\n\r\n1\r\n--x--\r\n', FORM, 400, "'other'"),
        (b"no form at all", FORM, 422, "not a whole form"),
    ],
    ids=["csv", "half", "no file", "other field", "no form"],
)  # fmt: skip
def test_what_is_no_upload_is_refused(client: TestClient, body: bytes, kind: str, status: int, says: str) -> None:
    answer = client.post(f"{ROOT}/imports", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert says in answer.json()["what"]
    assert uploads_left(client) == []


@pytest.mark.parametrize(
    ("fields", "status", "says"),
    [
        ({"sauce": "comtrade"}, 400, "source"),
        ({"source": ["comtrade", "list"]}, 400, "twice"),
        ({"mapping": "/etc/passwd"}, 404, "no mapping"),
        ({"mapping": "Makefile"}, 404, "no mapping"),
        ({"marking": "PURPLE"}, 400, "no marking"),
        ({"allow_rejects": "perhaps"}, 400, "allow_rejects"),
        ({"rates": "/etc/passwd"}, 400, "rates"),
        ({"engine": "spark", "spark_master": "spark://elsewhere:7077"}, 400, "engine"),
    ],
)
def test_fields_of_an_upload_are_checked_at_once(
    client: TestClient, fields: dict[str, Any], status: int, says: str
) -> None:
    answer = upload(client, trade_file(4), **fields)
    assert answer.status_code == status
    assert says in str(answer.json())
    assert uploads_left(client) == []


def test_an_upload_above_the_limit_is_refused_with_the_limit(lake: Path, tmp_path: Path) -> None:
    with service_client(lake, home=tmp_path, workers=0, most_upload_bytes=1000) as client:
        answer = upload(client, ("a.csv", b"x" * 1000))
        assert answer.status_code == 413
        assert "1,000 bytes" in answer.json()["what"]
        pieces = client.post(
            f"{ROOT}/imports",
            content=(b"x" * 100 for _ in range(20)),
            headers={"content-type": "multipart/form-data; boundary=x"},
        )
        assert pieces.status_code in (413, 422)
        assert uploads_left(client) == []


def test_a_marking_above_the_clearance_is_refused_before_anything_is_imported(client: TestClient, lake: Path) -> None:
    before = state_of(lake)
    with asked_by(client, someone(PersonRole.ANALYST, Marking(Tlp.GREEN), "gus")):
        answer = upload(client, trade_file(5), marking="AMBER")
    assert answer.status_code == 403
    assert "above your clearance" in answer.json()["what"]
    assert state_of(lake) == before


def test_an_import_whose_answer_is_above_the_clearance_is_done_and_says_no_more(client: TestClient, lake: Path) -> None:
    said = {"who": "ann", "when": "2026-12-01T00:00:00Z", "why": "a test"}
    before = len(state_of(lake)["vintages"])
    with whole_lake():
        set_marking(lake, "table:trade", Marking(Tlp.RED), **said)
    try:
        with asked_by(client, someone(PersonRole.ANALYST, Marking(Tlp.GREEN), "gus")):
            found = result(client, accepted(upload(client, trade_file(6), source="comtrade")))
    finally:
        with whole_lake():
            set_marking(lake, "table:trade", Marking(Tlp.CLEAR), **said)
    assert found["imported"] is True
    assert "above your clearance" in found["withheld"]
    assert "rows_loaded" not in found
    assert len(state_of(lake)["vintages"]) == before + 1


def test_two_files_of_names_are_two_jobs(client: TestClient) -> None:
    names = ("a.csv", b"name\nx\n"), ("b.csv", b"name\nx\n")
    answer = upload(client, *names, to="screenings", name_column="name")
    assert (answer.status_code, answer.json()["what"]) == (400, "a screening takes one file")


def test_the_same_key_gives_the_same_job_and_another_request_is_refused(client: TestClient) -> None:
    first = accepted(upload(client, trade_file(8), source="comtrade", key="upload-8"))
    assert accepted(upload(client, trade_file(8), source="comtrade", key="upload-8")) == first
    other = upload(client, trade_file(9), source="comtrade", key="upload-8")
    assert (other.status_code, other.json()["what"]) == (409, "the idempotency key was used for another request")
    with asked_by(client, someone(PersonRole.ANALYST, name="other")):
        assert accepted(upload(client, trade_file(8), source="comtrade", key="upload-8")) != first
    assert ended(client, first)["attempts"] == 1
    assert accepted(upload(client, trade_file(8), source="comtrade", key="upload-8")) == first
    too_long = client.post(f"{ROOT}/briefs", json={"episode": "russia-2022"}, headers={"Idempotency-Key": "k" * 201})
    assert too_long.status_code == 422


def test_events_are_told_to_their_end_and_from_any_of_them(client: TestClient) -> None:
    address = accepted(upload(client, trade_file(10), source="comtrade"))
    events = listened(client, address)
    numbers = [id for id, name, _ in events if name == "progress"]
    assert numbers == list(range(1, len(numbers) + 1))
    assert events[0][2]["text"] == "begun, attempt 1 of 3"
    assert events[-2][2]["text"] == "done"
    assert events[-1][1:] == ("end", {"state": "done"})
    assert listened(client, address) == events
    assert listened(client, address, after=2) == events[2:]
    assert listened(client, address, after=len(numbers)) == events[-1:]
    assert client.get(address).json()["events"] == len(numbers)


def test_the_list_has_pages(client: TestClient) -> None:
    whole = client.get(f"{ROOT}/jobs").json()
    found, cursor = [], None
    while True:
        page = client.get(f"{ROOT}/jobs", params={"limit": 4} | ({"cursor": cursor} if cursor else {}))
        found += page.json()["jobs"]
        assert page.headers["x-total-rows"] == str(whole["total"])
        cursor = page.json()["next"]
        if cursor is None:
            break
    assert [job["id"] for job in found] == [job["id"] for job in whole["jobs"]]
    assert len(found) == whole["total"]


def test_an_unknown_job_is_not_there(client: TestClient) -> None:
    for method in ("get", "delete"):
        assert getattr(client, method)(f"{ROOT}/jobs/{'0' * 32}").status_code == 404
    assert client.get(f"{ROOT}/jobs/1%27%20OR%201").status_code == 422
