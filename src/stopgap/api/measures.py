"""Measures: trade by period; of an episode, suspended trade and backfill, routes, mirror, prices, nowcast, levers, revisions, companies, quality."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from stopgap.api.asked import asked, asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import WrittenBrief, marked
from stopgap.briefs.request import BriefRequest
from stopgap.measures.backfill.request import BackfillRequest
from stopgap.measures.levers.request import LeverRequest
from stopgap.measures.nowcast.request import NowcastRequest
from stopgap.measures.prices.request import PriceRequest
from stopgap.measures.quality.request import QualityRequest
from stopgap.measures.revisions.request import DiffRequest
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.second_opinion.request import CounterfactualRequest
from stopgap.measures.series.request import SeriesRequest
from stopgap.panel.request import MirrorRequest
from stopgap.screening.exposure.request import ExposureRequest

if TYPE_CHECKING:
    from stopgap.api.measured_finding import MeasuredFinding
    from stopgap.api.series import TradeSeries
    from stopgap.measures.levers.results import LeverFinding
    from stopgap.measures.mirror.results import MirrorFinding
    from stopgap.measures.nowcast.results import NowcastFinding
    from stopgap.measures.prices.results import PriceFinding
    from stopgap.measures.quality.results import QualityReport
    from stopgap.measures.revisions.results import Revision
    from stopgap.measures.routes.results import RouteFinding
    from stopgap.measures.second_opinion.results import CounterfactualReport
    from stopgap.screening.exposure.results import ExposureFinding

Result = TypeVar("Result", bound=Any)


class Measures(LakeReader):
    """Measures of an episode, by its built-in name or the path of its file."""

    def _measured(self, result: Result) -> Result:
        from stopgap.evidence.markings.provenance import marking_of_result
        from stopgap.evidence.markings.reads import MEASURED, with_reads

        return marked(result, with_reads(marking_of_result(self.path, result), covers=MEASURED))

    @asked_of(BackfillRequest)
    def measure(self, episode: str, request: BackfillRequest) -> MeasuredFinding:
        """Measure suspended trade and who backfills it, gross and net.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or vintage.
            MissingDataError: The lake lacks the figures.
            EpisodeError: Windows that cannot be used.
        """
        from stopgap.api.measured_finding import MeasuredFinding
        from stopgap.evidence.markings.effective import marking_of_finding
        from stopgap.evidence.markings.reads import MEASURED, with_reads
        from stopgap.measures.backfill.run import measure

        options = request.options()
        with self._reading():
            finding = measure(
                self.path,
                episode,
                options,
                engine=request.engine_options(),
                regimes=request.regimes,
                gross=request.gross,
            )
            marking = with_reads(marking_of_finding(self.path, finding), covers=MEASURED)
        return MeasuredFinding(finding, marking)

    @asked(SeriesRequest)
    def series(self, request: SeriesRequest) -> TradeSeries:
        """Return trade of reporters with partners by year, quarter or month: levels, growth and index.

        Raises:
            NotFoundError: Unknown economy, group, goods list or vintage.
            MissingDataError: The lake lacks the figures.
            UsageError: A choice or a period that cannot be read.
        """
        from stopgap.api.series import TradeSeries
        from stopgap.evidence.markings.provenance import marking_of_tables
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.measures.series.run import series

        with self._reading():
            found = series(self.path, request.options(), engine=request.engine_options())
            return TradeSeries(found, with_reads(marking_of_tables(self.path, as_of=found.as_of)))

    @asked_of(CounterfactualRequest)
    def counterfactual(self, episode: str, request: CounterfactualRequest) -> CounterfactualReport:
        """Set net backfill beside a second model, contrasts, an event study, placebos and a synthetic control.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            MissingDataError: The lake lacks the figures, or holds more than can be compared at once.
            UsageError: Months or a stretch that annual figures do not have.
        """
        from stopgap.measures.second_opinion.run import counterfactual

        with self._reading():
            found = counterfactual(
                self.path, episode, request.options(), request, engine=request.engine_options(), say=self._say
            )
            return self._measured(found)

    @asked_of(RouteRequest)
    def routes(self, episode: str, request: RouteRequest) -> RouteFinding:
        """Measure what may reach the target through hubs, beyond what chance would match.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or vintage.
            MissingDataError: The lake lacks one of the legs.
            EpisodeError: Windows that cannot be used, or an episode without hubs.
        """
        from stopgap.measures.routes.run import routes

        with self._reading():
            return self._measured(
                routes(self.path, episode, request.options(), request, engine=request.engine_options())
            )

    @asked_of(MirrorRequest)
    def mirror(self, episode: str, request: MirrorRequest) -> MirrorFinding:
        """Compare exporters' with importers' reports: phantom trade, reconciled totals, silent reporters.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or vintage.
            MissingDataError: The lake has no flow of the goods that both sides report.
            EpisodeError: Windows that cannot be used.
        """
        from stopgap.measures.mirror.run import mirror

        with self._reading():
            return self._measured(mirror(self.path, episode, request.options(), engine=request.engine_options()))

    @asked_of(PriceRequest)
    def prices(self, episode: str, request: PriceRequest) -> PriceFinding:
        """Measure what the target pays above others, and split loss and backfill in quantity and price.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or vintage.
            MissingDataError: The lake lacks figures with quantities.
            EpisodeError: Windows that cannot be used.
        """
        from stopgap.measures.prices.run import prices

        with self._reading():
            return self._measured(prices(self.path, episode, request.options(), engine=request.engine_options()))

    @asked_of(NowcastRequest)
    def nowcast(self, episode: str, request: NowcastRequest) -> NowcastFinding:
        """Nowcast the symmetric ratio by month from early reporters, with the errors of past nowcasts.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or vintage.
            MissingDataError: The lake lacks monthly figures.
            EpisodeError: Windows that cannot be used.
            UsageError: A window that is not 1 to 12 months, annual figures, or the target's own report.
        """
        from stopgap.measures.nowcast.run import nowcast

        with self._reading():
            found = nowcast(
                self.path, episode, request.options(), window=request.window, engine=request.engine_options()
            )
            return self._measured(found)

    @asked_of(LeverRequest)
    def levers(self, episode: str, request: LeverRequest) -> LeverFinding:
        """Rank goods, hubs and suppliers by what a stop there would remove from the target's inflow.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or vintage.
            MissingDataError: The lake lacks the figures; or a what-if names a supplier without any.
            UsageError: A what-if that cannot be read, a limit below 0.
        """
        from stopgap.measures.levers.run import levers

        with self._reading():
            return self._measured(
                levers(self.path, episode, request.options(), request, engine=request.engine_options())
            )

    @asked_of(DiffRequest)
    def diff(self, episode: str, request: DiffRequest) -> Revision:
        """Say which figures changed between two vintages, and why.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or vintage.
            MissingDataError: The episode cannot be measured as of one of the vintages.
            UsageError: The vintages stand in the wrong order.
        """
        from stopgap.evidence.markings.provenance import marking_of_tables
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.measures.revisions.run import diff

        options = request.options()
        with self._reading():
            engine = request.engine_options()
            found = diff(self.path, episode, options, earlier=request.earlier, later=request.later, engine=engine)
            # both vintages, and what was taken back between them
            return marked(found, with_reads(marking_of_tables(self.path, is_history=True)))

    @asked_of(ExposureRequest)
    def exposure(self, episode: str, request: ExposureRequest) -> ExposureFinding:
        """Rank the companies that customs declarations name behind an episode's goods.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            MissingDataError: The lake holds no declarations of the goods in the window.
            EpisodeError: A month that is none.
            UsageError: An unknown party or way of merging, or a negative limit.
        """
        from stopgap.base.marking import strictest
        from stopgap.evidence.markings.provenance import marking_of_exposure
        from stopgap.evidence.markings.reads import marking_of_own, with_reads
        from stopgap.screening.exposure.lookups import exposure_helpers
        from stopgap.screening.exposure.run import exposure, exposure_options

        options = exposure_options(request)
        with self._reading():
            helpers = exposure_helpers(self.path, as_of=request.as_of, screen=not request.no_screen)
            found = exposure(self.path, episode, options, helpers=helpers, engine=request.engine_options())
            own = [] if request.register is None else [marking_of_own(self.path, request.register)]
            marking = with_reads(strictest([marking_of_exposure(self.path, found), *own]))
            return marked(found, marking, list_notes=helpers.notes)

    @asked_of(BriefRequest)
    def brief(self, episode: str, request: BriefRequest) -> WrittenBrief:
        """Write the shareable brief: HTML, PDF, Excel or Markdown, as the file's name ends.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            UsageError: A file ending, or a form, that no brief has.
            MissingDataError: The lake lacks the figures.
        """
        from stopgap.briefs.run import write_brief

        with self._reading():
            form = request.parsed_form()
            path, model = write_brief(self.path, episode, request.options(), Path(request.output), form=form)
        return WrittenBrief(path, model)

    @asked(QualityRequest)
    def quality(self, request: QualityRequest) -> QualityReport:
        """Report who reported what, how far two reports agree, and which rows are unlike the others.

        Raises:
            MissingDataError: The lake is empty.
            NotFoundError: No such vintage, source, economy or episode.
            UsageError: A limit below 1.
        """
        from stopgap.evidence.markings.provenance import marking_of_tables
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.measures.quality.run import quality

        with self._reading():
            report = quality(self.path, request, engine=request.engine_options())
            return marked(report, with_reads(marking_of_tables(self.path, as_of=report.as_of)))
