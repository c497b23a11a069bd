"""Every operation answers, with the document that the command line prints; nothing of the Python API is left out."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from api_methods import api_methods
from rest_cases import RestCase, rest_cases
from service_app import service_client
from starlette.testclient import TestClient
from whole_lake import Whole, said

from stopgap.evidence.exchange import FORMS
from stopgap.evidence.exchange.request import FormName
from stopgap.service.rest.endpoints import RecentAnswers
from stopgap.service.rest.operations import OPERATIONS

BY_NAME = {operation.name: operation for operation in OPERATIONS}
READS = [operation.name for operation in OPERATIONS if operation.is_read]
WITHOUT_CASE = {
    "post_packs_export": "answers with a file; test_a_pack_is_exported_as_the_command_line_does",
    "post_markings_release": "needs a mark first; test_a_release_is_made_and_taken_back",
    "post_markings_release_withdraw": "needs a release first; test_a_release_is_made_and_taken_back",
}
VOLATILE = frozenset({"when", "hash", "registered", "received_at", "committed", "generated"})

ELSEWHERE = {
    "alerts.run": "a job",
    "brief": "a job: POST briefs",
    "fetch": "a job: POST fetches",
    "fetch_plan": "a job: POST fetches",
    "import_files": "a job: POST imports",
    "packs.create": "a job: POST packs",
    "screen_file": "a job",
    "screen_rows": "a job",
    "watch": "a job",
    "watches": "reports that stopgap watch wrote: the page On watch shows them",
    "match": "POST match, in the shapes of yente",
    **dict.fromkeys(
        ("matching.match", "matching.search", "matching.entity", "matching.adjacent", "matching.catalogue"),
        "in the shapes and at the addresses of yente: service/matching",
    ),
    "check": "reads every file of the lake: for its operator, on the machine",
    "compact": "upkeep: for the operator, on the machine",
    "doctor": "tells of the machine: for its operator",
    "export": "writes a folder: for the operator, on the machine; POST query reads any view",
    "demo": "makes a lake",
    "init": "writes a folder",
    "simulate": "writes a folder",
    "episodes.check": "checks a file of the user's: on the user's machine",
    "goods.check": "checks a file of the user's: on the user's machine",
    "sources.check": "for those who write a source: on their machine",
    "keys.list": "keys are kept by their owner, on the machine",
    "keys.new": "keys are kept by their owner, on the machine",
    "keys.revoke": "keys are kept by their owner, on the machine",
    "keys.rotate": "keys are kept by their owner, on the machine",
    "keys.show": "keys are kept by their owner, on the machine",
    "keys.trust": "who trusts whom is decided at the machine, where fingerprints are compared",
    "packs.receive_from": "takes a folder of the server; POST packs/receive takes one pack",
    "decisions.export": "the log as it stands, for an auditor: on the machine; GET decisions has those in force",
    "decisions.replay": "takes the log of another lake: on the machine",
}
"""Methods of the Python API without an address here, with the reason."""


def without(document: Any, names: frozenset[str] = VOLATILE) -> Any:
    """A document without the moments that differ between two runs."""
    if isinstance(document, dict):
        return {name: without(value, names) for name, value in document.items() if name not in names}
    return [without(each, names) for each in document] if isinstance(document, list) else document


def folderless(document: Any, whole: Whole, lake: Path) -> Any:
    """A document in which files have their names alone, as uploads do."""
    text = json.dumps(document).replace(f"{lake}/", "").replace(f"{whole.lake}/", "").replace(f"{whole.folder}/", "")
    return json.loads(text)


def test_every_method_of_the_python_api_has_an_address_or_a_reason() -> None:
    here = {operation.api for operation in OPERATIONS}
    assert here <= set(api_methods())
    assert not here & ELSEWHERE.keys()
    assert here | ELSEWHERE.keys() == set(api_methods())


def test_every_operation_has_a_case(served: Whole) -> None:
    assert rest_cases(served).keys() | WITHOUT_CASE.keys() == BY_NAME.keys()
    assert len(BY_NAME) == len(OPERATIONS)


@pytest.mark.parametrize("name", [name for name in READS if name not in WITHOUT_CASE])
def test_a_get_answers_as_the_command_line_prints(client: TestClient, served: Whole, name: str) -> None:
    case = rest_cases(served)[name]
    answer = case.ask(client)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert str(served.lake) not in answer.text
    document = answer.json()
    label = document["marking"]["tlp"] if "marking" in document else "TLP:CLEAR"
    assert answer.headers["x-stopgap-marking"] == label
    if case.words:
        done = said(*case.words, "--lake", served.lake, "--format", "json")
        assert done.code == 0, done.err
        assert answer.text == done.text.replace(f"{served.lake}/", "")


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", [name for name in BY_NAME if name not in READS and name not in WITHOUT_CASE])
def test_a_post_answers_as_the_command_line_prints(
    client: TestClient, served: Whole, tmp_path: Path, name: str
) -> None:
    case = rest_cases(served)[name]
    if not case.changes:
        answer, other = case.ask(client), served.lake
    else:
        other = served.copied(tmp_path / "other")
        with service_client(served.copied(tmp_path / "lake")) as own:
            answer = case.ask(own)
    assert answer.status_code == 200, answer.text
    if case.words:
        done = said(*case.words, "--lake", other, "--format", "json")
        assert done.code == 0, (done.text, done.err)
        own_lake = tmp_path / "lake" if case.changes else served.lake
        expected = without(folderless(json.loads(done.text), served, other))
        assert without(folderless(answer.json(), served, own_lake)) == expected


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", [name for name in READS if name not in WITHOUT_CASE])
def test_every_form_has_the_same_rows(client: TestClient, served: Whole, name: str) -> None:
    case = rest_cases(served)[name]
    tables = _tables(case, client)
    total = int(tables.pop("total"))
    assert {form: len(rows) for form, rows in tables.items()} == dict.fromkeys(tables, total)
    assert tables["arrow"] == tables["parquet"] == tables["zip"]
    assert [list(row) for row in tables["csv"][:1]] == [list(row) for row in tables["parquet"][:1]]


def _tables(case: RestCase, client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for form in ("csv", "parquet", "arrow", "zip"):
        answer = case.ask(client, f".{form}")
        assert answer.status_code == 200, answer.text
        found["total"] = answer.headers["x-total-rows"]
        found[form] = _rows(form, answer.content)
    return found


def _rows(form: str, content: bytes) -> list[Any]:
    match form:
        case "csv":
            return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        case "parquet":
            return list(pq.read_table(io.BytesIO(content)).to_pylist())
        case "arrow":
            return list(pa.ipc.open_stream(content).read_all().to_pylist())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())
        assert {"README.md", "CITATION.txt", "data.csv", "data.json", "data.parquet", "metadata.json"} <= names
        metadata = json.loads(archive.read("metadata.json"))
        rows = list(pq.read_table(io.BytesIO(archive.read("data.parquet"))).to_pylist())
        assert metadata["rows"] == len(rows)
        return rows


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", [name for name in READS if name not in WITHOUT_CASE])
def test_metadata_says_what_each_column_is(client: TestClient, served: Whole, name: str) -> None:
    case = rest_cases(served)[name]
    metadata = case.ask(client, ".metadata.json").json()
    schema = pq.read_schema(io.BytesIO(case.ask(client, ".parquet").content))
    assert [each["name"] for each in metadata["columns"]] == schema.names
    for each in metadata["columns"]:
        assert each["description"].endswith(".")
        if each["name"].endswith("_usd"):
            assert each["unit"].startswith("USD")
    assert metadata["citation"].startswith(BY_NAME[name].summary.rstrip("."))


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", [name for name in READS if name not in WITHOUT_CASE])
def test_what_the_client_has_is_not_worked_out_again(
    client: TestClient, served: Whole, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = rest_cases(served)[name]
    first = case.ask(client)
    tag = first.headers["etag"]
    assert case.ask(client).headers["etag"] == tag
    assert case.ask(client, ".csv").headers["etag"] != tag
    monkeypatch.setattr("stopgap.service.rest.endpoints.answered", None)  # it would fail
    again = case.ask(client, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert again.headers["vary"] == "Accept, Authorization, Cookie"
    assert again.headers["x-stopgap-marking"] == first.headers["x-stopgap-marking"]


def test_an_answer_whose_marking_is_not_known_any_more_is_given_in_full(served: Whole) -> None:
    address = f"/api/v1/decisions/{served.decision}"
    with service_client(served.lake) as before:
        tag = before.get(address).headers["etag"]
    with service_client(served.lake) as started_again:
        full = started_again.get(address, headers={"If-None-Match": tag})
        assert (full.status_code, full.headers["etag"]) == (200, tag)
        for known in (tag, "*"):
            again = started_again.get(address, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["x-stopgap-marking"] == full.headers["x-stopgap-marking"] == "TLP:AMBER"


def test_markings_of_answers_are_kept_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stopgap.service.rest.endpoints._KEPT_LABELS", 2)
    answers = RecentAnswers()
    answers.keep_label("a", "TLP:CLEAR")
    answers.keep_label("b", "TLP:GREEN")
    assert answers.label("a") == "TLP:CLEAR"
    answers.keep_label("c", "TLP:RED")
    assert [answers.label(each) for each in "abc"] == ["TLP:CLEAR", None, "TLP:RED"]


def test_a_release_is_made_and_taken_back(served: Whole, tmp_path: Path) -> None:
    lake = served.copied(tmp_path / "lake")
    with service_client(lake) as client:
        said_why = {"why": "asked for"}
        marked = client.post("/api/v1/markings", json={"subject": "table:trade", "marking": "AMBER", **said_why})
        assert marked.status_code == 200, marked.text
        given = {"finding": served.finding, "marking": "GREEN", **said_why}
        made = client.post("/api/v1/markings/release", json=given)
        assert made.status_code == 200, made.text
        release = made.json()["id"]
        assert client.get(f"/api/v1/markings/finding:{served.finding}").json()["effective"]["tlp"] == "TLP:GREEN"
        back = client.post(f"/api/v1/markings/{release}/withdraw", json=said_why)
        assert back.status_code == 200, back.text
        assert client.get(f"/api/v1/markings/finding:{served.finding}").json()["effective"]["tlp"] == "TLP:AMBER"


@pytest.mark.one_in(4)
@pytest.mark.parametrize("form", list(FormName))
def test_a_pack_is_exported_as_the_command_line_does(
    client: TestClient, served: Whole, tmp_path: Path, form: FormName
) -> None:
    file = {"pack": (served.pack.name, served.pack.read_bytes())}
    answer = client.post("/api/v1/packs/export", data={"as": form}, files=file)
    assert answer.status_code == 200, answer.text
    done = said("pack", "export", served.pack, "--as", form, "--output", tmp_path / "made", "--lake", served.lake)
    assert done.code == 0, done.err
    assert answer.content == (tmp_path / "made").read_bytes()
    assert answer.headers["content-type"].partition(";")[0] == FORMS[form].media_type.partition(";")[0]
    assert answer.headers["content-disposition"] == f'attachment; filename="TLP-RED_partner.{FORMS[form].ending}"'
    assert answer.headers["x-stopgap-marking"] == "TLP:RED"
