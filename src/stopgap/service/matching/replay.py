"""Give a logged screening again, against the edition that it was made with, and compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError, RefusedError
from stopgap.base.event_log import Event
from stopgap.base.marking import CLEAR, Marking
from stopgap.screening.entities import Identifier
from stopgap.screening.matching.request import ScreenRequest
from stopgap.screening.matching.results import ScreenQuery
from stopgap.screening.matching.yente_request import FindRequest, MatchRequest


@dataclass(frozen=True)
class Replay:
    """A screening given again.

    Attributes:
        document: What was logged, what is found now, and whether they are the same.
        marking: Marking of the answer that was given again.
    """

    document: dict[str, Any]
    marking: Marking


def replayed(lake: Lake, event: Event) -> Replay:
    """Give a screening again with its options, against its edition.

    Raises:
        RefusedError: Names were kept as hashes alone, or nothing was looked up then.
        NotFoundError: The edition is not there any more as it was seen then.
    """
    if event["event"] != "asked":
        raise RefusedError("nothing was looked up", where=event["id"], fix="choose a screening that was answered")
    if event["hashed"]:
        raise RefusedError(
            "the names of this screening were not kept, only their hashes",
            where=event["id"],
            fix="ask for the same names again; the setting hashes_names tells what is kept",
        )
    if "dataset" not in event["options"]:
        return _of_screen(lake, event)
    is_search = event["address"].startswith("/search")
    request = _request(FindRequest if is_search else MatchRequest, event)
    if is_search:
        [query] = event["queries"].values()
        answer = lake.matching.search(query["properties"]["name"][0], request)
        responses = {"q": answer}
    else:
        answer = lake.matching.match({"queries": event["queries"]}, request)
        responses = answer["responses"]
    now = {key: _scores(_plain(each["results"])) for key, each in responses.items()}
    return _compared(event, answer["stopgap"], now, answer.marking)


def _of_screen(lake: Lake, event: Event) -> Replay:
    """Give names again that were looked up in the program's own shape; what was decided since is no difference."""
    options = event["options"]
    on = options["on"] or (options["as_of"] if not str(options["as_of"] or "v").startswith("v") else None)
    request = ScreenRequest(
        lists=tuple(options["lists"]), limit=options["limit"], threshold=options["asked_threshold"],
        no_decisions=options["no_decisions"], on=on, as_of=event["vintage"],
    )  # fmt: skip
    found = lake.screen(list(map(_screen_query, event["queries"].values())), request)
    now = {
        key: [[each.match.list, each.match.entity_id, each.match.score, each.match.alerts] for each in answer.matches]
        for key, answer in zip(event["queries"], found, strict=True)
    }
    return _compared(event, found.rests_on, now, found.marking or CLEAR)


def _screen_query(query: dict[str, Any]) -> ScreenQuery:
    said = query["properties"]
    numbers = [each.partition(":") for each in said.get("identifier", ())]
    return ScreenQuery(
        said["name"][0],
        tuple(said.get("country", ())),
        tuple(Identifier(kind, value) for kind, _, value in numbers),
        next(iter(said.get("address", ())), None),
        query["schema"] or None,
    )


def _compared(event: Event, rests_on: Mapping[str, Any], now: dict[str, list[list[Any]]], marking: Marking) -> Replay:
    if rests_on["index"] != event["index"]:
        raise NotFoundError(
            "the lists are not those of that screening any more",
            where=f"{event['id']}, vintage {event['vintage']}",
            fix="a file was withdrawn or marked, or Stopgap was updated since; the log keeps the edition, the model and the scores",
            details={"index_then": event["index"], "index_now": rests_on["index"],
                     "model_then": event["model"], "model_now": rests_on["model"]},
        )  # fmt: skip
    then = {key: _scores(each["results"]) for key, each in event["outcome"].items()}
    columns = 4 if "dataset" in event["options"] else 3
    different = sorted(key for key in then.keys() | now.keys() if _cut(then, key, columns) != _cut(now, key, columns))
    return Replay(
        {
            "screening": event["id"],
            "same": not different,
            "different_queries": different,
            "index": event["index"],
            "vintage": event["vintage"],
            "model": event["model"],
            "then": then,
            "now": now,
        },
        marking,
    )


def _cut(found: Mapping[str, list[list[Any]]], key: str, columns: int) -> list[list[Any]] | None:
    return [each[:columns] for each in found[key]] if key in found else None


def _request(kind: type[Any], event: Event) -> Any:
    names = {field.name for field in fields(kind)}
    options = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in event["options"].items()
        if name in names
    }
    return kind(**{**options, "as_of": event["vintage"]})


def _plain(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"list": each["datasets"][0], "entity_id": each["id"], "score": each.get("score"), "match": each.get("match")}
        for each in results
    ]


def _scores(results: list[dict[str, Any]]) -> list[list[Any]]:
    """Return list, entity, score and match of each result, in order."""
    return [[each[name] for name in ("list", "entity_id", "score", "match")] for each in results]
