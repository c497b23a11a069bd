"""Forms by ending and by Accept, pages, ETags, and what is refused: unknown parameters, names that are paths."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_cases import EPISODE, RestCase, rest_cases
from service_app import service_client, someone
from starlette.testclient import TestClient
from whole_lake import RED, Whole, mark, said

from stopgap.base.errors import UsageError
from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole
from stopgap.service.rest.forms import AnswerForm, NotAcceptableError, accepted_form, split_ending
from stopgap.service.rest.operation import Shaped
from stopgap.service.rest.operations import OPERATIONS
from stopgap.service.rest.pages import RowPage, page_of
from stopgap.service.rest.rendering import csv_pieces, json_of, json_pieces, queries_of, sources_in

PAGED = [operation.name for operation in OPERATIONS if operation.has_pages and operation.is_read]
MEASURE = f"/api/v1/episodes/{EPISODE}/measure"
HOSTILE = (
    "..%2F..%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd", "file.yml", "episode.yml", "goods.csv", "~%2Fx", "C:%5Cx", "x%00y", "%20",
    "..", "....%2F%2Fetc", "russia-2022%0A", "con", "-", "a" * 3000,
)  # fmt: skip


def page_rows(case: RestCase) -> str:
    """The parameter that says how many rows a page has."""
    own = ("/levers", "/exposure", "/quality")
    return "rows" if case.path.endswith(own) else "limit"


def pages_of(client: TestClient, case: RestCase, rows: int, ending: str = "") -> Iterator[Any]:
    """All pages of an answer, each by the address that the one before gives."""
    answer = client.get(f"/api/v1{case.path}{ending}", params={**case.query, page_rows(case): rows})
    while True:
        assert answer.status_code == 200, answer.text
        yield answer
        link = answer.headers.get("link")
        if link is None:
            return
        answer = client.get(link.partition(";")[0].strip("<>"))


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", PAGED)
def test_pages_together_give_every_row_once(client: TestClient, served: Whole, name: str) -> None:
    case = rest_cases(served)[name]
    whole = case.ask(client, ".csv")
    rows = list(csv.DictReader(io.StringIO(whole.text, newline="")))
    limit = max(1, len(rows) // 3)
    pages = list(pages_of(client, case, limit, ".csv"))
    assert [row for page in pages for row in csv.DictReader(io.StringIO(page.text, newline=""))] == rows
    assert {page.headers["x-total-rows"] for page in pages} == {str(len(rows))}
    documents = [page.json() for page in pages_of(client, case, limit)]
    document = case.ask(client).json()
    cut = [name for name in document if documents[0][name] != document[name]]
    assert len(cut) == (1 if len(documents) > 1 else 0)
    for field in cut:
        assert [row for page in documents for row in page[field]] == document[field]
        assert len(document[field]) == len(rows)
    assert [document["total_rows"] for document in documents] == [len(rows)] * len(documents)
    assert documents[-1]["next"] is None
    assert all(document["next"] for document in documents[:-1])


def test_a_limit_of_a_capability_means_the_same_on_pages(client: TestClient) -> None:
    """Pages cut what the limit shows; with 0 they hold all."""
    address = f"/episodes/{EPISODE}/levers"
    for limit in ("0", "2"):
        case = RestCase(address, query={"no_routes": "true", "limit": limit})
        whole = case.ask(client)
        pages = list(pages_of(client, case, 1))
        levers = [row for page in pages for row in page.json()["levers"]]
        assert levers == whole.json()["levers"]
        assert {page.headers["x-total-rows"] for page in pages} == {str(len(levers))}
        assert len(levers) == (whole.json()["levers_found"] if limit == "0" else 2)
    assert whole.json()["levers_found"] > 2


@pytest.mark.one_in(4)
@pytest.mark.parametrize("rows", [1, 2, 3, 100])
def test_matches_of_names_come_in_pages(client: TestClient, served: Whole, rows: int) -> None:
    listed = [line.split(",")[1] for line in (served.folder / "world" / "listed.csv").read_text().splitlines()[1:4]]
    body = {"names": ["Nobody Knows This Firm", *listed, "Qqqq Zzzz"], "threshold": 0, "limit": 3}
    whole = client.post("/api/v1/screen", json=body)
    total = int(whole.headers["x-total-rows"])
    assert total > 3
    names: list[str] = []
    matches: list[Any] = []
    cursor = None
    while True:
        asked = {**body, "rows": rows, **({} if cursor is None else {"cursor": cursor})}
        page = client.post("/api/v1/screen", json=asked)
        assert page.status_code == 200, page.text
        document = page.json()
        assert document["total_rows"] == total == int(page.headers["x-total-rows"])
        found = [match for answer in document["answers"] for match in answer["matches"]]
        assert len(found) == min(rows, total - len(matches))
        text = client.post("/api/v1/screen", json=asked, headers={"Accept": "text/csv"}).text
        assert len(list(csv.DictReader(io.StringIO(text, newline="")))) == len(found)
        matches += found
        names += [answer["query"] for answer in document["answers"]]
        cursor = document["next"]
        assert page.headers.get("x-next-cursor") == cursor
        if cursor is None:
            break
    answers = whole.json()["answers"]
    assert matches == [match for answer in answers for match in answer["matches"]]
    assert list(dict.fromkeys(names)) == [answer["query"] for answer in answers]


def test_a_cursor_of_another_request_is_refused(client: TestClient, served: Whole) -> None:
    body = {"name": served.listed[1], "threshold": 0, "limit": 3, "rows": 1}
    first = client.post("/api/v1/screen", json=body)
    cursor = first.json()["next"]
    assert cursor is not None
    assert len(first.json()["matches"]) == 1
    again = client.post("/api/v1/screen", json={**body, "cursor": cursor})
    assert len(again.json()["matches"]) == 1
    other = client.post("/api/v1/screen", json={**body, "limit": 2, "cursor": cursor})
    assert other.status_code == 409
    assert client.post("/api/v1/screen", json={**body, "cursor": "x"}).status_code == 400


@pytest.mark.parametrize("rows_at", ["suppliers"])
def test_pages_of_json_cut_the_rows_of_the_document(client: TestClient, served: Whole, rows_at: str) -> None:
    whole = client.get(MEASURE).json()
    assert len(whole[rows_at]) == 4
    case = RestCase(f"/episodes/{EPISODE}/measure")
    pages = [page.json() for page in pages_of(client, case, 3)]
    assert [len(page[rows_at]) for page in pages] == [3, 1]
    assert [row for page in pages for row in page[rows_at]] == whole[rows_at]
    rest = {name: value for name, value in pages[0].items() if name not in (rows_at, "total_rows", "next")}
    assert rest == {name: value for name, value in whole.items() if name != rows_at}


def test_a_cursor_holds_for_what_it_was_made_of(served: Whole, tmp_path: Path) -> None:
    lake = served.copied(tmp_path / "lake")
    with service_client(lake) as client:
        first = client.get("/api/v1/alerts", params={"status": "all", "limit": 1}).json()
        assert client.get(first["next"]).status_code == 200
        assert client.get(first["next"].replace("status=all", "status=open")).status_code == 409
        client.post(f"/api/v1/alerts/{served.alert}/decide", json={"as": "confirmed", "why": "seen"})
        changed = client.get(first["next"])
        assert changed.status_code == 409
        assert "begin with the first page" in changed.json()["fix"]
        assert client.get("/api/v1/alerts", params={"cursor": "nonsense"}).status_code == 400


@given(st.integers(0, 60), st.integers(1, 20))
def test_cursors_walk_over_every_row(rows: int, limit: int) -> None:
    seen: list[int] = []
    page: RowPage | None = page_of(limit, None, "s")
    while page is not None:
        seen += range(page.first, min(page.first + limit, rows))
        cursor = page.next_cursor(rows)
        page = None if cursor is None else page_of(limit, cursor, "s")
    assert seen == list(range(rows))


@given(st.text(max_size=60))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        page_of(1, text, "s")


def test_accept_chooses_the_form(client: TestClient) -> None:
    types = {
        "text/csv": "text/csv; charset=utf-8",
        "application/vnd.apache.parquet": "application/vnd.apache.parquet",
        "application/vnd.apache.arrow.stream": "application/vnd.apache.arrow.stream",
        "text/html, application/json;q=0.9, */*;q=0.1": "application/json",
        "*/*": "application/json",
        "text/*": "text/csv; charset=utf-8",
    }
    for accept, found in types.items():
        answer = client.get("/api/v1/goods", headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, found)
        assert answer.headers["vary"] == "Accept, Authorization, Cookie"
    refused = client.get("/api/v1/goods", headers={"Accept": "image/png"})
    assert refused.status_code == 406
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["x-stopgap-marking"] == "TLP:CLEAR"
    assert client.get("/api/v1/goods.csv", headers={"Accept": "image/png"}).status_code == 200


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, AnswerForm.JSON),
        ("", AnswerForm.JSON),
        ("application/json;q=0.2, text/csv;q=0.5", AnswerForm.CSV),
        ("text/csv;q=0, */*", AnswerForm.JSON),
        ("TEXT/CSV", AnswerForm.CSV),
        ("application/zip", AnswerForm.ZIP),
    ],
)
def test_the_preferred_form_is_given(accept: str | None, form: AnswerForm) -> None:
    assert accepted_form(accept) is form


@pytest.mark.parametrize("accept", ["image/png", "application/json;q=0", "text/csv;q=nonsense"])
def test_no_form_is_refused(accept: str) -> None:
    with pytest.raises(NotAcceptableError):
        accepted_form(accept)


def test_the_longest_ending_names_the_form() -> None:
    assert split_ending("x.metadata.json") == ("x", AnswerForm.METADATA)
    assert split_ending("x.json") == ("x", AnswerForm.JSON)
    assert split_ending("a.b.csv") == ("a.b", AnswerForm.CSV)
    assert split_ending("x.xls") == ("x.xls", None)
    assert split_ending(".csv") == (".csv", None)


@pytest.mark.parametrize("kind", ["episodes", "goods", "economies", "sources"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_path_is_an_unknown_name(client: TestClient, kind: str, name: str) -> None:
    answer = client.get(f"/api/v1/{kind}/{name}")
    assert answer.status_code == 404 or (name == ".." and answer.url.path == "/api/v1/")
    assert "root:" not in answer.text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_path_is_no_episode_or_goods_of_a_measure(client: TestClient, served: Whole, name: str) -> None:
    if name == "..":
        name = "%2E%2E%2Fx"
    assert client.get(f"/api/v1/episodes/{name}/measure").status_code == 404
    assert client.get(f"{MEASURE}?goods={name}").status_code in ((400, 404) if "%00" in name else (404,))


def test_files_of_the_server_are_no_names(client: TestClient, served: Whole, tmp_path: Path) -> None:
    """The path of a file that is there is refused as one that is not."""
    own = {"episode": served.episode, "goods": str(served.folder / "world" / "goods.csv")}
    for path in own.values():
        assert Path(path).is_file()
    assert client.get("/api/v1/quality", params={"episode": own["episode"]}).status_code == 404
    assert client.get("/api/v1/alerts", params={"episode": own["episode"]}).status_code == 404
    assert client.get(MEASURE, params={"goods": own["goods"]}).status_code == 404
    claim = served.claims[0]
    assert client.post(f"/api/v1/claims/{claim}/test", json={"episode": own["episode"]}).status_code == 404
    file = served.file("claim-0.yml").replace("/", "%2F")
    assert client.post(f"/api/v1/claims/{file}/test", json={}).status_code == 404
    assert client.post("/api/v1/claims/test", json={"ids": [served.file("claim-0.yml")]}).status_code == 404
    named = {"received": [str(served.pack), str(served.pack)]}
    compared = client.post("/api/v1/packs/compare", json=named)
    assert compared.status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"goods": ["/etc/goods.csv"]},
        {"goods": ["goods.yml"]},
        {"goods": [{"name": "../goods.csv", "phrase": "x"}]},
        {"episode": "/etc/passwd"},
        {"episode": "episode.yml"},
    ],
)
def test_a_posted_statement_names_no_file(client: TestClient, change: dict[str, Any]) -> None:
    claim = {
        "said_by": {"name": "A"}, "said_on": "2024-04-08", "chain": [{"source": "B", "form": "report"}], "actor": "CHN",
        "action": "backfill", "target": "RUS", "goods": ["chips"], "words": "China fills it.",
    }  # fmt: skip
    answer = client.post("/api/v1/claims", json={"claim": {**claim, **change}})
    assert answer.status_code in (404, 422), answer.text
    assert client.get("/api/v1/claims").json()["claims"] != []


def test_the_source_of_a_posted_statement_is_no_file_of_the_server(served: Whole, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("China fills it. The password is tulip.\n")
    claim = {
        "said_by": {"name": "A"}, "said_on": "2024-04-08", "chain": [{"source": "B", "form": "report"}], "actor": "CHN",
        "action": "backfill", "target": "RUS", "goods": ["chips"], "words": "China fills it.",
        "source": {"file": str(secret)},
    }  # fmt: skip
    with service_client(served.copied(tmp_path / "lake")) as client:
        made = client.post("/api/v1/claims", json={"claim": claim})
        shown = client.get(f"/api/v1/claims/{made.json()['id']}") if made.status_code == 200 else made
        assert "tulip" not in made.text + shown.text
        named = {
            "claim": {**claim, "source": {}},
            "text": "He said: China fills it.",
            "text_name": "../../x/briefing.md",
        }
        told = client.post("/api/v1/claims", json={**named, "why": "with its text"})
        assert told.status_code == 200, told.text
        assert client.get(f"/api/v1/claims/{told.json()['id']}").json()["words_checked"]


def test_unknown_parameters_are_named(client: TestClient) -> None:
    answer = client.get(MEASURE, params={"good": "8542"})
    assert answer.status_code == 400
    problem = answer.json()
    assert problem["what"] == "'good' is no parameter of this address"
    assert "did you mean goods?" in problem["fix"]
    posted = client.post("/api/v1/screen", json={"name": "X", "treshold": 0.5})
    assert posted.status_code == 400
    assert "did you mean threshold?" in posted.json()["fix"]


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/api/v1/series", {"reporters": "CHN"}),
        ("/api/v1/series", {"reporters": "CHN", "from": "CHN", "to": "RUS"}),
        ("/api/v1/series", {"from": "CHN", "to": "RUS", "by": "week"}),
        ("/api/v1/series", {"from": "CHN", "to": "RUS", "growth": "perhaps"}),
        (MEASURE, {"frequency": ["A", "M"]}),
        (f"/api/v1/episodes/{EPISODE}/nowcast", {"window": "13"}),
        (f"/api/v1/episodes/{EPISODE}/nowcast", {"window": "three"}),
        (f"/api/v1/episodes/{EPISODE}/routes", {"seed": "99999999999999999999"}),
        (f"/api/v1/episodes/{EPISODE}/measure", {"engine": "spark"}),
        (f"/api/v1/episodes/{EPISODE}/measure", {"memory_limit": "1GB"}),
        ("/api/v1/goods", {"limit": "0"}),
    ],
)
def test_values_that_cannot_be_are_refused(client: TestClient, address: str, query: dict[str, Any]) -> None:
    answer = client.get(address, params=query)
    assert answer.status_code == 400, answer.text
    assert {"what", "where", "fix", "code"} <= answer.json().keys()


def test_nobody_and_too_low_a_role_are_refused(served: Whole) -> None:
    with service_client(served.lake, someone(PersonRole.VIEWER)) as client:
        assert client.get("/api/v1/lists").status_code == 200
        answer = client.post("/api/v1/markings", json={"subject": "source:comtrade", "marking": "RED", "why": "x"})
        assert answer.status_code == 403
        assert "ask someone who is releaser" in answer.json()["fix"]
        for address in ("/api/v1/decisions", "/api/v1/claims", f"/api/v1/alerts/{served.alert}/decide"):
            assert client.post(address, json={}).status_code == 403


def test_a_clearance_holds_in_every_form_and_etag(served: Whole, tmp_path: Path) -> None:
    """A person cleared for GREEN sees a lake without what is RED, and its ETags do not move with what is hidden."""
    lake = served.copied(tmp_path / "lake")
    mark(
        lake, (f"receipt:{served.receipts['listed.csv']}", RED), (f"receipt:{served.receipts['declarations.csv']}", RED)
    )
    green = someone(PersonRole.ADMIN, Marking(Tlp.GREEN), name="eve")
    entity, name = served.listed
    with service_client(lake, green) as low, service_client(lake) as high:
        assert high.get("/api/v1/lists").json()["lists"]
        for ending in ("", ".csv", ".parquet", ".arrow", ".zip", ".metadata.json"):
            answer = low.get(f"/api/v1/lists{ending}")
            assert answer.status_code == 200
            assert answer.headers["x-total-rows"] == "0"
        assert low.get(f"/api/v1/listed/{entity}").status_code == 404
        assert name not in low.post("/api/v1/query", json={"sql": "SELECT name FROM listed"}).text
        tags = {client: client.get("/api/v1/vintages").headers["etag"] for client in (low, high)}
        assert tags[low] != tags[high]
        seen = {client: client.get("/api/v1/lists").json()["lists"] for client in (low, high)}
        world = served.folder / "world"
        other = tmp_path / "other.csv"
        other.write_bytes((world / "listed.csv").read_bytes() + b"SL-99999,Hidden Trading Ltd,,,,\n")
        done = said("import", other, "--source", "list", "--list", "other", "--marking", "RED", "--lake", lake)
        assert done.code == 0, done.text + done.err
        assert low.get("/api/v1/vintages").headers["etag"] == tags[low]
        assert high.get("/api/v1/vintages").headers["etag"] != tags[high]
        assert low.get("/api/v1/lists").json()["lists"] == seen[low]
        names = [each["list"] for each in high.get("/api/v1/lists").json()["lists"]]
        assert sorted(names) == sorted(["other", *(each["list"] for each in seen[high])])


@pytest.mark.one_in(2)
@pytest.mark.parametrize("kind", ["episode", "source", "table", "finding"])
def test_what_was_seen_is_refused_once_it_is_marked_higher(served: Whole, tmp_path: Path, kind: str) -> None:
    """Neither an answer that is kept nor an ETag that the client has goes round a new mark."""
    lake = served.copied(tmp_path / "lake")
    with service_client(lake, someone(PersonRole.VIEWER, Marking(Tlp.GREEN), name="eve")) as low:
        seen = low.get(MEASURE)
        assert seen.status_code == 200
        again = {"If-None-Match": seen.headers["etag"]}
        assert low.get(MEASURE, headers=again).status_code == 304
        subjects = {
            "episode": f"episode:{EPISODE}", "source": "source:comtrade", "table": "table:trade",
            "finding": f"finding:{seen.json()['finding_id']}",
        }  # fmt: skip
        mark(lake, (subjects[kind], RED))
        for ending in ("", ".csv", ".zip", ".metadata.json"):
            refused = low.get(f"{MEASURE}{ending}", headers=again)
            assert refused.status_code in (403, 404), (kind, ending)
            assert "CHN" not in refused.text
            assert seen.json()["finding_id"] not in refused.text


def test_downloads_say_their_marking_in_their_name(client: TestClient, served: Whole) -> None:
    amber = client.get(f"/api/v1/decisions/{served.decision}.csv").headers
    assert amber["x-stopgap-marking"] == "TLP:AMBER"
    assert amber["content-disposition"] == f'attachment; filename="TLP-AMBER_decisions-{served.decision}.csv"'
    assert client.get("/api/v1/goods.csv").headers["content-disposition"] == 'attachment; filename="goods.csv"'
    assert "content-disposition" not in client.get("/api/v1/goods").headers


def test_csv_cells_are_no_formulas() -> None:
    table = pa.table({"name": ["=1+1", "+2", "-3", "@x", "plain"], "value": [-1.5, None, 2.0, 3.0, 4.0]})
    rows = list(csv.reader(io.StringIO(b"".join(csv_pieces(table)).decode())))
    assert rows == [["name", "value"], ["'=1+1", "-1.5"], ["'+2", ""], ["'-3", "2.0"], ["'@x", "3.0"], ["plain", "4.0"]]


def test_long_tables_are_written_in_pieces() -> None:
    table = pa.table({"n": list(range(12_001))})
    pieces = list(csv_pieces(table))
    assert len(pieces) == 4
    assert b"".join(pieces).decode().split() == ["n", *map(str, range(12_001))]


@pytest.mark.parametrize("rows", [0, 1, 2, 5_000, 5_001, 10_003])
def test_json_that_is_written_in_pieces_is_that_of_the_whole(rows: int) -> None:
    table = pa.table(
        {"n": list(range(rows)), "x": [float("nan")] * rows, "text": ['a\n"]'] * rows, "list": [[1, 2]] * rows}
    )
    document = {"columns": table.column_names, "rows": [], "as_of": "v1"}
    pieces = b"".join(json_pieces(Shaped(document, table, Marking(Tlp.GREEN), rows_at="rows", has_rows=False))).decode()
    whole = {**document, "rows": table.to_pylist(), "marking": {"tlp": "TLP:GREEN", "releasable_to": None}}
    assert pieces == json_of(whole)


def test_json_has_no_numbers_that_json_lacks() -> None:
    assert (
        json_of({"x": float("nan"), "y": [float("inf"), 1.0]})
        == '{\n  "x": null,\n  "y": [\n    null,\n    1.0\n  ]\n}\n'
    )


def test_statements_on_another_vintage_say_so() -> None:
    assert queries_of({"queries": ["SELECT 1", {"as_of": "v1", "sql": "SELECT 2"}]}) == [
        "SELECT 1",
        "-- as of v1\nSELECT 2",
    ]
    assert queries_of({}) == []
    assert Shaped({"a": 1}, pa.table({})).marked == {"a": 1}


def test_sources_are_those_that_the_statements_read(client: TestClient) -> None:
    one, other = (
        "SELECT 1 FROM trade WHERE source IN ('comtrade', 'hmrc')",
        "SELECT 1 FROM trade WHERE source = 'eurostat'",
    )
    assert sources_in({"queries": [one, {"as_of": "v1", "sql": other}]}) == ["comtrade", "eurostat", "hmrc"]
    assert sources_in({"queries": ["SELECT 1 FROM trade"]}) == []
    metadata = client.get(f"{MEASURE}.metadata.json").json()
    assert [each["source"] for each in metadata["sources"]] == ["comtrade"]
    assert metadata["address"] == MEASURE
    assert client.get("/api/v1/lists.metadata.json").json()["sources"] == []


def test_a_query_has_the_limits_of_the_service(client: TestClient) -> None:
    for more in ({"timeout": 3600}, {"result_limit": "100GB"}, {"timeout": -1}):
        assert client.post("/api/v1/query", json={"sql": "SELECT 1", **more}).status_code == 400
    refused = client.post("/api/v1/query", json={"sql": "SELECT * FROM read_csv('/etc/passwd')"})
    assert refused.status_code in (403, 422)
    assert client.post("/api/v1/query", content=b"{", headers={"content-type": "application/json"}).status_code == 400
    assert client.post("/api/v1/query", content=b"sql=1", headers={"content-type": "text/plain"}).status_code == 400


def test_head_states_the_rows_before_a_download(client: TestClient) -> None:
    stated = client.head("/api/v1/lists/listed.csv")
    assert (stated.status_code, stated.headers["x-total-rows"]) == (200, "54")
    assert len(client.get("/api/v1/lists/listed.csv").text.splitlines()) == 55
