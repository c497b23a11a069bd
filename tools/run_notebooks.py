"""Run the notebooks of docs/notebooks in a kernel and store what they show.

    python tools/run_notebooks.py             run each and store its outputs
    python tools/run_notebooks.py --clear     take the outputs out

A notebook runs in an empty folder of its own, as on the machine of a reader. What differs from run to run (ids of
cells, times, the version of Python) is not stored.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "notebooks"
SECONDS = 600
"""Longest time of a cell."""


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook in a folder and return it with its outputs.

    Args:
        path: The notebook.
        folder: Where it runs.

    Raises:
        CellExecutionError: A cell raised an error.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return notebook


def tidied(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a notebook without what differs from run to run."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"cell-{number:02}"
        cell["metadata"] = nbformat.from_dict({})
    return notebook


def cleared(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a notebook without outputs."""
    for cell in notebook.cells:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def main() -> None:
    for path in sorted(FOLDER.glob("*.ipynb")):
        if "--clear" in sys.argv[1:]:
            notebook = cleared(nbformat.read(path, as_version=4))
        else:
            with tempfile.TemporaryDirectory() as folder:
                notebook = executed(path, Path(folder))
        nbformat.write(tidied(notebook), path)
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
