"""The picture at the head of the README says what the demo's brief says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

Image = pytest.importorskip("PIL.Image")

from make_readme_picture import DESCRIPTION, IN_README, PICTURE, README, demo_story, description  # noqa: E402


@pytest.mark.prove_only
def test_the_descriptions_of_the_picture_have_the_figures_of_the_demo(demo_lake: Path) -> None:
    said = description(demo_story(demo_lake).first)
    assert "USD 30.9 bn" in said
    [shown] = IN_README.findall(README.read_text("utf-8"))
    assert shown[1] == said, "run tools/make_readme_picture.py"
    with Image.open(PICTURE) as picture:
        assert picture.text[DESCRIPTION] == said, "run tools/make_readme_picture.py"


def test_the_picture_is_small_and_sharp() -> None:
    [width] = re.findall(r'<img src="docs/images/brief.png" width="(\d+)"', README.read_text("utf-8"))
    with Image.open(PICTURE) as picture:
        assert picture.width >= 2 * int(width)
    assert PICTURE.stat().st_size < 200_000
