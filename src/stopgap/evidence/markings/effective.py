"""Effective markings: marks set by people, combined with the markings of the inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.marking import CLEAR, Marking, Tlp, strictest
from stopgap.base.read_ledger import bookkeeping
from stopgap.lake.history import loads, read_log, resolve_vintage, vintages
from stopgap.lake.marking_log import MarkingBook, MarkingRelease, read_book
from stopgap.lake.receipts import Receipt
from stopgap.lake.schema import DECLARATIONS, LISTED, TABLES, TRADE

if TYPE_CHECKING:
    from stopgap.claims.claim import Claim
    from stopgap.claims.register.events import RegisteredClaim
    from stopgap.lake.history import Commit
    from stopgap.measures.backfill.results import Finding

_AMBER = Marking(Tlp.AMBER)

DEFAULTS: Mapping[str, Marking] = {
    "table:trade": CLEAR,  # published statistics
    "table:listed": CLEAR,  # published lists
    "table:declarations": _AMBER,  # they name companies
    "claim:published": CLEAR,
    "claim:unpublished": _AMBER,
    "decision": _AMBER,  # they name analysts and their reasons
    "attachment": _AMBER,
    "goods": CLEAR,
    "episode": CLEAR,
}
"""Kind of subject -> its marking if no person has marked it. ``markings set table:…`` changes those of tables."""

TABLE_SUBJECTS = {TRADE.name: "table:trade", DECLARATIONS.name: "table:declarations", LISTED.name: "table:listed"}
"""Table of the lake -> the subject of its default marking in :data:`DEFAULTS`."""

PUBLICATIONS = ("report", "interview", "transcript", "readout", "fact-sheet")
"""Forms of a claim's nearest source that make the claim generally available."""

PUBLIC = (*PUBLICATIONS, "statement", "speech")
"""Forms of sources that are public."""


@dataclass(frozen=True)
class EffectiveMarkings:
    """Marks and releases of a lake, and, for each receipt, the tables into which its rows were imported."""

    book: MarkingBook = field(default_factory=MarkingBook)
    tables: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def own(self, subject: str) -> Marking | None:
        """Return the marking that was set for a subject (``receipt:ID``, ``claim:ID`` …); ``None`` if none is set."""
        return self.book.own(subject)

    def default(self, kind: str) -> Marking:
        """Return the default marking of a kind (``table:trade``, ``goods``, ``decision`` …).

        Kinds without a default get CLEAR, since their inputs alone determine their marking.
        """
        own = self.own(kind) if kind.startswith("table:") else None
        return own or DEFAULTS.get(kind, CLEAR)

    def of_subject(self, subject: str) -> Marking:
        """Return the marking of a subject without inputs: its own, else the default of its kind."""
        return self.own(subject) or self.default(subject.partition(":")[0])

    def of_receipt(self, receipt: Receipt, table: str | None = None) -> Marking:
        """Return the marking of a file's rows, in every vintage.

        The file's own marking replaces the default of its table, but never a mark of its source. If ``table`` is
        ``None``, all tables that contain rows of the file count, or every table if these are unknown.
        """
        return strictest(marking for _, marking in self.behind_receipt(receipt, table))

    def behind_receipt(self, receipt: Receipt, table: str | None = None) -> list[tuple[str, Marking]]:
        """Return the subjects that determine a file's marking, with the marking of each."""
        own = self.own(f"receipt:{receipt.receipt}")
        source = self.own(f"source:{receipt.source}")
        found = [] if source is None else [(f"source:{receipt.source}", source)]
        if own is not None:
            return [(f"receipt:{receipt.receipt}", own), *found]
        names = self.tables.get(receipt.receipt, frozenset(TABLES)) if table is None else (table,)
        kinds = [TABLE_SUBJECTS.get(name, f"table:{name}") for name in sorted(names)]
        return [*((kind, self.default(kind)) for kind in kinds), *found]

    def of_claim(self, entry: RegisteredClaim | Claim) -> Marking:
        """Return the marking of a statement: its own, else a default by whether its chain of sources is public."""
        from stopgap.claims.claim import Claim

        own = self.own(f"claim:{entry.id}")
        return own or self.default_of_claim(entry if isinstance(entry, Claim) else entry.claim)

    def default_of_claim(self, claim: Claim) -> Marking:
        """Return the default marking of a statement.

        A statement is public if its nearest source is a publication, or if all of its sources are public. One from a
        briefing, a call or unnamed officials, without a published report, is not.
        """
        forms = [link.form for link in claim.chain]
        is_public = bool(forms) and (forms[0] in PUBLICATIONS or all(form in PUBLIC for form in forms))
        return DEFAULTS["claim:published" if is_public else "claim:unpublished"]

    def of_decision(self, decision: str) -> Marking:
        """Return the marking of the decisions on an alert (``decision`` is its id), or on a match (``d-…``)."""
        return self.of_subject(f"decision:{decision}")

    def releases(self) -> Mapping[str, MarkingRelease]:
        """Return item (``finding:sha256:…``, ``verdict:…``) -> its release that was not withdrawn.

        A release is in force only while it covers (:meth:`MarkingRelease.covers`) the item's marking without it;
        :meth:`released` checks that.
        """
        return self.book.releases

    def released(self, item: str, inputs: Marking) -> Marking:
        """Return the marking of a derived item: that of a release that covers it, else that of its inputs.

        ``inputs`` is the strictest of its own mark and the markings of its inputs.
        """
        release = self.book.releases.get(item)
        return release.marking if release is not None and release.covers(inputs) else inputs


def read_markings(lake: Path, *, commits: Sequence[Commit] | None = None) -> EffectiveMarkings:
    """Read the markings of a lake; ``commits`` is its history, if that was read already.

    Raises RefusedError if the hash chain of the marking log is broken, InputError if a log is damaged.
    """
    tables: dict[str, set[str]] = {}
    for commit in read_log(lake, shows=()) if commits is None else commits:
        for receipt in commit.receipts:
            tables.setdefault(receipt.receipt, set()).add(commit.table)
    return EffectiveMarkings(read_book(lake), {name: frozenset(found) for name, found in tables.items()})


@dataclass(frozen=True)
class Resting:
    """Part of a lake that may be an input of an answer: tables, at a vintage (the newest when ``None``).

    ``frequency`` (``A`` or ``M``) restricts trade figures; ``is_history`` includes rows of earlier vintages and
    withdrawn rows.
    """

    tables: tuple[str, ...] = (TRADE.name,)
    as_of: str | None = None
    frequency: str | None = None
    is_history: bool = False


@dataclass(frozen=True)
class LakeMarkings:
    """The markings of a lake, with its import history."""

    lake: Path
    commits: tuple[Commit, ...]
    markings: EffectiveMarkings
    _found: dict[Resting, list[tuple[Receipt, str]]] = field(default_factory=dict, repr=False, compare=False)

    def receipts(self, resting: Resting) -> list[tuple[Receipt, str]]:
        """Return the files that may be inputs of an answer, with the table of each; too many rather than too few."""
        if resting not in self._found:  # of many statements each asks the same
            self._found[resting] = self._receipts(resting)
        return self._found[resting]

    def _receipts(self, resting: Resting) -> list[tuple[Receipt, str]]:
        commit = resolve_vintage(self.commits, resting.as_of)
        if commit is None:
            return []
        seen = [each for each in vintages(self.commits) if each.number <= commit.number]
        if resting.is_history:
            found = [(receipt, each.table) for each in seen for receipt in each.receipts]
        else:
            found = [(receipt, each.table) for receipt, each in loads(seen).values()]
        found = [pair for pair in found if pair[1] in resting.tables]
        distinct = {self.markings.of_receipt(receipt, table) for receipt, table in found}
        if resting.frequency is None or resting.is_history or len(distinct) < 2:
            return found
        ids = _of_frequency(self.lake, str(commit.vintage), resting.frequency)
        return [(receipt, table) for receipt, table in found if table != TRADE.name or receipt.receipt in ids]

    def behind(self, resting: Resting) -> list[tuple[str, Marking]]:
        """Return the files that may be inputs of an answer, each once, with its marking."""
        found = {
            f"receipt:{receipt.receipt}": self.markings.of_receipt(receipt, table)
            for receipt, table in self.receipts(resting)
        }
        return list(found.items())

    def of(self, resting: Resting) -> Marking:
        """Return the strictest marking of the files that may be inputs of an answer."""
        return strictest(self.markings.of_receipt(receipt, table) for receipt, table in self.receipts(resting))


def open_markings(lake: Path) -> LakeMarkings:
    """Read a lake's markings and its import history once; raise RefusedError if the hash chain of a log is broken."""
    commits = read_log(lake, shows=())
    return LakeMarkings(lake, tuple(commits), read_markings(lake, commits=commits))


def _of_frequency(lake: Path, vintage: str, frequency: str) -> set[str]:
    """Return the receipts with rows of a frequency in the trade table at a vintage."""
    import duckdb

    from stopgap.lake.snapshot import take_snapshot

    with bookkeeping():
        files = [str(path) for path in take_snapshot(lake, as_of=vintage).files]
    if not files:
        return set()
    with duckdb.connect(":memory:") as con:
        con.execute("SELECT DISTINCT receipt FROM read_parquet(?) WHERE frequency = ?", [files, frequency])
        rows = con.fetchall()
    return {receipt for (receipt,) in rows}


def finding_basis(finding: Finding | Mapping[str, Any]) -> Resting:
    """Return the possible inputs of a finding: every trade figure of its frequency at its vintage.

    All sources count, not only those of its coverage: the partners' reports, the counterfactual and the placebos read
    whatever source each reporter has.
    """
    return Resting(as_of=str(_field(finding, "as_of")), frequency=str(_field(finding, "frequency")))


def _field(finding: Any, name: str) -> Any:
    return finding[name] if isinstance(finding, Mapping) else getattr(finding, name)


def marking_of_finding(
    lake: Path, finding: Finding | Mapping[str, Any], *, opened: LakeMarkings | None = None
) -> Marking:
    """Return a finding's marking: that of a release that covers it, else the strictest of its own and its inputs'."""
    found = opened or open_markings(lake)
    item = f"finding:{_field(finding, 'finding_id')}"
    return found.markings.released(item, inputs_of_finding(found, finding))


def inputs_of_finding(opened: LakeMarkings, finding: Finding | Mapping[str, Any]) -> Marking:
    """Return the marking of a finding without a release: the strictest of its own mark and its inputs."""
    return strictest(marking for _, marking in finding_behind(opened, finding))


def finding_behind(opened: LakeMarkings, finding: Finding | Mapping[str, Any]) -> list[tuple[str, Marking]]:
    """Return what determines a finding's marking: its own mark, goods list, episode and input files, each marked."""
    id, goods, episode = (_field(finding, name) for name in ("finding_id", "goods", "episode"))
    markings = opened.markings
    own = markings.own(f"finding:{id}")
    return [
        *([] if own is None else [(f"finding:{id}", own)]),
        (f"goods:{goods}", markings.of_subject(f"goods:{goods}")),
        (f"episode:{episode}", markings.of_subject(f"episode:{episode}")),
        *opened.behind(finding_basis(finding)),
    ]
