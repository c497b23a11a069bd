"""Give a logged screening again, against the edition that it was made with, and compare."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError, RefusedError
from stopgap.base.event_log import Event
from stopgap.base.marking import Marking
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
    is_search = event["address"].startswith("/search")
    request = _request(FindRequest if is_search else MatchRequest, event)
    if is_search:
        [query] = event["queries"].values()
        answer = lake.matching.search(query["properties"]["name"][0], request)
        responses = {"q": answer}
    else:
        answer = lake.matching.match({"queries": event["queries"]}, request)
        responses = answer["responses"]
    if answer["stopgap"]["index"] != event["index"]:
        raise NotFoundError(
            "the lists are not those of that screening any more",
            where=f"{event['id']}, vintage {event['vintage']}",
            fix="a file was withdrawn or marked, or Stopgap was updated since; the log keeps the edition, the model and the scores",
            details={"index_then": event["index"], "index_now": answer["stopgap"]["index"],
                     "model_then": event["model"], "model_now": answer["stopgap"]["model"]},
        )  # fmt: skip
    then = {key: _scores(each["results"]) for key, each in event["outcome"].items()}
    now = {key: _scores(_plain(each["results"])) for key, each in responses.items()}
    different = sorted(key for key in then.keys() | now.keys() if then.get(key) != now.get(key))
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
        answer.marking,
    )


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
