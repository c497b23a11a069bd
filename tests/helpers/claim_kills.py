"""Writers of the register that are killed, and what each left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from stopgap.base.errors import StopgapError
from stopgap.claims.register.texts import read_register, stored_text

SOURCE = Path(__file__).resolve().parents[2] / "src"

Told = tuple[str, str, int]
"""What a writer reported as done: outcome, id, version."""

WRITER = textwrap.dedent(
    """
    import sys
    from dataclasses import replace
    from pathlib import Path
    from stopgap.claims.claim_file import claim_from
    from stopgap.sources.texts.text import source_text
    from stopgap.claims.register.register import register_claim, withdraw_claim
    lake, first = Path(sys.argv[1]), int(sys.argv[2])
    for number in range(first, first + 100000):
        words = f"statement {number} " + "and so on " * 300
        claim = claim_from({
            "said_by": {"name": f"speaker {number}"}, "said_on": "2024-04-08", "actor": "CHN", "action": "supply",
            "target": "RUS", "words": words.strip(), "goods": ["optical"],
        })
        text = source_text("a.txt", words, "plain")
        done = register_claim(lake, claim, who="ann", when="t", text=text)
        print("registered", done.entry.id, 1, flush=True)
        done = register_claim(lake, replace(claim, threshold=0.5), who="ann", when="t", text=text, why="b")
        print("changed", done.entry.id, 2, flush=True)
        withdraw_claim(lake, done.entry.id, who="ann", when="t", why="c")
        print("withdrawn", done.entry.id, 2, flush=True)
    """
)


def killed_writer(lake: Path, first: int, after_s: float) -> list[Told]:
    """What a writer reported as done before it was killed, that long after its first report."""
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(lake), str(first)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )  # fmt: skip
    assert child.stdout is not None
    lines = [child.stdout.readline()]
    time.sleep(after_s)
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    told = [line.split() for line in lines if line.endswith("\n")]
    return [(outcome, name, int(version)) for outcome, name, version in told]


def lost(lake: Path, told: list[Told]) -> list[str]:
    """What was reported as done and is not there, and what is there and damaged."""
    found = []
    register = read_register(lake)
    for outcome, name, version in told:
        entry = register.claims.get(name)
        if entry is None or len(entry.versions) < version:
            found.append(f"{name}: version {version} is not there")
        elif outcome == "withdrawn" and not entry.withdrawals:
            found.append(f"{name}: the withdrawal is not there")
    for entry in register.claims.values():
        words = entry.claim.words
        try:
            text = stored_text(lake, register.texts[words.sha256 or ""])
        except (KeyError, StopgapError) as error:
            found.append(f"{entry.id}: its text is not there: {error}")
            continue
        if words.text not in text.text or not entry.current.is_checked:
            found.append(f"{entry.id}: its words are not in its text")
    return found
