"""Fetch figures from a live service in several requests, and import the replies as one vintage."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from pathlib import Path

from stopgap.base.errors import NotFoundError, RefusedError, UsageError
from stopgap.base.marking import Markable
from stopgap.base.progress import Progress
from stopgap.intake.fetch_query import make_query
from stopgap.intake.fetch_request import AskRequest, KeyedAskRequest
from stopgap.intake.request import ImportRequest
from stopgap.lake.importing.importer import ImportResult
from stopgap.sources.live.addresses import ServiceAddress, checked_place, in_clear_warning
from stopgap.sources.live.clock import Clock
from stopgap.sources.live.fetch_queue import Collected, Collector, Journal
from stopgap.sources.live.key import Key, fault_of_key
from stopgap.sources.live.pieces import Piece, Query
from stopgap.sources.live.registry import get_service
from stopgap.sources.live.retry import Asker, Patience
from stopgap.sources.live.service import LiveService
from stopgap.sources.live.transport import Bounds, Transport

FOLDER = "fetches"
DONE = "done"
PLAN = 1
"""Version of the way requests are split; raised when it changes, so that older unfinished fetches are not resumed."""

Load = Callable[[Path, Sequence[Path], str, str, Progress], ImportResult]
"""Function that imports files; arguments: lake, files, source, day, progress."""


@dataclass(frozen=True)
class FetchResult(Markable):
    """Result of a fetch.

    Attributes:
        imported: Result of importing the replies.
        requests: Requests that this run sent.
        pieces: Number of pieces into which the query was split.
        pieces_reused: Pieces that an earlier run had fetched.
        pieces_empty: Pieces for which the service has no figures.
        retries: Requests that repeated a failed one.
        quota_left: Requests left in the quota, if the service reports it.
        warnings: Warnings of the fetch, without those of the import.
    """

    imported: ImportResult
    requests: int
    pieces: int
    pieces_reused: int
    pieces_empty: int
    retries: int
    quota_left: int | None
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the fields of ``import --format json``, and those of the fetch."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "imported"}
        return {**self.imported.as_dict(), **own, "warnings": [*self.warnings, *self.imported.warnings]}


@dataclass(frozen=True)
class FetchPlan(Markable):
    """Plan of a fetch (dry run); no request was sent.

    Attributes:
        service: Name of the live service.
        pieces: Initial pieces, one request each.
        warnings: Warnings to show before the fetch, such as that traffic is unencrypted.
    """

    service: str
    pieces: tuple[Piece, ...]
    warnings: tuple[str, ...]

    def rows(self) -> list[dict[str, object]]:
        """Return one row per piece; a count of ``None`` stands for all."""
        return [
            {
                "piece": number,
                "periods": " to ".join(dict.fromkeys((piece.periods[0], piece.periods[-1]))),
                "reporters": len(piece.reporters) or None,
                "partners": len(piece.partners) or None,
                "flows": ",".join(piece.flows),
                "codes": len(piece.codes),
                "asks_for": piece.label,
            }
            for number, piece in enumerate(self.pieces, 1)
        ]

    def as_dict(self) -> dict[str, object]:
        """Return the plan as ``fetch --dry-run --format json`` prints it."""
        return {"service": self.service, "requests": len(self.pieces), "pieces": self.rows()}


@dataclass(frozen=True)
class Means:
    """Replaceable parts of a fetch: limits, retry policy, clock and import function.

    When ``None``, ``bounds`` follow from the request, and ``load`` imports the files into the lake.
    """

    bounds: Bounds | None = None
    patience: Patience = field(default_factory=Patience)
    clock: Clock = field(default_factory=Clock)
    load: Load | None = None


def plan(service: str, query: Query, request: AskRequest | None = None) -> FetchPlan:
    """Return the initial pieces of a fetch; no request is sent, but the address and key are validated."""
    asked = request or AskRequest()
    found = get_service(service)
    query, _ = _answerable(found, query)
    key = _key(found, asked)
    place = fetch_place(found, asked.base_url, key, allow_http=asked.allow_http)
    warnings = (in_clear_warning(place, "asked"),) if place.is_in_clear else ()
    return FetchPlan(service, tuple(found.pieces(query, has_key=key is not None)), warnings)


def fetch_place(
    service: LiveService, base_url: str | None, key: Key | None = None, *, allow_http: bool = False
) -> ServiceAddress:
    """Return the address of a fetch; refuses as :func:`checked_place` does, and one that holds the key (UsageError)."""
    text = base_url or service.base_url
    if key is not None and key.is_in(text):
        raise UsageError(
            "the address holds the key, and addresses stand in journals and errors",
            where="--base-url",
            fix="give the address without it: the key is put into each request where the service wants it",
        )
    return checked_place(text, option="--base-url", allow_http=allow_http)


def fetch(
    lake: Path,
    service: str,
    query: Query,
    request: AskRequest | None = None,
    *,
    means: Means | None = None,
    progress: Progress | None = None,
) -> FetchResult:
    """Fetch figures from a live service and import them as one vintage.

    An interrupted fetch is resumed: replies received by earlier runs are not requested
    again. Once imported, the same fetch starts afresh, as figures are revised.

    Raises:
        UnreachableError: The service cannot be reached, gives no valid reply, or its quota is used up.
        RefusedError: The address would be requested by plain HTTP, the key is missing or refused, the same fetch is
            running, or the lake cannot be written.
        InputError: The service refused the request or replied in an unknown format, or the import failed.
        NotFoundError: The service has no figures for the request.
    """
    asked, means = request or AskRequest(), means or Means()
    found = get_service(service)
    say = progress or (lambda text, share: None)
    query, notes = _answerable(found, query)
    key = _key(found, asked)
    if key is None and found.is_key_needed and asked.base_url is None:
        raise RefusedError(f"{service} answers nothing without a key", where="environment", fix=found.key_fix())
    place = fetch_place(found, asked.base_url, key, allow_http=asked.allow_http)
    if place.is_in_clear:
        notes.append(in_clear_warning(place, "asked"))
    waits = isinstance(asked, KeyedAskRequest) and asked.wait
    has_key = key is not None
    about = {"service": service, "base_url": place.url, "has_key": has_key, "plan": PLAN, "query": asdict(query)}
    if means.bounds is not None:
        bounds = means.bounds
    elif asked.timeout is not None:
        bounds = Bounds(connect_s=min(asked.timeout, 15.0), read_s=asked.timeout)
    else:
        bounds = Bounds()
    with _folder(lake, found, about) as journal:
        if asked.fresh and journal.folder.exists():
            journal.drop()
        journal.open(about)
        asker = Asker(
            found,
            query,
            Transport(place, key, clock=means.clock, bounds=bounds),
            key,
            clock=means.clock,
            patience=replace(means.patience, waits_for_quota=waits),
            # The pace is the public service's; whoever names another place answers for it.
            pace_s=found.pace_s if asked.base_url is None else 0.0,
            say=lambda text: say(f"{service}: {text}", None),
        )
        collector = Collector(found, query, journal, asker, clock=means.clock, say=say)
        collected = collector.collect(found.pieces(query, has_key=has_key))
        if not collected.replies:
            journal.drop()
            raise NotFoundError(
                f"{service} has no figures for this request",
                where=f"{collected.pieces} pieces, {query.first} to {query.last}, all of them empty",
                fix="check reporters, partners, codes and periods: the period may not be published yet",
            )
        load = means.load or partial(_load, allow_rejects=asked.allow_rejects)
        day = journal.first_day(collected.replies)
        imported = load(lake, [settled.path for settled in collected.replies], service, day, say)
        _finish(lake, journal)
    return FetchResult(
        imported=imported,
        requests=asker.counts.requests,
        pieces=collected.pieces,
        pieces_reused=collected.reused,
        pieces_empty=len(collected.empty),
        retries=asker.counts.retries,
        quota_left=asker.quota.left,
        warnings=(*notes, *_notes(collected, has_key=has_key, service=found)),
    )


def _load(
    lake: Path, files: Sequence[Path], source: str, day: str, progress: Progress, *, allow_rejects: bool
) -> ImportResult:
    from stopgap.intake.importing import import_paths

    request = ImportRequest(source=source, retrieved=day, allow_rejects=allow_rejects)
    return import_paths(lake, files, request, progress=progress)


def _finish(lake: Path, journal: Journal) -> None:
    """Archive the journal, which names each reply by its hash, and delete the replies, which are now in the lake."""
    done = lake / FOLDER / DONE
    done.mkdir(exist_ok=True)
    lines = journal.lines()
    if lines:
        stamp = re.sub(r"\D", "", str(lines[-1]["at"]))
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (done / f"{stamp}-{journal.folder.name}.jsonl").write_text(text, "utf-8")
    journal.drop()


def _notes(collected: Collected, *, has_key: bool, service: LiveService) -> list[str]:
    notes = []
    if collected.empty:
        named = "; ".join(piece.label for piece in collected.empty[:3])
        more = "" if len(collected.empty) <= 3 else f" and {len(collected.empty) - 3} more"
        notes.append(
            f"{service.name} has no figures for {len(collected.empty)} of {collected.pieces} pieces: {named}{more}"
        )
    if not has_key and service.key_env is not None:
        notes.append(f"asked without a key, in small pieces: {service.key_fix()}")
    return notes


def _answerable(service: LiveService, query: Query) -> tuple[Query, list[str]]:
    """Return the query without partners for which the service has no rows, and a note on each omission."""
    service.check_query(query)
    lacking = [code for code in query.partners if code in service.lacks]
    if not lacking:
        return query, []
    kept = tuple(code for code in query.partners if code not in service.lacks)
    if not kept:
        raise UsageError(
            f"{service.name} has no rows for {', '.join(lacking)}",
            where="--partner",
            fix="ask for all partners, or name economies",
        )
    return replace(query, partners=kept), [f"{service.name} has no rows for {', '.join(lacking)}: left out"]


@contextlib.contextmanager
def _folder(lake: Path, service: LiveService, about: dict[str, object]) -> Iterator[Journal]:
    """Lock the folder of a fetch, so that two runs do not send the same requests, and yield its journal."""
    from filelock import FileLock, Timeout

    name = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]
    folder = lake / FOLDER / name
    refused: RefusedError | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(lake / FOLDER / f"{name}.lock", timeout=0):
            yield Journal(folder, prefix=service.name, suffix=service.suffix)
    except Timeout:
        refused = RefusedError(
            "the same fetch is running", where=str(folder), fix="wait for it, or stop it and repeat the command"
        )
    except OSError as error:
        refused = RefusedError(
            f"what arrives cannot be kept: {error.strerror or error}",
            where=str(folder),
            fix="choose a lake that you may write, or free space on the disk; the same command goes on",
        )
    if refused is not None:
        raise refused


def _key(service: LiveService, request: AskRequest) -> Key | None:
    """Read the API key from the environment; ``None`` if unset. Refuses (UsageError) an invalid key.

    A variable that the user named must be set (UsageError).
    """
    key_env = request.key_env if isinstance(request, KeyedAskRequest) else None
    name = key_env or service.key_env
    value = os.environ.get(name, "").strip() if name else ""
    if not value:
        if key_env is not None:
            raise UsageError(
                f"the environment variable {key_env} holds no key", where="--key-env", fix=service.key_fix()
            )
        return None
    if fault := fault_of_key(value):
        raise UsageError(
            f"what the environment variable {name} holds is no key: {fault}", where=str(name), fix=service.key_fix()
        )
    return Key(value, str(name))


__all__ = ["FetchPlan", "FetchResult", "Means", "fetch", "make_query", "plan"]
