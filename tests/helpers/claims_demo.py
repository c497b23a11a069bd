"""The lake of the demo with its six statements, tested, and one statement in hostile letters with its source text."""

from __future__ import annotations

import shutil
from pathlib import Path

from demo_statements import WHEN, WHO, demo_statements
from made_once import made_once

from stopgap.claims.claim import Action, Claim, ClaimWords, Speaker, Stance
from stopgap.claims.register.register import register_claim
from stopgap.sources.texts.text import source_text

HOSTILE = '<script>alert(1)</script> "><img src=x onerror=alert(2)> שלום 👩‍🔬'
TEXT = f"Before it. {HOSTILE} said: China sells to Russia. After it.\n\n<b>Not bold</b> {{{{ 7*7 }}}}"
WORDS = "China sells to Russia."


def _make(folder: Path) -> None:
    lake = Path(shutil.copytree(demo_statements()[0], folder / "lake"))
    register_claim(lake, hostile_claim(), who=WHO, when=WHEN, text=source_text("a<b>.txt", TEXT, "plain"))


def claims_demo(folder: Path) -> Path:
    """A copy of the lake."""
    made, _ = made_once("claims-demo", _make)
    return Path(shutil.copytree(made / "lake", folder))


def hostile_claim() -> Claim:
    """A statement whose speaker, title and source are markup, in letters from right to left and with an emoji."""
    return Claim(
        None, f"{HOSTILE} says so", Speaker(HOSTILE, office="<i>office</i>"), "2024-05-06", ClaimWords(WORDS, source="a<b>.txt"),
        Stance.ASSERTION, "CHN", Action.SUPPLY, "RUS", note="<u>note</u>", audience=("<em>press</em>",),
    )  # fmt: skip
