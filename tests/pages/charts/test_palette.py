"""Charts drawn on the server have every colour that charts name, of the light theme."""

import re
from pathlib import Path

import stopgap.pages
from stopgap.pages.charts.vega import palette

PAGES = Path(stopgap.pages.__file__).parent


def test_every_colour_that_a_chart_names_is_known() -> None:
    named = {name for path in PAGES.rglob("*.py") for name in re.findall(r'"@([a-z0-9-]+)"', path.read_text("utf-8"))}
    assert {"accent", "other", "series-1"} <= named
    assert named <= palette().keys()


def test_the_colours_are_those_of_the_light_theme_wherever_its_block_stands() -> None:
    source = (PAGES.parents[2] / "web" / "src" / "app.css").read_text("utf-8")
    light = source[source.index("--accent:") :]
    assert palette()["accent"] == re.findall(r"--accent:\s*(#[0-9a-f]{6})", light)[0]
    assert palette()["paper"] == "#ffffff"
