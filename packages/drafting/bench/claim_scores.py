"""Drafts of claims held against labels: which are claims, and which fields are right.

A draft and a label can pair where their spans overlap by half of the shorter one or more; pairs
are one to one, and where several are possible, agreement decides. A draft on an ambiguous span
alone counts nowhere. One that touches no labelled span is *unjudged*: strict precision counts it
as wrong, judged precision leaves it out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from claim_names import same_link, same_name, same_phrase, without_publisher

Row = Mapping[str, Any]

LEAST_OVERLAP = 0.5
LONGEST = 1500
"""Characters beyond which a draft finds nothing."""
EXACT = ("stance", "actor", "action", "target")
WEIGHTS = {"actor": 8, "action": 6, "target": 4, "stance": 3}
"""What agreement in a field is worth where several pairs are possible; a speaker is worth 1, tightness up to 1."""


@dataclass(frozen=True)
class Tally:
    """One field, counted.

    Attributes:
        correct: Values of drafts that agree with the label.
        given: Values in paired drafts.
        paired: Values in paired labels.
        present: Values in all labels.
    """

    correct: int = 0
    given: int = 0
    paired: int = 0
    present: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.correct + other.correct,
            self.given + other.given,
            self.paired + other.paired,
            self.present + other.present,
        )


@dataclass(frozen=True)
class Scores:
    """Counts of one text or several; they add up.

    Attributes:
        claims: Labelled claims.
        nonclaims: Labelled sentences that are none.
        reached: Claims that some draft overlaps.
        kinds: Drafts by what they met: ``paired``, ``extra`` (on a claim that another has), ``nonclaim``,
            ``ambiguous``, ``unjudged``, ``too long``.
        fields: Each field of the pairs.
        passed_on: Of pairs in which another's words are passed on: with the right speaker, all.
        uttered: Pairs with the speaker right, or the one who uttered the words.
        whole: Pairs right in speaker, stance, actor, action and target.
    """

    claims: int = 0
    nonclaims: int = 0
    reached: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    fields: Mapping[str, Tally] = field(default_factory=dict)
    passed_on: tuple[int, int] = (0, 0)
    uttered: int = 0
    whole: int = 0

    def __add__(self, other: Scores) -> Scores:
        names = self.fields | other.fields  # type: ignore[operator]
        return Scores(
            self.claims + other.claims,
            self.nonclaims + other.nonclaims,
            self.reached + other.reached,
            self.kinds + other.kinds,
            {name: self.fields.get(name, Tally()) + other.fields.get(name, Tally()) for name in names},
            (self.passed_on[0] + other.passed_on[0], self.passed_on[1] + other.passed_on[1]),
            self.uttered + other.uttered,
            self.whole + other.whole,
        )

    @property
    def pairs(self) -> int:
        """Claims with a draft of their own."""
        return self.kinds["paired"]

    @property
    def found(self) -> int:
        """Drafts on a claim."""
        return self.kinds["paired"] + self.kinds["extra"]

    @property
    def judged(self) -> int:
        """Drafts on a claim, on a sentence that is none, or too long."""
        return self.found + self.kinds["nonclaim"] + self.kinds["too long"]

    def shares(self) -> dict[str, tuple[int, int]]:
        """Each figure as what is right and of how many, in the order in which they are printed."""
        out = {
            "is a claim, precision (judged)": (self.found, self.judged),
            "is a claim, precision (strict)": (self.found, self.judged + self.kinds["unjudged"]),
            "is a claim, recall (spans)": (self.reached, self.claims),
            "is a claim, recall (records)": (self.pairs, self.claims),
        }
        for name in (*EXACT, "speaker"):
            out[name] = (self._of(name).correct, self.pairs)
        out["speaker where passed on"] = self.passed_on
        for name in ("chain, whole", "chain, originator"):
            out[name] = (self._of(name).correct, self.pairs)
        for name in ("goods group", "goods phrase", "period", "degree", "audience", "office"):
            tally = self._of(name)
            out[f"{name}, precision"] = (tally.correct, tally.given)
            out[f"{name}, recall"] = (tally.correct, tally.paired)
        out["speaker, stance, actor, action, target all right, of claims"] = (self.whole, self.claims)
        return out

    def _of(self, name: str) -> Tally:
        return self.fields.get(name, Tally())


def score_texts(
    claims: Sequence[Row], nonclaims: Sequence[Row], ambiguous: Sequence[Row], drafts: Sequence[Row]
) -> dict[str, Scores]:
    """Scores by name of the text; drafts on texts without labels are left out."""
    sorted_in = [_by_file(rows) for rows in (claims, nonclaims, ambiguous, drafts)]
    return {
        name: score_text(*(rows.get(name, []) for rows in sorted_in))
        for name in sorted(set(sorted_in[0]) | set(sorted_in[1]))
    }


def total(scores: Iterable[Scores]) -> Scores:
    """The sum of several texts."""
    return reduce(lambda one, other: one + other, scores, Scores())


def score_text(
    claims: Sequence[Row], nonclaims: Sequence[Row], ambiguous: Sequence[Row], drafts: Sequence[Row]
) -> Scores:
    """Scores of the drafts of one text.

    Args:
        claims: Labels with ``start``, ``end`` (characters) and fields.
        nonclaims: Hard sentences that are none, ``start`` and ``end``.
        ambiguous: Spans that count neither way.
        drafts: ``start`` and ``end``; a field that is not there is open.
    """
    pairs = paired(claims, drafts)
    mine = {draft for _, draft in pairs}
    kinds = Counter(
        "paired" if at in mine else _kind(draft, claims, nonclaims, ambiguous) for at, draft in enumerate(drafts)
    )
    usable = [draft for draft in drafts if _length(draft) <= LONGEST]
    fields: dict[str, Tally] = defaultdict(Tally)
    for claim in claims:
        for name in (*EXACT, "speaker", "chain, whole", "chain, originator"):
            fields[name] += Tally(present=1)
        for name, values in _values(claim).items():
            fields[name] += Tally(present=len(values))
    passed = Counter[bool]()
    uttered = whole = 0
    for first, second in pairs:
        claim, draft = claims[first], drafts[second]
        for name, tally in _compared(claim, draft).items():
            fields[name] += tally
        right = same_name(claim.get("speaker"), draft.get("speaker"))
        if not same_name(claim.get("speaker"), claim.get("uttered_by")):
            passed[right] += 1
        uttered += right or same_name(claim.get("uttered_by"), draft.get("speaker"))
        whole += right and all(claim.get(name) == draft.get(name) for name in EXACT)
    return Scores(
        claims=len(claims),
        nonclaims=len(nonclaims),
        reached=sum(any(touch(claim, draft) for draft in usable) for claim in claims),
        kinds=kinds,
        fields=dict(fields),
        passed_on=(passed[True], passed.total()),
        uttered=uttered,
        whole=whole,
    )


def paired(claims: Sequence[Row], drafts: Sequence[Row]) -> list[tuple[int, int]]:
    """Places of claims and their drafts, each in one pair at most, those that agree most first."""
    possible = sorted(
        (-agreement(claim, draft), first, second)
        for first, claim in enumerate(claims)
        for second, draft in enumerate(drafts)
        if _length(draft) <= LONGEST and touch(claim, draft)
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    out = []
    for _, first, second in possible:
        if first not in taken[0] and second not in taken[1]:
            out.append((first, second))
            taken[0].add(first)
            taken[1].add(second)
    return out


def touch(one: Row, other: Row) -> bool:
    """Whether two spans overlap by half of the shorter one."""
    return _overlap(one, other) > 0 and _overlap(one, other) >= LEAST_OVERLAP * min(_length(one), _length(other))


def agreement(claim: Row, draft: Row) -> float:
    """How well a draft answers to a claim: fields first, then the tightness of the spans."""
    worth = sum(weight for name, weight in WEIGHTS.items() if claim.get(name) and claim[name] == draft.get(name))
    union = int(max(claim["end"], draft["end"]) - min(claim["start"], draft["start"]))
    return worth + same_name(claim.get("speaker"), draft.get("speaker")) + _overlap(claim, draft) / union


def _compared(claim: Row, draft: Row) -> dict[str, Tally]:
    """Each field of one pair."""
    out = {}
    for name in EXACT:
        said = bool(draft.get(name))
        out[name] = Tally(int(said and draft[name] == claim.get(name)), int(said), 1)
    out["speaker"] = Tally(int(same_name(claim.get("speaker"), draft.get("speaker"))), 1, 1)
    wanted, given = (without_publisher(_chain(row)) for row in (claim, draft))
    alike = len(wanted) == len(given) and all(map(same_link, wanted, given))
    last = bool(wanted and given) and same_link(wanted[-1], given[-1])
    out["chain, whole"] = Tally(int(alike), int(bool(given)), 1)
    out["chain, originator"] = Tally(int(last), int(bool(given)), 1)
    theirs = _values(draft)
    for name, values in _values(claim).items():
        same = str.__eq__ if name == "goods group" else same_phrase
        left = list(values)
        for value in theirs[name]:
            match = next((each for each in left if same(each, value)), None)
            if match is not None:
                left.remove(match)
        out[name] = Tally(len(values) - len(left), len(theirs[name]), len(values))
    return out


def _kind(draft: Row, claims: Sequence[Row], nonclaims: Sequence[Row], ambiguous: Sequence[Row]) -> str:
    """What a draft without a claim of its own met."""
    if _length(draft) > LONGEST:
        return "too long"
    met = (("extra", claims), ("nonclaim", nonclaims), ("ambiguous", ambiguous))
    return next((name for name, rows in met if any(touch(row, draft) for row in rows)), "unjudged")


def _values(row: Row) -> dict[str, list[str]]:
    """Values of the fields that may hold none, one or several."""
    goods = [each if isinstance(each, dict) else {"group": each} for each in _listed(row.get("goods"))]
    out = {name: _listed(row.get(name)) for name in ("office", "period", "degree", "audience")}
    out["goods group"] = sorted({str(each["group"]) for each in goods if each.get("group")} - {"unspecified"})
    out["goods phrase"] = [str(each["phrase"]) for each in goods if each.get("phrase")]
    return out


def _chain(row: Row) -> list[str]:
    return [
        str(each.get("source") or each.get("name") or "") if isinstance(each, dict) else str(each)
        for each in _listed(row.get("chain"))
    ]


def _listed(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [value] if value else []
    return list(value or ())


def _overlap(one: Row, other: Row) -> int:
    return max(0, int(min(one["end"], other["end"]) - max(one["start"], other["start"])))


def _length(row: Row) -> int:
    return int(row["end"] - row["start"])


def _by_file(rows: Sequence[Row]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        out[row["file"]].append(row)
    return out
