"""The index lists every page once, with what it tells; links and anchors of all pages are held by test_docs.py."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
INDEX = (DOCS / "README.md").read_text("utf-8")


def test_the_index_lists_every_page_once_with_a_sentence() -> None:
    rows = re.findall(r"^\| \[[^\]]+\]\(([^)#]+\.(?:md|ipynb))\) \| ([^|]+\.) \|$", INDEX, re.M)
    listed = Counter(name for name, _ in rows)
    found = [*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb")]
    pages = {str(path.relative_to(DOCS)) for path in found} - {"README.md"}
    assert set(listed) == pages
    assert set(listed.values()) == {1}


def test_the_index_has_a_part_for_each_reader() -> None:
    readers = set(re.findall(r"^## .* \(([a-z ]+)\)$", INDEX, re.M))
    assert readers == {"analyst", "compliance engineer", "liaison officer", "journalist", "developer"}


def test_the_readme_leads_to_the_index() -> None:
    assert "(docs/README.md)" in (DOCS.parent / "README.md").read_text("utf-8")
