"""``/docs`` is drawn from files of the package, under the content policy, in a browser without a network."""

from __future__ import annotations

import csv
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
import uvicorn
from service_app import service_app
from starlette.testclient import TestClient

from stopgap.service.rest.docs_page import docs_router
from stopgap.service.security.headers import CONTENT_POLICY

FOLDER = resources.files("stopgap.service.rest") / "docs_files"
CHROMIUM = shutil.which("chromium")


def test_the_page_has_no_script_or_style_of_its_own_in_it() -> None:
    page = (FOLDER / "docs.html").read_text("utf-8")
    assert re.findall(r"<script[^>]*>(.*?)</script>", page, re.S) == ["", ""]
    assert "style=" not in page
    assert "<style" not in page
    assert not re.search(r'(?:src|href)="https?:', page)


def test_its_files_have_their_source() -> None:
    with (Path(str(FOLDER)) / "swagger" / "SOURCES.csv").open(encoding="utf-8", newline="") as stream:
        rows = {row["file"]: row for row in csv.DictReader(stream)}
    assert rows.keys() == {"swagger-ui-bundle.js", "swagger-ui.css", "LICENSE"}
    version = rows["swagger-ui-bundle.js"]["source"].rpartition(" ")[2]
    assert version.encode() in (FOLDER / "swagger" / "swagger-ui-bundle.js").read_bytes()
    notice = (Path(__file__).resolve().parents[3] / "NOTICE").read_text("utf-8")
    assert f"swagger-ui-dist {version}" in notice


@pytest.mark.prove_only
def test_each_file_is_given_under_the_policy(client: TestClient) -> None:
    for route in docs_router().routes:
        answer = client.get(route.path)  # type: ignore[attr-defined]
        assert answer.status_code == 200
        assert answer.headers["content-security-policy"] == CONTENT_POLICY
        assert answer.headers["content-type"].endswith("charset=utf-8")
    assert client.get("/docs/..%2Fdocs_page.py").status_code == 404


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = service_app(tmp_path_factory.mktemp("docs") / "lake", None)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@pytest.mark.prove_only
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_browser_draws_it_without_a_breach_of_the_policy(address: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--enable-logging=stderr", f"--user-data-dir={tmp_path}",
            "--virtual-time-budget=20000", "--dump-dom", f"{address}/docs#/measures",
        ],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "/api/v1/episodes/{episode}" in done.stdout.replace("\u200b", "").replace("<wbr>", "")
    said = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not [line for line in said if "Refused" in line or "Content Security Policy" in line or "violates" in line]
