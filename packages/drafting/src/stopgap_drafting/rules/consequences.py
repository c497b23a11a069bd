"""Consequences announced or taken: who would bear them, and for whose sake."""

from __future__ import annotations

import re

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import Role, Scene, economy_of
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, Mention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Form, Kind, Trigger
from stopgap_drafting.rules.argument_linking import goods_with, is_incidental, listed_with, target_of

_FOR_TARGET = pattern(
    r"\b(?:support|help|assist|provid|backfill|evasion|evad|supply|aid)\w*\b[^.;]{0,40}\b(?:Russia|Moscow|Putin|Iran|North Korea)"
)

_OF_THE_TARGET = pattern(r"\b(?:Russia|Putin|Moscow|Kremlin|the Russians|Russian)\b", 0)
_BY_THE_TARGET = pattern(
    r"\b(?:Russia|Putin|Moscow|the Kremlin|the Russians) (?:will|must|should|would|has to|is going to|needs to|has|is|also|continues to| )*$",
    0,
)


def find_consequences(scene: Scene, trigger: Trigger) -> list[Role]:
    text = scene.text
    target, target_mention, sure = target_of(scene, reach=3)
    if target_mention is None and scene.topic.is_alive(scene.number, 8):
        target, sure = scene.topic.claim_target, 0.6
    elif target_mention is None and scene.document_target is not None:
        target, sure = scene.document_target, 0.55
    helps = any(
        t.kind in (Kind.SUPPLY, Kind.BACKFILL, Kind.ROUTE, Kind.BUY)
        and t.form != Form.TOPIC
        and abs(t.start - trigger.start) < 320
        for t in scene.triggers
    )
    alive = scene.topic.is_alive(scene.number, 5) or (
        scene.topic.is_alive(scene.number, 14) and scene.topic.knows_actors(scene.number, 2)
    )
    if target is None and alive:
        target, sure = scene.topic.claim_target, 0.5
    if target is None:
        target, sure = scene.document_target or scene.topic.target, 0.4
        if target is None:
            return []
    if (
        target_mention is None
        and not helps
        and re.search(r"(?i)consequences for (?:the|our) relationship", text)
    ):
        return []
    if re.search(
        r"(?i)consequences for (?:both |the |global |European |regional )*(?:security|Europe|the world|civilians|Ukrain|the Ukrainian|Americans|food|economy|people)|(?:security|humanitarian|economic|unintended|political) consequences",
        text[max(0, trigger.start - 14) : trigger.end + 50],
    ):
        return []
    if re.match(
        r"(?i)[^.;,]{0,30}\b(?:on|for|against|to)\s+(?:the\s+)?(?:Russia|Putin|Moscow|the Kremlin|Russian)",
        text[trigger.start :],
    ) and not re.search(
        r"(?i)support|provid|help|assist|supply|deal", text[trigger.start : trigger.end + 40]
    ):
        return []
    if _OF_THE_TARGET.search(trigger.words) or _BY_THE_TARGET.search(text[: trigger.start]):
        return []
    if re.match(r"(?i)(?:face )?\w*\s*tariffs?", trigger.words) and not (
        target_mention is not None
        or scene.topic.action == Action.BUY_ENERGY
        or any(g.group == GoodsGroup.ENERGY for g in scene.goods)
    ):
        return []
    bearers = [
        m
        for m in scene.mentions
        if m.code not in FRIENDS
        and m.code not in ("RUS", "USA", "NATO", "G7", "YEM", "LBN", "IRQ", "AFG")
        and (m.code not in SANCTIONED or (m.code != target and target == "RUS"))
        and (m.code not in COALITION or m.firms)
    ]
    own = [m for m in scene.mentions if m.firms and m.code in SANCTIONED and m.code == target]
    listed = [m for m in scene.mentions if m.firms and m.code not in ("USA", "ANY", "THIRD")]
    if listed and "Entity List" in text and all(m.code in SANCTIONED for m in listed):
        theirs = listed[0] if all(m.code != target for m in listed) else (own or listed)[0]
        goods = goods_with(scene, [], None, Action.STOP)
        return [Role("USA", Action.STOP, theirs.code, trigger, None, theirs, goods, 0.6 * sure)]
    if trigger.kind == Kind.MEASURE:
        if re.match(r"(?i)sanctioned", trigger.words) and re.search(
            r"(?i)\b(?:from|of|by|with|the|to|on|for|other|any|these|those|carrying|more|buying)\s+$",
            text[max(0, trigger.start - 12) : trigger.start],
        ):
            return []
        bearers = [
            m
            for m in bearers
            if m.firms
            or (
                m.code not in SANCTIONED
                and re.search(
                    r"(?i)compan|entit|firm|bank|individual|network|supplier|national|actor|person|vessel|targets|refiner|front|business|exporter|part(?:y|ies)\b|affiliate|shipper|China|Beijing",
                    text,
                )
            )
        ]
        if not bearers or (own and not any(m.firms or m.code not in SANCTIONED for m in bearers)):
            return []
    if bearers:
        firm = [m for m in bearers if m.firms and m.code not in ("ANY", "THIRD")]
        plain = [m for m in bearers if m.code not in ("ANY", "THIRD") and not is_incidental(scene, m)]
        general = [m for m in bearers if m.code in ("ANY", "THIRD")]
        chosen = firm or plain or general or bearers
        if "Entity List" in trigger.words:  # all that the sentence counts up
            chosen = [m for m in bearers if m.code not in ("ANY", "THIRD")] or chosen
        if (
            trigger.kind == Kind.CONSEQUENCE
            and not helps
            and target_mention is None
            and chosen[0].code
            not in {economy_of(code) for code in scene.topic.claim_actors} | {"ANY", "THIRD"}
        ):
            return []
        if trigger.kind == Kind.MEASURE and plain:
            bearers = [
                *bearers,
                *(
                    m
                    for m in scene.mentions
                    if m.code in COALITION - {"USA", "G7", "NATO", "EU"}
                    and m.start > trigger.start
                    and m not in bearers
                ),
            ]
        if trigger.kind == Kind.CONSEQUENCE and len(chosen) > 1 and not firm:
            near = [m for m in chosen if not is_incidental(scene, m)] or chosen
            chosen = listed_with(scene, near[0], near)
        if (
            firm
            and any(m.code in ("ANY", "THIRD") for m in bearers)
            and re.search(r"(?i)globally|around the world|third countr|elsewhere|other countries", text)
        ):
            chosen = [*firm]
        codes: dict[str, Mention] = {}
        all_firms = bool(firm)
        for mention in chosen:
            for one in listed_with(scene, mention, bearers):
                code = (
                    f"companies:{one.code}"
                    if all_firms
                    or (
                        trigger.kind == Kind.MEASURE
                        and re.search(
                            r"(?i)compan|entit|firm|individual|network|person|bank|front|vessel|targets|part(?:y|ies)\b|affiliate|shipper",
                            text,
                        )
                    )
                    else one.actor
                )
                codes.setdefault(code, one)
        return [
            Role(
                code,
                Action.CONSEQUENCE,
                target,
                trigger,
                m,
                target_mention,
                goods_with(scene, [], None, Action.CONSEQUENCE),
                0.85 * sure,
            )
            for code, m in codes.items()
        ]
    if trigger.kind == Kind.MEASURE and not (
        scene.topic.is_alive(scene.number, 2)
        and re.search(r"(?i)sanction|designat|list", trigger.words)
        and re.search(r"(?i)\b(?:them|one of|both|these|those|they|it)\b", text)
        and any(code.startswith("companies:") for code in scene.topic.claim_actors)
    ):
        return []
    if not (helps or alive):
        return []
    known = (
        scene.topic.claim_actors
        if alive
        else (scene.topic.actors if scene.topic.knows_actors(scene.number, 3) else ())
    )
    known = tuple(code for code in known if economy_of(code) not in (target, "USA"))
    if any(
        m.code not in ("RUS", "USA", "UKR", "NATO", "EU", "G7", "ANY", "THIRD", target)
        and m.code not in {economy_of(code) for code in known}
        for m in scene.mentions
    ):
        return []
    if not known and helps and target_mention is not None and _FOR_TARGET.search(text):
        return [
            Role(
                None,
                Action.CONSEQUENCE,
                target,
                trigger,
                None,
                target_mention,
                goods_with(scene, [], None, Action.CONSEQUENCE),
                0.45,
            )
        ]
    if not known or scene.topic.action == Action.STOP:
        return []
    if own or (
        target_mention is not None
        and re.search(rf"(?i)(?:for|against|on) (?:the )?{re.escape(target_mention.words)}", text)
        and not helps
    ):
        return []
    goods = goods_with(scene, [], None, Action.CONSEQUENCE)
    return [
        Role(code, Action.CONSEQUENCE, target, trigger, None, target_mention, goods, 0.6 * sure)
        for code in known[:1]
    ]
