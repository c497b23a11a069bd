"""What the start of the service does not load, so that it answers soon after a kill, also under load."""

from __future__ import annotations

import subprocess
import sys

LATER = (
    "mcp", "altair", "vl_convert", "lightgbm", "sklearn", "scipy", "pandas", "alembic", "matplotlib",
    "stopgap.claims.testing.run", "stopgap.briefs.run", "stopgap.evidence.packs.create", "stopgap.screening.index.build",
)  # fmt: skip


def test_what_the_first_answers_do_not_need_is_loaded_later() -> None:
    code = (
        "import sys, stopgap.service.serve, stopgap.service.app, stopgap.service.pages.warming\n"
        f"print([name for name in {LATER!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
