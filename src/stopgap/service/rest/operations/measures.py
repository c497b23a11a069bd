"""Addresses of measures: trade by period; of an episode, what each measure finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stopgap.answers.choices import By, ExposureBy, QualityTable, RoutesBy
from stopgap.answers.documents import exposure_document
from stopgap.base.request import Option, RequestField
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
from stopgap.service.rest.operation import Asked, RestOperation, RestsOn, Shaped
from stopgap.service.rest.shapes import by_choice, own_table, result

EPISODE_HELP = {"episode": "Name of a built-in episode, such as russia-2022."}


def _rows_by(
    choices: Any, default: str, help: str = "What a row of the table is; JSON holds all tables."
) -> RequestField:
    return RequestField("by", str, Option(help, choices=choices), default)


def _finding_table(by: str) -> Callable[[Any], Any]:
    def table(found: Any) -> Any:
        from stopgap.measures.backfill.tables import finding_table

        return finding_table(found.finding, by=by)

    return table


def _route_table(by: str) -> Callable[[Any], Any]:
    def table(found: Any) -> Any:
        from stopgap.measures.routes.results import route_table

        return route_table(found, by=by)

    return table


def _report_table(name: str) -> Callable[[Any], Any]:
    def table(found: Any) -> Any:
        from stopgap.measures.quality.results import report_table

        return report_table(found, name)

    return table


def _phantom_table(found: Any) -> Any:
    from stopgap.measures.mirror.results import phantom_table

    return phantom_table(found)


def _series(found: Any, asked: Asked) -> Shaped:
    return Shaped(found.as_dict(), found.finding.table(), found.marking, rows_at="rows")


_QUALITY_AT = {each: each.value.replace("-", "_") for each in QualityTable}
_QUALITY_TABLE = RequestField(
    "table", str, Option("Which table the forms other than JSON hold; JSON holds all.", choices=QualityTable), QualityTable.OVERVIEW
)  # fmt: skip
_QUALITY = by_choice({each.value: (_report_table(each.value), _QUALITY_AT[each]) for each in QualityTable}, "table")


def _of_episode(
    name: str, request: type, summary: str, shape: Callable[[Any, Asked], Shaped], **more: Any
) -> RestOperation:
    given: Mapping[str, Any] = {"rests_on": (RestsOn.FIGURES,), "is_kept": True, **more}
    return RestOperation(
        method="GET",
        path=f"/episodes/{{episode}}/{name}",
        summary=summary,
        api=name,
        request=request,
        subject=("episode",),
        shape=shape,
        path_help=EPISODE_HELP,
        **given,
    )


def _quality_of_episode(lake: Any, asked: Asked) -> Any:
    from dataclasses import replace

    return lake.quality(replace(asked.request, episode=asked.path["episode"]))


MEASURES = (
    RestOperation(
        method="GET",
        path="/series",
        summary="Trade of reporters with partners by year, quarter or month.",
        api="series",
        request=SeriesRequest,
        shape=_series,
        rests_on=(RestsOn.FIGURES,),
        is_kept=True,
        example={"reporters": "CHN", "partners": "RUS", "goods": "84,85"},
    ),
    _of_episode(
        "measure", BackfillRequest, "Suspended trade, and who backfills it.",
        by_choice({
            By.SUPPLIER: (_finding_table("supplier"), "suppliers"),
            By.GOOD: (_finding_table("good"), "by_good"),
            By.GROUP: (_finding_table("group"), "by_group"),
        }),
        extra=(_rows_by(By, By.SUPPLIER),), example={"goods": "machinery-electronics", "gross": "true"},
    ),
    _of_episode(
        "counterfactual", CounterfactualRequest,
        "Net backfill beside a second model, contrasts, an event study, placebos and a synthetic control.",
        result(own_table), is_list=False, example={"goods": "machinery-electronics"},
    ),
    _of_episode(
        "routes", RouteRequest, "What may reach the target through hubs, beyond what chance would match.",
        by_choice({
            RoutesBy.HUB: (_route_table("hub"), "hubs"),
            RoutesBy.GOOD: (_route_table("good"), "by_good"),
            RoutesBy.MONTH: (_route_table("month"), "months"),
            RoutesBy.CANDIDATE: (_route_table("candidate"), "candidates"),
            RoutesBy.DECLARED: (_route_table("declared"), "declared_never_recorded"),
        }),
        extra=(_rows_by(RoutesBy, RoutesBy.HUB),), example={"goods": "machinery-electronics"},
    ),
    _of_episode(
        "mirror", MirrorRequest, "Exporters' and importers' reports of the same trade: phantom trade, silent reporters.",
        result(_phantom_table, "phantom"), example={"goods": "machinery-electronics"},
    ),
    _of_episode(
        "prices", PriceRequest, "What the target pays above others; loss and backfill in quantity and price.",
        result(own_table), is_list=False, example={"goods": "machinery-electronics"},
    ),
    _of_episode(
        "nowcast", NowcastRequest, "The symmetric ratio by month from early reporters, with the errors of past nowcasts.",
        result(own_table, "months"), example={"goods": "machinery-electronics"},
    ),
    _of_episode(
        "levers", LeverRequest, "Goods, hubs and suppliers by what a stop there would remove from the target's inflow.",
        result(own_table, "levers"), example={"goods": "machinery-electronics", "no_routes": "true"},
    ),
    _of_episode(
        "diff", DiffRequest, "Which figures changed between two vintages, and why.",
        result(own_table), is_list=False, example={"earlier": "v1", "goods": "machinery-electronics"},
    ),
    _of_episode(
        "exposure", ExposureRequest, "Companies that customs declarations name behind the episode's goods.",
        by_choice({
            ExposureBy.COMPANY: (lambda found: found.company_table(), "companies"),
            ExposureBy.PAIR: (lambda found: found.pair_table(), "pairs"),
            ExposureBy.HUB: (lambda found: found.hub_table(), "hubs"),
        }, document=exposure_document),
        extra=(_rows_by(ExposureBy, ExposureBy.COMPANY),), rests_on=(RestsOn.FIGURES, RestsOn.DECISIONS, RestsOn.LISTS, RestsOn.DAY),
        example={"no_screen": "true"},
    ),
    _of_episode(
        "quality", QualityRequest, "Quality of the figures behind the episode: who reported what, which rows are unlike the others.",
        _QUALITY, ask=_quality_of_episode, leaves_out=frozenset({"episode"}), extra=(_QUALITY_TABLE,),
    ),
    RestOperation(
        method="GET", path="/quality", summary="Quality of the lake's figures: who reported what, how far two reports agree.",
        api="quality", request=QualityRequest, shape=_QUALITY, extra=(_QUALITY_TABLE,), rests_on=(RestsOn.FIGURES,), is_kept=True,
    ),
)  # fmt: skip
