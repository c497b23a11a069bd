"""What the pages of hubs rest on: the finding, the routes over its goods and windows, and both legs of each hub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from stopgap.api import Lake
from stopgap.api.measured_finding import MeasuredFinding
from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.base.marking import Marking, strictest
from stopgap.base.vocab import EpisodeRole
from stopgap.briefs.model import BriefModel, RouteLeg
from stopgap.briefs.series import Ground, route_legs
from stopgap.briefs.vocabulary import coalition_of
from stopgap.codes.areas import areas
from stopgap.measures.backfill.request import BackfillRequest
from stopgap.measures.backfill.results import Finding
from stopgap.measures.routes.request import RouteRequest
from stopgap.measures.routes.results import RouteFinding
from stopgap.pages.episode.basis import basis_line
from stopgap.pages.episode.marked import marking_of
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.panel.coalition_stages import COALITION
from stopgap.panel.engine import engine_on
from stopgap.panel.episodes import Episode

OTHER_ROLE = "this episode is about other suppliers to the coalition, and routes read trade with the target alone"
"""Why routes are not measured of such an episode."""


@dataclass(frozen=True)
class HubsMeasured:
    """What was measured of an episode and its hubs.

    Attributes:
        episode: The episode.
        query: The options, with the goods that were measured.
        measured: The finding of suspended trade and backfill.
        routing: Routes over the same goods and windows; ``None`` where they were not measured.
        reason: Why not.
        names: Names by code.
        model: What the sentences and tables of a brief on hubs are made from.
        marking: Marking of all of it.
    """

    episode: Episode
    query: EpisodeQuery
    measured: MeasuredFinding
    routing: RouteFinding | None
    reason: str
    names: Mapping[str, str]
    model: BriefModel
    marking: Marking

    @property
    def finding(self) -> Finding:
        """The finding of suspended trade and backfill."""
        return self.measured.finding

    @property
    def basis(self) -> str:
        """What the legs rest on."""
        return basis_line(self.finding)


def measured_hubs(lake: Lake, query: EpisodeQuery, *, hubs: tuple[str, ...] | None = None) -> HubsMeasured:
    """Measure an episode, its routes and both legs of its hubs.

    Args:
        lake: The lake.
        query: The episode and its options.
        hubs: Economies whose legs are read; ``None`` for the hubs of the episode and those found by rule.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures of the finding.
    """
    episode = query.load()
    measured = query.measure(lake, gross=False)
    finding = measured.finding
    here = replace(query, goods=query.goods or finding.goods)
    routing, reason = measured_routes(lake, here, finding)
    wanted = hubs
    if wanted is None:
        wanted = episode.hubs + tuple(
            row.hub for row in (routing.hubs if routing else ()) if row.hub not in episode.hubs
        )
    legs = legs_of(lake, here, finding, wanted)
    names = dict(economy_names())
    names[COALITION] = coalition_of(finding, names, episode.members()).head
    marking = strictest([measured.marking, *([marking_of(routing)] if routing is not None else [])])
    model = _model(episode, finding, names, legs, routing, reason)
    return HubsMeasured(episode, here, measured, routing, reason, names, model, marking)


def measured_routes(lake: Lake, query: EpisodeQuery, finding: Finding) -> tuple[RouteFinding | None, str]:
    """Return routes over the goods and windows of a finding; else ``None`` and why."""
    try:
        found = lake.routes(query.episode, query.request_like(finding, RouteRequest))
    except (MissingDataError, EpisodeError) as error:
        return None, OTHER_ROLE if query.load().role is EpisodeRole.SUPPLIERS_TO_COALITION else error.what
    if found.windows != finding.windows:
        return None, "the hubs' figures cover other windows"
    return found, ""


def legs_of(lake: Lake, query: EpisodeQuery, finding: Finding, hubs: tuple[str, ...]) -> tuple[RouteLeg, ...]:
    """Return both legs of trade through some economies, as a brief has them; those without figures on both are absent."""
    episode = query.load()
    if episode.role is EpisodeRole.SUPPLIERS_TO_COALITION or not hubs:
        return ()
    goods = episode.goods_list(query.goods or finding.goods)
    options = BackfillRequest(
        goods=query.goods or finding.goods, as_of=query.as_of, baseline=query.baseline, after=query.after
    ).options()
    with engine_on(lake.path, as_of=query.as_of) as (engine, snapshot):
        return route_legs(Ground(engine, snapshot, replace(episode, hubs=hubs), options, finding, goods))


def _model(
    episode: Episode,
    finding: Finding,
    names: Mapping[str, str],
    legs: tuple[RouteLeg, ...],
    routing: RouteFinding | None,
    reason: str,
) -> BriefModel:
    """Return the parts of a brief's content that its words on hubs take; all others are empty."""
    return BriefModel(
        title=episode.title, episode_name=episode.name, episode_title=episode.title, target=episode.target,
        target_name=areas()[episode.target].name, event=episode.event, direction=str(episode.direction), headline=finding,
        others=(), names=names, goods_titles={}, series=(), series_label="", legs=legs, legs_label="", monthly=(),
        monthly_label="", monthly_unit="", hub_case=(), hub_case_label="", hub_name="", hub_good="", caveats=(), sources=(),
        reproduce=(), as_of=finding.as_of, made_with="", routing=routing, routing_reason=reason, members=episode.members(),
    )  # fmt: skip
