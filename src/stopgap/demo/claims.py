"""Register the bundled claims and test them on the bundled figures.

The claims come from a news report of April 2024 and the other side's answer, and are paraphrased. Their
offsets refer to the report's text, which is not in the package.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from graphlib import TopologicalSorter
from importlib import resources
from pathlib import Path

from stopgap.base.marking import Marking, strictest
from stopgap.briefs.markings import marked_name
from stopgap.claims.claim import Claim, ClaimLink
from stopgap.claims.claim_file import read_claim
from stopgap.claims.register.events import claim_id
from stopgap.claims.register.register import register_claim
from stopgap.claims.register.text_spans import place_words
from stopgap.claims.register.texts import import_texts, read_register
from stopgap.claims.testing.results import TestedClaim
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import retest
from stopgap.sources.texts import read_texts

EXAMPLES = (
    "miller-backfill",
    "miller-components",
    "blinken-assistance",
    "yellen-warning",
    "state-department-confirms",
    "mao-ning-answer",
)
"""Names of the example claims, in the order in which they are shown."""


def example_folder() -> Path:
    """Return the folder of the bundled claim files."""
    return Path(str(resources.files("stopgap.claims") / "examples"))


@cache
def example_claims() -> dict[str, Claim]:
    """Return the example claims keyed by name, with their ids set and their links given as ids."""
    read = {name: read_claim(example_folder() / f"{name}.yml") for name in EXAMPLES}
    ids = {name: claim_id(claim) for name, claim in read.items()}
    return {
        name: replace(
            claim, id=ids[name], links=tuple(ClaimLink(link.relation, ids[link.claim]) for link in claim.links)
        )
        for name, claim in read.items()
    }


WHO = "stopgap demo"
TITLE = "Six statements of April 2024 and the bundled figures"
NEEDS = (
    "The bundled figures are uneven: machinery and electronics are one sum a year for all economies (HS 84+85), chips and "
    "AI-compute are baskets. By HS6 they hold China's exports to Russia (2017 to 2023), India's (to January 2025), Taiwan's of "
    "chips, and the EU's of sanctioned codes until November 2022.",
    "Which part of the coalition's loss others filled in components, optics, propellants and space equipment becomes testable "
    "with the exports of all exporters to Russia by HS6, 2020 to 2023 or later, and the suppliers' exports to all partners (UN "
    "Comtrade: stopgap fetch comtrade, or stopgap import FILE).",
)


@dataclass(frozen=True)
class DemoClaims:
    """The bundled claims with their verdicts and pages."""

    tested: tuple[TestedClaim, ...]  # in the order of the examples
    pages: dict[str, Path]  # by ending
    marking: Marking  # the strictest of the statements and their verdicts

    def lines(self) -> list[str]:
        """Return one line for each claim, and lines on what the bundled figures cannot show."""
        return [*map(claim_line, self.tested), *NEEDS]


def claim_line(tested: TestedClaim) -> str:
    """Return a line with verdict, claim, and the reason with its figure and confidence interval."""
    from stopgap.briefs.claims.words import verdict_words

    coverage = "" if tested.coverage is None else f" Coverage {tested.coverage:.0%}."
    verdict = verdict_words(tested.claim.stance, tested.verdict)
    return f"{tested.claim_id} {verdict[0].lower()}{verdict[1:]}: {tested.claim.title}. {tested.because}{coverage}"


def with_examples(lake: Path, directory: Path, *, when: str, text: Path | None = None) -> DemoClaims:
    """Register the bundled claims (``when``: time in UTC), test them, and write their pages.

    The pages are ``claims.html`` and ``claims.pdf``, with the marking before their names. With ``text``, the file of
    the news report, the claims' words are checked against it and shown; InputError where it is not the text that
    the offsets refer to.
    """
    from stopgap.briefs.claims.page import render_claims, sheet_of

    claims = {str(claim.id): claim for claim in example_claims().values()}
    if text is not None:
        content = read_texts(text)[0]
        for claim in claims.values():
            if claim.words.sha256 is not None:
                place_words(claim, content, where=claim.title)
        import_texts(lake, [text], who=WHO, when=when)
    known = read_register(lake).claims
    linked = {name: {link.claim for link in claim.links} for name, claim in claims.items()}
    for name in TopologicalSorter(linked).static_order():
        # one that a person changed or withdrew stays as that person left it
        if name not in known:
            register_claim(lake, claims[name], who=WHO, when=when)
    tested = [each.tested for each in retest(lake, list(claims), ClaimTestOptions())]
    verdicts = {each.claim_id: each.verdict for each in tested}
    sheets = [sheet_of(lake, each, verdicts, with_day=False) for each in tested]
    marking = strictest(sheet.marking for sheet in sheets)
    pages = {ending: directory / marked_name(f"claims.{ending}", marking) for ending in ("html", "pdf")}
    render_claims(sheets, list(pages.values()), title=TITLE)
    return DemoClaims(tuple(tested), pages, marking)
