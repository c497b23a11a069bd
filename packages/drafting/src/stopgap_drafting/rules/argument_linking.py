"""Link a trigger to its arguments: actor, target and goods."""

from __future__ import annotations

import re
from dataclasses import replace

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import ECONOMIC, Clause, economy_of
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, EconomyMention
from stopgap_drafting.lexicon.goods_terms import GoodsTerm
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Kind, Trigger, TriggerForm
from stopgap_drafting.lexicon.word_lists import word_list

_PRONOUN = pattern(
    r"\b(?:they|their|them|he|his|it|its|the Chinese|those companies|such companies|the country|that country|you)\b"
)


_OURSELVES = pattern(r"\b(?:we|our|us)\b")
_INCIDENTAL = pattern(word_list("incidental mention"))


_PARTIES = pattern(
    r"\b(?:either|any|both|the) (?:party|parties|side|sides)(?: (?:to|of|in) the (?:conflict|war|crisis))?\b"
)


_FOR_MAKING = pattern(
    r"(?:to|that|which|can|could|it|Russia) (?:\w+ )?(?:make|makes|build|builds|produce|produces|manufacture|manufactures|rebuild)|(?:production|producing|manufactur\w+|making|building|development|assembly) (?:of )?|goes? into|used in|found in|into|inside|makers? of|manufacturers? of|producers? of|for (?:use in |making |producing |the production of |its |their |Russian |Russia's |those )+"
)


_NO_SUPPLIERS = frozenset({"YEM", "LBN", "AFG", "IRQ", "SYR", "MMR", "CUB"})
"""Economies that are themselves given arms."""


def is_incidental(clause: Clause, mention: EconomyMention) -> bool:
    return (
        bool(_INCIDENTAL.search(clause.text[max(0, mention.start - 45) : mention.start]))
        and not mention.possessive
        and not mention.firms
    )


def suppliers_in(clause: Clause, target: str | None) -> list[EconomyMention]:
    """Mentions that may be the actor of a supply to a target."""
    out = []
    for mention in clause.mentions:
        if mention.code == target or mention.code in FRIENDS or mention.code in _NO_SUPPLIERS:
            continue
        if mention.code in COALITION and not (mention.firms and mention.code not in ("USA", "NATO", "G7")):
            continue
        out.append(mention)
    firm = [m for m in out if not is_incidental(clause, m)]
    return firm or out


def target_of(clause: Clause, *, reach: int = 8) -> tuple[str | None, EconomyMention | None, float]:
    """The sanctioned economy of the clause, or of the matter on the table."""
    named = [m for m in clause.mentions if m.code in SANCTIONED]
    for mention in named:
        if mention.code == "RUS":
            return "RUS", mention, 0.95
    suppliers = {m.code for m in clause.mentions if m.code not in SANCTIONED | COALITION | FRIENDS | {"ANY", "THIRD"}}
    if named and suppliers:
        return named[0].code, named[0], 0.8
    if len({m.code for m in named}) > 1:
        made = next(
            (m for m in named if re.match(r"-?\s?(?:made|built|supplied)", clause.text[m.end : m.end + 9])), None
        )
        if made is not None:
            other = next(m for m in named if m.code != made.code)
            return other.code, other, 0.7
        if (
            clause.topic.target == "RUS"
            and clause.topic.knows_target(clause.number, reach)
            and len(named) == 2
            and re.fullmatch(
                r"(?i)[’']?s?,? (?:and|or)(?: to| from| in| by| with)? (?:the )?",
                clause.text[named[0].end : named[1].start],
            )
            and not re.search(r"(?i)\bbetween (?:the )?$", clause.text[: named[0].start])
        ):
            return "RUS", None, 0.6
        return named[-1].code, named[-1], 0.6
    if _PARTIES.search(clause.text) and (clause.home == "CHN" or clause.topic.target == "RUS"):
        return "RUS", None, 0.6
    if clause.topic.knows_target(clause.number, reach):
        return clause.topic.target, None, 0.6
    if clause.topic.is_alive(clause.number, 6):
        return clause.topic.claim_target, None, 0.55
    if clause.document_target is not None and {m.code for m in clause.mentions} - {
        clause.document_target,
        "USA",
        "UKR",
    }:
        return clause.document_target, None, 0.5
    return None, None, 0.0


def recipient_of(clause: Clause, trigger: Trigger) -> EconomyMention | None:
    """The economy that stands right after a trigger as its receiver."""
    for mention in clause.mentions:
        if mention.start < trigger.end:
            continue
        between = clause.text[trigger.end : mention.start]
        if len(between) > 90 or re.search(
            r"[;:?!]|\b(?:if|because|and (?:we|they|it|he)|but|while|which|who|that|from|by|in|over|against|during)\b",
            between,
        ):
            return None
        if len(between.split()) <= 1 or re.search(
            r"\b(?:to|for|with|into|towards?|of)\s+(?:[\w’'-]+\s+){0,3}$", between
        ):
            return mention
        return None
    return None


def listed_with(clause: Clause, chosen: EconomyMention, candidates: list[EconomyMention]) -> list[EconomyMention]:
    """The mentions joined to a chosen one by commas, ``and``, ``or`` or a repeated ``from``/``in``."""
    out = [chosen]
    ordered = sorted(candidates, key=lambda m: m.start)
    at = ordered.index(chosen)
    for step in (1, -1):
        last = chosen
        k = at + step
        while 0 <= k < len(ordered):
            first, second = (last, ordered[k]) if step == 1 else (ordered[k], last)
            between = clause.text[first.end : second.start]
            if not re.fullmatch(
                r"(?i)[’']?s?\s*(?:\(\w+\)\s*)?(?:\(\d+\)|[,;–—/-]|\s|and|or|as well as|from|in|by|the|of|even|also|including|both|to a lesser extent|then|now|—|–)*",
                between,
            ) and not (first.firms and re.fullmatch(r"(?i)\s*(?:\w+\s+){0,2}(?:,|\s|and|or|the|in)*", between)):
                break
            out.append(ordered[k])
            last = ordered[k]
            k += step
    return sorted(out, key=lambda m: m.start)


def pronoun_actors(clause: Clause, trigger: Trigger, target: str | None) -> tuple[tuple[str, ...], float]:
    """Whom a pronoun before (or owning) a trigger may mean."""
    if trigger.form == TriggerForm.VERB and _coalition_acts(clause, trigger):
        return (), 0.0
    before = clause.text[: trigger.end]
    if clause.home not in (None, target) and clause.home not in COALITION and _OURSELVES.search(before):
        return (str(clause.home),), 0.7
    reach = 6
    known = clause.topic.actors if clause.topic.knows_actors(clause.number, reach) else ()
    known = tuple(code for code in known if economy_of(code) != target)
    if not known and clause.topic.knows_target(clause.number, 2) and clause.topic.target not in (target, None):
        known = (clause.topic.target or "",)
    if not known:
        return (), 0.0
    if _PRONOUN.search(before):
        return known, 0.6
    if (
        not clause.topic.is_alive(clause.number, 2)
        and clause.topic.knows_actors(clause.number, 1)
        and clause.topic.knows_target(clause.number, 1)
        and any(g.group not in ECONOMIC for g in clause.goods)
        and not any(m.code not in COALITION | SANCTIONED for m in clause.mentions)
    ):
        return known, 0.5
    if (
        clause.topic.is_alive(clause.number, 2)
        and clause.topic.claim_actors
        and not any(m.code not in COALITION | FRIENDS | SANCTIONED for m in clause.mentions)
    ):
        mine = tuple(code for code in clause.topic.claim_actors if economy_of(code) not in (target, "USA", "EU"))
        if mine and (
            any(g.group not in ECONOMIC for g in clause.goods)
            or re.search(r"(?i)\b(?:them|these|those|that|it|this)\b", before[-60:])
        ):
            return mine, 0.5
    return (), 0.0


def actors_of(clause: Clause, trigger: Trigger, candidates: list[EconomyMention]) -> list[EconomyMention]:
    """Of the possible actors those that the trigger ties: its subject, owner, or what follows ``from``/``by``."""
    if not candidates:
        return []
    text = clause.text
    if trigger.form == TriggerForm.VERB and trigger.kind == Kind.SUPPLY and _coalition_acts(clause, trigger):
        return []
    said = self_spoken(clause, trigger, candidates)
    if said is not None:
        return listed_with(clause, said, candidates)
    if trigger.form == TriggerForm.NOUN:
        owners = [m for m in candidates if _OWNS.fullmatch(text[m.end : trigger.start])]
        if owners and not owners[-1].firms:
            return listed_with(clause, owners[-1], candidates)
    if trigger.form in (TriggerForm.RECEIVE, TriggerForm.NOUN):
        sources = [
            m
            for m in candidates
            if m.start >= trigger.end and re.search(r"(?i)\bfrom\s+(?:the\s+)?$", text[: m.start][-12:])
        ]
        if len(sources) > 1:
            return sources
        for mention in candidates:
            if (
                mention.start >= trigger.end
                and re.search(
                    r"\b(?:from|by|of|specifically|as|on|to|in)\s+(?:\w+\s+){0,2}$", text[trigger.start : mention.start]
                )
                and len(text[trigger.end : mention.start]) < 120
            ):
                return listed_with(clause, mention, candidates)
    before = [m for m in candidates if m.end <= trigger.start + 3]
    passive = re.search(r"\bby\s+(?:the\s+|some\s+|certain\s+)?(?:\w+\s+){0,1}$", text[trigger.end : trigger.end + 80])
    after = [m for m in candidates if m.start >= trigger.end]
    for mention in after:
        lead = text[trigger.end : mention.start]
        if (
            re.search(
                r"\b(?:by|from)\s+(?:the\s+|some\s+|other\s+|both\s+|mainland\s+|[\w-]+\s+(?:in|based in)\s+)*$", lead
            )
            and len(lead) < 110
        ):
            return listed_with(clause, mention, candidates)
    inside = [m for m in candidates if m.start >= trigger.start and m.end <= trigger.end]
    if inside:
        return listed_with(clause, inside[0], candidates)
    if before:
        nearest = before[-1]
        owned = [m for m in before if m.possessive]
        chosen = owned[-1] if owned and trigger.start - owned[-1].end < 60 else nearest
        return listed_with(clause, chosen, candidates)
    if passive and after:
        return listed_with(clause, after[0], candidates)
    return listed_with(clause, after[0], candidates) if after else []


_OWNS = pattern(r" (?:(?!and|or|to|of|for|with|in|on|from|by|the)[\w-]+ ){0,1}")
_SAYS_OF_ITSELF = pattern(
    r"(?:[^.;:]{0,60}?\W)?(?:says?|said|saying|told|tells|assured|insist(?:s|ed)|claim(?:s|ed)|denie[sd]|promis(?:es|ed)|pledg(?:es|ed)|stated|repeated|committed|made clear)\b.*\b(?:they|it|he)(?:'(?:re|s|ve|ll|d))? (?:[\w'’-]+ ){0,8}"
)


def self_spoken(clause: Clause, trigger: Trigger, candidates: list[EconomyMention]) -> EconomyMention | None:
    """The one who says of itself what a verb tells: ``China has said that they will not provide …``."""
    for mention in candidates:
        if (
            mention.end <= trigger.start
            and mention.code not in ("ANY", "THIRD")
            and not mention.possessive
            and not is_incidental(clause, mention)
            and _SAYS_OF_ITSELF.fullmatch(clause.text[mention.end : trigger.start])
        ):
            return mention
    return None


def _coalition_acts(clause: Clause, trigger: Trigger) -> bool:
    """Whether the one right before a verb is a member of the coalition, or ``we``: then no other does it."""
    before = clause.text[: trigger.start]
    near = [m for m in clause.mentions if m.end <= trigger.start and trigger.start - m.end < 70]
    last = near[-1] if near else None
    first_person = list(
        re.finditer(r"(?i)\b(?:we|we’ve|we're|we’re|I|I’m|(?:\w+[’']s? )?(?:allies|partners))\b", before[-45:])
    )
    if last is not None and last.code in COALITION and (not last.firms or last.code == "USA") and not last.possessive:
        return not re.search(
            r"(?i)\b(?:that|which|who|to|with|by|from|of|for|against|believe\w*|says?|said|assess\w*|see|seen|concern\w*|know|told|wants?|if|whether)\b",
            clause.text[last.end : trigger.start],
        )
    if clause.home is not None and clause.home not in COALITION:
        first_person = []
    if first_person and (last is None or last.end <= trigger.start - 45 + first_person[-1].start()):
        return not re.search(
            r"(?i)\b(?:that|which|who|them|believe\w*|assess\w*|see|seen|concern\w*|know|about|if|whether|want\w*)\b",
            before[-45:][first_person[-1].end() :],
        )
    return False


def goods_with(
    clause: Clause, actors: list[EconomyMention], actor: EconomyMention | None, action: Action
) -> tuple[GoodsTerm, ...]:
    """Goods that go with an actor: its own share of a list where each actor has one, else all."""
    goods = list(clause.goods)
    if action not in (Action.BUY_ENERGY, Action.STOP, Action.ROUTE_THROUGH, Action.CONSEQUENCE) and any(
        g.group != GoodsGroup.ENERGY for g in goods
    ):
        goods = [g for g in goods if g.group != GoodsGroup.ENERGY]
    kept = []
    for term in goods:
        lead = clause.text[max(0, term.start - 60) : term.start]
        if re.match(
            r"(?i)[’']?s?\s+(?:makers?|industry|manufacturers?|factor(?:y|ies)|producers?|plants?|production|programs?|maker|issue|embargo|control)\b",
            clause.text[term.end :],
        ):
            continue
        if (
            term.group == GoodsGroup.WEAPONS
            and re.search(rf"(?:{_FOR_MAKING.pattern})\s*(?:[\w’'-]+(?:,|\s)+){{0,3}}$", lead, re.I)
            and any(g.group not in ECONOMIC | {GoodsGroup.WEAPONS} and g.start < term.start for g in goods)
        ):
            continue
        if term.group == GoodsGroup.WEAPONS and _PARTS_FOR.search(lead):
            continue
        if re.fullmatch(r"(?i)trade", term.phrase) and re.search(
            r"(?i)\b(?:that|such|this|arms|any|the|kind of)\s+(?:arms\s+)?$", lead
        ):
            continue
        if term.group == GoodsGroup.WEAPONS and re.search(r"(?i)\bnot\s+(?:\w+\s+){0,2}$", lead) and len(goods) > 1:
            continue
        kept.append(term)
    if actor is None or len(actors) < 2 or len(kept) < 2:
        return tuple(kept)
    index = actors.index(actor) if actor in actors else 0
    if re.search(r"(?i)\bfrom\s+(?:the\s+)?$", clause.text[max(0, actor.start - 10) : actor.start]):
        low = actors[index - 1].end if index else 0
        mine = [g for g in kept if low <= g.start < actor.start]
    else:
        gap = clause.text[actors[0].start : actors[-1].start]
        if not any(actors[0].start < g.start < actors[-1].start for g in kept) or len(gap) < 3:
            return tuple(kept)
        high = actors[index + 1].start if index + 1 < len(actors) else len(clause.text)
        mine = [g for g in kept if actor.start <= g.start < high]
    return tuple(mine or kept)


_PARTS_FOR = pattern(
    r"\b(?:components?|parts|engines?|motors?|electronics|chips|semiconductors|inputs|equipment|materials?|tools|technology|kits) (?:for|of|in|to|into) (?:the |its |their |use in |Iran's |Russia's |Russian |Iranian )*(?:[\w-]+ ){0,2}$"
)
_THEIRS = pattern(r"\b(?:its|their|his|her)\s+(?:own\s+|\w+\s+)?$")
_THERE = pattern(r"\s*(?:over )?there\b")


def localised(mentions: list[EconomyMention], text: str, topic: Topic, number: int) -> list[EconomyMention]:
    """Mentions in which ``its companies`` and ``firms over there`` are those of the economy spoken of."""
    out: list[EconomyMention] = []
    for mention in mentions:
        theirs = _THEIRS.search(text[max(0, mention.start - 24) : mention.start]) or _THERE.match(text, mention.end)
        if mention.code == "ANY" and mention.firms and theirs:
            before = [m.code for m in out if m.code not in COALITION | FRIENDS | SANCTIONED | {"ANY", "THIRD"}]
            known = [economy_of(code) for code in topic.actors] if topic.knows_actors(number, 6) else []
            code = before[-1] if before else next((c for c in known if c and c not in ("ANY", "THIRD")), None)
            if code:
                mention = replace(mention, code=code)
        out.append(mention)
    return out
