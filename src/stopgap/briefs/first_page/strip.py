"""What is known, what is not, and what would settle it: two to four short sentences each, by rule from a finding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stopgap.base.vocab import Frequency
from stopgap.briefs.first_page.parties import economy, group_of, leaders, parties, possessive
from stopgap.briefs.first_page.reading import ReplacementReading, is_loss_unsure, reading, share_and_interval
from stopgap.briefs.first_page.sentences import window_words
from stopgap.briefs.formats.text import listing, percent, sentence_case, usd
from stopgap.briefs.vocabulary import Members, is_purchase, is_substitution, words_of
from stopgap.briefs.wording import a_year
from stopgap.measures.backfill.results import Finding

MOST = 4
"""Sentences of a column at most."""
_NAMED = 2
_THIN = 0.9
"""Coverage below which silent reporters weigh more than routing."""
_SUMS = {
    "composite": "the figures are one published sum",
    "HS2": "the figures are sums of whole chapters",
    "HS4": "the figures are sums of whole headings",
}


@dataclass(frozen=True)
class OpenQuestion:
    """Something that the figures leave open, and the data or documents that would settle it."""

    unknown: str
    settled_by: str


def known(
    finding: Finding,
    names: Mapping[str, str],
    goods_titles: Mapping[str, str],
    members: Members = None,
    *,
    volume: str = "",
) -> tuple[str, ...]:
    """Facts as reported: the first supplier, prices (`volume`), its share, hubs, the coalition; and who reported."""
    told = [
        _first_supplier(finding, names, goods_titles),
        volume,
        _share(finding, names, goods_titles),
        _hubs(finding),
        _coalition_fell(finding, names, goods_titles, members),
        _coverage(finding),
    ]
    found = [text for text in told if text]
    # coverage says how far the others can be relied on, so it is never the one that is left out
    return tuple(found if len(found) <= MOST else [*found[: MOST - 1], found[-1]])


def _coalition_fell(
    finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str], members: Members
) -> str:
    words, suspended = words_of(finding), finding.suspended
    found = parties(finding, names, goods_titles, members)
    if suspended.loss_share is None:
        return ""
    whose = possessive(found.coalition)
    moved = "fell" if suspended.loss_usd > 0 else "rose"
    return f"{sentence_case(f'{whose} {words.member_trade}')} {words.member_preposition} {found.target} {moved} by {percent(abs(suspended.loss_share))}."


def _to_importers(finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str]) -> str:
    """`` to the US`` after sales where the coalition is the market; elsewhere it is the target, and the title says so."""
    return f" to {parties(finding, names, goods_titles).coalition}" if is_substitution(finding) else ""


def _first_supplier(finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str]) -> str:
    rows = leaders(finding)
    if not rows:
        return ""
    words, row = words_of(finding), rows[0]
    whose, year = possessive(economy(row.supplier, names)), a_year(finding)
    trade = f"{words.trade}{_to_importers(finding, names, goods_titles)}"
    return (
        f"{sentence_case(whose)} {trade} rose from {usd(row.baseline_usd)} to {usd(row.after_usd)}{year}, as reported."
    )


def _share(finding: Finding, names: Mapping[str, str], goods_titles: Mapping[str, str]) -> str:
    """Share of the first supplier, or of the group it belongs to, in what all with figures traded with the target."""
    rows, words = leaders(finding), words_of(finding)
    if not rows:
        return ""
    group, who = group_of(finding, rows[0].supplier), economy(rows[0].supplier, names)
    if group is not None and group.baseline_share_of_inflow is not None and group.after_share_of_inflow is not None:
        mates = [economy(code, names) for code in group.suppliers if code != rows[0].supplier]
        subject = f"the share of {who} with {listing(mates)} in"
        shares = group.baseline_share_of_inflow, group.after_share_of_inflow
    else:
        suspended = finding.suspended
        before = suspended.baseline_usd + sum(row.baseline_usd for row in finding.suppliers)
        after = suspended.after_usd + sum(row.after_usd for row in finding.suppliers)
        if before <= 0 or after <= 0:
            return ""
        subject = f"{possessive(who)} share of"
        shares = rows[0].baseline_usd / before, rows[0].after_usd / after
    first, last = map(percent, shares)
    verb = "rose" if shares[1] > shares[0] else "fell"
    if first == last:
        return ""
    return f"{sentence_case(subject)} all reported {words.trade}{_to_importers(finding, names, goods_titles)} {verb} from {first} to {last}."


def _hubs(finding: Finding) -> str:
    rows, words = [row for row in finding.suppliers if row.is_hub], words_of(finding)
    if not rows:
        return ""
    gain = sum(row.gain_usd for row in rows)
    if usd(gain) == usd(0):
        return ""
    subject = f"The {len(rows)} hubs" if len(rows) > 1 else "The one hub"
    change = f"{usd(abs(gain))}{a_year(finding)} {'more' if gain > 0 else 'less'}"
    tail = ", which is consistent with routing" if gain > 0 else ""
    return f"{subject} {words.traded} {change}{tail}."


def _coverage(finding: Finding) -> str:
    share = finding.coverage.share_of_baseline_reported
    if share is None:
        return ""
    return f"Economies with {percent(share)} of the earlier trade reported the later period too."


def questions(finding: Finding, names: Mapping[str, str]) -> tuple[OpenQuestion, ...]:
    """What the figures leave open, the weightiest first; two to four."""
    asked: list[Callable[[Finding, Mapping[str, str]], OpenQuestion | None]] = [
        _whether,
        _which_goods,
        _moved_codes,
        _target_silent,
        *((_silent, _routing) if (finding.coverage.share_of_baseline_reported or 0.0) < _THIN else (_routing, _silent)),
        _quantities,
        _end_use,
    ]
    found = [question for ask in asked if (question := ask(finding, names)) is not None]
    return tuple(found[:MOST])


def _whether(finding: Finding, names: Mapping[str, str]) -> OpenQuestion | None:
    words, read = words_of(finding), reading(finding)
    narrow = (
        "Monthly figures, which narrow the range."
        if finding.frequency == Frequency.ANNUAL
        else "More months after the event, which narrow the range."
    )
    everywhere = f"All {'imports' if is_purchase(finding) else 'exports'} of the {words.actors}, to compare other {words.places}."
    if read is ReplacementReading.LOSS_UNKNOWN:
        return OpenQuestion(
            "What the coalition lost, and so which part of it others made up: no member has figures.",
            "Reports of the coalition’s members for both periods.",
        )
    if read is ReplacementReading.NO_LOSS:
        return None
    if read is ReplacementReading.NO_FIGURES:
        return OpenQuestion(
            f"Who {words.traded} instead: no other {words.actor} has figures.",
            f"Reports of other {words.actors} for both periods.",
        )
    if is_loss_unsure(finding):
        return OpenQuestion("Whether the fall is more than chance.", "Monthly figures, or more years before the event.")
    bounds = share_and_interval(finding)
    if bounds is None:
        if finding.counterfactual.method is None:
            return OpenQuestion(f"How much others would have {words.traded} anyway.", everywhere)
        return OpenQuestion(f"How sure the estimate is: too few other {words.places} to compare with.", everywhere)
    if read is ReplacementReading.CARRIED:
        return OpenQuestion("How much exactly was made up, within the range given above.", narrow)
    low, high = bounds[1]
    if low > 0:
        rank = finding.backfill.placebo_rank
        few = rank is not None and rank[0] == 1
        why = f"too few other {words.places} to compare with" if few else f"other {words.places} rose as far"
        return OpenQuestion(f"Whether the rise is chance: {why}.", narrow)
    if high <= 0:
        return None
    return OpenQuestion("Whether others made up anything: the plausible range begins at none.", narrow)


def _which_goods(finding: Finding, names: Mapping[str, str]) -> OpenQuestion | None:
    told = _SUMS.get(finding.coverage.level)
    if told is None:
        return None
    reporters = "exporters" if finding.report == "exporter" else "importers"
    return OpenQuestion(
        f"Which goods were replaced: {told}.", f"Six-digit (HS6) figures of all {reporters}, from UN Comtrade."
    )


def _moved_codes(finding: Finding, names: Mapping[str, str]) -> OpenQuestion | None:
    codes = [row for row in finding.coverage.unstable_codes if not row.is_ordinary]
    if not codes:
        return None
    count = f"{len(codes)} codes" if len(codes) > 1 else "one code"
    where = "left out" if finding.coverage.unstable_kept is None else "kept in"
    return OpenQuestion(
        f"What happened in {count} whose content changed between the periods ({where}).",
        "National tariff lines of eight digits or more, which tell old from new content.",
    )


def _target_silent(finding: Finding, names: Mapping[str, str]) -> OpenQuestion | None:
    mirror = finding.mirror
    if mirror is None or not mirror.target_silent:
        return None
    target = economy(finding.target, names)
    years = sorted({int(period[:4]) for period in mirror.target_silent})
    if len(years) > 2 and years[-1] - years[0] == len(years) - 1:
        when = f"{years[0]} to {years[-1]}"
    else:
        when = listing(map(str, years)) if len(years) <= MOST else f"{len(years)} years from {years[0]} to {years[-1]}"
    kind = "export" if words_of(finding).member_traded == "bought" else "import"
    return OpenQuestion(
        f"What {target} itself recorded: no figures of its own for {when}.",
        f"{sentence_case(possessive(target))} own {kind} reports for {when}.",
    )


def _silent(finding: Finding, names: Mapping[str, str]) -> OpenQuestion | None:
    unseen = finding.coverage.missing_without_baseline_trade
    codes = [code for code in finding.coverage.missing_reporters if code not in unseen]
    if not codes:
        return None
    words = words_of(finding)
    traded = words.member_traded if is_substitution(finding) else words.traded
    shown = [economy(code, names) for code in codes[:_NAMED]]
    more = len(codes) - len(shown)
    who = listing([*shown, "one other" if more == 1 else f"{more} others"] if more else shown)
    return OpenQuestion(
        f"What {who} {traded}: they did not report both periods."
        if len(codes) > 1
        else f"What {who} {traded}: it did not report both periods.",
        f"Reports of {'the silent economies' if len(codes) > 1 else who} for {window_words(finding.windows.after)}.",
    )


def _routing(finding: Finding, names: Mapping[str, str]) -> OpenQuestion | None:
    if not any(row.is_hub and row.gain_usd > 0 for row in finding.suppliers):
        return None
    if not is_purchase(finding):
        source = economy(finding.target, names) if is_substitution(finding) else "the coalition"
        return OpenQuestion(
            f"Whether goods sold by hubs came from {source}.",
            "Customs declarations at the hubs: origin, maker, consignee.",
        )
    return OpenQuestion(
        "Whether goods bought by hubs went on to the coalition.",
        "Customs declarations at the hubs: origin, buyer, where they went.",
    )


def _quantities(finding: Finding, names: Mapping[str, str]) -> OpenQuestion | None:
    real = finding.real
    if real is None or (real.share_of_value_with_quantities or 0.0) > 0:
        return None
    return OpenQuestion(
        "Whether prices or quantities rose: the figures hold no quantities.", "Weights or pieces beside the values."
    )


def _end_use(finding: Finding, names: Mapping[str, str]) -> OpenQuestion:
    if is_purchase(finding):
        return OpenQuestion(
            "Who uses the goods in the end: they may be resold, refined or blended.",
            "Company records of buyers and users.",
        )
    named = "the declared origin" if finding.report == "importer" else "the reporting economy"
    return OpenQuestion(
        f"Who made and who uses the goods: trade figures name {named} alone.",
        "Customs declarations and company records of maker and user.",
    )
