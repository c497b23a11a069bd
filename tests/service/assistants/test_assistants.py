"""Tools for assistants, asked by the SDK's own client: over standard input of the command, and in this process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from served import served
from whole_lake import Whole, document, mark

from stopgap.api import Lake
from stopgap.base.clearance import whole_lake
from stopgap.base.marking import Marking, Tlp
from stopgap.service.assistants.server import INSTRUCTIONS, tools_server
from stopgap.service.context import ServiceContext
from stopgap.service.matching.screening_log import screening_log
from stopgap.service.principal import PersonRole, Principal
from stopgap.service.settings import ServeRequest, service_settings

TOOLS = {"episodes", "series", "measure", "routes", "screen", "claims", "query"}
PARTS = {
    "headline", "rows", "rows_in_all", "rows_shown", "must_say", "unit", "interval", "coverage", "as_of", "marking", "figures",
}  # fmt: skip


def asked(lake: Path, clearance: Marking | None, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """What the tools answer to someone: the JSON of an answer, or the text of an error."""
    service = ServiceContext(service_settings(lake, ServeRequest()))
    server = tools_server(service, Principal("ann", PersonRole.VIEWER, clearance))

    async def work() -> list[Any]:
        async with Client(server) as client:
            found = [await client.call_tool(name, given) for name, given in calls]
        return [each.content[0].text if each.is_error else json.loads(each.content[0].text) for each in found]

    return asyncio.run(work())


def test_the_tools_say_that_they_only_read(whole: Whole) -> None:
    service = ServiceContext(service_settings(whole.lake, ServeRequest()))

    async def work() -> tuple[Any, str | None]:
        async with Client(tools_server(service, Principal("ann", PersonRole.VIEWER))) as client:
            return (await client.list_tools()).tools, client.instructions

    tools, instructions = asyncio.run(work())
    assert {tool.name for tool in tools} == TOOLS
    assert all(tool.annotations.read_only_hint and not tool.annotations.destructive_hint for tool in tools)
    assert all(tool.description and "\n" not in tool.description for tool in tools)
    assert instructions == INSTRUCTIONS


def test_figures_come_with_what_must_be_said(whole: Whole) -> None:
    [answer, counted] = asked(
        whole.lake,
        None,
        ("measure", {"episode": whole.episode, "limit": 2}),
        ("query", {"sql": "SELECT count(*) AS n FROM trade"}),
    )
    with whole_lake():
        found = Lake(whole.lake).measure(whole.episode)
        rows = len(Lake(whole.lake).query("SELECT * FROM trade"))
    assert set(answer) == PARTS
    assert [row["supplier"] for row in answer["rows"]] == [each.supplier for each in found.finding.suppliers[:2]]
    assert (answer["rows_shown"], answer["rows_in_all"]) == (2, len(found.finding.suppliers))
    assert answer["figures"]["suspended"]["loss_usd"] == found.finding.suspended.loss_usd
    assert (answer["unit"], answer["as_of"]) == ("USD per year", found.finding.as_of)
    assert answer["coverage"]["share_of_baseline_reported"] == found.finding.coverage.share_of_baseline_reported
    said = " ".join(answer["must_say"])
    assert "baseline 20" in said
    assert "does not prove" in said
    assert "TLP:CLEAR" in said
    assert counted["rows"] == [{"n": rows}]


def test_a_tool_sees_what_its_reader_may_see(whole: Whole, tmp_path: Path) -> None:
    lake = whole.copied(tmp_path / "lake")
    mark(lake, (f"receipt:{whole.receipts['late.csv']}", Marking(Tlp.AMBER)))
    files = ("query", {"sql": "SELECT file_name FROM receipts"})
    [green, claims], [amber] = (
        asked(lake, Marking(Tlp.GREEN), files, ("claims", {})),
        asked(lake, Marking(Tlp.AMBER), files),
    )
    assert "late.csv" not in json.dumps(green)
    assert "declarations.csv" not in json.dumps(green)
    assert "late.csv" in json.dumps(amber)
    assert amber["marking"]["tlp"] == "TLP:AMBER"
    assert all(row["id"] in whole.claims for row in claims["rows"])


def test_names_that_are_looked_up_are_in_the_log_of_screenings(whole: Whole) -> None:
    name = whole.listed[1]
    [found] = asked(whole.lake, None, ("screen", {"names": [name, "Nobody Knows This Firm"], "limit": 2}))
    log = screening_log(service_settings(whole.lake, ServeRequest()).home)
    [event] = [each for each in log.events() if each.get("id") == found["figures"]["screening"]]
    assert (event["event"], event["who"], event["address"]) == ("asked", "ann", "/mcp")
    assert [each["properties"]["name"] for each in event["queries"].values()] == [[name], ["Nobody Knows This Firm"]]
    assert event["outcome"]["q0"]["results"][0]["score"] == found["rows"][0]["score"]
    [refused] = asked(whole.lake, None, ("screen", {"names": [" "]}))
    assert [each["event"] for each in log.events()][-1] == "refused"
    assert "fix:" in refused


def test_an_error_says_what_where_and_how_to_fix_it(whole: Whole) -> None:
    [never, unknown, bad] = asked(
        whole.lake,
        None,
        ("measure", {"episode": "nowhere-1900"}),
        ("query", {"sql": "SELECT * FROM secrets"}),
        ("series", {}),
    )
    assert "nowhere-1900" in never
    assert "fix:" in never
    assert "secrets" in unknown
    assert "reporters" in bad


def test_the_command_serves_over_standard_input(whole: Whole) -> None:
    environment = {**os.environ, "STOPGAP_HOME": str(whole.folder / "home")}
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "stopgap", "mcp", "--lake", str(whole.lake), "--clearance", "GREEN"],
        env=environment,
    )
    name = whole.listed[1]

    async def work() -> list[Any]:
        async with Client(command) as client:
            screened = await client.call_tool("screen", {"names": [name], "limit": 1})
            hidden = await client.call_tool("query", {"sql": "SELECT count(*) AS n FROM declarations"})
        return [json.loads(each.content[0].text) for each in (screened, hidden)]

    screened, hidden = asyncio.run(work())
    assert screened["rows"][0]["query"] == name
    assert screened["rows"][0]["score"] > 0.9
    assert any("likeness of names" in line for line in screened["must_say"])
    assert hidden["rows"] == [{"n": 0}]


@pytest.mark.prove_only
def test_the_command_serves_over_http_those_who_send_its_token(whole: Whole) -> None:
    environment = {**os.environ, "STOPGAP_HOME": str(whole.folder / "home")}
    words = ["mcp", "--http", "--port", "0", "--lake", str(whole.lake), "--clearance", "GREEN", "--format", "json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "stopgap", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        right = {"authorization": f"Bearer {said['token']}"}
        count = {"sql": "SELECT count(*) AS n FROM declarations"}
        answer = asyncio.run(over_http(said["address"], right, "query", count))
        assert json.loads(answer.content[0].text)["rows"] == [{"n": 0}]
        with pytest.raises(ExceptionGroup):
            asyncio.run(over_http(said["address"], {}, "query", count))
        with httpx2.Client() as http:
            for headers in ({}, {"authorization": "Bearer wrong"}):
                refused = http.post(said["address"], json={}, headers=headers)
                assert (refused.status_code, refused.json()["where"]) == (401, "/mcp")
            elsewhere = http.post(said["address"], json={}, headers={**right, "host": "example.org"})
            assert elsewhere.status_code in (403, 421)
            foreign = http.post(said["address"], json={}, headers={**right, "origin": "https://example.org"})
            assert foreign.status_code == 403
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


async def over_http(address: str, given: dict[str, str], tool: str, asked: dict[str, Any]) -> Any:
    """What a tool answers at an address, to a client of the SDK that sends these headers."""
    async with (
        httpx2.AsyncClient(headers=given) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        return await client.call_tool(tool, asked)


@pytest.mark.prove_only
def test_the_service_has_the_tools_for_those_who_send_a_token(whole: Whole, tmp_path: Path) -> None:
    lake = whole.copied(tmp_path / "lake")
    at = ("--lake", lake)
    document("people", "add", "assistant", "--role", "viewer", "--clearance", "GREEN", *at)
    token = document("tokens", "new", "assistant", "--days", 1, *at)["token"]

    count = {"sql": "SELECT count(*) AS n FROM declarations"}
    with served(lake, "--team") as service:
        answer = asyncio.run(
            over_http(f"{service.said['address']}/mcp", {"Authorization": f"Bearer {token}"}, "query", count)
        )
        with pytest.raises(ExceptionGroup):
            asyncio.run(over_http(f"{service.said['address']}/mcp", {"Authorization": "Bearer wrong"}, "query", count))
    assert json.loads(answer.content[0].text)["rows"] == [{"n": 0}]
