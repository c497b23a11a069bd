"""Tables of a brief with raw values; each format prints the same cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stopgap.briefs.charts.coverage_map import GROUPS, WORDS, reporter_lines
from stopgap.briefs.charts.lines import tracks
from stopgap.briefs.claims.words import day_name, verdict_words
from stopgap.briefs.formats.cells import (
    BriefTable,
    Column,
    Kind,
    Typed,
    Value,
    long_table,
    table_by_period,
    table_of,
    with_details,
)
from stopgap.briefs.formats.text import NBSP, UNDEFINED, one_line, percent, period_text, sentence_case, usd_millions
from stopgap.briefs.model import BriefModel
from stopgap.briefs.months import courses, hub_lines
from stopgap.briefs.net.words import why_no_net
from stopgap.briefs.vocabulary import (
    GROSS_CHANGE,
    coalition_of,
    is_loss_known,
    is_purchase,
    is_substitution,
    name_of,
    outside_words,
    target_of,
    windows_named,
    words_of,
)
from stopgap.briefs.wording import codes_found, filled_usd, silent_periods, some_economies, total_filled_usd
from stopgap.claims.claim import Stance
from stopgap.claims.testing.results import Verdict
from stopgap.measures.backfill.results import Finding, Interval, SupplierResult

_MOST_COLUMNS = 10
"""Columns of the table of suppliers that a sheet has room for; with more, two stay in the workbook."""


def window_names(finding: Finding) -> tuple[str, str]:
    """Names of the baseline and the after-window for a sentence, in the periods of the figures."""
    return windows_named(finding)


def filled_heading(finding: Finding) -> str:
    """Heading of the dollars of the loss that the allocation assigns: ``Filled``."""
    return words_of(finding).filled.capitalize()


def suppliers_table(model: BriefModel) -> BriefTable:
    """Table of every supplier outside the coalition, the largest gain first."""
    finding, words = model.headline, words_of(model.headline)
    before, after = window_names(finding)
    suppliers, net_ci95, loss = finding.suppliers, finding.backfill.net_ci95, finding.suspended.loss_usd
    columns: list[tuple[str, Kind, Callable[[SupplierResult], Value]]] = [
        (words.actor.capitalize(), "text", lambda row: name_of(row.supplier, model.names)),
        ("Code", "code", lambda row: row.supplier),
        ("Kind", "text", lambda row: f"{row.kind}, hub" if row.is_hub else row.kind),
        (before, "usd", lambda row: row.baseline_usd),
        (after, "usd", lambda row: row.after_usd),
        (sentence_case(GROSS_CHANGE), "usd", lambda row: row.gain_usd),
        ("Share of loss", "share", lambda row: row.share_of_loss),
        (filled_heading(finding), "usd", filled_usd),
        ("Net change", "net", told_net),
        (f"95{NBSP}% interval", "interval", lambda row: row.ci95),
    ]
    total: tuple[Value, ...] = (
        f"All {words.actors}",
        None,
        None,
        sum(row.baseline_usd for row in suppliers),
        sum(row.after_usd for row in suppliers),
        sum(row.gain_usd for row in suppliers),
        finding.backfill.gross_ratio,
        total_filled_usd(finding),
        finding.counterfactual.net_usd,
        None if net_ci95 is None else (net_ci95[0] * loss, net_ci95[1] * loss),
    )
    note = (
        f"Entrant: next to nothing in the baseline; intensified: more than before; fell: less. "
        f"Gross change: after minus before. Share of loss: the gross change by the loss, signed and uncapped. "
        f"{filled_heading(finding)}: the part "
        f"of the loss that the allocation, good by good, gives to a {words.actor}, never more than was lost. {net_note(finding)}"
    )
    if any(row.q_value is not None for row in suppliers):
        columns.append(("q", "number", lambda row: row.q_value))
        total = (*total, None)
        note += " q: adjusted significance of the net change."
    title = f"Every {words.actor} {outside_words(finding, model.names)}"
    rows = sorted(suppliers, key=lambda row: (-row.gain_usd, row.supplier))
    table = table_of("suppliers", title, rows, columns, total=total, note=note)
    if len(columns) > _MOST_COLUMNS:
        table = with_details(table, {"Kind", "Share of loss"})
    return long_table(table, (words.actor, words.actors), basis="")


def told_net(row: SupplierResult) -> Value:
    """Return a supplier's net change, or the words for one whose interval is wider than its trade."""
    return Typed("text", "cannot be told") if row.is_told is False else row.net_gain_usd


def net_note(finding: Finding) -> str:
    """Table note that defines the net columns, or says why they are empty."""
    words = words_of(finding)
    if finding.counterfactual.method is None:
        return f"Net change and interval are n/a: {why_no_net(finding)}"
    note = f"Net change: beyond what a {words.actor} would have {words.traded} anyway; the interval is of it."
    if any(row.is_told is False for row in finding.suppliers):
        note += " It cannot be told where the interval is wider than the trade itself."
    return note


def members_table(model: BriefModel) -> BriefTable:
    """Table of every member of the coalition that reported, the largest fall first."""
    finding, words = model.headline, words_of(model.headline)
    before, after = window_names(finding)
    suspended = finding.suspended
    groups = "; ".join(
        f"{one_line(model.names.get(group.group, group.group.upper()))} ({group.members} members with figures): "
        f"{usd_millions(group.baseline_usd)} to {usd_millions(group.after_usd)}, change {usd_millions(group.change_usd)}"
        for group in finding.member_groups
    )
    table = table_of(
        "members",
        f"Members of the coalition with figures: {words.member_trade} {words.member_preposition} "
        f"{target_of(finding, model.names)}",
        sorted(finding.members, key=lambda row: (row.change_usd, row.supplier)),
        [
            ("Member", "text", lambda row: name_of(row.supplier, model.names)),
            ("Code", "code", lambda row: row.supplier),
            (before, "usd", lambda row: row.baseline_usd),
            (after, "usd", lambda row: row.after_usd),
            ("Change", "usd", lambda row: row.change_usd),
        ],
        total=(
            coalition_of(finding, model.names, model.members).head,
            None,
            suspended.baseline_usd,
            suspended.after_usd,
            -suspended.loss_usd,
        )
        if is_loss_known(finding)
        else None,
        note=f"Of these, in USD million a year: {groups}." if groups else "",
    )
    return long_table(table, ("member", "members"), basis="no denominator")


def goods_table(model: BriefModel) -> BriefTable | None:
    """Table of loss and backfill by good, or by group of goods; ``None`` with fewer than two rows."""
    finding, words = model.headline, words_of(model.headline)
    goods = finding.by_group if len(finding.by_group) > 1 else finding.by_good
    if len(goods) < 2:
        return None
    before, after = window_names(finding)
    table = table_of(
        "goods",
        "Loss by good, and what became of it",
        sorted(goods, key=lambda row: (-row.loss_usd, row.good)),
        [
            ("Good", "code", lambda row: row.good),
            ("Description", "text", lambda row: row.description + (" (estimated)" if row.is_estimated else "")),
            (before, "usd", lambda row: row.baseline_usd),
            (after, "usd", lambda row: row.after_usd),
            ("Lost", "usd", lambda row: row.loss_usd),
            (filled_heading(finding), "usd", lambda row: row.filled_same_good_usd + row.filled_same_heading_usd),
            (words.not_filled.capitalize(), "usd", lambda row: row.unfilled_usd),
            (
                f"Largest rise of a {words.actor}",
                "text",
                lambda row: None if row.top_supplier is None else name_of(row.top_supplier, model.names),
            ),
        ],
        note=f"A negative loss is a rise: {coalition_of(finding, model.names, model.members).noun} {words.member_traded} "
        "more of that good than before.",
    )
    return long_table(table, ("good", "goods"), basis="no denominator")


def others_table(model: BriefModel) -> BriefTable:
    """Table of findings on other goods lists, one row each."""
    words = words_of(model.headline)

    def goods(found: Finding) -> str:
        some = codes_found(found)
        return one_line(model.goods_titles.get(found.goods, found.goods)) + (f"; {some} with figures" if some else "")

    def rank(found: Finding) -> str | None:
        rank = found.backfill.placebo_rank
        return None if rank is None else f"{rank[0]} of {rank[1]}"

    def largest(found: Finding) -> str | None:
        gainers = [row for row in found.suppliers if row.gain_usd > 0]
        return name_of(max(gainers, key=lambda row: row.gain_usd).supplier, model.names) if gainers else None

    def of_known(amount: Callable[[Finding], float]) -> Callable[[Finding], float | None]:
        """Amounts that rest on a loss, missing where no member has figures."""
        return lambda found: amount(found) if is_loss_known(found) else None

    table = table_of(
        "others",
        "Other goods lists, measured the same way",
        model.others,
        [
            ("Goods list", "text", goods),
            ("Windows", "text", lambda found: " → ".join(window_names(found))),
            ("Lost", "usd", of_known(lambda found: found.suspended.loss_usd)),
            (filled_heading(model.headline), "usd", of_known(total_filled_usd)),
            (words.not_filled.capitalize(), "usd", of_known(lambda found: found.identity.unfilled_usd)),
            ("Gross ratio", "share", lambda found: found.backfill.gross_ratio),
            ("Symmetric ratio", "share", lambda found: found.backfill.symmetric_ratio),
            (f"95{NBSP}% interval, symmetric", "share_interval", lambda found: found.backfill.symmetric_ci95),
            ("Net ratio", "share", lambda found: found.backfill.net_ratio),
            (f"95{NBSP}% interval, net", "share_interval", lambda found: found.backfill.net_ci95),
            ("Rank", "text", rank),
            (f"Largest {GROSS_CHANGE}", "text", largest),
        ],
    )
    details = {"Net ratio", f"95{NBSP}% interval, net", f"Largest {GROSS_CHANGE}"}
    if all(found.windows == model.headline.windows for found in model.others):
        details.add("Windows")
    table = with_details(table, details)
    # lists overlap, so their dollars do not add up
    dollars = [column.heading for column in table.columns if column.kind == "usd"]
    windows = "" if "Windows" in details else " and windows"
    basis = f"each with its own goods{windows}; denominator: its own loss"
    return long_table(table, ("list", "lists"), not_added=dollars, basis=basis)


def sums_table(model: BriefModel) -> BriefTable:
    """Table that reconciles the lost, filled and unfilled amounts with the signed gains."""
    finding, words = model.headline, words_of(model.headline)
    identity = finding.identity
    coalition = coalition_of(finding, model.names, model.members)
    gain = sum(row.gain_usd for row in finding.suppliers)
    rises = total_filled_usd(finding) + identity.overfill_usd
    rows = (
        (
            f"Lost in goods of which {coalition.noun} {words.member_traded} less: the sum of the next three",
            identity.loss_usd,
        ),
        (f"{words.filled.capitalize()}, in the same good", identity.filled_same_good_usd),
        (f"{words.filled.capitalize()}, in another good of the same heading", identity.filled_same_heading_usd),
        (words.not_filled.capitalize(), identity.unfilled_usd),
        (f"Rises of other {words.actors}, good by good", rises),
        ("Of which beyond what was lost", identity.overfill_usd),
        (f"Falls of other {words.actors}, good by good", gain - rises),
        ("Rises and falls together, the gross change of all: numerator of the gross ratio", gain),
        (f"Signed loss of {coalition.noun}: its denominator", finding.suspended.loss_usd),
    )
    columns = (Column("Amount"), Column("Value", "usd"))
    return BriefTable("sums", "How the amounts add up", columns, rows, basis="no denominator")


def series_table(model: BriefModel) -> BriefTable:
    """Table behind the chart by year."""
    periods, made = tracks(model)
    head = f"Who {words_of(model.headline).traded}"
    columns = (Column(head), *(Column(period, "usd") for period in periods))
    rows = tuple((track.name, *track.values) for track in made)
    table = BriefTable("series", "By year", columns, rows, data_of="series")
    return long_table(table, ("line", "lines"), basis="by year; no denominator")


def monthly_table(model: BriefModel) -> BriefTable:
    """Table behind the chart by month."""
    months, made = courses(model)
    columns = (Column("Month"), *(Column(course.name, "usd") for course in made))
    rows = tuple((month, *(course.values[i] for course in made)) for i, month in enumerate(months))
    table = BriefTable("monthly", "By month", columns, rows, data_of="monthly")
    basis = f"{one_line(model.monthly_label)}; sums of months; no denominator"
    return table_by_period(table, ("month", "months"), basis=basis)


def hub_table(model: BriefModel) -> BriefTable:
    """Table of the featured hub's trade by month, one column for each line of its chart."""
    months, made = hub_lines(model)
    columns = (Column("Month"), *(Column(line.name, "usd") for line in made))
    rows = tuple((month, *(line.values[i] for line in made)) for i, month in enumerate(months))
    title = f"{one_line(model.hub_name)}, {one_line(model.hub_good)}, by month"
    table = BriefTable("hub", title, columns, rows, data_of="hub")
    return table_by_period(table, ("month", "months"), basis=f"{one_line(model.hub_case_label)}; no denominator")


def coverage_table(model: BriefModel) -> BriefTable:
    """Table of coverage: share reported, silent economies, missing periods, goods codes found."""
    finding = model.headline
    coverage, mirror = finding.coverage, finding.mirror

    def economies(codes: Sequence[str]) -> str:
        return some_economies(codes, model.names, shown=30) or "none"

    unseen = coverage.missing_without_baseline_trade
    silent = [code for code in coverage.missing_reporters if code not in unseen]

    rows: list[tuple[Value, ...]] = [
        (
            "Baseline trade of economies that also reported the after-window",
            percent(coverage.share_of_baseline_reported),
        ),
        ("Silent in a window, so in neither", economies(silent)),
        ("Silent after, without trade before: a newcomer would not be seen", economies(unseen)),
        ("Taken from the other side’s report", economies(coverage.mirrored)),
        ("Periods not reported", _missing_periods(model)),
        ("Codes of the goods list; found in the lake", f"{coverage.goods_listed}; {coverage.goods_found}"),
        ("Codes without a counterpart in the revision", ", ".join(coverage.goods_unmatched) or "none"),
        ("Level and revision of the codes", f"{coverage.level or UNDEFINED}, {coverage.revision or UNDEFINED}"),
        ("After-window value that is estimated", percent(coverage.estimated_share)),
        ("Sources of the rows", ", ".join(coverage.sources) or "none"),
        (
            "Concentration (Herfindahl index, 0 to 1), before; after",
            f"{_index(finding.concentration.hhi_before, finding.concentration.hhi_before_ci95)}; "
            f"{_index(finding.concentration.hhi_after, finding.concentration.hhi_after_ci95)}",
        ),
    ]
    if mirror is not None:
        before, after = window_names(finding)
        silent_in = silent_periods(finding)
        rows.append(
            (
                f"{_other_report(model)} ({mirror.valuation}), USD million a year",
                f"{usd_millions(mirror.baseline_usd)} in {before}; {usd_millions(mirror.after_usd)} in {after}"
                + (f"; silent in {silent_in}" if silent_in else ""),
            )
        )
    return BriefTable("coverage", "Coverage", (Column("What"), Column("Value")), tuple(rows))


def _missing_periods(model: BriefModel) -> str:
    """Economies with the periods that they did not report, each by name; a period of annual figures is its year."""
    by_economy: dict[str, list[str]] = {}
    for entry in model.headline.coverage.missing_periods:
        code, _, period = entry.partition(" ")
        by_economy.setdefault(code, []).append(period_text(period, model.headline.frequency))
    return "; ".join(f"{name_of(code, model.names)} {', '.join(found)}" for code, found in by_economy.items()) or "none"


def _other_report(model: BriefModel) -> str:
    """Label of the coalition's trade with the target by the report of the side that the figures are not from."""
    finding = model.headline
    is_targets = (finding.report == "exporter") is not (is_purchase(finding) or is_substitution(finding))
    who = target_of(finding, model.names) if is_targets else coalition_of(finding, model.names, model.members).noun
    verb = "reports" if is_targets else "reported"
    return f"Same trade as {who} {verb} it"


def _index(value: float | None, interval: Interval) -> str:
    if value is None:
        return UNDEFINED
    if interval is None:
        return f"{value:.3f} (no interval)"
    return f"{value:.3f} (95{NBSP}% interval {interval[0]:.3f} to {interval[1]:.3f})"


def sources_table(model: BriefModel) -> BriefTable:
    """Table of the sources of the rows."""
    table = table_of(
        "sources",
        "Where the rows came from",
        model.sources,
        [
            ("Source", "code", lambda note: note.source),
            ("Title", "text", lambda note: note.title),
            ("Terms of use", "text", lambda note: note.terms),
            ("Retrieved", "text", lambda note: note.retrieved),
            ("Published", "text", lambda note: note.published or "not stated"),
            ("Vintage", "text", lambda note: note.vintage),
            ("Receipt", "code", lambda note: note.receipt),
            ("Rows", "count", lambda note: note.rows),
        ],
    )
    return long_table(table, ("file", "files"))


def statements_table(model: BriefModel) -> BriefTable:
    """Table of statements and verdicts, the earliest first; within a day in the order of the register."""
    table = table_of(
        "statements",
        "Statements and verdicts",
        sorted(model.statements, key=lambda row: row.said_on),
        [
            ("Statement", "text", lambda row: one_line(row.title)),
            ("Said by, on", "text", lambda row: f"{one_line(row.said_by)}, {day_name(row.said_on)}"),
            ("Verdict", "text", lambda row: verdict_words(Stance(row.stance), Verdict.read(row.verdict))),
            ("Why", "text", lambda row: one_line(row.because)),
            ("Coverage", "share", lambda row: row.coverage),
            ("Vintage", "code", lambda row: one_line(row.as_of)),
            ("ID", "code", lambda row: row.claim_id),
        ],
        note="Not testable speaks neither for nor against a statement. A denial is supported where what it denies is not.",
    )
    return long_table(table, ("statement", "statements"))


def reported_table(model: BriefModel) -> BriefTable | None:
    """Table behind the map of who reported; ``None`` without any report."""
    periods, lines = reporter_lines(model)
    if not lines:
        return None
    columns = (
        Column("Reporter"),
        Column("Code", "code"),
        Column("Group"),
        Column("Not reported", "count"),
        *(Column(period) for period in periods),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (line.name, line.code, GROUPS[line.role], line.silent, *(WORDS[state] for state in line.states))
        for line in lines
    )
    note = (
        "traded: reported, with trade in these goods; zero: reported, without; partial: reported, with under half of the "
        "codes that are usual for it, or without a tenth of its usual chapters; n/r: not reported, which is missing and not 0."
    )
    table = BriefTable("reported", "Reporters by period", columns, rows, None, note, data_of="reported")
    return long_table(table, ("reporter", "reporters"))
