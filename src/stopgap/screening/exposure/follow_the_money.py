"""Export an exposure finding as FollowTheMoney entities: companies, their trade, and links between exporters.

Trade is an ``EconomicActivity`` with ``sender`` and ``receiver``; shared customers, addresses or brokers of exporters
are an ``UnknownLink``. A hit on a list is a note, not a topic: a person decides whether it is the same company.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import InputError
from stopgap.base.visible_text import json_escaped
from stopgap.codes.areas import areas
from stopgap.screening.exposure.results import CompanyExposure, ExposureFinding, PairExposure

PREFIX = "stopgap"
LONGEST = 500


def ftm_lines(finding: ExposureFinding) -> list[str]:
    """Return one JSON object per line: companies, then trade and links; the same finding gives the same bytes."""
    rows: dict[str, list[CompanyExposure]] = defaultdict(list)
    for row in finding.companies:
        rows[row.company].append(row)
    entities = [_company(company, of_it) for company, of_it in rows.items()]
    known = set(rows)
    for pair in finding.pairs:
        for code, name in ((pair.exporter, pair.exporter_name), (pair.importer, pair.importer_name)):
            if code is not None and name is not None and code not in known:
                known.add(code)
                entities.append(_entity(_id(code), "Company", name=[name]))
    entities += [_trade(finding, pair) for pair in finding.pairs]
    entities += _links(finding, known)
    return [json_escaped(json.dumps(entity, ensure_ascii=False, sort_keys=True)) for entity in entities]


def write_ftm(finding: ExposureFinding, path: Path) -> int:
    """Write a finding's entities to a file; return their number. A file that cannot be written raises InputError."""
    lines = ftm_lines(finding)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror}", where=str(path), fix="choose another --ftm"
        ) from error
    return len(lines)


def _id(code: str) -> str:
    return f"{PREFIX}-{code}"


def _entity(key: str, schema: str, **properties: Iterable[str | None]) -> dict[str, object]:
    """Build an entity; properties without a value are omitted."""
    kept = {
        name: found
        for name, values in properties.items()
        if (found := list(dict.fromkeys(value[:LONGEST] for value in values if value)))
    }
    return {"id": key, "schema": schema, "properties": kept}


def _country(code: str | None) -> str | None:
    """Return the lower-case ISO2 code, as in FollowTheMoney; ``None`` if the code is not an economy's."""
    area = areas().get(code) if code else None
    return area.iso2.lower() if area is not None and area.kind == "economy" and area.iso2 else None


def _company(code: str, rows: list[CompanyExposure]) -> dict[str, object]:
    first = rows[0]
    notes = [
        f"{row.role}: USD {row.value_usd:,.0f} in {row.lines:,} lines, first seen {row.first_seen}, last seen {row.last_seen}"
        for row in rows
    ]
    notes += [
        f"to be checked: {hit.matched_name} on {hit.listing.list_name if hit.listing else hit.list}"
        f"{f' of {hit.list_date}' if hit.list_date else ''}, entry {hit.entity_id}, score {hit.score:.2f}"
        f"{f', listed on {hit.listing.listed_on}' if hit.listing and hit.listing.listed_on else ''}"
        f"{f', decided {hit.decision}' if hit.decision else ''}"
        for hit in first.hits or ()
    ]
    return _entity(
        _id(code),
        "Company",
        name=[first.name],
        alias=[spelling.name for spelling in first.spellings if spelling.name != first.name],
        country=[_country(row.economy) for row in rows],
        idNumber=first.identifiers,
        incorporationDate=[first.founded_on],
        notes=notes,
    )


def _trade(finding: ExposureFinding, pair: PairExposure) -> dict[str, object]:
    parts = (finding.episode, finding.goods_version, *finding.window, str(pair.exporter), str(pair.importer))
    key = hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]
    sides = {"sender": pair.exporter, "receiver": pair.importer}
    is_export = finding.direction == "exports-to-target"
    unvalued = f", {pair.lines_without_value:,} of them without a value" if pair.lines_without_value else ""
    hubs_usd = pair.routed.through_hubs_usd
    route = f"; USD {hubs_usd:,.0f} through hubs, consistent with routing" if hubs_usd else ""
    return _entity(
        f"{PREFIX}-trade-{key}",
        "EconomicActivity",
        **{name: [_id(code)] if code else [] for name, code in sides.items()},
        startDate=[pair.first_seen],
        endDate=[pair.last_seen],
        destinationCountry=[_country(finding.target)] if is_export else [],
        departureCountry=[] if is_export else [_country(finding.target)],
        vedCode=pair.goods,
        customsAmount=[f"{pair.value_usd:.2f} USD"] if pair.lines > pair.lines_without_value else [],
        summary=[f"{pair.lines:,} lines of declarations{unvalued}{route}"],
        recordId=[finding.finding_id],
    )


def _links(finding: ExposureFinding, known: set[str]) -> list[dict[str, object]]:
    """Return links between exporters with shared customers, addresses or brokers, one per pair of companies."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for row in finding.companies:
        for other in row.co_shippers:
            ends = (min(row.company, other.company), max(row.company, other.company))
            if other.company not in known or ends in found:
                continue
            shared = (
                (other.customers, "customer", "customers"),
                (other.addresses, "address", "addresses"),
                (other.declarants, "broker", "brokers"),
            )
            words = ", ".join(f"{count} {one if count == 1 else many}" for count, one, many in shared if count)
            found[ends] = _entity(
                f"{PREFIX}-shared-{ends[0]}-{ends[1]}",
                "UnknownLink",
                subject=[_id(ends[0])],
                object=[_id(ends[1])],
                role=[f"share {words}"],
                recordId=[finding.finding_id],
            )
    return list(found.values())
