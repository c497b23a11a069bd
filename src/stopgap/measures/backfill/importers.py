"""Turn the finding of an episode of importers back: who replaced the target in the coalition's imports.

The measure saw the coalition as the target, and the target as the coalition that stopped selling
(:mod:`stopgap.panel.coalition`); figures stay, names and words change places.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace

from stopgap.base.notes import Effect, Note, as_note
from stopgap.base.vocab import Flow, LossKind
from stopgap.measures.backfill.results import (
    Coverage,
    Finding,
    GroupResult,
    MeasuresSplit,
    MemberResult,
    MirrorResult,
    WithinCoalition,
)
from stopgap.panel.coalition import CoalitionView
from stopgap.panel.silence import Silence, silent_warnings, some_of

_WORDS = (
    ("economy outside the coalition", "other supplier"),
    ("supplier outside the coalition", "other supplier"),
    ("outside the coalition", "other than the target"),
    ("the coalition lost nothing", "the coalition bought no less from the target"),
    ("the coalition", "the target"),
    ("the target's", "the coalition's"),
    ("the target", "the coalition"),
)
_SWAP = re.compile("|".join(re.escape(before) for before, _ in _WORDS))

_OF_REPORTERS = {
    Flow.IMPORT: ("listed codes have no figures", "periods of counted reporters are missing"),
    Flow.EXPORT: ("listed codes have no figures",),
}
"""Warnings that are about the reporters, and said here of the members."""

OWN_OUTPUT = "imports alone are seen: what the coalition's members make themselves, or did without, is in the part that no supplier filled"


def turned_back(found: Finding, view: CoalitionView, *, with_mirror: bool) -> Finding:
    """Return the finding in the words of the episode as written, with what each member bought.

    ``found`` is the measure of ``view.episode``. ``with_mirror`` adds the other side's report.
    """
    episode, counted = view.asked, [row for row in view.imports if row.counts]
    valuation = episode.direction.valuation(view.report)
    within = [row for row in counted if row.seller == "member"]
    inside = WithinCoalition(_sum(row.baseline_usd for row in within), _sum(row.after_usd for row in within))
    members = _members(view)
    other = episode.direction.valuation(view.report.other)
    return replace(
        found,
        target=episode.target,
        direction=str(episode.direction),
        role=str(episode.role),
        goods_version=view.asked_goods.version_id,
        valuation=str(valuation),
        report=view.flow.reporter,
        suppliers=tuple(replace(row, is_hub=row.supplier in episode.hubs) for row in found.suppliers),
        members=members,
        member_groups=_groups(view, members),
        measures=_measures(found.measures, view),
        loss_kind=found.loss_kind if episode.measures else LossKind.TRADE_LOST,
        within_coalition=inside if len(view.members) > 1 else None,
        mirror=MirrorResult(str(other), view.mirror.baseline_usd, view.mirror.after_usd, view.mirror.silent)
        if with_mirror
        else None,
        coverage=_coverage(found.coverage, view),
        counterfactual=replace(found.counterfactual, reason=_swapped_reason(found.counterfactual.reason)),
        real=None if found.real is None else replace(found.real, reason=_swapped_reason(found.real.reason)),
        warnings=_warnings(found, view, inside),
        queries=view.queries,
        finding_id="",
    ).sealed()


def _sum(values: Iterable[float]) -> float:
    return math.fsum(values)


def _members(view: CoalitionView) -> tuple[MemberResult, ...]:
    """Return what each counted member bought from the target, largest fall first."""
    bought = {row.member: row for row in view.imports if row.counts and row.seller == "target"}
    names = {row.member for row in view.imports if row.counts and row.member not in view.missing}
    rows = []
    for name in names:
        before, later = (bought[name].baseline_usd, bought[name].after_usd) if name in bought else (0.0, 0.0)
        rows.append(MemberResult(name, before, later, later - before))
    return tuple(sorted(rows, key=lambda row: (row.change_usd, row.supplier)))


def _groups(view: CoalitionView, members: tuple[MemberResult, ...]) -> tuple[GroupResult, ...]:
    rows = []
    for group in sorted({name for name in view.members.values() if name is not None}):
        of_group = [row for row in members if view.members[row.supplier] == group]
        before, later = _sum(row.baseline_usd for row in of_group), _sum(row.after_usd for row in of_group)
        if of_group:
            rows.append(GroupResult(group, len(of_group), before, later, later - before))
    return tuple(rows)


def _measures(found: MeasuresSplit | None, view: CoalitionView) -> MeasuresSplit | None:
    """Return the split by measures with members in place of the target, of which it was made; none is told apart."""
    if found is None:
        return None
    names = tuple(sorted(view.members))
    one = tuple(replace(row, supplier=names[0]) for row in found.by_member) if len(names) == 1 else ()
    return replace(found, by_member=one, no_table_members=names if found.no_table_members else ())


def _coverage(found: Coverage, view: CoalitionView) -> Coverage:
    basis, outside = view.basis, [row for row in view.imports if row.seller != "member"]
    shares = found.share_of_baseline_reported
    if view.flow is Flow.IMPORT:
        known = _sum(row.baseline_total_usd for row in outside)
        reported = _sum(row.baseline_total_usd for row in outside if row.counts)
        shares = reported / known if known > 0 else None
    listed = view.asked_goods
    whole = len(listed.items) if basis.level == "composite" else len({item.code for item in basis.items.values()})
    return replace(
        found,
        share_of_baseline_reported=shares,
        missing_reporters=tuple(sorted({*found.missing_reporters, *view.missing})),
        missing_periods=view.gaps if view.flow is Flow.IMPORT else found.missing_periods,
        goods_listed=len(listed.items),
        goods_found=whole,
        goods_unmatched=basis.unmatched,
        level=basis.level,
        revision=basis.revision,
        sources=view.sources,
    )


def _warnings(found: Finding, view: CoalitionView, inside: WithinCoalition) -> tuple[str, ...]:
    """Return the measure's warnings with the parts of coalition and target changed, and those of this role."""
    said: list[str] = [
        as_note(text).changed(swapped)
        for text in found.warnings
        if not any(part in text for part in _OF_REPORTERS[view.flow])
    ]
    silent = Silence(view.missing, (), view.uncommon, unknown_members=view.missing, members=len(view.members))
    said += silent_warnings(silent, is_sale=False)
    if view.gaps:
        said.append(
            Note(
                f"{len(view.gaps)} periods of counted members are missing; each member's means are over the periods it reported"
            )
        )
    listed = len(view.asked_goods.items)
    whole = listed if view.basis.level == "composite" else len({item.code for item in view.basis.items.values()})
    if whole < listed:
        said.append(Note(f"{listed - whole} of {listed} listed codes have no figures", share=1 - whole / listed))
    if len(view.members) > 1:
        said.append(
            Note(
                f"trade between members is no supplier's gain: USD {inside.baseline_usd:,.0f} a year before, {inside.after_usd:,.0f} after",
                Effect.MODEL,
            )
        )
    said.append(Note(OWN_OUTPUT, Effect.ALWAYS))
    has_growth = found.counterfactual.method is not None and view.flow is Flow.IMPORT
    if borrowed := [row.supplier for row in found.suppliers if has_growth and row.supplier in view.growth_by_importers]:
        said.append(
            Note(
                f"without reports of their own exports, so their growth elsewhere is by other importers' reports: {some_of(borrowed)}",
                Effect.MODEL,
            )
        )
    return tuple(dict.fromkeys((*said, *view.basis.notes, *view.notes)))


def _swapped_reason(reason: str | None) -> str | None:
    return None if reason is None else swapped(reason)


def swapped(text: str) -> str:
    """Return a sentence about the coalition as target in the words of the episode: the two change places."""
    words = dict(_WORDS)
    return _SWAP.sub(lambda match: words[match.group()], text)
