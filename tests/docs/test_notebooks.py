"""The notebooks run without a network and without ipywidgets, show pictures, and are stored with what they show."""

from __future__ import annotations

import shutil
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from stopgap.claims.register.register import register_claim
from stopgap.demo.claims import example_claims

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
SECONDS = 600

NO_NETWORK = '''
import socket
import sys


class NoWidgets:
    """Finds no ipywidgets, whether it is installed or not."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "ipywidgets":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def refused(*args, **kwargs):
    raise OSError("there is no network")


sys.meta_path.insert(0, NoWidgets())
socket.getaddrinfo = refused
socket.create_connection = refused
'''
"""Runs as Python starts: ipywidgets are not found, and no name of a host is resolved."""


def register_statements(lake: Path) -> None:
    """Register the built-in statements, as the demo does."""
    claims = {str(claim.id): claim for claim in example_claims().values()}
    linked = {name: {link.claim for link in claim.links} for name, claim in claims.items()}
    for name in TopologicalSorter(linked).static_order():
        register_claim(lake, claims[name], who="a test", when="2026-11-20T00:00:00Z")


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest, demo_lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A notebook as it is stored, and as it came from a kernel, in a folder with the lake of the demo."""
    folder = tmp_path_factory.mktemp("notebook")
    shutil.copytree(demo_lake, folder / "demo-lake")
    register_statements(folder / "demo-lake")
    start = folder / "start"
    start.mkdir()
    (start / "sitecustomize.py").write_text(NO_NETWORK, "utf-8")
    stored = nbformat.read(request.param, as_version=4)
    run = nbformat.read(request.param, as_version=4)
    nowhere = "http://127.0.0.1:9"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", ":".join([str(start), *(part for part in sys.path if part)]))
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            patch.setenv(name, nowhere)
        patch.delenv("NO_PROXY", raising=False)
        client = NotebookClient(
            run,
            timeout=SECONDS,
            kernel_name="python3",
            allow_errors=True,
            resources={"metadata": {"path": str(folder)}},
        )
        client.execute()
    return stored, run


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def data(notebook: Any) -> list[Any]:
    return [output.data for output in outputs(notebook) if "data" in output]


def first_lines(notebook: Any) -> list[str]:
    """What each answer says first: its title, or the heading of its table."""
    return [str(each["text/plain"]).splitlines()[0] for each in data(notebook) if "text/plain" in each]


def test_there_are_three_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["backfill-in-ten-lines", "testing-a-statement", "your-own-files"]


@pytest.mark.prove_only
@pytest.mark.filterwarnings("ignore")
def test_no_cell_fails_and_pictures_are_shown(notebook: Any) -> None:
    _, run = notebook
    assert [output.evalue for output in outputs(run) if output.output_type == "error"] == []
    pictures = [each["image/png"] for each in data(run) if "image/png" in each]
    assert pictures
    assert all(picture.startswith("iVBOR") for picture in pictures)  # PNG, as base64


@pytest.mark.one_in(3)
@pytest.mark.filterwarnings("ignore")
def test_what_is_shown_loads_nothing(notebook: Any) -> None:
    for shown in notebook:
        pages = [str(each["text/html"]) for each in data(shown) if "text/html" in each]
        assert pages
        for page in pages:
            assert "<script" not in page
            assert "http" not in page


@pytest.mark.one_in(3)
@pytest.mark.filterwarnings("ignore")
def test_stored_outputs_are_those_of_a_run(notebook: Any) -> None:
    stored, run = notebook
    assert [sorted(each) for each in data(stored)] == [sorted(each) for each in data(run)]
    assert first_lines(stored) == first_lines(run)
