"""The tools: one for each question that an assistant may ask of a lake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from stopgap.api import Lake
from stopgap.screening.matching.request import ScreenRequest
from stopgap.service.assistants.answers import MOST_ROWS, QuotedWith, ToolAnswer, answer_of

if TYPE_CHECKING:
    from stopgap.screening.matching.run import ScreenedNames

Ask = Callable[[Callable[[Lake], ToolAnswer]], ToolAnswer]
"""Does work on the lake as the one who asks may see it."""

LookUp = Callable[[Sequence[str], ScreenRequest], "tuple[ScreenedNames, str]"]
"""Looks names up as the one who asks may see the lake, and notes it; the text is the id of the screening in the log."""

Episode = Annotated[str, Field(description="Built-in episode, such as russia-2022 (the tool episodes lists them).")]
Goods = Annotated[
    str | None,
    Field(
        description="Goods list by name, such as chpl-2024-02, or codes parted by commas; the episode's own if left out."
    ),
]
Limit = Annotated[int, Field(ge=1, le=5_000, description="Most rows to show; how many there are is always said.")]
AsOf = Annotated[str | None, Field(description="Vintage (v3), or the last one up to a day (2024-06-01).")]

SERIES = QuotedWith(("Figures are as reported, in current US dollars.",), unit="USD")
GAINS = QuotedWith(
    (
        "Figures are trade as reported; a gain of a supplier is what it sold more than in the baseline, "
        "which is consistent with backfill and does not prove that it replaced the same buyers' orders.",
    ),
    interval="95 % interval of net_gain_usd (ci95), by placebo destinations; null where it cannot be had",
)
ROUTING = QuotedWith(
    ("Matched flows through a hub are consistent with routing; they do not prove that the same goods were sent on.",),
    interval="threshold_usd of a hub is what chance alone would match in 95 of 100 draws",
)
LIKENESS = QuotedWith(
    (
        "A hit is a likeness of names: it does not say that the two are the same, and no hit does not clear a name. "
        "A person decides.",
    ),
    interval="score is the probability that both are the same, as fitted on labelled pairs",
)
TESTED = QuotedWith(
    ("A verdict says what trade figures support; 'not testable' is an answer, and says neither true nor false.",)
)
QUERIED = QuotedWith(
    ("Rows are as imported: sums over several sources or revisions count trade twice.",), unit="as the columns say"
)


@dataclass(frozen=True)
class Tools:
    """The tools of one service.

    Attributes:
        ask: Does work on the lake for the one who asks.
        look_up: Looks names up for the one who asks, and notes it in the log of screenings.
    """

    ask: Ask
    look_up: LookUp

    def episodes(self) -> ToolAnswer:
        """List the episodes: who stopped which trade with whom, and when."""

        def work(lake: Lake) -> ToolAnswer:
            rows = lake.episodes.list().arrow.to_pylist()
            said = f"{len(rows)} episodes"
            return answer_of(None, QuotedWith(), rows=rows, limit=len(rows), headline=said)

        return self.ask(work)

    def series(
        self,
        reporters: Annotated[str, Field(description="Economies (ISO3) or groups, parted by commas, that sell.")],
        partners: Annotated[str, Field(description="Economies or groups that buy.")],
        goods: Annotated[str, Field(description="Goods list, codes parted by commas, or TOTAL.")] = "TOTAL",
        by: Annotated[str, Field(description="year, quarter or month")] = "year",
        as_of: AsOf = None,
        limit: Limit = MOST_ROWS,
    ) -> ToolAnswer:
        """Return trade of reporters with partners by year, quarter or month, with growth, in US dollars."""

        def work(lake: Lake) -> ToolAnswer:
            found = lake.series(reporters=reporters, partners=partners, goods=goods, by=by, growth=True, as_of=as_of)
            rows = found.as_dict()["rows"]
            return answer_of(found, SERIES, rows=rows, limit=limit, summary=found.summary())

        return self.ask(work)

    def measure(
        self, episode: Episode, goods: Goods = None, as_of: AsOf = None, limit: Limit = MOST_ROWS
    ) -> ToolAnswer:
        """Measure suspended trade of an episode and who backfills it, gross and net, supplier by supplier."""

        def work(lake: Lake) -> ToolAnswer:
            found = lake.measure(episode, goods=goods, as_of=as_of)
            document = found.as_dict()
            figures = {
                name: document[name] for name in ("suspended", "backfill", "identity", "windows", "route", "valuation")
            }
            return answer_of(
                found, GAINS, rows=document["suppliers"], limit=limit, summary=found.summary(), figures=figures
            )

        return self.ask(work)

    def routes(self, episode: Episode, goods: Goods = None, as_of: AsOf = None, limit: Limit = MOST_ROWS) -> ToolAnswer:
        """Measure what may reach the target through hubs, beyond what chance would match, hub by hub."""

        def work(lake: Lake) -> ToolAnswer:
            found = lake.routes(episode, goods=goods, as_of=as_of)
            document = found.as_dict()
            return answer_of(
                found,
                ROUTING,
                rows=document["hubs"],
                limit=limit,
                summary=found.summary(),
                figures={"routing": document["routing"]},
            )

        return self.ask(work)

    def screen(
        self,
        names: Annotated[
            list[str],
            Field(min_length=1, max_length=200, description="Firms or vessels, in any script; never persons."),
        ],
        limit: Annotated[int, Field(ge=1, le=50, description="Most matches of each name.")] = 5,
    ) -> ToolAnswer:
        """Look names of firms and vessels up in the sanctions lists that the lake holds."""

        found, screening = self.look_up(names, ScreenRequest(limit=limit))
        shown = ("list", "list_date", "entity_id", "name", "matched_name", "score")
        rows = [
            {"query": answer["query"], **{name: match.get(name) for name in shown}}
            for answer in (each.as_dict() for each in found)
            for match in answer["matches"]
        ]
        said = f"{len(rows)} matches for {len(names)} names"
        return answer_of(found, LIKENESS, rows=rows, limit=len(rows), headline=said, figures={"screening": screening})

    def claims(
        self,
        claim: Annotated[str | None, Field(description="Id of a statement; all are listed if left out.")] = None,
        limit: Limit = MOST_ROWS,
    ) -> ToolAnswer:
        """List registered statements about trade, or show one with its chain of sources and what the figures say to it."""

        def work(lake: Lake) -> ToolAnswer:
            if claim is None:
                found = lake.claims()
                rows = [each.as_dict() for each in found]
                said = f"{len(rows)} statements"
                return answer_of(found, TESTED, rows=rows, limit=limit, headline=said)
            shown = lake.claims.show(claim)
            return answer_of(shown, TESTED, rows=(), limit=0, headline=f"statement {claim}", figures=shown.as_dict())

        return self.ask(work)

    def query(
        self,
        sql: Annotated[
            str, Field(description="One SELECT over trade, trade_aggregates, declarations, listed, receipts, findings.")
        ],
        as_of: AsOf = None,
        limit: Limit = MOST_ROWS,
    ) -> ToolAnswer:
        """Run read-only SQL (DuckDB) over the lake's views."""

        def work(lake: Lake) -> ToolAnswer:
            found = lake.query(sql, as_of=as_of)
            rows = found.arrow.to_pylist()
            said = f"{len(rows)} rows"
            return answer_of(found, QUERIED, rows=rows, limit=limit, headline=said)

        return self.ask(work)


TOOLS: Sequence[Callable[..., ToolAnswer]] = (
    Tools.episodes, Tools.series, Tools.measure, Tools.routes, Tools.screen, Tools.claims, Tools.query,
)  # fmt: skip
"""The tools that are offered, in the order in which they are listed."""
