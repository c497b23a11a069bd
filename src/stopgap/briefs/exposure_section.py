"""Brief section on the companies named in customs declarations of the goods: sentences, a table, and warnings."""

from __future__ import annotations

from collections.abc import Mapping

from stopgap.briefs.charts.glyphs import settable
from stopgap.briefs.formats.cells import BriefTable, long_table, table_of
from stopgap.briefs.formats.text import listing, one_line, percent, sentence_case, shorten, usd, window_name
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import Section
from stopgap.briefs.vocabulary import name_of
from stopgap.screening.exposure.results import CompanyExposure, ExposureFinding
from stopgap.screening.names.transliteration import other_to_latin

COMPANIES_SHOWN = 10
"""Number of companies of each party in the table."""

LEADING = 5
"""Number of companies of each party that come before any other, so that a shortened table has some of each party."""

_LONGEST_NAME = 90
_PLURALS = {
    "exporter": "exporters", "importer": "importers", "consignee": "consignees", "declarant": "brokers",
    "notify_party": "parties to be notified", "carrier": "carriers", "manufacturer": "manufacturers",
}  # fmt: skip
_SINGULARS = {"declarant": "broker", "notify_party": "party to be notified"}


def exposure_section(model: BriefModel) -> Section | None:
    """Build the section on companies; ``None`` where the lake has no declarations of the goods."""
    finding = model.exposure
    if finding is None:
        return None
    items = tuple(sentence_case(one_line(note)) + "." for note in finding.warnings)
    return Section(
        "exposure",
        "The companies that declarations name",
        exposure_sentences(finding, model.names),
        None,
        (exposure_table(model, finding),),
        items,
    )


def exposure_sentences(finding: ExposureFinding, names: Mapping[str, str]) -> tuple[str, str]:
    """Return what declarations hold, and whom they name; `names` are those of economies by code."""
    return _declared(finding, names), _behind(finding)


def _declared(finding: ExposureFinding, names: Mapping[str, str]) -> str:
    total, official = finding.total, finding.coverage.official
    services = listing(one_line(service.source) for service in finding.coverage.services if service.counted)
    covered = (
        "no official figures stand beside them"
        if official.share is None
        else f"{percent(official.share)} of what official figures say of the same economies, goods and periods"
    )
    share = total.routed.share_through_hubs
    hubs = (
        ""
        if share is None
        else f" {percent(share)} of it, where that can be told, left a hub and was made elsewhere, "
        f"{usd(total.routed.coalition_made_usd)} of it in the coalition: consistent with routing, and no proof of it."
    )
    preposition = "to" if finding.direction == "exports-to-target" else "from"
    return (
        f"Declarations of {services} from {window_name(finding.window)} hold {usd(total.value_usd)} of these goods "
        f"{preposition} {name_of(finding.target, names)}, in {total.lines:,} lines: {covered}.{hubs}"
    )


def _behind(finding: ExposureFinding) -> str:
    sides = listing(
        f"{party.companies:,} {(_SINGULARS if party.companies == 1 else _PLURALS).get(party.party, party.party)}"
        + (f" (and {usd(party.without_company_usd)} that name none)" if party.without_company_usd else "")
        for party in finding.parties
    )
    screened = finding.screened
    lists = (
        "No list was searched."
        if screened.because
        else f"{screened.hits:,} of {screened.companies:,} companies have a possible match on {len(screened.lists)} "
        f"{'list' if len(screened.lists) == 1 else 'lists'}; a match is to be looked at, and is no finding."
    )
    new = len({row.company for row in finding.companies if row.newly_founded})
    founded = f" Of those shown {new:,} were founded after the event, as a register says." if new else ""
    return (
        f"They name {sides}; each party stands on the same lines, so these dollars are not to be added. {lists}{founded} "
        "That a company is named says what was declared, and nothing of what it knew or meant."
    )


def exposure_table(model: BriefModel, finding: ExposureFinding) -> BriefTable:
    """Table of the first companies of each party (exporters, importers …), by declared dollars."""
    note = (
        f"The first {COMPANIES_SHOWN} of each party by dollars declared. *: first seen after the event. "
        "Names are those of the documents; spellings taken for one company are listed by stopgap exposure. "
        f"Finding {finding.finding_id}."
    )

    def role(row: CompanyExposure) -> str:
        return f"{row.role}, {name_of(row.economy, model.names) if row.economy else 'economy not stated'}"

    table = table_of(
        "exposure",
        "Companies behind the goods, as declared",
        sorted((row for row in finding.companies if row.rank <= COMPANIES_SHOWN), key=lambda row: row.rank > LEADING),
        [
            ("Company", "text", lambda row: f"{row.rank}. {readable_name(row)}"),
            ("Role", "text", role),
            ("Declared", "net", lambda row: row.value_usd),
            ("Share", "share", lambda row: row.share),
            ("Lines", "count", lambda row: row.lines),
            ("Without value", "count", lambda row: row.lines_without_value),
            ("Through hubs", "share", lambda row: row.routed.share_through_hubs),
            ("First seen", "code", lambda row: row.first_seen if row.seen_before_event else f"{row.first_seen}*"),
            ("On a list", "text", _hit),
            ("ID", "code", lambda row: row.company),
        ],
        note=note,
    )
    # each party stands on the same lines, so dollars of exporters and importers do not add up
    return long_table(table, ("company", "companies"), not_added=("Declared",))


def readable_name(row: CompanyExposure) -> str:
    """A company's name; if the typeface lacks its script, preceded by another spelling or its Latin transliteration."""
    name = one_line(row.name)
    if _can_be_set(name):
        return shorten(name, _LONGEST_NAME)
    other = next((one_line(found.name) for found in row.spellings if _can_be_set(one_line(found.name))), None)
    return shorten(f"{other} ({name})" if other else _transcribed(name), _LONGEST_NAME)


def _can_be_set(text: str) -> bool:
    known = settable()
    return all(ord(letter) in known for letter in text)


def _transcribed(name: str) -> str:
    """A name, preceded by its Latin transliteration where the typeface lacks its script."""
    if _can_be_set(name):
        return name
    return f"{other_to_latin(name)} (transcribed; {name})"


def _hit(row: CompanyExposure) -> str:
    if row.hits is None:
        return "not searched"
    if not row.hits:
        return "none near"
    hit = row.hits[0]
    list_name = hit.listing.list_name if hit.listing else hit.list
    edition = f" of {hit.list_date}" if hit.list_date else ""
    since = f", listed on {hit.listing.listed_on}" if hit.listing and hit.listing.listed_on else ""
    decided = f", decided {hit.decision}" if hit.decision else ", not decided"
    return one_line(
        f"{shorten(_transcribed(one_line(hit.matched_name)), 60)}, {list_name}{edition}{since}, score {hit.score:.2f}{decided}"
    )
