"""The page on Python names every method of the API, and says of each what its docstring says."""

from __future__ import annotations

import re
from pathlib import Path

from api_methods import api_methods

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "python.md").read_text("utf-8")


def test_the_page_names_every_method_in_its_own_words() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.*) \|$", PAGE, re.M))
    own = {name: method.__doc__.strip().split("\n")[0] for name, method in api_methods().items()}
    assert len(own) > 70
    assert rows == {name: text.replace("``", "`") for name, text in own.items()}
