"""A page is run as a reader would run it, and its outputs are written anew."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from doc_reader import HAS_SHELL, Demo

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from refresh_docs import PageRun, run_page  # noqa: E402

pytestmark = pytest.mark.skipif(not HAS_SHELL, reason="there is no bash to run the pages with")

PAGE = """# A page

<!-- file: names.csv -->
```csv
name
Ann
```

```sh
export STOPGAP_LAKE=lake
count=$(wc -l < names.csv)
mkdir sub && cd sub
```

```sh
echo "$count lines"
cat ../names.csv
echo wrong >&2
```

```text
3 lines
…
wrong
```

<!-- exit: 3 -->
```sh
exit 3
```

```python
import os
from pathlib import Path
seen = os.environ["STOPGAP_LAKE"]
```

```python
seen, Path.cwd().name
```

```text
```
"""


def run(page: str, folder: Path) -> PageRun:
    path = folder / "page.md"
    path.write_text(page, "utf-8")
    return run_page(path, Demo(folder, folder / "printed.txt"), folder / "run")


def test_outputs_are_written_anew_and_the_rest_stays(tmp_path: Path) -> None:
    ran = run(PAGE, tmp_path)
    assert ran.text == PAGE.replace("3 lines", "2 lines").replace("```text\n```", "```text\n('lake', 'sub')\n```")
    assert len(ran.messages) == 2
    (tmp_path / "again").mkdir()
    again = run(ran.text, tmp_path / "again")
    assert (again.text, again.messages) == (ran.text, ())


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("```sh\nfalse\necho on\n```\n", 1),  # each line must work
        ("```sh\ncat nothing.csv | sort\n```\n", 1),  # each part of a pipe, too
        ("```sh\necho $nothing\n```\n", 1),  # a variable that nobody set
        ("```python\n1 / 0\n```\n", 1),
        ("<!-- exit: 5 -->\n```sh\ntrue\n```\n", 0),  # one that should have failed
    ],
)
def test_a_block_that_does_not_do_as_the_page_says_ends_the_page(block: str, code: int, tmp_path: Path) -> None:
    [message] = run(block + "\n```sh\necho later\n```\n\n```text\nsooner\n```\n", tmp_path).messages
    assert f"left with {code}" in message


def test_nothing_of_the_reader_s_own_machine_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOPGAP_LAKE", "elsewhere")
    page = '```sh\necho "${STOPGAP_LAKE-none}" "$(ls | wc -l)" "$(ls "$HOME" | wc -l)"\n```\n\n```text\nnone 0 0\n```\n'
    assert run(page, tmp_path).messages == ()
