"""Sentences of a tested claim: hypotheses, reasons, and what would change a verdict."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from stopgap.base.money import MINUS, usd
from stopgap.base.vocab import Direction
from stopgap.claims.claim import Claim
from stopgap.claims.testing.economy_names import name_of as name_of
from stopgap.claims.testing.hypotheses import Actor, TestPlan
from stopgap.claims.testing.results import LEAST_COVERAGE, Hypothesis, Verdict
from stopgap.codes.code_text import is_code_text
from stopgap.codes.goods import goods_names, load_goods
from stopgap.panel.episodes import Episode

WITHOUT_LIST = {"weapons": "weapons", "unspecified": "goods", "goods": "goods"}
"""Families of goods that have no list -> words for them."""

_DUST_PERCENT = 1e-9
_CODE = re.compile(r"(?<![A-Z])[A-Z]{3}(?![A-Z])")
_HINT = re.compile(r" \(((?:import|stopgap|name|give|set) [^()]*)\)")


def plain_reason(text: str) -> tuple[str, str | None]:
    """Tell a reason with names instead of codes, and apart from it the hint in brackets on what would help."""
    hint = _HINT.search(text)
    said = _HINT.sub("", text)
    said = re.sub(r"for the goods list ([\w-]+)", lambda found: f"in {goods_words(found[1])}", said)
    said = _CODE.sub(lambda found: name_of(found[0]), said)
    return said, hint[1] if hint else None


def actor_name(claim: Claim, plan: TestPlan) -> str:
    """Name of the actor whose trade is tested."""
    if plan.actor is Actor.ALL:
        return "suppliers outside the coalition" if sells(plan.episode) else "buyers outside the coalition"
    if plan.economy is not None:
        return name_of(plan.economy)
    if plan.actor is Actor.GROUP:
        return "China with Hong Kong and Macao"
    return {"EU": "the European Union"}.get(claim.actor, claim.actor)


def sells(episode: Episode | None) -> bool:
    """Whether the trade of the episode is exports to the target."""
    return episode is None or episode.direction is Direction.EXPORTS_TO_TARGET


def goods_words(goods: str) -> str:
    """Name a goods list in words: the head of its title, or the file name of a list from a file."""
    if goods in WITHOUT_LIST:
        return WITHOUT_LIST[goods]
    if is_code_text(goods):
        return load_goods(goods).title.partition(" (")[0]
    if goods not in goods_names():
        return f"the list {PurePath(goods).stem}"
    title = load_goods(goods).title.partition(":")[0]
    head, _, breadth = title.partition(", ")
    if breadth in ("narrow", "broad"):
        title = f"{head} ({breadth} list)"
    if "List" in title or "Regulation" in title:
        name = re.sub(r"^(.* List), (.*)$", r"the \1 (\2)", title)
        return f"goods of {name}"
    return title if title[1:2].isupper() else f"{title[0].lower()}{title[1:]}"


def trade_words(episode: Episode, goods: str, who: str) -> str:
    """Name a trade: ``exports of optical goods from China to Russia``, ``purchases of … from Russia by India``."""
    target, what = name_of(episode.target), goods_words(goods)
    if sells(episode):
        return f"exports of {what} from {who} to {target}"
    return f"purchases of {what} from {target} by {who}"


def sentence(text: str) -> str:
    """Format text as a sentence, with an initial capital and a full stop."""
    text = text.strip().rstrip(".")
    if text.startswith("stopgap "):
        return f"{text}."
    return f"{text[0].upper()}{text[1:]}." if text else ""


def percent(share: float) -> str:
    """Format a share: ``48 %``; with a decimal below 1 %, where a whole number would be 0 or hide a sign."""
    size, sign = abs(100 * share), MINUS if share < 0 else ""
    if size < _DUST_PERCENT:
        return "0 %"
    if size >= 0.95:
        return f"{sign}{size:,.0f} %"
    return f"{sign}{size:.1f} %" if size >= 0.05 else f"{'>' if sign else '<'}{sign}0.1 %"


def span(interval: tuple[float, float], show: Callable[[float], str]) -> str:
    """Format an interval with its unit once where both ends have it: ``7 to 95 %``, ``USD 3.7 to 23.2 bn``."""
    low, high = map(show, interval)
    for unit in (" %", " bn", " m"):
        if low.endswith(unit) and high.endswith(unit):
            low = low.removesuffix(unit)
    return f"{low} to {high.removeprefix('USD ')}"


def reason_of(subject: str, hypothesis: Hypothesis) -> str:
    """One sentence on the figures of a hypothesis with an interval; ``subject`` must fit before "is 48 %"."""
    assert hypothesis.ci95 is not None
    show = percent if hypothesis.unit == "ratio" else usd
    estimate = "not known" if hypothesis.estimate is None else show(hypothesis.estimate)
    figure = f"{subject} is {estimate} (95 % interval {span(hypothesis.ci95, show)})"
    at = show(hypothesis.threshold) if hypothesis.threshold else "0"
    if hypothesis.measure == "loss_share" and (hypothesis.estimate or 0.0) < 0:
        figure += ", which is a rise"
    if hypothesis.coverage is not None and hypothesis.coverage < LEAST_COVERAGE:
        return (
            f"{figure}, but reporters of only {percent(hypothesis.coverage)} of the baseline trade also report "
            f"after, under the {percent(LEAST_COVERAGE)} needed."
        )
    tail = {
        Verdict.SUPPORTED: f"above {at} throughout",
        Verdict.PARTLY: f"above 0 throughout, but not throughout above {at}",
        Verdict.NOT_SUPPORTED: f"below {at} throughout, and not distinguishable from 0"
        if hypothesis.threshold and hypothesis.ci95[1] >= 0
        else "below 0 throughout",
        Verdict.NOT_TESTABLE: f"which includes 0 and reaches past {at}: too wide to tell"
        if hypothesis.threshold
        else "which includes 0: too wide to tell",
    }[hypothesis.verdict]
    return f"{figure}, {tail}."


def would_change(hypothesis: Hypothesis) -> tuple[str, ...]:
    """Sentences on what would change the verdict of a hypothesis."""
    if hypothesis.ci95 is None:
        return (hypothesis.fix,) if hypothesis.fix else ()
    show = percent if hypothesis.unit == "ratio" else usd
    low, high = map(show, hypothesis.ci95)
    at = show(hypothesis.threshold) if hypothesis.threshold else "0"
    about = f"{goods_words(hypothesis.goods)}: " if ":" in hypothesis.id and hypothesis.goods else ""
    if hypothesis.coverage is not None and hypothesis.coverage < LEAST_COVERAGE:
        return (f"{about}reports of those that are silent after the event would make it testable",)
    change = {
        Verdict.SUPPORTED: f"a threshold of {low} or more, or figures that bring the lower end of the interval "
        f"({low}) to {at} or under, would end it",
        Verdict.PARTLY: f"supported at a threshold under {low}, or once the lower end of the interval "
        f"({low}) lies above {at}",
        Verdict.NOT_SUPPORTED: f"a threshold under {high}, or figures that bring the lower end of the interval "
        f"({low}) above 0, would change it",
        Verdict.NOT_TESTABLE: "a narrower interval: more months after the event, or more destinations to compare with",
    }[hypothesis.verdict]
    return (f"{about}{change}",)


def statement_of(kind: str, claim: Claim, plan: TestPlan, goods: str, threshold: float) -> str:
    """Statement of a hypothesis in one sentence, always as the positive proposition."""
    assert plan.episode is not None
    who, what, at = actor_name(claim, plan), goods_words(goods), percent(threshold)
    trade, target = trade_words(plan.episode, goods, who), name_of(plan.episode.target)
    whole = trade_words(plan.episode, goods, "the coalition")
    lost = f"what the coalition lost in {what}"
    passed = f"coalition goods worth more than {at} of {lost} passed through {{}} to {target}"
    return sentence(
        {
            "net": f"{trade} are above what growth elsewhere explains",
            "share": f"{who} made up more than {at} of {lost}, beyond what would have been traded anyway",
            "shipped": f"{trade} took place",
            "inflow_share": f"{trade} are more than {at} of all {'exports' if sells(plan.episode) else 'purchases'} "
            f"of these goods {'to' if sells(plan.episode) else 'from'} {target}",
            "rose": f"{trade} rose in quantity, more than to other destinations"
            if sells(plan.episode)
            else f"{trade} rose in quantity, more than from other suppliers",
            "loss": f"{trade} fell by more than {at}",
            "coalition-loss": f"{whole} fell by more than {at}",
            "through-hubs": passed.format(who if plan.economy in plan.episode.hubs else "the hubs"),
            "routed": passed.format(who if plan.actor is Actor.ONE else "the hubs"),
        }[kind]
    )
