"""Record an example of each answer of the REST API on a simulated world: ``src/stopgap/service/rest/examples.json``.

    PYTHONPATH=src:packages/drafting/src:tests/helpers python tools/record_rest_examples.py

Figures and firms are simulated. Of a list its first entry is kept, of a long text its beginning.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "helpers"))

from rest_cases import built_in_with, rest_cases  # noqa: E402
from service_app import service_client  # noqa: E402
from whole_lake import make_whole_lake  # noqa: E402

TARGET = ROOT / "src" / "stopgap" / "service" / "rest" / "examples.json"
LONGEST, MOST_FIELDS = 160, 60


def shortened(value: Any) -> Any:
    """A document with the first entry of each list, and the beginnings of long texts."""
    if isinstance(value, dict):
        return {name: shortened(inner) for name, inner in list(value.items())[:MOST_FIELDS]}
    if isinstance(value, list):
        is_pair = all(isinstance(each, int | float | str) for each in value) and len(value) <= 2
        return [shortened(each) for each in (value if is_pair else value[:1])]
    if isinstance(value, str) and len(value) > LONGEST:
        return value[:LONGEST].rsplit(" ", 1)[0] + " …"
    return value


def main() -> None:
    from stopgap.evidence.keys import files as key_files
    from stopgap.panel import episodes

    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(key_files, "_COST", 16)
        patch.setitem(os.environ, "STOPGAP_HOME", str(Path(folder) / "home"))
        whole = make_whole_lake(Path(folder))
        built_in, of_package = built_in_with(Path(whole.episode))
        patch.setattr(episodes, "_built_in", built_in)
        patch.setattr(episodes, "_of_package", of_package)
        for name, case in rest_cases(whole).items():
            lake = Path(shutil.copytree(whole.lake, Path(folder) / "copy"))
            with service_client(lake) as client:
                answer = case.ask(client)
            shutil.rmtree(lake)
            answer.raise_for_status()
            document = shortened(json.loads(answer.text.replace(f"{folder}/", "")))
            found[name] = document
    TARGET.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
