"""The comparison of shown outputs, and their renewal."""

from __future__ import annotations

import pytest
from doc_blocks import blocks, steps
from doc_output import difference, renew

ACTUAL = """as of v9
  supplier   baseline    after
 ────────────────────────────
  CHN            28.7     42.3
  TUR             1.1      3.2

note: one
note: two
"""


@pytest.mark.parametrize(
    ("shown", "is_right"),
    [
        (ACTUAL, True),
        ("as of v9\n…\n", True),
        ("…\nnote: two\n", True),
        ("…\nCHN 28.7 42.3\nTUR 1.1 3.2\n…\n", True),
        ("…\nCHN … 42.3\n…\nnote: two\n", True),
        ("…\nCHN 28.7 42.4\n…\n", False),  # another figure
        ("CHN 28.7 42.3\n…\n", False),  # what stands before is not cut
        ("…\nnote: one\n", False),  # what stands behind is not cut
        ("…\nTUR 1.1 3.2\n…\nCHN 28.7 42.3\n…\n", False),  # another order
        ("…\nCHN 28.7 42.3\nnote: one\n…\n", False),  # a line between is not cut
        ("as of v9\n", False),
    ],
)
def test_a_shown_output_is_right_where_every_line_stands_where_it_says(shown: str, is_right: bool) -> None:
    assert (difference(shown, ACTUAL) is None) == is_right


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "as of v8\n…\n",
        "…\nCHN 28,700 41,000\n…\nnote: one\nnote: three\n",
        "…\nsupplier baseline … kind\n…\nTUR … 9.9\n…\n",
        "gone entirely, word for word\n…\n",
    ],
)
def test_a_renewed_output_is_right(shown: str) -> None:
    assert difference(renew(shown, ACTUAL).text, ACTUAL) is None


def test_a_renewed_output_keeps_its_cuts_and_names_what_is_gone() -> None:
    made = renew("…\nCHN 27.0 … yes\n…\nsomething else\n", ACTUAL)
    assert made.text.splitlines() == ["…", "CHN 28.7 …", "…"]
    assert made.dropped == ("something else",)
    assert renew("…\n  CHN    …     42.3\n…\n", ACTUAL).text.splitlines()[1] == "  CHN            …        42.3"


def test_times_and_ages_are_cut() -> None:
    assert renew("", "made_at 2026-12-01T00:33:11Z, 12 days old\n").text == "made_at …, …\n"


PAGE = """# A page

Save as `a.csv`:

<!-- file: a.csv -->
```csv
x
```

```sh
cat a.csv
```

```text
x
```

This needs a network.

<!-- not run: needs a network -->
```sh
curl x
```

```text
y
```
"""


def test_steps_are_files_and_blocks_with_the_outputs_behind_them() -> None:
    found = [(step.block.line, step.block.kind, step.shown and step.shown.body) for step in steps(PAGE)]
    assert found == [(6, "csv", None), (10, "sh", "x\n")]
    assert [block.marks for block in blocks(PAGE) if block.marks] == [{"file": "a.csv"}, {"not run": "needs a network"}]
