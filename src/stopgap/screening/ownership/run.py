"""Run the ownership rule on ownership files and the lists of a lake, and report the covered parties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.errors import InputError, MissingDataError, NotFoundError
from stopgap.base.listing import Listing
from stopgap.base.marking import Markable
from stopgap.base.paths import no_file
from stopgap.screening.decisions.subject import plain_name
from stopgap.screening.entities import ListedEntity, clean
from stopgap.screening.lists.run import choose_lists, entities_in_force, list_states
from stopgap.screening.ownership.paths import Explained, explain
from stopgap.screening.ownership.request import CoveredRequest, OwnershipMethod, OwnershipRequest
from stopgap.screening.ownership.rule import RULES, OwnershipCoverage, OwnershipRule, cover
from stopgap.screening.ownership.table import OwnershipTable, ownership_table
from stopgap.sources.registers.ownership_files import day_of, read_ownership

LISTED_LIMIT = 100_000_000
"""Maximum size of a file of ids, in bytes."""


@dataclass(frozen=True, slots=True)
class ListedParty:
    """Reason why a party of the table counts as listed: an entry of a list, or a line of the user's file.

    ``name`` is the listed entity's name; for an id of the user's file, the table's, or ``None`` if it has none. ``by``
    is the key by which they match: ``id``, or an identifier such as ``inn:7701234567``.
    """

    list: str
    entity_id: str
    name: str | None
    by: str


@dataclass(frozen=True)
class OwnershipRun:
    """Result of applying an ownership rule to a table and lists.

    Attributes:
        listed: Position of a party in the table -> reasons why it is listed.
        lists: Lists that were used, with the days of their editions.
        as_of: Day for which shares are taken; ``None`` takes the latest of each.
    """

    coverage: OwnershipCoverage
    listed: Mapping[int, tuple[ListedParty, ...]]
    lists: tuple[tuple[str, str | None], ...]
    as_of: str | None
    warnings: tuple[str, ...]

    def head(self) -> dict[str, Any]:
        """Return the parameters, sizes and warnings of the run, for the head of a document."""
        rule = self.coverage.rule
        return {
            "rule": {**asdict(rule), "method": rule.method.value, "says": rule.says},
            "as_of": self.as_of,
            "lists": [{"list": name, "list_date": day} for name, day in self.lists],
            "parties": len(self.coverage.table.ids),
            "shares": len(self.coverage.table.owner),
            "listed_parties": len(self.listed),
            "warnings": list(self.warnings),
        }

    def owners(self, explained: Explained) -> list[dict[str, Any]]:
        """Return the listed owners of an entity, each with the lists that hold it."""
        table = self.coverage.table
        return [
            {
                "id": owner,
                "name": table.names.get(owner),
                "listed": [asdict(each) for each in self.listed.get(table.index[owner], ())],
            }
            for owner in explained.owners
        ]

    def as_dict(self, explained: Explained) -> dict[str, Any]:
        """Return an entity as the command line prints it."""
        return {**explained.as_dict(), "owners": self.owners(explained)}


def rule_of(
    name: str,
    *,
    threshold: float | None = None,
    inclusive: bool | None = None,
    aggregate: bool | None = None,
    method: str | None = None,
) -> OwnershipRule:
    """Return the rule of a name, with any given settings replacing its own; ``threshold`` is in percent.

    Raises:
        NotFoundError: There is no such rule.
        InputError: The threshold is not above 0 and at most 100.
    """
    if name not in RULES:
        raise NotFoundError(f"no rule {name!r}", where="--rule", fix=f"choose one of {', '.join(RULES)}")
    rule = RULES[name]
    if threshold is not None and not 0 < threshold <= 100:
        raise InputError(f"the threshold is {threshold:g}", where="--threshold", fix="give a percentage above 0")
    made = OwnershipRule(
        name=name,
        threshold=rule.threshold if threshold is None else threshold / 100,
        inclusive=rule.inclusive if inclusive is None else inclusive,
        aggregate=rule.aggregate if aggregate is None else aggregate,
        method=rule.method if method is None else OwnershipMethod(method),
    )
    return made if made == rule else replace(made, name=f"{name}, changed")


def run_ownership(
    lake: Path,
    files: Sequence[Path],
    *,
    rule: OwnershipRule,
    lists: Sequence[str] | None = None,
    listed: Path | None = None,
    as_of: str | None = None,
) -> OwnershipRun:
    """Apply a rule to ownership tables, with the lists of a lake, a user's file of ids (one per line), or both.

    Without ``lists``, all lists of the lake are used, unless ``listed`` is given: then none.

    Raises:
        InputError: A file or the day cannot be read.
        NotFoundError: There is no such file or list.
        MissingDataError: The lake has no list, and no file of ids is given.
    """
    if as_of is not None and day_of(as_of) != as_of:
        raise InputError(f"{as_of[:40]!r} is no day", where="--as-of", fix="write it as 2024-06-01")
    import pyarrow as pa

    read = [read_ownership(file) for file in files]
    names = {party: name for each in read for party, name in each.names.items()}
    table = ownership_table(pa.concat_tables([each.statements for each in read]), names, as_of=as_of)
    states = () if listed is not None and not lists else list_states(lake, on=as_of)
    if not states and listed is None:
        raise MissingDataError(
            "the lake has no list, so that nobody is listed",
            where=str(lake),
            fix="import a list, or give a file with the ids of those who are listed (--listed FILE)",
        )
    chosen = choose_lists(states, lists)
    entities = entities_in_force(lake, lists=chosen, on=as_of) if states else iter(())
    found = listed_parties(table, entities)
    if listed is not None:
        for place, why in _of_file(table, listed).items():
            found.setdefault(place, []).extend(why)
    notes = [*(said for each in read for said in each.warnings), *table.notes.sentences()]
    if not found:
        notes.append("no owner of the table is listed: screen the owners' names, and give their ids with --listed")
    looked_at = tuple((state.list, state.list_date) for state in states if chosen is None or state.list in chosen)
    return OwnershipRun(
        coverage=cover(table, found, rule),
        listed={place: tuple(why) for place, why in found.items()},
        lists=looked_at,
        as_of=as_of,
        warnings=tuple(notes),
    )


def listed_parties(table: OwnershipTable, entities: Iterable[ListedEntity]) -> dict[int, list[ListedParty]]:
    """Return the parties of a table that are on lists, matched by the list's id or by an identifier.

    Identifiers are compared where the table's id is ``kind:value``. Names are not compared: that is screening, which
    needs a person's decision.
    """
    index = table.index
    numbers = {}
    for party, place in index.items():
        kind, colon, value = party.partition(":")
        if colon and (number := clean(kind.strip().lower(), value)) is not None:
            numbers[number.kind, number.value] = place
    found: dict[int, list[ListedParty]] = {}
    for entity in entities:
        hits = {index[entity.entity_id]: "id"} if entity.entity_id in index else {}
        for each in entity.identifiers if numbers else ():
            if (each.kind, each.value) in numbers:
                hits.setdefault(numbers[each.kind, each.value], f"{each.kind}:{each.value}")
        for place, by in hits.items():
            name = entity.names[0].text if entity.names else None
            found.setdefault(place, []).append(ListedParty(entity.list, entity.entity_id, name, by))
    return found


def check_party(run: OwnershipRun, wanted: str) -> Explained:
    """Explain the status of one party, found by id or name; raise NotFoundError if none or several have the name."""
    table = run.coverage.table
    if wanted in table.index:
        return explain(run.coverage, table.index[wanted])
    plain = plain_name(wanted)
    found = [party for party, name in table.names.items() if party in table.index and plain_name(name) == plain]
    if len(found) == 1:
        return explain(run.coverage, table.index[found[0]])
    near = [party for party, name in table.names.items() if plain and plain in plain_name(name)][:5]
    raise NotFoundError(
        f"{len(found)} parties are called {wanted[:100]!r}" if found else f"no party {wanted[:100]!r} in the table",
        where="ids and names of the ownership table",
        fix=f"give the id: {', '.join(found[:5] or near)}" if found or near else "check the id, or the table's names",
    )


def covered_parties(run: OwnershipRun, *, with_unknown: bool) -> Iterator[Explained]:
    """Yield covered parties, then, if ``with_unknown``, parties of unknown status; both sorted by id."""
    covered, unknown = run.coverage.found()
    ids = run.coverage.table.ids
    for group in (covered, unknown) if with_unknown else (covered,):
        for party in sorted(group.tolist(), key=ids.__getitem__):
            yield explain(run.coverage, party)


def _of_file(table: OwnershipTable, file: Path) -> dict[int, list[ListedParty]]:
    try:
        if file.stat().st_size > LISTED_LIMIT:
            raise InputError(
                f"the file of ids is larger than {LISTED_LIMIT:,} bytes", where=file.name, fix="check the path"
            )
        lines = file.read_text("utf-8-sig").splitlines()
    except FileNotFoundError as error:
        raise no_file(file, "a list of ids") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "the file of ids cannot be read",
            where=f"{file}: {str(error)[:200]}",
            fix="give a text file in UTF-8 with one id of the ownership table a line",
        ) from error
    wanted = dict.fromkeys(line.strip() for line in lines if line.strip())
    if lines and lines[0].lstrip()[:1] == "<":
        raise InputError(
            "the file of ids is a web page", where=str(file), fix="give a text file with one id of the table a line"
        )
    known = [name for name in wanted if name in table.index]
    if not known:
        raise InputError(
            "no id of the file is in the ownership table",
            where=f"{file}: {', '.join(list(wanted)[:5])[:300]}",
            fix="give the ids that the table uses, one a line",
        )
    return {table.index[name]: [ListedParty(file.name, name, table.names.get(name), "id")] for name in known}


@dataclass(frozen=True)
class CheckedParty(Markable):
    """Coverage of one party by listed owners: its status, owners and chains."""

    run: OwnershipRun
    found: Explained

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap ownership check --format json`` prints."""
        return {**self.run.head(), "entity": self.run.as_dict(self.found)}


@dataclass(frozen=True)
class CoveredParties(Listing[Explained]):
    """Parties that count as owned by listed parties, then those whose status is unknown.

    Attributes:
        covered: Number of covered parties.
        cannot_be_told: Number of parties whose status is unknown, whether included or omitted.
    """

    run: OwnershipRun
    covered: int
    cannot_be_told: int

    def head(self) -> dict[str, Any]:
        """Return the parameters of the run, and the counts of parties found."""
        return {**self.run.head(), "covered": self.covered, "cannot_be_told": self.cannot_be_told}

    def as_dict(self) -> dict[str, Any]:
        """Return what ``stopgap ownership covered --format json`` prints."""
        return {**self.head(), "entities": list(map(self.run.as_dict, self))}


def checked_party(lake: Path, party: str, request: OwnershipRequest) -> CheckedParty:
    """Check whether one party, given by id or name, counts as owned by listed parties.

    See :func:`check_party` and :func:`run_ownership`.
    """
    run = _run(lake, request)
    return CheckedParty(run, check_party(run, party))


def parties_covered(lake: Path, request: CoveredRequest) -> CoveredParties:
    """Return all parties that count as owned, and those of unknown status unless ``only_covered`` is set."""
    run = _run(lake, request)
    covered, unknown = run.coverage.found()
    found = tuple(covered_parties(run, with_unknown=not request.only_covered))
    return CoveredParties(found, run, len(covered), len(unknown))


def _run(lake: Path, request: OwnershipRequest) -> OwnershipRun:
    rule = rule_of(
        request.rule,
        threshold=request.threshold,
        inclusive=request.inclusive,
        aggregate=request.aggregate,
        method=request.method,
    )
    listed = None if request.listed is None else Path(request.listed)
    return run_ownership(lake, request.files, rule=rule, lists=request.lists, listed=listed, as_of=request.as_of)
