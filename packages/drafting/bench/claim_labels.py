"""Labelled sets of claims: where they lie, which texts they are of, and drafts of those texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from claim_scores import Row, Scores, score_texts

from stopgap.claims.drafting.draft import Draft
from stopgap.claims.drafting.reader import ReaderName
from stopgap.claims.drafting.run import draft_text
from stopgap.sources.texts import read_texts
from stopgap_drafting.drafter import Drafter
from stopgap_drafting.propose import drafter_of, propose
from stopgap_drafting.sources.presidents import presidents

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]
LABELS = PACKAGE / "labels"
STATEMENTS = LABELS / "statements"
STATEMENT_TEXTS = ROOT.parent / "shared" / "data" / "statements"
MADE_UP = LABELS / "made_up"
KINDS = ("claims", "nonclaims", "ambiguous")
NAMES_OF_NOBODY = {"Biden": "Baden", "Trump": "Tramm"}
"""Who holds the Presidency in made-up texts, where one does in real ones."""
NOBODYS = tuple(replace(each, name=NAMES_OF_NOBODY.get(each.name, each.name)) for each in presidents())
PLAIN = frozenset(f"own{number}" for number in range(25, 42))
"""Sets of made-up documents in the plain words of real ones, most of them with as few claims."""
CHINESE = frozenset(f"own{number}" for number in (*range(50, 64), 78, 79))
"""Sets of made-up texts in Chinese."""
TRANSCRIPTS = frozenset(f"own{number}" for number in (*range(64, 78), *range(80, 96), *range(98, 102)))
"""Sets of made-up transcripts that run as real ones do, half of whose claims lean on what stands before."""
PLAIN_TRANSCRIPTS = frozenset({"own96", "own97"})
"""Sets of made-up transcripts whose claims are worded as plainly as those of real ones."""
LATEST_TRANSCRIPTS = frozenset(f"own{number}" for number in range(102, 106))
"""Sets of made-up transcripts of both kinds, all reported, that came when models and rules stood."""


@dataclass(frozen=True)
class LabelledSet:
    """Labels and their texts.

    Attributes:
        name: ``statements``, ``made-up``, or that of a part of the made-up texts (:func:`made_up_parts`).
        half: ``tune``, ``report``; ``None``: both.
        texts: Name of each text, and where it lies.
        described: Each text's ``characters`` and ``sha256``.
        claims: Labels with fields.
        nonclaims: Hard sentences that are none.
        ambiguous: Spans that count neither way.
    """

    name: str
    half: str | None
    texts: Mapping[str, Path]
    described: tuple[Row, ...]
    claims: tuple[Row, ...]
    nonclaims: tuple[Row, ...]
    ambiguous: tuple[Row, ...]

    def scores(self, drafts: Callable[[Path], list[dict[str, Any]]]) -> dict[str, Scores]:
        """Scores of a drafter by text.

        Args:
            drafts: From the path of a text to its drafts.
        """
        found = [draft for path in self.texts.values() for draft in drafts(path)]
        return score_texts(self.claims, self.nonclaims, self.ambiguous, found)

    def only(self, sets: Collection[str], name: str) -> LabelledSet:
        """The texts of some sets, and what labels them, under a name of their own."""
        kept = {row["file"] for row in self.described if row["set"] in sets}

        def of(rows: tuple[Row, ...]) -> tuple[Row, ...]:
            return tuple(row for row in rows if row["file"] in kept)

        texts = {file: path for file, path in self.texts.items() if file in kept}
        return replace(
            self, name=name, texts=texts, described=of(self.described),
            claims=of(self.claims), nonclaims=of(self.nonclaims), ambiguous=of(self.ambiguous),
        )  # fmt: skip

    def misplaced(self) -> list[str]:
        """Texts that are not those labelled, and spans that do not lie in their text."""
        out = []
        lengths = {}
        for row in self.described:
            text = self.texts[row["file"]].read_text("utf-8")
            lengths[row["file"]] = len(text)
            digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
            if (len(text), digest) != (row["characters"], row["sha256"]):
                out.append(f"{row['file']}: another text than that labelled")
        out += [
            f"{row['file']} {row['start']}-{row['end']}: not in the text"
            for row in (*self.claims, *self.nonclaims, *self.ambiguous)
            if not 0 <= row["start"] < row["end"] <= lengths.get(row["file"], 0)
        ]
        return out


def statements(half: str | None = None) -> LabelledSet | None:
    """Labels of the statements; ``None`` where their texts are absent."""
    if not STATEMENT_TEXTS.exists():
        return None
    lie = {path.name: path for path in sorted(STATEMENT_TEXTS.rglob("*")) if path.is_file()}
    return _read("statements", half, STATEMENTS, lie)


def drafts_of(path: Path, reader: ReaderName) -> list[Draft]:
    """Drafts of one text; made-up ones have Presidents that they made up.

    Args:
        path: Of the text.
        reader: What reads it.
    """
    holders = NOBODYS if path.is_relative_to(MADE_UP) else None
    own = partial(propose, holders=holders)
    return [draft for text in read_texts(path) for draft in draft_text(text, reader=reader, propose=own)]


def drafter_of_file(path: Path, reader: ReaderName) -> list[Drafter]:
    """The drafters of the texts of a file; pages and PDF have none.

    Args:
        path: Of the file.
        reader: What reads it.
    """
    holders = NOBODYS if path.is_relative_to(MADE_UP) else None
    return [
        drafter_of(text.text, text.name, text.meta, body_start=text.body_start, reader=reader, holders=holders)
        for text in read_texts(path)
        if text.kind not in ("html", "pdf")
    ]


def made_up(half: str | None = None) -> LabelledSet:
    """Labels of the made-up texts."""
    return _read("made-up", half, MADE_UP, {path.name: path for path in (MADE_UP / "texts").iterdir()})


def made_up_parts(half: str) -> tuple[LabelledSet, ...]:
    """Labels of the made-up texts of a half by kind: in plain words, as transcripts run, in Chinese, and those written to be hard."""
    labels = made_up(half)
    sets = frozenset(str(row["set"]) for row in labels.described)
    kinds = {
        "made-up, plain": PLAIN,
        "made-up, plain transcripts": PLAIN_TRANSCRIPTS,
        "made-up, latest transcripts": LATEST_TRANSCRIPTS,
        "made-up, transcripts": TRANSCRIPTS,
        "made-up, Chinese": CHINESE,
    }
    kinds["made-up, hard"] = sets.difference(*kinds.values())
    return tuple(labels.only(kind, name) for name, kind in kinds.items() if sets & kind)


def transcripts(half: str) -> LabelledSet:
    """Labels of all made-up transcripts of a half."""
    sets = PLAIN_TRANSCRIPTS | LATEST_TRANSCRIPTS | TRANSCRIPTS
    return made_up(half).only(sets, "made-up, all transcripts")


def read_rows(path: Path) -> list[Row]:
    """The records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def _read(name: str, half: str | None, folder: Path, lie: Mapping[str, Path]) -> LabelledSet:
    def wanted(kind: str) -> tuple[Row, ...]:
        rows = read_rows(folder / f"{kind}.jsonl")
        return tuple(row for row in rows if half is None or row["half"] == half)

    described = wanted("texts")
    texts = {row["file"]: lie[row["file"]] for row in described}
    return LabelledSet(name, half, texts, described, *(wanted(kind) for kind in KINDS))
