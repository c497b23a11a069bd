"""Lines of simulated declarations in a lake, an episode for them, and a matcher that hears little."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.screening.entities import ListedEntity, NameKind
from stopgap.screening.exposure.parties import folded
from stopgap.screening.matching.results import Match, ScreenQuery
from stopgap.simulate.declarations_files import HEADER, MAPPING

EPISODE = """\
name: made-up
title: A made-up suspension
target: RUS
direction: exports-to-target
event: 2022-02
coalition: [DEU, USA]
goods: [goods.csv]
after: {from: 2022-03, to: 2022-12}
hubs: [ARE, TUR]
"""


def line(number: int, **changes: object) -> dict[str, object]:
    """One line of goods of the list, from a supplier in China to an importer in the target."""
    return {
        "declaration_number": f"D{number:04}",
        "line_number": 1,
        "declaration_date": "2022-06-15",
        "direction": "import",
        "sender_name": "Vagadote Electronics Ltd",
        "sender_country": "CHN",
        "receiver_name": "ООО «Лоримена»",
        "receiver_tax_number": "9100000001",
        "receiver_country": "RUS",
        "country_of_origin": "CHN",
        "departure_country": "CHN",
        "destination_country": "RUS",
        "tariff_code": "8542319010",
        "invoice_value": 100,
        "invoice_currency": "USD",
        **changes,
    }


def declare(folder: Path, rows: Sequence[dict[str, object]], *, name: str = "declared", **changes: str) -> Path:
    """A lake in ``folder`` with these lines imported; ``changes`` are put in place of words of the mapping."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER.strip().split(","), lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    path, mapping = folder / f"{name}.csv", folder / f"{name}.yml"
    path.write_text(text.getvalue(), "utf-8")
    content = MAPPING
    for old, new in changes.items():
        content = content.replace(
            f"{old}: {'simulated-customs' if old == 'source' else 'declaration'}\n", f"{old}: {new}\n"
        )
    mapping.write_text(content, "utf-8")
    import_paths(folder / "lake", [path], ImportRequest(mapping=str(mapping)))
    return folder / "lake"


def episode_in(folder: Path, text: str = EPISODE, goods: str = "854231,Processors\n") -> str:
    """The path of the episode, with its goods list beside it."""
    (folder / "goods.csv").write_text(f"code,description\n{goods}", "utf-8")
    path = folder / "episode.yml"
    path.write_text(text, "utf-8")
    return str(path)


@dataclass(frozen=True)
class Stand:
    """A stand-in for the name matcher: two names are alike where their first words are."""

    entities: tuple[ListedEntity, ...]
    score: float = 0.97

    def search(self, queries: Sequence[ScreenQuery], *, limit: int = 5) -> list[tuple[Match, ...]]:
        """Entries whose first word is the query's, or whose number is."""
        return [self._one(query)[:limit] for query in queries]

    def _one(self, query: ScreenQuery) -> tuple[Match, ...]:
        numbers = {number.value for number in query.identifiers}
        found = []
        for entity in self.entities:
            same = [name for name in entity.names if stem(name.text) == stem(query.name)]
            if same or numbers & {number.value for number in entity.identifiers}:
                name = (same or list(entity.names))[0]
                found.append((entity, name.text))
        return tuple(
            Match(
                entity.entity_id, entity.list, entity.list_date, entity.names[0].text, text, NameKind.NAME,
                self.score, rank, (), True,
            )
            for rank, (entity, text) in enumerate(found, 1)
        )  # fmt: skip


def stem(name: str) -> str:
    """The first word of a name that is no legal form, folded."""
    words = [folded(word) for word in name.replace("«", " ").replace("»", " ").split()]
    return next((word for word in words if word not in ("ооо", "ао", "тоо", "llc")), "")


def stand(entities: Iterable[ListedEntity]) -> Stand:
    """The stand-in's index."""
    return Stand(tuple(entities))
