"""Build a request to a live service from user input: economy names, groups, goods lists, periods."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from stopgap.base.errors import UsageError
from stopgap.base.vocab import Flow, Frequency
from stopgap.sources.live.pieces import Query
from stopgap.sources.live.registry import get_service
from stopgap.sources.live.service import LiveService


def make_query(
    service: str,
    *,
    codes: Sequence[str],
    first: str,
    last: str,
    reporters: Sequence[str] = (),
    partners: Sequence[str] = (),
    flows: Sequence[str] = (),
    frequency: str | None = None,
) -> Query:
    """Build a request in the codes of the package from user input.

    Codes may be goods lists by name or path; periods are ``YYYY-MM`` or ``YYYY``; reporters and partners are economies
    in any spelling, aggregates, groups, or ``all``. Defaults: the only reporter of the service if it has one, exports
    and imports, and months if the service has them and the periods are months.

    Raises:
        UsageError: A period, code, flow or frequency is invalid, or the service does not support it.
        NotFoundError: An economy, group or goods list is unknown.
    """
    found = get_service(service)
    start, end = _month(first, "--from", is_last=False), _month(last, "--to", is_last=True)
    if end < start:
        raise UsageError("the last period is before the first", where=f"{first} to {last}", fix="swap --from and --to")
    query = Query(
        reporters=_economies(reporters, start, end) or ((found.reporter,) if found.reporter else ()),
        partners=_economies(partners, start, end),
        codes=_codes(codes),
        first=start,
        last=end,
        flows=_flows(flows),
        frequency=_frequency(frequency, found, first),
    )
    found.check_query(query)
    return query


def _economies(entries: Sequence[str], first: str, last: str) -> tuple[str, ...]:
    """Return ISO3 codes of economies in any spelling, and of group members in the periods; empty for ``all``."""
    from stopgap.codes.areas import find_area
    from stopgap.codes.groups import group_names, memberships

    start, end = dt.date.fromisoformat(f"{first}-01"), dt.date.fromisoformat(f"{last}-28")
    found: dict[str, None] = {}
    for entry in entries:
        if entry.strip().lower() == "all":
            return ()
        if entry.strip().lower() in group_names():
            inside = {
                member.economy
                for member in memberships(entry)
                if member.member_from <= end and (member.member_to is None or member.member_to >= start)
            }
            found.update(dict.fromkeys(sorted(inside)))
        else:
            found[find_area(entry).code] = None
    return tuple(found)


def _codes(entries: Sequence[str]) -> tuple[str, ...]:
    """Return the given codes, and those of goods lists in every HS revision that the package knows."""
    from stopgap.codes.commodities import REVISIONS, TOTAL
    from stopgap.codes.goods import goods_in_revision, load_goods

    found: dict[str, None] = {}
    for entry in entries:
        if entry.upper() == TOTAL or re.fullmatch(r"AG[246]", entry.upper()):
            found[entry.upper()] = None
        elif entry.isdigit():
            if len(entry) not in (2, 4, 6, 8):
                raise UsageError(
                    f"{entry!r} is no code of 2, 4, 6 or 8 digits", where="--codes", fix="write leading zeros"
                )
            found[entry] = None
        else:
            goods = load_goods(entry)
            # Reporters change revision in different years: the list is asked for as each would write it.
            for revision in dict.fromkeys((goods.revision, *REVISIONS)):
                found.update(dict.fromkeys(goods_in_revision(goods, revision)[0]))
    if not found:
        raise UsageError("no goods are named", where="--codes", fix="name codes or a goods list (stopgap goods)")
    return tuple(sorted(found))


def _flows(entries: Sequence[str]) -> tuple[Flow, ...]:
    try:
        return tuple(dict.fromkeys(Flow(entry.strip().upper()) for entry in entries)) or (Flow.EXPORT, Flow.IMPORT)
    except ValueError:
        raise UsageError(
            f"{', '.join(entries)!r} is no flow", where="--flow", fix="use X, M, RX or RM, with commas between"
        ) from None


def _frequency(text: str | None, service: LiveService, first: str) -> Frequency:
    if text is None:
        wanted = Frequency.ANNUAL if len(first) == 4 else Frequency.MONTHLY
        return wanted if wanted in service.frequencies else service.frequencies[0]
    try:
        return Frequency(text.strip().upper())
    except ValueError:
        raise UsageError(f"{text!r} is no frequency", where="--frequency", fix="use A or M") from None


def _month(text: str, option: str, *, is_last: bool) -> str:
    if re.fullmatch(r"(19|20)\d\d", text):
        return f"{text}-{'12' if is_last else '01'}"
    if re.fullmatch(r"(19|20)\d\d-(0[1-9]|1[0-2])", text):
        return text
    raise UsageError(f"{text!r} is no month or year", where=option, fix="write YYYY-MM or YYYY")
