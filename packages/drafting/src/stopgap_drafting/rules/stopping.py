"""Trade that is stopped: controls, bans, imports ended."""

from __future__ import annotations

import re

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.clause import Role, Scene
from stopgap_drafting.lexicon.economies import COALITION, SANCTIONED, Mention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.lexicon.triggers import Trigger
from stopgap_drafting.lexicon.word_lists import word_list
from stopgap_drafting.rules.argument_linking import is_incidental, listed_with

_STOPPED_TRADE = pattern(word_list("stopped trade"))


def find_stops(scene: Scene, trigger: Trigger) -> list[Role]:
    text = scene.text
    if trigger.is_weak and not _STOPPED_TRADE.match(text, trigger.start):
        return []
    named = [m for m in scene.mentions if m.code in SANCTIONED or m.code == "CHN"]
    energy = any(g.group == GoodsGroup.ENERGY for g in scene.goods)
    subject_chn = [
        m
        for m in scene.mentions
        if m.code
        in (
            "CHN",
            "IND",
            "TUR",
            "ARE",
            "KAZ",
            "HKG",
            "ARM",
            "GEO",
            "UZB",
            "KGZ",
            "SRB",
            "CHE",
            "SGP",
            "MYS",
            "BRA",
            "ZAF",
        )
        and m.end <= trigger.start + 2
        and not is_incidental(scene, m)
    ]
    target_mention = (
        next((m for m in named if m.code == "RUS"), None)
        or next((m for m in named if m.code in SANCTIONED), None)
        or next((m for m in named if m.start > trigger.start - 12 or m.possessive), None)
    )
    is_control = trigger.is_weak or bool(
        re.search(
            r"(?i)chok|(?:Russian|Iranian) \w|out of the hands|shut|held? back|holding back|turned off|forbid|tighten|export (?:control|ban|restriction|curb|prohibition)|technolog|chip|semiconductor|oil|gas|energy|coal|import|export|ban on|shipments|trade|sales?|buying|taking|purchasing|importing|selling|shipping|accepting|suspended",
            trigger.words,
        )
    )
    if not is_control or re.search(
        r"(?i)(?:(?:violat|evad|circumvent|undermin|get around|bypass|skirt)\w*|(?:compl(?:y|ied|ies|ying)|abid\w+) (?:with|by)|that sanctions and|if (?:it|they|he|she) (?:does|do)(?: not|n[’']t))\s+(?:\w+\s+){0,3}$",
        text[max(0, trigger.start - 40) : trigger.start],
    ):
        return []
    target = target_mention.code if target_mention else None
    sure = 0.9
    if target is None:
        if scene.topic.knows_target(scene.number, 4 if energy else 2) and (
            re.search(r"(?i)\b(?:it|its|they|their|them|him|his)\b", text)
            or energy
            or scene.topic.is_alive(scene.number, 2)
        ):
            target, sure = scene.topic.target, 0.55
        elif (
            scene.is_statement
            and scene.document_target
            and re.search(r"(?i)export control|restrict access|limit exports|deny", text)
        ):
            target, sure = scene.document_target, 0.5
        elif scene.home == "CHN" and (scene.document_target or scene.topic.knows_target(scene.number, 12)):
            target, sure = scene.document_target or scene.topic.target, 0.5
        else:
            return []
    if target == "CHN" and not re.search(
        r"(?i)export control|chip|semiconductor|technolog|equipment|entity list", text
    ):
        return []
    goods = tuple(g for g in scene.goods if g.group != GoodsGroup.WEAPONS)
    if subject_chn and target != "CHN":
        actor_mention: Mention | None = subject_chn[-1]
        assert actor_mention is not None
        return [
            Role(
                actor_mention.actor,
                Action.STOP,
                target,
                trigger,
                actor_mention,
                target_mention,
                goods,
                0.7 * sure,
            )
        ]
    if scene.home == "CHN" and target != "CHN" and not any(m.code in COALITION for m in scene.mentions):
        return [Role("CHN", Action.STOP, target, trigger, None, target_mention, goods, 0.6 * sure)]
    blockers = [m for m in scene.mentions if m.code in COALITION - {"NATO"} and not m.firms]
    before = [m for m in blockers if m.end <= trigger.start + 2]
    chosen = before[-1] if before else (blockers[0] if blockers else None)
    first = re.search(r"(?i)\b(?:we|our|us|the administration|the president)\b", text)
    if first and (chosen is None or (chosen.code in ("EU", "G7") and first.start() < chosen.start)):
        return [
            Role(scene.home or "USA", Action.STOP, target, trigger, None, target_mention, goods, 0.8 * sure)
        ]
    code = "USA" if chosen is None or chosen.code in ("USA", "G7") else chosen.code
    if chosen is None and energy and any(m.code == "NATO" for m in scene.mentions):
        code = "EU"
    third = re.search(
        r"(?i)\b(?:every|other|not all|many|most|some) (?:countr(?:y|ies)|nations?|states?)\b",
        text[: trigger.start],
    )
    if third and chosen is None:
        code = "THIRD"
    several = listed_with(scene, chosen, blockers) if chosen is not None and code != "USA" else []
    if len(several) > 1 and not any(m.code in ("USA", "G7") for m in several):
        return [
            Role(m.actor, Action.STOP, target, trigger, m, target_mention, goods, 0.8 * sure) for m in several
        ]
    return [
        Role(
            code, Action.STOP, target, trigger, chosen, target_mention, goods, (0.8 if chosen else 0.6) * sure
        )
    ]
