"""The lake of the demo with its six statements, tested, and one statement in hostile letters with its source text."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

from demo_lake import make_demo_lake

from stopgap.claims.claim import Action, Claim, ClaimWords, Speaker, Stance
from stopgap.claims.register.register import register_claim
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import retest
from stopgap.demo.claims import example_claims
from stopgap.sources.texts.text import source_text

WHO = "Registrar Roe"
WHEN = "2026-12-01T10:00:00Z"
HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> שלום 👩‍🔬'
TEXT = f"Before it. {HOSTILE} said: China sells to Russia. After it.\n\n<b>Not bold</b> {{{{ 7*7 }}}}"
WORDS = "China sells to Russia."


@cache
def _loaded() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="stopgap-claims-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    lake = make_demo_lake(folder / "lake")
    claims = {str(claim.id): claim for claim in example_claims().values()}
    for id in TopologicalSorter(
        {id: {link.claim for link in claim.links} for id, claim in claims.items()}
    ).static_order():
        register_claim(lake, claims[id], who=WHO, when=WHEN)
    retest(lake, list(claims), ClaimTestOptions())
    register_claim(lake, hostile_claim(), who=WHO, when=WHEN, text=source_text("a<b>.txt", TEXT, "plain"))
    return lake


def claims_demo(folder: Path) -> Path:
    """A copy of the lake."""
    return Path(shutil.copytree(_loaded(), folder))


def hostile_claim() -> Claim:
    """A statement whose speaker, title and source are markup, in letters from right to left and with an emoji."""
    return Claim(
        None, f"{HOSTILE} says so", Speaker(HOSTILE, office="<i>office</i>"), "2024-05-06", ClaimWords(WORDS, source="a<b>.txt"),
        Stance.ASSERTION, "CHN", Action.SUPPLY, "RUS", note="<u>note</u>", audience=("<em>press</em>",),
    )  # fmt: skip
