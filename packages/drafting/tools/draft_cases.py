"""Labelled sentences as the drafter sees them, and what each linear model learns from them."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PACKAGE / "bench"), str(PACKAGE / "src")]

from claim_labels import LabelledSet, made_up, statements  # noqa: E402
from claim_names import may_be_named, same_name  # noqa: E402
from claim_phrasings import phrasings  # noqa: E402
from claim_scores import touch  # noqa: E402
from prove_drafts import drafted  # noqa: E402

from stopgap_drafting import draft_fields, drafter, relation_proposals  # noqa: E402
from stopgap_drafting.clause import Clause, Role  # noqa: E402
from stopgap_drafting.decode import Considered  # noqa: E402
from stopgap_drafting.lexicon.economies import codes_in  # noqa: E402
from stopgap_drafting.lexicon.patterns import has_han  # noqa: E402
from stopgap_drafting.rules import roles  # noqa: E402
from stopgap_drafting.sources.attribution_resolver import AttributionResolver, StatementSource  # noqa: E402
from stopgap_drafting.text.aligned_gloss import AlignedGloss  # noqa: E402

STATEMENTS_COUNT = 2.5
"""How much more a sentence of a statement counts than one of a made-up text."""
UNJUDGED_COUNTS = 0.7
"""How much words that nobody labelled count as none."""
LEFT_OUT = "fit without these sets (statements: all of them), to measure with bench/prove_drafts.py --sets in a copy of the checkout"
PHRASED = "phrasings"
"""What the phrasings are left out together as."""
LABEL_OF = {"source": "speaker"}
"""Field of a label that a model learns, where its name is another."""

Row = Mapping[str, Any]


@dataclass
class Seen:
    """A sentence as the drafter saw it, with its labels.

    Attributes:
        group: What is left out together.
        file: Name of its text.
        start: First character.
        end: One past the last.
        counts: Its part in the sum of losses.
        claims: Labels of claims on it.
        label: 1: a claim, 0: none, ``None``: ambiguous; -1: nobody labelled it.
        relations: Signals of each relation that rules put forward.
        considered: What was weighed.
        sources: Who may have said it, where it was drafted.
        goods: Families of goods that may be meant, likewise.
    """

    group: str
    file: str
    start: int
    end: int
    counts: float
    claims: list[Row] = field(default_factory=list)
    label: int | None = -1
    relations: list[frozenset[str]] = field(default_factory=list)
    considered: Considered | None = None
    sources: dict[str, tuple[StatementSource, set[str]]] = field(default_factory=dict)
    goods: dict[str, set[str]] = field(default_factory=dict)

    @property
    def is_real(self) -> bool:
        """Whether its text is a statement, which is a group of its own."""
        return self.group == self.file

    def is_among(self, sets: Collection[str]) -> bool:
        """Whether it is of one of some sets, ``statements`` being all of those."""
        return self.group in sets or (self.is_real and "statements" in sets)


def seen_in(labels: LabelledSet, group_of: Callable[[str], str], counts: float) -> Iterator[Seen]:
    """Every sentence of a set that the drafter considers."""
    rows: list[Seen] = []
    glossed: list[AlignedGloss] = []
    sources, goods = AttributionResolver.candidates, draft_fields.goods_candidates
    likely, consider, sentence = roles.likely, drafter.consider, drafter.Drafter.sentence

    def noted(clause: Clause, found: list[Role]):  # type: ignore[no-untyped-def]
        rows[-1].relations.extend(roles.signals_of(clause, role) for role in found)
        return likely(clause, found)

    def kept(*given, **named):  # type: ignore[no-untyped-def]
        found = consider(*given, **named)
        # Who may be meant is kept with the sentence when first asked for; later, something else is on the table.
        for name in ("actors", "targets"):
            getattr(found, name)
        rows[-1].considered = found
        return found

    def said(*given):  # type: ignore[no-untyped-def]
        found = sources(*given)
        rows[-1].sources = {name: (_as_written(each, glossed[-1]), names) for name, (each, names) in found.items()}
        return found

    def of_goods(*given):  # type: ignore[no-untyped-def]
        rows[-1].goods = goods(*given)
        return rows[-1].goods

    def placed(self, number, read):  # type: ignore[no-untyped-def]
        glossed[:] = [self.glossed]
        start, end = self.glossed.span(read.sentence.start, read.sentence.end)
        file = self.maker.file
        rows.append(Seen(group_of(file), file, start, end, counts))
        return sentence(self, number, read)

    roles.likely = relation_proposals.likely = noted
    drafter.consider = kept
    AttributionResolver.candidates = said  # type: ignore[method-assign]
    draft_fields.goods_candidates = of_goods
    drafter.Drafter.sentence = placed  # type: ignore[method-assign]
    try:
        for name, path in labels.texts.items():
            rows.clear()
            drafted(path, "rules")
            kinds = {
                kind: [row for row in getattr(labels, kind) if row["file"] == name]
                for kind in ("claims", "nonclaims", "ambiguous")
            }
            for row in rows:
                span = {"start": row.start, "end": row.end}
                met = {kind: [each for each in given if touch(each, span)] for kind, given in kinds.items()}
                row.file = name
                row.claims = met["claims"]
                row.label = 1 if met["claims"] else 0 if met["nonclaims"] else None if met["ambiguous"] else -1
                yield row
    finally:
        roles.likely = relation_proposals.likely = likely
        drafter.consider = consider
        AttributionResolver.candidates = sources  # type: ignore[method-assign]
        draft_fields.goods_candidates = goods
        drafter.Drafter.sentence = sentence  # type: ignore[method-assign]


def _as_written(source: StatementSource, glossed: AlignedGloss) -> StatementSource:
    """A source by the name that the text gives it, as labels have it."""
    return replace(source, speaker=glossed.as_written(source.speaker, len(glossed.text), source.evidence.start))


@dataclass(frozen=True)
class Case:
    """What a model learns from: signals, what is right, how much it counts.

    Attributes:
        row: The sentence.
        signals: What is there.
        right: Share of each answer; of a logistic model that of ``""``.
        counts: Its part in the sum of losses.
        answer: What it stands for (the code of a candidate).
    """

    row: Seen
    signals: Iterable[str]
    right: Mapping[str, float]
    counts: float
    answer: str = ""


def cases(model: str, rows: Sequence[Seen]) -> list[Case]:
    """What a model learns from the sentences."""
    out: list[Case] = []
    for row in rows:
        found, seen = row.considered, row.counts * (UNJUDGED_COUNTS if row.label == -1 else 1)
        if row.label is None or found is None:
            continue
        is_claim = float(row.label == 1)
        if model == "relation":
            share = seen / max(1, len(row.relations)) ** 0.5
            out += [Case(row, signals, {"": is_claim}, share) for signals in row.relations]
        elif model == "claim":
            out.append(Case(row, found.signals, {"": is_claim}, seen))
        elif not all(LABEL_OF.get(model, model) in claim for claim in row.claims):
            continue
        elif row.claims and model in ("action", "stance"):
            shares = Counter(str(claim[model]) for claim in row.claims)
            right = {name: number / len(row.claims) for name, number in shares.items()}
            out.append(Case(row, found.signals, right, row.counts))
        elif row.claims and model in ("actor", "target"):
            meant = {claim[model] for claim in row.claims}
            among = found.actors if model == "actor" else found.targets
            out += [Case(row, signals, {"": float(code in meant)}, row.counts, code) for code, signals in among.items()]
        elif row.claims and model == "goods":
            meant = {str(each["group"]) for claim in row.claims for each in claim["goods"]}
            out += [
                Case(row, signals, {"": float(group in meant)}, row.counts, group)
                for group, signals in row.goods.items()
            ]
        elif row.claims and model == "source":
            out += [
                Case(
                    row,
                    signals,
                    {"": float(any(is_meant(claim["speaker"], source.speaker) for claim in row.claims))},
                    row.counts,
                    name,
                )
                for name, (source, signals) in row.sources.items()
            ]
    return out


def is_meant(speaker: object, name: str | None) -> bool:
    """Whether a name is that of a speaker by a label; ``the President`` is ours, not one of another land."""
    if same_name(speaker, name):
        return True
    return name is not None and may_be_named(speaker, name) and codes_in(name) <= {"USA"}


def tuned_on() -> Iterator[tuple[LabelledSet, Callable[[str], str], float]]:
    """Sets that may be tuned on, what is left out together in each, and how much it counts."""
    labels = made_up("tune")
    sets = {row["file"]: str(row["set"]) for row in labels.described}
    early = {"own", "own2", "own3", "own5"}
    yield labels, lambda file: "own" if sets[file] in early else sets[file], 1.0
    real = statements("tune")
    if real is None:
        sys.exit("the statements are not beside the checkout")
    yield real, lambda file: file, STATEMENTS_COUNT


def phrased() -> Iterator[Seen]:
    """Sentences of the table of phrasings; what stands around them is left out, since it is the same each time."""
    with tempfile.TemporaryDirectory() as folder:
        for number, row in enumerate(phrasings()):
            text, start = row.in_briefing()
            path = Path(folder) / f"phrasing {number}.txt"
            path.write_text(text, "utf-8")
            label: dict[str, Any] = {"file": path.name, "start": start, "end": start + len(row.sentence)}
            if row.kind == "fields":
                label |= zip(("stance", "actor", "action", "target"), row.expected.split(), strict=True)
            elif row.kind == "speaker":
                label["speaker"] = row.speaker
            given = {"claims": (), "nonclaims": (), "ambiguous": ()} | {
                "nonclaims" if row.kind == "none" else "claims": (label,)
            }
            labels = LabelledSet(PHRASED, "tune", {path.name: path}, (), **given)
            yield from (seen for seen in seen_in(labels, lambda _: PHRASED, 1.0) if touch(label, vars(seen)))


def chinese_of(labels: LabelledSet) -> LabelledSet:
    """The texts of a set that have Chinese in them."""
    texts = {name: path for name, path in labels.texts.items() if has_han(path.read_text("utf-8"))}
    return replace(labels, texts=texts)
