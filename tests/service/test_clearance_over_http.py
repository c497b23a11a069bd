"""Someone cleared for GREEN asks a service whose lake is AMBER and above: in each way, the answer is that of an empty lake.

Forty ways and more: every address of the table in every form, matching as yente's clients ask, and what an attacker tries:
SQL, ids guessed or known, vintages, ETags, conditional requests, cursors, errors, HEAD, the audit logs, jobs.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rest_cases import rest_cases
from service_app import service_client, someone
from starlette.testclient import TestClient
from whole_lake import Whole, document, mark

from stopgap.base.marking import Marking, Tlp
from stopgap.service.principal import PersonRole
from stopgap.service.rest.router import ROOT

GREEN, AMBER = Marking(Tlp.GREEN), Marking(Tlp.AMBER)
FORMS = ("", ".json", ".csv", ".parquet", ".arrow", ".metadata.json", ".zip")
OWN = ("x-request-id", "date", "content-length", "etag")
"""Headers that differ between any two answers, or any two lakes; what changes an ETag has a test of its own."""

SQL = (
    "SELECT * FROM trade",
    "SELECT count(*) AS n FROM trade",
    "SELECT * FROM receipts",
    "SELECT * FROM findings",
    "SELECT * FROM declarations",
    "SELECT * FROM listed",
    "SELECT * FROM listed_state",
    "SELECT * FROM reported",
    "SELECT * FROM trade_aggregates",
    "SELECT * FROM trade_breakdowns",
    "SELECT * FROM received_packs",
    "SELECT * FROM received_findings",
    "SELECT sum(value_usd) AS s FROM trade WHERE receipt IN (SELECT receipt FROM receipts)",
    "SELECT CASE WHEN (SELECT count(*) FROM trade) > 0 THEN 1 / 0 ELSE 1 END AS n",
    "SELECT error((SELECT string_agg(file_name, ',') FROM receipts)) AS n",
    "SELECT * FROM trade_rows",
    "SELECT * FROM native.trade_facts",
    "SELECT * FROM read_parquet('**/*.parquet')",
    "SELECT * FROM duckdb_tables()",
    "SUMMARIZE trade",
    "DESCRIBE findings",
    "EXPLAIN ANALYZE SELECT * FROM trade",
)


def said(answer: Any) -> tuple[Any, ...]:
    """What an answer says: status, headers but for those of any answer, and content, unpacked."""
    headers = {name: value for name, value in answer.headers.items() if name not in OWN}
    content: Any = answer.content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
    elif content.startswith(b"PAR1"):
        content = str(pq.read_table(io.BytesIO(content)).to_pydict())
    return (
        answer.status_code,
        headers,
        content.replace(b"hidden", b"nothing") if isinstance(content, bytes) else content,
    )


NAMES = [
    name
    for name, case in rest_cases(
        Whole(Path(), {"early.csv": ""}, ("", ""), "", "", "", ("", ""), Path("p.zip"))
    ).items()
    if not case.changes and not case.files
]


@pytest.mark.one_in(6)
@pytest.mark.parametrize("name", NAMES)
def test_every_address_in_every_form(served: Whole, hidden: TestClient, nothing: TestClient, name: str) -> None:
    case = rest_cases(served)[name]
    for form in FORMS if name.startswith("get_") else ("",):
        assert said(case.ask(hidden, form)) == said(case.ask(nothing, form)), f"{case.path}{form}"


@pytest.mark.parametrize("sql", SQL)
def test_sql_reads_an_empty_lake(hidden: TestClient, nothing: TestClient, sql: str) -> None:
    one, other = (client.post(f"{ROOT}/query", json={"sql": sql}) for client in (hidden, nothing))
    assert said(one) == said(other)


def ways(served: Whole) -> list[tuple[str, str, dict[str, Any]]]:
    """Requests that an attacker tries, who knows every id."""
    receipt, (entity, name) = served.receipts["early.csv"], served.listed
    queries = {"q": {"schema": "Company", "properties": {"name": [name]}}}
    return [
        ("POST", "/match/default", {"json": {"queries": queries}}),
        ("POST", "/match/listed", {"json": {"queries": queries}}),
        ("POST", f"{ROOT}/match", {"json": {"queries": queries}}),
        ("GET", f"/entities/{entity}", {}),
        ("GET", f"/search/default?q={name}", {}),
        ("GET", "/catalog", {}),
        ("GET", f"{ROOT}/listed/{entity}", {}),
        ("GET", f"{ROOT}/markings/receipt:{receipt}", {}),
        ("GET", f"{ROOT}/markings/claim:{served.claims[0]}", {}),
        ("GET", f"{ROOT}/markings/{served.finding}", {}),
        ("GET", f"{ROOT}/markings/verdict:{served.claims[0]}", {}),
        ("GET", f"{ROOT}/markings/decision:{served.decision}", {}),
        ("GET", f"{ROOT}/alerts/{served.alert[:6]}", {}),
        ("GET", f"{ROOT}/decisions/{served.decision}", {}),
        ("GET", f"{ROOT}/claims/{served.claims[1]}", {}),
        ("GET", f"{ROOT}/packs/{served.pack.name}", {}),
        ("GET", f"{ROOT}/vintages?limit=1", {}),
        ("GET", f"{ROOT}/series?from=COL&to=AND&goods=84&as_of=v1", {}),
        ("GET", f"{ROOT}/series?from=COL&to=AND&goods=84&as_of=2026-01-01", {}),
        ("GET", f"{ROOT}/episodes/simulated-alerts-1/measure?as_of=v1", {}),
        ("GET", f"{ROOT}/episodes/simulated-alerts-1/diff?earlier=v1&to=v2", {}),
        ("POST", f"{ROOT}/query", {"json": {"sql": "SELECT 1 AS n FROM trade", "as_of": "v2"}}),
        ("POST", f"{ROOT}/claims/{served.claims[0]}/test", {"json": {}}),
        ("POST", f"{ROOT}/claims/{served.claims[0]}/withdraw", {"json": {"why": "to see"}}),
        ("POST", f"{ROOT}/alerts/{served.alert}/decide", {"json": {"as": "dismissed", "why": "to see"}}),
        ("POST", f"{ROOT}/receipts/{receipt}/withdraw", {"json": {"why": "to see"}}),
        ("POST", f"{ROOT}/markings", {"json": {"subject": f"receipt:{receipt}", "marking": "CLEAR", "why": "to see"}}),
        ("POST", f"{ROOT}/markings/release", {"json": {"finding": served.finding, "marking": "CLEAR", "why": "to see"}}),
        ("GET", f"{ROOT}/jobs", {}),
        ("GET", f"{ROOT}/audit", {}),
        ("GET", f"{ROOT}/people", {}),
        ("GET", "/metrics/../api/v1/vintages", {}),
        ("HEAD", f"{ROOT}/vintages", {}),
        ("GET", f"{ROOT}/vintages", {"headers": {"accept": "text/csv"}}),
        ("GET", f"{ROOT}/vintages", {"headers": {"if-none-match": "*"}}),
        ("GET", f"{ROOT}/vintages", {"headers": {"range": "bytes=0-10"}}),
        ("GET", f"{ROOT}/vintages?cursor=AAAA", {}),
    ]  # fmt: skip


@pytest.mark.parametrize("number", range(37))
def test_ways_that_an_attacker_tries(served: Whole, hidden: TestClient, nothing: TestClient, number: int) -> None:
    tried = ways(served)
    assert len(tried) == 37
    method, address, given = tried[number]
    one, other = (client.request(method, address, **given) for client in (hidden, nothing))
    assert said(one) == said(other), address


def test_what_is_hidden_changes_no_etag(served: Whole, tmp_path: Path) -> None:
    lake = served.copied(tmp_path / "lake")
    more = tmp_path / "more.csv"
    more.write_text("entity_id,name\nX1,Quiet Orchard Bakery\n", "utf-8")
    with service_client(lake, someone(PersonRole.VIEWER, GREEN)) as client:
        names = ("/vintages", "/alerts", "/claims", "/decisions", "/lists", "/episodes/simulated-alerts-1/prices")
        before = [client.get(f"{ROOT}{name}").headers.get("etag") for name in names]
        document("import", more, "--source", "list", "--list", "other", "--marking", "RED", "--lake", lake)
        after = [client.get(f"{ROOT}{name}").headers.get("etag") for name in names]
        assert before == after
        mark(lake, (f"claim:{served.claims[0]}", AMBER))
        assert client.get(f"{ROOT}/claims").headers["etag"] != after[2]


def test_what_is_seen_by_one_is_no_answer_to_another(served: Whole, tmp_path: Path) -> None:
    """Answers kept for someone with a clearance are not given to someone without it."""
    lake = served.copied(tmp_path / "lake")
    mark(lake, (f"receipt:{served.receipts['late.csv']}", AMBER))
    asked = f"{ROOT}/vintages"
    with service_client(lake, someone()) as client:
        service = client.app.state.service  # type: ignore[attr-defined]
        whole = client.get(asked)
        service.principal_of = lambda connection: someone(PersonRole.VIEWER, GREEN, "ben")
        seen = client.get(asked, headers={"if-none-match": whole.headers["etag"]})
        service.principal_of = lambda connection: someone()
        again = client.get(asked)
    assert seen.status_code == 200
    assert "late.csv" not in json.dumps(seen.json())
    assert again.json() == whole.json()
