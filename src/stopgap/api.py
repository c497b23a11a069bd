"""The Python API: open a lake, measure, look."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from stopgap.base.errors import StopgapError
from stopgap.base.marking import CLEAR, Markable, Marking
from stopgap.base.read_ledger import open_ledger
from stopgap.base.settings import load_settings
from stopgap.base.visible_text import one_line
from stopgap.claims.claim import Claim
from stopgap.claims.register.events import RegisteredClaim
from stopgap.claims.register.register import Registration
from stopgap.claims.register.sources import register_any
from stopgap.claims.register.views import ClaimFilter, ShownClaim, list_claims, show_claim
from stopgap.claims.testing.results import TestedClaim
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import verdict_for
from stopgap.evidence.markings.effective import marking_of_finding
from stopgap.evidence.markings.provenance import (
    marking_of_claims,
    marking_of_receipts,
    marking_of_verdict,
)
from stopgap.evidence.markings.reads import (
    CLAIMS,
    MEASURED,
    VERDICTS,
    mark_error,
    marking_of_own,
    with_reads,
)
from stopgap.intake.importing import import_paths
from stopgap.intake.querying import query_lake
from stopgap.lake.importer import ImportResult
from stopgap.lake.query.limits import MEMORY, RESULT, TIMEOUT_S, query_limits
from stopgap.lake.store import now
from stopgap.measures.backfill import tables
from stopgap.measures.backfill.results import Finding
from stopgap.measures.backfill.run import measure
from stopgap.measures.revisions.results import Revision
from stopgap.measures.revisions.run import diff
from stopgap.panel.prepare import measure_options
from stopgap.screening.exposure.lookups import exposure_helpers
from stopgap.screening.exposure.results import ExposureFinding
from stopgap.screening.exposure.run import exposure, exposure_options
from stopgap.screening.matching.match_selection import MATCHES, ScreenAnswer
from stopgap.screening.matching.results import ScreenQuery
from stopgap.sources.texts import SourceText

if TYPE_CHECKING:
    from stopgap.evidence.packs.create import MadePack
    from stopgap.evidence.packs.verify import Verification
    from stopgap.screening.matching.run import Screeners

_Item = TypeVar("_Item")
_Result = TypeVar("_Result", bound=Markable)


class MarkedList(list[_Item]):
    """A list of results, and who may see it."""

    def __init__(self, items: Iterable[_Item], marking: Marking) -> None:
        super().__init__(items)
        self.marking = marking


class MarkedDict(dict[str, Any]):
    """A document, and who may see it."""

    def __init__(self, document: dict[str, Any], marking: Marking) -> None:
        super().__init__(document)
        self.marking = marking


def _marked(result: _Result, marking: Marking) -> _Result:
    """The result with its marking."""
    made = copy(result)
    object.__setattr__(made, "marking", marking)  # no field: the result itself stays frozen
    return made


class ResultTable:
    """An Arrow table with its ways out; other libraries read it through the Arrow interface.

    Attributes:
        marking: Who may see it.
    """

    def __init__(self, table: pa.Table, marking: Marking = CLEAR) -> None:
        self.arrow = table
        self.marking = marking

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.arrow.__arrow_c_stream__(requested_schema)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.arrow, name)

    def __len__(self) -> int:
        return int(self.arrow.num_rows)

    def __repr__(self) -> str:
        return repr(self.arrow)

    def to_pandas(self) -> Any:
        """The table as a pandas data frame (pandas is the user's)."""
        return self.arrow.to_pandas()

    def to_polars(self) -> Any:
        """The table as a Polars data frame (Polars is the user's)."""
        import polars  # type: ignore[import-not-found, unused-ignore]

        return polars.from_arrow(self.arrow)


@dataclass(frozen=True)
class MeasuredFinding:
    """A finding with its tables and its picture.

    Attributes:
        finding: The frozen result; every other attribute of it can be read here too.
        marking: Who may see it.
    """

    finding: Finding
    marking: Marking = CLEAR

    @property
    def suppliers(self) -> ResultTable:
        """One row per supplier outside the coalition."""
        return ResultTable(tables.suppliers_table(self.finding), self.marking)

    @property
    def members(self) -> ResultTable:
        """One row per member of the coalition."""
        return ResultTable(tables.members_table(self.finding), self.marking)

    @property
    def goods(self) -> ResultTable:
        """One row per good."""
        return ResultTable(tables.goods_table(self.finding), self.marking)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.finding, name)

    def as_dict(self) -> dict[str, Any]:
        """The finding as ``stopgap measure --format json`` prints it."""
        return {**self.finding.as_dict(), "marking": self.marking.as_dict()}

    @property
    def placebos(self) -> ResultTable:
        """One row per placebo destination and the target, in the order of the rank; empty without one."""
        return ResultTable(tables.placebos_table(self.finding), self.marking)

    def chart(self, kind: str = "gross") -> Any:
        """One picture of the finding, an Altair chart.

        Args:
            kind: ``gross``: the waterfall of lost, filled by each supplier, unfilled. ``net``: net gain of
                each supplier with its 95 % interval. ``placebos``: the target among placebo destinations.

        Raises:
            UsageError: Another kind.
            MissingDataError: The finding has no net gains, or no placebo rank, to draw.
        """
        from stopgap.briefs.charts.finding_charts import finding_chart
        from stopgap.briefs.formats.tlp import marked_chart
        from stopgap.codes.areas import areas

        names = {code: area.name for code, area in areas().items()}
        return marked_chart(finding_chart(self.finding, names, kind), self.marking)

    def _repr_html_(self) -> str:
        from html import escape

        return "<br>".join(
            escape(one_line(line)) for line in (self.marking.label, *tables.summary_lines(self.finding))
        )


class Lake:
    """A lake of trade figures. Each result, and each error that is raised after evidence was read, has a ``marking``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open_screeners: Screeners | None = None

    def __repr__(self) -> str:
        return f"Lake({str(self.path)!r})"

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """What is read in the block marks its answer, or its error."""
        with open_ledger(self.path):
            try:
                yield
            except StopgapError as error:
                mark_error(error)
                raise

    def measure(
        self,
        episode: str,
        *,
        goods: str | None = None,
        baseline: str | None = None,
        after: str | None = None,
        frequency: str | None = None,
        report: str = "reported",
        as_of: str | None = None,
        engine: str = "duckdb",
    ) -> MeasuredFinding:
        """Suspended trade and backfill of an episode, gross and net; see ``stopgap measure --help``."""
        options = measure_options(
            goods=goods, baseline=baseline, after=after, frequency=frequency, report=report, as_of=as_of
        )
        with self._reading():
            finding = measure(self.path, episode, options, engine=engine)
            marking = with_reads(marking_of_finding(self.path, finding), covers=MEASURED)
        return MeasuredFinding(finding, marking)

    def diff(
        self,
        episode: str,
        *,
        earlier: str,
        later: str | None = None,
        goods: str | None = None,
        baseline: str | None = None,
        after: str | None = None,
        frequency: str | None = None,
        report: str = "reported",
    ) -> Revision:
        """Which figures changed between two vintages, and why; see ``stopgap diff --help``."""
        options = measure_options(
            goods=goods, baseline=baseline, after=after, frequency=frequency, report=report
        )
        with self._reading():
            return _marked(diff(self.path, episode, options, earlier=earlier, later=later), with_reads())

    def exposure(
        self,
        episode: str,
        *,
        goods: str | None = None,
        first: str | None = None,
        last: str | None = None,
        as_of: str | None = None,
        screen: bool = True,
        **options: Any,
    ) -> ExposureFinding:
        """Companies that customs declarations name behind an episode's goods; fields as ``exposure --format json`` prints them.

        Args:
            episode: Built-in name or path.
            goods: Goods list.
            first: First month of the window.
            last: Last month.
            as_of: Vintage or day.
            screen: Look the companies up in the lake's lists.
            options: ``roles``, ``sources``, ``merge``, ``limit``, ``register``: see
                :func:`stopgap.screening.exposure.run.exposure_options`.
        """
        chosen = exposure_options(goods=goods, first=first, last=last, as_of=as_of, **options)
        with self._reading():
            helpers = exposure_helpers(self.path, as_of=as_of, screen=screen)
            finding = exposure(self.path, episode, chosen, helpers=helpers)
            own = () if chosen.register is None else (chosen.register,)
            return _marked(finding, with_reads(marking_of_own(self.path, *own)))

    def query(
        self,
        sql: str,
        *,
        as_of: str | None = None,
        timeout: float = TIMEOUT_S,
        memory_limit: str = MEMORY,
        result_limit: str = RESULT,
    ) -> ResultTable:
        """Rows of one read-only statement over the lake's views.

        Args:
            sql: One SELECT.
            as_of: Vintage or day.
            timeout: Seconds that it may run.
            memory_limit: Memory that it may use, such as ``500MB``; at most half of the machine's.
            result_limit: Size of the answer as Arrow holds it.
        """
        limits = query_limits(timeout=timeout, memory_limit=memory_limit, result_limit=result_limit)
        with self._reading():
            found = query_lake(self.path, sql, as_of=as_of, limits=limits)
        return ResultTable(found.table, found.marking)

    def claims(
        self,
        *,
        actor: str | None = None,
        target: str | None = None,
        speaker: str | None = None,
        stance: str | None = None,
        withdrawn: bool = False,
    ) -> MarkedList[RegisteredClaim]:
        """Statements of the register, the latest said first; see ``stopgap claims list --help``."""
        with self._reading():
            found = list_claims(self.path, ClaimFilter(actor, target, speaker, stance, withdrawn))
            return MarkedList(found, with_reads())

    def claim(self, id: str, *, version: int | None = None) -> ShownClaim:
        """One statement with its words in their sentence, links and history; see ``stopgap claims show --help``.

        Raises:
            NotFoundError: No such claim, or no such version.
        """
        with self._reading():
            shown = show_claim(self.path, id, version=version)
            linked = [other for _, other in (*shown.links_from, *shown.links_to)]
            own = marking_of_claims(self.path, [shown.entry, *linked])
            return _marked(shown, with_reads(own, covers=[CLAIMS]))

    def test_claim(
        self,
        claim: Claim | str | Path,
        *,
        episode: str | None = None,
        by_month: bool = False,
        as_of: str | None = None,
    ) -> TestedClaim:
        """A statement held against the figures; see ``stopgap claims test --help``.

        Args:
            claim: A claim, the path of a claim file, or the id of a registered claim.
            episode: Name or file of the episode.
            by_month: Also as it would have been, month by month.
            as_of: Vintage or day.
        """
        options = ClaimTestOptions(episode=episode, as_of=as_of, by_month=by_month)
        with self._reading():
            tested = verdict_for(self.path, claim, options)[0]
            own = marking_of_verdict(self.path, tested)
            return _marked(tested, with_reads(own, covers=VERDICTS))

    def register_claim(
        self,
        claim: Claim | str | Path,
        *,
        by: str,
        why: str | None = None,
        text: SourceText | str | Path | None = None,
        draft: dict[str, Any] | None = None,
        yes: str | None = None,
    ) -> Registration:
        """Put a statement into the register; see ``stopgap claims register --help``.

        Args:
            claim: A claim, or the path of a claim file.
            by: Who registers it.
            why: Reason, where a registered claim changes.
            text: Its source text, or the path of that; by default the file that a claim file names, beside it.
            draft: The draft that it comes from.
            yes: Who said yes to the draft.

        Raises:
            RefusedError: A draft without a yes, or a lake that cannot be written.
            UsageError: A changed claim without a reason.
            NotFoundError: A file, a link or an id that is not there.
            InputError: A field or the words do not hold.
        """
        with self._reading():
            made = register_any(
                self.path, claim, who=by, when=now(), why=why, text=text, draft=draft, yes=yes
            )
            own = marking_of_claims(self.path, [made.entry])
            return _marked(made, with_reads(own, covers=() if made.notes else [CLAIMS]))

    def screen(
        self,
        names: str | ScreenQuery | Sequence[str | ScreenQuery],
        *,
        lists: Sequence[str] | None = None,
        limit: int = MATCHES,
        threshold: float | None = None,
        explain: bool = False,
        decisions: bool = True,
        as_of: str | None = None,
        on: str | None = None,
    ) -> MarkedList[ScreenAnswer]:
        """What the lists in the lake say to names of firms and vessels; see ``stopgap screen --help``.

        The lists stay open between calls, as long as they do not change.

        Args:
            names: A name, or a query with countries and numbers, or several of them.
            lists: Names of lists, or of families of lists; all where ``None``.
            limit: Matches of a name, at most.
            threshold: Show matches of at least this probability alone; 0 shows all.
            explain: Whether each match brings its features.
            decisions: Whether decisions on matches are looked up.
            as_of: A vintage (``v3``), or a day.
            on: A day: entries that were in force on it.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: A name is empty, too long, no Unicode text, or without a letter or digit.
        """
        from stopgap.screening.matching.run import screen_wanted

        asked = [names] if isinstance(names, str | ScreenQuery) else names
        with self._reading():
            screener = self._screeners.get(as_of=as_of, on=on, decisions=decisions)
            wanted = screen_wanted(threshold=threshold, limit=limit, explain=explain)
            queries = [ScreenQuery(each) if isinstance(each, str) else each for each in asked]
            answers = screener.screen(queries, screener.restricted(wanted, lists))
            return MarkedList(answers, with_reads())

    def match(
        self, request: dict[str, Any], *, limit: int = MATCHES, threshold: float | None = None
    ) -> MarkedDict:
        """Answer a request in the shape of yente's ``POST /match/{dataset}``; see docs/reference/screening.md.

        Raises:
            MissingDataError: The lake holds no lists.
            InputError: The request is not of that shape, or a query names nothing that can be looked up.
            UsageError: A query is for a person, or gives weights.
        """
        from stopgap.screening.matching.run import yente_match

        with self._reading():
            found = yente_match(self._screeners.get(), request, limit=limit, threshold=threshold)
            return MarkedDict(found, with_reads())

    @property
    def _screeners(self) -> Screeners:
        from stopgap.screening.matching.run import Screeners

        if self._open_screeners is None:
            self._open_screeners = Screeners(self.path)
        return self._open_screeners

    def pack(
        self,
        episode: str,
        *,
        marking: str,
        releasable_to: Sequence[str] | None = None,
        key: str,
        passphrase: str,
        output: str | Path,
        goods: str | None = None,
        baseline: str | None = None,
        after: str | None = None,
        as_of: str | None = None,
        parts: Sequence[str] | None = None,
        redact: bool = False,
        home: str | Path | None = None,
    ) -> MadePack:
        """A signed evidence pack of an episode; see ``stopgap pack create --help``.

        Args:
            episode: Built-in name or path.
            marking: Level of the pack (``GREEN``).
            releasable_to: Economies that it goes to (ISO3).
            key: Name of one's key.
            passphrase: Opens it.
            output: File, or a folder in which the pack gets the name that says what it is.
            goods: Goods list.
            baseline: Window, ``FROM:TO``.
            after: Window.
            as_of: Vintage or day.
            parts: Of ``claims``, ``alerts``, ``brief`` and ``decisions``; the first three where ``None``.
            redact: Leave out what is above the marking, and say so.
            home: Folder of the keys; the user's own where ``None``.

        Raises:
            RefusedError: Something is above the marking, or the key may not sign.
            NotFoundError: Unknown episode, goods list, vintage or key.
        """
        from stopgap.base.marking import parse_marking
        from stopgap.evidence.keys.own_keys import signing_key
        from stopgap.evidence.packs.create import create_pack
        from stopgap.evidence.packs.gathering import USUAL_PARTS, PackOptions

        options = PackOptions(
            parse_marking(marking, releasable_to),
            measure_options(goods=goods, baseline=baseline, after=after, as_of=as_of),
            parts=USUAL_PARTS if parts is None else tuple(parts),
            redact=redact,
        )
        folder = load_settings().home if home is None else Path(home)
        signer = signing_key(folder, key, passphrase, on=now()[:10])
        with self._reading():
            made = create_pack(self.path, episode, options, signer=signer, output=Path(output))
        return _marked(made, options.audience)

    def import_files(self, files: Sequence[str | Path], **options: Any) -> ImportResult:
        """Load files as one vintage; options as :func:`stopgap.intake.importing.import_paths` takes them."""
        with self._reading():
            done = import_paths(self.path, [Path(file) for file in files], **options)
            return _marked(done, with_reads(marking_of_receipts(self.path, done.receipts)))


def open_lake(path: str | Path | None = None) -> Lake:
    """The lake in a folder (default: ``STOPGAP_LAKE``, else the user's data folder)."""
    return Lake(load_settings(lake=Path(path) if path else None).lake)


def verify_pack(
    path: str | Path,
    *,
    trust: Sequence[str | Path] = (),
    on: str | None = None,
    home: str | Path | None = None,
    reads_data: bool = False,
) -> Verification:
    """What the checks say of an evidence pack; see ``stopgap pack verify --help``.

    Args:
        path: The pack.
        trust: Public key files of signers, beside the keys that the user trusts.
        on: Day on which the signer's key must hold; today where ``None``.
        home: Folder of the keys; the user's own where ``None``.
        reads_data: Whether its data alone will be read: pages that another version made, which cannot be compared, then
            keep nothing from holding.

    Raises:
        InputError: There is no such file, it is no pack at all, or a file is no public key.
    """
    from stopgap.evidence.packs.verify import trusted
    from stopgap.evidence.packs.verify import verify_pack as verify

    folder = load_settings().home if home is None else Path(home)
    return verify(Path(path), trusted(folder, map(Path, trust)), on=on or now()[:10], reads_data=reads_data)
