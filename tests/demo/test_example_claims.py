"""The statements in the package: places in their source, no sentence of it, and a source for each."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from stopgap.claims.claim import Action, Claim, Relation, Stance
from stopgap.claims.claim_file import claim_document, claim_from
from stopgap.demo.claims import EXAMPLES, example_claims, example_folder
from stopgap.sources.texts import read_texts

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT.parent / "shared" / "data" / "statements" / "seed-article-2024-04-09.txt"
needs_report = pytest.mark.skipif(not REPORT.exists(), reason="../shared/data is not here")

# words that stand at each claim's offsets, short enough to be no sentence of the report
STANDS_AT = {
    "miller-backfill": ("Essentially", "backfilling the trade", "sanctioned"),
    "miller-components": ("that they", "provide the components", "attack Ukraine"),
    "blinken-assistance": ("US Secretary", "at a concerning scale", "space equipment"),
    "yellen-warning": ("warned China", "Chinese companies", "serious consequences"),
    "state-department-confirms": ("The US Department", "with allies", "Russian army"),
}
LONGEST_RUN = 7
TEXT = (".py", ".yml", ".csv", ".md", ".j2", ".typ", ".css")


def words_of(text: str) -> list[str]:
    """Words in lower case, without punctuation and quotation marks."""
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", "").replace("'", ""))


def runs(words: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}


@needs_report
@pytest.mark.parametrize("name", STANDS_AT)
def test_offsets_lead_to_the_words_in_the_report(name: str) -> None:
    [text] = read_texts(REPORT)
    words = example_claims()[name].words
    assert words.sha256 == text.sha256
    there = text.text[words.start : words.end]
    first, within, last = STANDS_AT[name]
    assert there.startswith(first)
    assert within in there
    assert there.endswith(last)


@needs_report
def test_nothing_in_the_package_repeats_a_run_of_eight_words_of_the_report() -> None:
    source = runs(words_of(REPORT.read_text("utf-8")), LONGEST_RUN + 1)
    looked = [path for path in (ROOT / "src").rglob("*") if path.suffix in TEXT]
    looked += [path for folder in ("docs", "tests") for path in (ROOT / folder).rglob("*") if path.suffix in TEXT]
    for path in looked:
        if path.stat().st_size < 200_000:
            shared = source & runs(words_of(path.read_text("utf-8", errors="replace")), LONGEST_RUN + 1)
            assert not shared, f"{path.name}: {shared}"


def test_a_run_of_words_is_found_whatever_its_marks() -> None:
    assert runs(words_of("They’ve gone, “far”"), 3) == runs(words_of("theyve GONE far"), 3)


def test_each_file_has_its_source_and_each_example_its_file() -> None:
    with (example_folder() / "SOURCES.csv").open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    files = sorted(path.name for path in example_folder().glob("*.yml"))
    assert sorted(row["file"] for row in rows) == files == sorted(f"{name}.yml" for name in EXAMPLES)
    assert all(row["source"] and row["date"] and row["terms"] for row in rows)


def test_examples_are_the_claims_of_the_report_with_speaker_stance_and_chain() -> None:
    def short(claim: Claim) -> tuple[str, Stance, str, Action, str]:
        return claim.said_by.name, claim.stance, claim.actor, claim.action, claim.chain[0].source

    pravda = "European Pravda"
    assert {name: short(claim) for name, claim in example_claims().items()} == {
        "miller-backfill": ("Matthew Miller", Stance.ASSERTION, "CHN", Action.BACKFILL, pravda),
        "miller-components": ("Matthew Miller", Stance.ASSERTION, "CHN", Action.FILL_COMPONENTS, pravda),
        "blinken-assistance": ("Antony Blinken", Stance.REPORTED, "CHN", Action.SUPPLY, pravda),
        "yellen-warning": ("Janet Yellen", Stance.WARNING, "companies:CHN", Action.CONSEQUENCE, pravda),
        "state-department-confirms": ("Matthew Miller", Stance.REPORTED, "CHN", Action.SUPPLY, pravda),
        "mao-ning-answer": ("Mao Ning", Stance.ASSERTION, "CHN", Action.OTHER, "Ministry of Foreign Affairs of China"),
    }
    chain = [link.source for link in example_claims()["blinken-assistance"].chain]
    assert chain == [pravda, "Financial Times", "officials who are not named", "Antony Blinken"]


def test_the_other_sides_answer_is_linked_to_what_it_answers() -> None:
    claims = example_claims()
    answered = {link.claim for link in claims["mao-ning-answer"].links if link.relation is Relation.DENIES}
    assert answered == {claims["blinken-assistance"].id, claims["yellen-warning"].id}
    known = {claim.id for claim in claims.values()}
    assert all(link.claim in known for claim in claims.values() for link in claim.links)


def test_words_are_our_own_and_a_claim_survives_its_file_form() -> None:
    for claim in example_claims().values():
        assert not claim.words.quoted
        assert claim_from(claim_document(claim)) == claim
