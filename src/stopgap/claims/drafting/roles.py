"""Who does what to whom in a sentence: from triggers, economies and goods to actor, action and target."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from stopgap.claims.claim import Action, GoodsGroup
from stopgap.claims.drafting.context import Topic
from stopgap.claims.drafting.economies import COALITION, FRIENDS, SANCTIONED, Mention
from stopgap.claims.drafting.goods_terms import GoodsTerm
from stopgap.claims.drafting.patterns import pattern
from stopgap.claims.drafting.triggers import WAR, Form, Kind, Trigger

_PRONOUN = pattern(r"\b(?:they|their|them|he|his|it|its|the Chinese|those companies|such companies|the country|that country|you)\b")
_INCIDENTAL = pattern(
    r"(?:\bin|\bat|\bvisit(?:ing|ed|s)? (?:to )?|\btrip to|\btravel(?:s|ed|ing)? to|\btold|\btell|\btelling|\bfrom our embassy in|\bspoke (?:to|with)|\btalk(?:ed|ing)? (?:to|with)|\bmeeting with|\bmet with|\bcall with|\bconversations? with|\bengag\w+ with|\bdiscuss\w* (?:\w+ )?with"
    r"|\bcommunicat\w+ (?:\w+ )?(?:to|with)|\bclear (?:\w+ )?to|\bdirectly (?:to|with)|\braised? (?:\w+ )?with|\bwarn(?:ed|ing|s)?|\bunlike|\bas well as|\bneighbou?ring|\bwar (?:in|on|against)|\binvasion of|\battack(?:s|ed|ing)? on) (?:the )?$"
)
_OTHER_MATTERS = pattern(
    r"\b(?:denucleari[sz]\w*|fentanyl|TikTok|covid|pandemic|climate|overcapacity|tariffs?|human rights|Uyghur\w*|Xinjiang|peace (?:plan|talks|proposal|process|summit|conference)|ceasefire|mediat\w+|disinformation|propaganda|election|spy balloon|balloon|detain\w+|hostages?|prisoners?|humanitarian (?:aid|assistance|corridor)|grain|refugees?|South China Sea|investment ban|vaccin\w+|olympics|visa|students|cyber\w*|hack\w*)\b"
)
_GOODWILL = pattern(
    r"\b(?:help(?:s|ed|ing)?|support(?:s|ed|ing)?|assist(?:s|ed|ing)?|aid(?:s|ed|ing)?|enabl\w+|allow\w*|contribut\w+) (?:to |an |a |early |return of |just |lasting |us |them |Russia |Moscow |in |with |bring(?:ing)? |find(?:ing)? |efforts? to |the )*(?:end|ending|stop|stopping|bring|bringing|resolv\w+|mediat\w+|find a|persuad\w+|convinc\w+|pressur\w+|negotiat\w+|us\b|Ukrain\w+|peace|diplomacy|a diplomatic|de-?escalat\w+|restrain\w+|world|understand|our|Americans?|American|people|families|workers|farmers|the American|israel)"
)
_FOR_MAKING = pattern(r"(?:to|that|which|can|could|it|Russia) (?:\w+ )?(?:make|makes|build|builds|produce|produces|manufacture|manufactures|rebuild)|(?:production|producing|manufactur\w+|making|building|development|assembly) (?:of )?|goes? into|used in|found in|into|inside|makers? of|manufacturers? of|producers? of|for (?:use in |making |producing |the production of |its |their |Russian |Russia's |those )+")
_STOPPED = pattern(r"\b(?:dri(?:ed|es) up|turned off|(?:has|have)(?: \w+)? (?:fallen|dropped|collapsed|declined)|fell|dropped|declined|plunged|come (?:way )?down|halted|banned|blocked|stopped|put an end|no longer)\b")
_ECONOMIC = frozenset({GoodsGroup.UNSPECIFIED, GoodsGroup.ENERGY})
_TROOPS = pattern(r"\b(?:troops?|soldiers?|personnel|fighters|mercenar(?:y|ies)|advisers)\b")
_STOPPED_TRADE = pattern(
    r"\w+(?: \w+)?(?: off)? (?:[\w’'-]+ ){0,7}?(?:(?:oil|gas|coal|energy|LNG|crude|uranium|petroleum|seafood|diamonds|steel|vodka)(?: (?:and|or) \w+)*(?: \w+){0,2} (?:from|of|out of) (?:Russia|Iran|Moscow)|(?:Russian|Iranian|Russia's|Iran's) (?:\w+ ){0,2}?(?:oil|gas|coal|energy|LNG|crude|uranium|petroleum|seafood|diamonds|steel|fossil fuels|hydrocarbons)|(?:dependence|dependency|reliance) on (?:Russian|Russia|Moscow)|(?:Russia|Russia's|Moscow|Putin|Russian) (?:\w+ ){0,3}?(?:access to|from (?:getting|acquiring|obtaining|buying|procuring)|of) (?:\w+ ){0,5}?(?:technolog\w+|components|chips|semiconductors|goods|inputs|microelectronics|parts|equipment)|(?:technolog\w+|semiconductors?|chips|components|inputs|goods)(?: \w+){0,4} (?:to|into|for) (?:Russia|Moscow|Russian))"
)
_MESSAGE = pattern(r"\w+ (?:a |an |the |that |this |his |her |their |our |any |very |strong |clear |direct )*(?:messages?|signals?|remarks|speech|letters?|readouts?|delegations?|envoys?|teams?|condolences|address|statements?|warnings?|opportunit\w+|updates?|briefings?|answers?|list of|resolutions?|right|sovereignty|principles?|efforts?)\b")
_BUYERS = frozenset("IND CHN TUR EU HUN SVK JPN ARE BRA PAK IDN SRB BGR DEU AUT ITA FRA ESP BEL NLD GRC KOR TWN SGP MYS".split())
_EVENTS = pattern(r"\b(?:tests?|tested|launch(?:es|ed)?|attack(?:s|ed|ing)?|strikes?|struck|shot down|intercept\w*|nuclear (?:program|weapons?|talks)|treaty|exercises?|parade|deployment|deployed|arms (?:control|race)|deterrence)\b")
_PARTIES = pattern(r"\b(?:either|any|both|the) (?:party|parties|side|sides)(?: (?:to|of|in) the (?:conflict|war|crisis))?\b|冲突(?:任何一|双|当事|各)方")
_NORMAL_TRADE = pattern(r"\bnormal (?:\w+ ){0,4}?(?:trade|cooperation|exchanges|business|dealings|interactions)\b|\b(?:trade|cooperation)\b[^.;]{0,60}? (?:is|are) (?:\w+ ){0,3}?(?:legitimate|lawful|above-?board|justified|beyond reproach)\b|正常(?:的)?(?:经贸)?(?:往来|合作|贸易)")


@dataclass(frozen=True)
class Role:
    """What a sentence says of one actor.

    Attributes:
        actor: As claims code it; ``None`` where left open.
        action: What is done.
        target: ISO3; ``None`` where left open.
        trigger: The trigger it rests on.
        actor_mention: Where the actor is named; ``None`` for a pronoun or the context.
        target_mention: Where the target is named; likewise.
        goods: Goods named with it.
        confidence: 0 to 1.
    """

    actor: str | None
    action: Action
    target: str | None
    trigger: Trigger
    actor_mention: Mention | None
    target_mention: Mention | None
    goods: tuple[GoodsTerm, ...]
    confidence: float


@dataclass(frozen=True)
class Scene:
    """A clause with all that was found in it."""

    text: str
    mentions: list[Mention]
    goods: list[GoodsTerm]
    triggers: list[Trigger]
    number: int
    topic: Topic
    document_target: str | None
    home: str | None = None
    is_statement: bool = False
    subjects: dict[int, tuple[int, int]] = field(default_factory=dict)


def find_roles(scene: Scene) -> list[Role]:
    """Every claim-like relation of a clause, best first for each actor, action and target."""
    found: list[Role] = []
    if _NORMAL_TRADE.search(scene.text):
        found = _beside(scene)
        if found:
            return found
    for trigger in scene.triggers:
        if trigger.kind == Kind.BACKFILL:
            found += _supply(scene, trigger, Action.BACKFILL)
        elif trigger.kind == Kind.ROUTE:
            found += _route(scene, trigger)
        elif trigger.kind in (Kind.CONSEQUENCE, Kind.MEASURE):
            found += _consequence(scene, trigger)
        elif trigger.kind == Kind.STOP:
            found += _stop(scene, trigger)
        elif trigger.kind == Kind.BUY:
            found += _buy(scene, trigger) or _supply(scene, replace(trigger, form=Form.RECEIVE), Action.SUPPLY)
        else:
            found += _supply(scene, trigger, Action.SUPPLY)
    found += _beside(scene) if not found else []
    return _distinct(found)


def _beside(scene: Scene) -> list[Role]:
    """Normal trade as a counter-assertion; or supplier, target and goods of war side by side without a verb we know."""
    text = scene.text
    target, target_mention, sure = _target(scene)
    normal = _NORMAL_TRADE.search(text)
    chinese = [m for m in scene.mentions if m.code == "CHN"]
    if normal and (target_mention is not None or target == "RUS" and scene.topic.is_alive(scene.number, 8)) and (chinese or scene.home == "CHN"):
        trigger = Trigger(Kind.SUPPLY, Form.TOPIC, normal.start(), normal.end(), normal.group(), True)
        mention = chinese[0] if chinese else None
        actor = mention.actor if mention else "CHN"
        return [Role(actor, Action.OTHER, target, trigger, mention, target_mention, (), 0.5)]
    if target_mention is None or target is None:
        return []
    fuel = [g for g in scene.goods if g.group == GoodsGroup.ENERGY and (re.match(r"(?i)Russian|Iranian", g.phrase) or re.search(r"(?i)\b(?:Russia|Russian|Iran|Iranian|Moscow)(?:[’']s)?\s+(?:\w+\s+)?$", text[max(0, g.start - 24) : g.start]))]
    buyers = [m for m in scene.mentions if m.code in _BUYERS and m.code != target and not _is_incidental(scene, m)]
    if fuel and buyers and not _OTHER_MATTERS.search(text) and not re.search(r"(?i)\bprices?\b(?! cap)|\bfor (?:Ukraine|Europe)\b|embargo|\bban\b|pipeline (?:explosion|leak)|terminal", text):
        trigger = Trigger(Kind.BUY, Form.TOPIC, fuel[0].start, fuel[0].end, fuel[0].phrase, True)
        return [Role(m.actor, Action.BUY_ENERGY, target, trigger, m, target_mention, tuple(fuel), 0.5) for m in _listed(scene, buyers[0], buyers)]
    goods = [g for g in scene.goods if g.group not in _ECONOMIC]
    candidates = [m for m in _suppliers(scene, target) if not _is_incidental(scene, m)]
    if not goods or not candidates or _OTHER_MATTERS.search(text) or _TROOPS.search(text) or _EVENTS.search(text) or any(m.code in FRIENDS for m in scene.mentions):
        return []
    first = candidates[0]
    trigger = Trigger(Kind.SUPPLY, Form.TOPIC, goods[0].start, goods[0].end, goods[0].phrase, True)
    actors = _listed(scene, first, candidates)
    return [_role(scene, trigger, Action.SUPPLY, m.actor, target, m, target_mention, _goods_for(scene, actors, m, Action.SUPPLY), 0.55 * sure) for m in actors]


def _distinct(found: list[Role]) -> list[Role]:
    """One role for each actor and target: the more telling action, then the surer."""
    order = {Action.CONSEQUENCE: 0, Action.BACKFILL: 1, Action.FILL_COMPONENTS: 2, Action.BUY_ENERGY: 3, Action.ROUTE_THROUGH: 4, Action.STOP: 5, Action.SUPPLY: 6}
    best: dict[tuple[str | None, str | None, Action], Role] = {}
    for role in found:
        key = (role.actor, role.target, role.action)
        if key not in best or role.confidence > best[key].confidence:
            best[key] = role
    out: list[Role] = []
    for role in sorted(best.values(), key=lambda r: (order.get(r.action, 9), -r.confidence)):
        same = [other for other in out if _economy(other.actor) == _economy(role.actor) and other.target == role.target]
        if not same or (role.action == Action.FILL_COMPONENTS and all(o.action == Action.BACKFILL for o in same)) or (role.action == Action.SUPPLY and all(o.action == Action.STOP for o in same) and abs(role.trigger.start - same[0].trigger.start) > 30):
            out.append(role)
    return out


def _economy(actor: str | None) -> str | None:
    return actor.removeprefix("companies:") if actor else actor


def _is_incidental(scene: Scene, mention: Mention) -> bool:
    return bool(_INCIDENTAL.search(scene.text[max(0, mention.start - 45) : mention.start])) and not mention.possessive and not mention.firms


def _suppliers(scene: Scene, target: str | None) -> list[Mention]:
    """Mentions that may be the actor of a supply to a target."""
    out = []
    for mention in scene.mentions:
        if mention.code == target or mention.code in FRIENDS or mention.code in ("YEM", "LBN", "AFG", "IRQ"):
            continue
        if mention.code in COALITION and not (mention.firms and mention.code not in ("USA", "NATO", "G7")):
            continue
        out.append(mention)
    firm = [m for m in out if not _is_incidental(scene, m)]
    return firm or out


def _target(scene: Scene, *, reach: int = 8) -> tuple[str | None, Mention | None, float]:
    """The sanctioned economy of the clause, or of the matter on the table."""
    named = [m for m in scene.mentions if m.code in SANCTIONED]
    for mention in named:
        if mention.code == "RUS":
            return "RUS", mention, 0.95
    suppliers = {m.code for m in scene.mentions if m.code not in SANCTIONED | COALITION | FRIENDS | {"ANY", "THIRD"}}
    if named and suppliers:
        return named[0].code, named[0], 0.8
    if len({m.code for m in named}) > 1:
        made = next((m for m in named if re.match(r"-?\s?(?:made|built|supplied)", scene.text[m.end : m.end + 9])), None)
        if made is not None:
            other = next(m for m in named if m.code != made.code)
            return other.code, other, 0.7
        return named[-1].code, named[-1], 0.6
    if _PARTIES.search(scene.text) and (scene.home == "CHN" or scene.topic.target == "RUS"):
        return "RUS", None, 0.6
    if scene.topic.knows_target(scene.number, reach):
        return scene.topic.target, None, 0.6
    if scene.topic.is_alive(scene.number, 6):
        return scene.topic.claim_target, None, 0.55
    if scene.document_target is not None and {m.code for m in scene.mentions} - {scene.document_target, "USA", "UKR"}:
        return scene.document_target, None, 0.5
    return None, None, 0.0


def _recipient(scene: Scene, trigger: Trigger) -> Mention | None:
    """The economy that stands right after a trigger as its receiver."""
    for mention in scene.mentions:
        if mention.start < trigger.end:
            continue
        between = scene.text[trigger.end : mention.start]
        if len(between) > 90 or re.search(r"[;:?!]|\b(?:if|because|and (?:we|they|it|he)|but|while|which|who|that|from|by|in|over|against|during)\b", between):
            return None
        if len(between.split()) <= 1 or re.search(r"\b(?:to|for|with|into|towards?|of)\s+(?:[\w’'-]+\s+){0,3}$", between):
            return mention
        return None
    return None


def _listed(scene: Scene, chosen: Mention, candidates: list[Mention]) -> list[Mention]:
    """The mentions joined to a chosen one by commas, ``and``, ``or`` or a repeated ``from``/``in``."""
    out = [chosen]
    ordered = sorted(candidates, key=lambda m: m.start)
    at = ordered.index(chosen)
    for step in (1, -1):
        last = chosen
        k = at + step
        while 0 <= k < len(ordered):
            first, second = (last, ordered[k]) if step == 1 else (ordered[k], last)
            between = scene.text[first.end : second.start]
            if not re.fullmatch(r"(?i)[’']?s?\s*(?:\(\w+\)\s*)?(?:\(\d+\)|[,;–—/-]|\s|and|or|as well as|from|in|by|the|of|even|also|including|both|to a lesser extent|then|now|—|–)*", between) and not (
                first.firms and re.fullmatch(r"(?i)\s*(?:\w+\s+){0,2}(?:,|\s|and|or|the|in)*", between)
            ):
                break
            out.append(ordered[k])
            last = ordered[k]
            k += step
    return sorted(out, key=lambda m: m.start)


def _pronoun_actor(scene: Scene, trigger: Trigger, target: str | None) -> tuple[tuple[str, ...], float]:
    """Whom a pronoun before (or owning) a trigger may mean."""
    if trigger.form == Form.VERB and _coalition_acts(scene, trigger):
        return (), 0.0
    before = scene.text[: trigger.end]
    reach = 6
    known = scene.topic.actors if scene.topic.knows_actors(scene.number, reach) else ()
    known = tuple(code for code in known if _economy(code) != target)
    if not known and scene.topic.knows_target(scene.number, 2) and scene.topic.target not in (target, None):
        known = (scene.topic.target or "",)
    if not known:
        return (), 0.0
    if _PRONOUN.search(before):
        return known, 0.6
    if not scene.topic.is_alive(scene.number, 2) and scene.topic.knows_actors(scene.number, 1) and scene.topic.knows_target(scene.number, 1) and any(g.group not in _ECONOMIC for g in scene.goods) and not any(
        m.code not in COALITION | SANCTIONED for m in scene.mentions
    ):
        return known, 0.5
    if scene.topic.is_alive(scene.number, 2) and scene.topic.claim_actors and not any(m.code not in COALITION | FRIENDS | SANCTIONED for m in scene.mentions):
        mine = tuple(code for code in scene.topic.claim_actors if _economy(code) not in (target, "USA", "EU"))
        if mine and (any(g.group not in _ECONOMIC for g in scene.goods) or re.search(r"(?i)\b(?:them|these|those|that|it|this)\b", before[-60:])):
            return mine, 0.5
    return (), 0.0


def _active(scene: Scene, trigger: Trigger, candidates: list[Mention]) -> list[Mention]:
    """Of the possible actors those that the trigger ties: its subject, owner, or what follows ``from``/``by``."""
    if not candidates:
        return []
    text = scene.text
    if trigger.form == Form.VERB and trigger.kind == Kind.SUPPLY and _coalition_acts(scene, trigger):
        return []
    if trigger.form == Form.VERB and trigger.start in scene.subjects:
        start, end = scene.subjects[trigger.start]
        inside = [m for m in candidates if start <= m.start < end]
        if inside:
            return _listed(scene, inside[0], candidates)
    if trigger.form in (Form.RECEIVE, Form.NOUN):
        for mention in candidates:
            if mention.start >= trigger.end and re.search(r"\b(?:from|by|of|specifically|as|on|to|in)\s+(?:\w+\s+){0,2}$", text[trigger.start : mention.start]) and len(text[trigger.end : mention.start]) < 120:
                return _listed(scene, mention, candidates)
    before = [m for m in candidates if m.end <= trigger.start + 3]
    passive = re.search(r"\bby\s+(?:the\s+|some\s+|certain\s+)?(?:\w+\s+){0,1}$", text[trigger.end : trigger.end + 80])
    after = [m for m in candidates if m.start >= trigger.end]
    for mention in after:
        lead = text[trigger.end : mention.start]
        if re.search(r"\b(?:by|from)\s+(?:the\s+|some\s+|other\s+|both\s+|mainland\s+|[\w-]+\s+(?:in|based in)\s+)*$", lead) and len(lead) < 110:
            return _listed(scene, mention, candidates)
    inside = [m for m in candidates if m.start >= trigger.start and m.end <= trigger.end]
    if inside:
        return _listed(scene, inside[0], candidates)
    if before:
        nearest = before[-1]
        owned = [m for m in before if m.possessive]
        chosen = owned[-1] if owned and trigger.start - owned[-1].end < 60 else nearest
        return _listed(scene, chosen, candidates)
    if passive and after:
        return _listed(scene, after[0], candidates)
    return _listed(scene, after[0], candidates) if after else []


def _coalition_acts(scene: Scene, trigger: Trigger) -> bool:
    """Whether the one right before a verb is a member of the coalition, or ``we``: then no other does it."""
    before = scene.text[: trigger.start]
    near = [m for m in scene.mentions if m.end <= trigger.start and trigger.start - m.end < 70]
    last = near[-1] if near else None
    first_person = list(re.finditer(r"(?i)\b(?:we|we’ve|we're|we’re|I|I’m|our allies|allies and partners)\b", before[-45:]))
    if last is not None and last.code in COALITION and (not last.firms or last.code == "USA") and not last.possessive:
        return not re.search(r"(?i)\b(?:that|which|who|to|with|by|from|of|for|against|believe\w*|says?|said|assess\w*|see|seen|concern\w*|know|told|wants?|if|whether)\b", scene.text[last.end : trigger.start])
    if first_person and (last is None or last.end <= trigger.start - 45 + first_person[-1].start()):
        return not re.search(r"(?i)\b(?:that|which|who|them|believe\w*|assess\w*|see|seen|concern\w*|know|about|if|whether|want\w*)\b", before[-45:][first_person[-1].end() :])
    return False


def _goods_for(scene: Scene, actors: list[Mention], actor: Mention | None, action: Action) -> tuple[GoodsTerm, ...]:
    """Goods that go with an actor: its own share of a list where each actor has one, else all."""
    goods = list(scene.goods)
    if action not in (Action.BUY_ENERGY, Action.STOP, Action.ROUTE_THROUGH, Action.CONSEQUENCE):
        goods = [g for g in goods if g.group != GoodsGroup.ENERGY]
    kept = []
    for term in goods:
        lead = scene.text[max(0, term.start - 60) : term.start]
        if re.match(r"(?i)[’']?s?\s+(?:makers?|industry|manufacturers?|factor(?:y|ies)|producers?|plants?|production|programs?|maker|issue|embargo|control)\b", scene.text[term.end :]):
            continue
        if term.group == GoodsGroup.WEAPONS and re.search(rf"(?:{_FOR_MAKING.pattern})(?:[\w’'-]+(?:,|\s)+){{0,3}}$", lead, re.I) and any(
            g.group not in _ECONOMIC | {GoodsGroup.WEAPONS} and g.start < term.start for g in goods
        ):
            continue
        if term.group == GoodsGroup.WEAPONS and re.search(r"(?i)\bnot\s+(?:\w+\s+){0,2}$", lead) and len(goods) > 1:
            continue
        kept.append(term)
    if actor is None or len(actors) < 2 or len(kept) < 2:
        return tuple(kept)
    index = actors.index(actor) if actor in actors else 0
    if re.search(r"(?i)\bfrom\s+(?:the\s+)?$", scene.text[max(0, actor.start - 10) : actor.start]):
        low = actors[index - 1].end if index else 0
        mine = [g for g in kept if low <= g.start < actor.start]
    else:
        gap = scene.text[actors[0].start : actors[-1].start]
        if not any(actors[0].start < g.start < actors[-1].start for g in kept) or len(gap) < 3:
            return tuple(kept)
        high = actors[index + 1].start if index + 1 < len(actors) else len(scene.text)
        mine = [g for g in kept if actor.start <= g.start < high]
    return tuple(mine or kept)


def _supply(scene: Scene, trigger: Trigger, action: Action) -> list[Role]:
    text = scene.text
    if re.fullmatch(r"(?i)ships", trigger.words) and re.search(r"(?i)\b(?:merchant|cargo|commercial|naval|the|these|those|of|two|on|their|our|other)\s+$", text[max(0, trigger.start - 14) : trigger.start]):
        return []
    if _GOODWILL.match(text, trigger.start) or _MESSAGE.match(text, trigger.start):
        return []
    if trigger.form == Form.RECEIVE and not _receives(scene, trigger):
        return []
    recipient = _recipient(scene, trigger)
    if recipient is not None and recipient.code in FRIENDS | {"YEM", "LBN"} and trigger.kind == Kind.SUPPLY:
        return []
    reverse = _reversed(scene, trigger)
    if reverse is not None:
        actor, others = reverse
        goods = _goods_for(scene, [], None, action)
        fuel = tuple(g for g in scene.goods if g.group == GoodsGroup.ENERGY)
        if fuel and not any(g.group not in _ECONOMIC for g in goods):
            return [Role(other.actor, Action.BUY_ENERGY, actor.code, trigger, other, actor, fuel, 0.6) for other in others]
        if trigger.is_weak and not any(g.group not in _ECONOMIC for g in goods):
            return []
        return [
            Role(actor.actor, action, other.code, trigger, actor, other, goods, 0.6) for other in others
        ]
    target, target_mention, sure = _target(scene)
    if target is None:
        return []
    candidates = _suppliers(scene, target)
    actors = _active(scene, trigger, candidates)
    roles: list[Role] = []
    if actors:
        for mention in actors:
            goods = _goods_for(scene, actors, mention, action)
            if mention.code in ("ANY", "THIRD") and not (target_mention is not None and _ACTING.match(text, mention.end)):
                continue
            roles.append(_role(scene, trigger, action, mention.actor, target, mention, target_mention, goods, 0.9 * sure))
    else:
        codes, likely = _pronoun_actor(scene, trigger, target)
        goods = _goods_for(scene, [], None, action)
        for code in codes:
            roles.append(_role(scene, trigger, action, code, target, None, target_mention, goods, likely * sure))
    return [role for role in roles if _supply_score(scene, trigger, role, recipient) >= SUPPLY_LEAST]


SUPPLY_LEAST = 2.5
"""Least score of a supply relation; docs/methods/drafting.md says what counts."""
_ACTING = pattern(r"[^.;]{0,40}\b(?:that|who|which|from|in|to)\b|[\w ]{0,30}\b(?:provid|suppl|help|support|assist|sell|send|ship)")
_INDUSTRY = pattern(r"industrial base|industrial complex|war machine|war effort|war economy|war in Ukraine|war against Ukraine|military|army|armed forces|arms (?:industry|makers?)|invasion|aggression|weapons|defen[cs]e (?:industry|sector|production)|front lines?|battlefield|sanctions|the war\b|tank factor|(?:his|its|their|this|Putin's|Russia's) (?:brutal |illegal |unjust |unprovoked )*war")
_OBJECT_OF_SUPPORT = pattern(r"(?:\w+ )?(?:help|assist|aid|support|back|bolster|boost|strengthen|enabl|prop|sustain|fuel|rebuild|reconstitut|keep|feed|contribut|underwrit|bankroll|arm)\w*(?: up)?(?: (?:to|for|of|toward|towards|the|in|both|directly))*\s*$")
_SPECIAL_SUPPORT = pattern(r"\b(?:material|lethal|non-?lethal|military|financial|economic|technical|industrial) (?:and (?:\w+ ))?(?:support|assistance|aid|help)\b|\b(?:military|defen[cs]e|arms|missile|weapons|military-technical|defense industrial) cooperation\b")
_GIVING = pattern(r"(?:provid|suppl|send|sent|sell|sold|ship|giv|gave|deliver|transfer|hand|export|furnish|offer|turn(?:s|ed|ing)? over)")


def _supply_score(scene: Scene, trigger: Trigger, role: Role, recipient: Mention | None) -> float:
    """How much speaks for a relation of supply; what is weighed is said in docs/methods/drafting.md."""
    text = scene.text
    score = 0.0
    telling = [g for g in role.goods if g.group not in _ECONOMIC]
    near = [g for g in telling if min(abs(g.start - trigger.end), abs(trigger.start - g.end)) < 140 or trigger.start <= g.start < trigger.end]
    after = text[trigger.start : trigger.end + 110]
    before = text[max(0, trigger.start - 60) : trigger.end]
    if near:
        score += 2
    if _INDUSTRY.search(after) or (trigger.form == Form.NOUN and _INDUSTRY.search(before)):
        score += 1.5
    if role.target_mention is not None:
        score += 1
        lead = text[trigger.start : role.target_mention.start]
        if role.target_mention.start >= trigger.end and (_OBJECT_OF_SUPPORT.fullmatch(lead) or (len(lead) < 80 and re.search(r"(?i)\b(?:to|for)\s+(?:the\s+)?$", lead) and trigger.form == Form.NOUN)):
            score += 2
    else:
        score -= 0.5
    if _SPECIAL_SUPPORT.search(text[max(0, trigger.start - 25) : trigger.end + 40]):
        score += 1.5
    if _GIVING.match(trigger.words) and recipient is not None and recipient.code == role.target and (scene.goods or scene.topic.is_alive(scene.number, 8)):
        score += 1.5
    if score < 1.4 and role.action != Action.BACKFILL and not scene.topic.is_alive(scene.number, 3):
        return 0.0
    if not trigger.is_weak and trigger.form != Form.TOPIC:
        score += 1
    if role.actor_mention is not None:
        score += 1 if abs(trigger.start - role.actor_mention.end) < 90 or role.actor_mention.start >= trigger.start else 0.5
    else:
        score -= 0.5
    if scene.topic.is_alive(scene.number, 3):
        score += 1
        if re.search(r"(?i)\b(?:them|him|it|do (?:so|that|this)|this|that|those|these)\b", text[trigger.start : trigger.end + 40]):
            score += 0.5
    elif role.target_mention is None and not scene.topic.knows_target(scene.number, 4):
        score -= 1.5
    if trigger.form == Form.TOPIC:
        score -= 0.5 if near or re.search(r"(?i)industrial base|war machine|war effort|sanctions evasion", text) else 3
    if role.action == Action.BACKFILL:
        score += 1.5
    if _OTHER_MATTERS.search(text) and not near:
        score -= 2
    if _TROOPS.search(text) and not near:
        score -= 2
    if recipient is not None and recipient.code in FRIENDS:
        score -= 3
    if role.target_mention is None and re.search(r"(?i)\bour own\b|within the alliance|at home|domestic|American (?:manufactur|industry|companies|workers)|security assistance", text):
        return 0.0
    if role.target_mention is None and not (scene.topic.knows_target(scene.number, 5) or scene.topic.is_alive(scene.number, 5) or scene.home == "CHN"):
        return 0.0
    return score


def _receives(scene: Scene, trigger: Trigger) -> bool:
    """Whether a verb of receiving names from whom: ``from``, ``to`` or ``of`` before a possible supplier, or a request to it."""
    for mention in scene.mentions:
        if mention.code in COALITION | FRIENDS or mention.code == "RUS":
            continue
        lead = scene.text[trigger.start : mention.start]
        if mention.start >= trigger.end - 12 and len(lead) < 130 and re.search(r"(?i)\b(?:from|to|of|in|on|specifically|asked|ask|asking|for)\s+(?:the\s+)?(?:\w+\s+){0,2}$", lead):
            return True
    return bool(re.match(r"(?i)request|ask|sought|seek", trigger.words)) and any(m.code == "RUS" and 0 <= trigger.start - m.end < 12 for m in scene.mentions)


def _role(scene: Scene, trigger: Trigger, action: Action, actor: str, target: str, actor_mention: Mention | None, target_mention: Mention | None, goods: tuple[GoodsTerm, ...], confidence: float) -> Role:
    if action == Action.SUPPLY and re.match(r"(?i)exports?|shipments?|sales?|deliver|flow|suppl(?:y|ies)$", trigger.words) and _STOPPED.search(scene.text[trigger.end : trigger.end + 110]):
        action = Action.STOP
    if action == Action.SUPPLY and next((g.group for g in goods if g.group not in _ECONOMIC), None) == GoodsGroup.COMPONENTS:
        action = Action.FILL_COMPONENTS
    if action == Action.SUPPLY and trigger.is_weak:
        confidence *= 0.85
    return Role(actor, action, target, trigger, actor_mention, target_mention, goods, confidence)


def _reversed(scene: Scene, trigger: Trigger) -> tuple[Mention, list[Mention]] | None:
    """Russia as the one that gives to another under sanctions (or to whom the words say)."""
    if trigger.form == Form.RECEIVE:
        return None
    givers = [m for m in scene.mentions if m.code == "RUS" and m.end <= trigger.end + 2]
    takers = [m for m in scene.mentions if m.code in (SANCTIONED - {"RUS"}) | {"CHN", "IND"} and m.start >= trigger.end]
    if givers and not takers and _GIVING.match(trigger.words) and re.match(r"(?i)\s*(?:them|it|him|back)\b", scene.text[trigger.end :]) and scene.topic.knows_actors(scene.number, 3):
        known = [code for code in scene.topic.actors if code in SANCTIONED - {"RUS"}]
        if known and trigger.start - givers[-1].end < 25:
            return givers[-1], [Mention(known[0], trigger.end, trigger.end, False, False, "")]
    if not givers or not takers:
        return None
    giver = givers[-1]
    if any(m.code not in ("RUS", "UKR", "USA") and m.end <= giver.start for m in scene.mentions):
        return None
    if any(m.code not in ("RUS", "UKR", "USA", "NATO", "EU", "G7") and giver.end <= m.start and m.end <= trigger.start for m in scene.mentions):
        return None
    lead = scene.text[trigger.end : takers[0].start]
    if not re.search(r"(?i)\b(?:to|for|with)\s+(?:the\s+)?$", lead) and lead.strip():
        return None
    if giver.possessive and trigger.form == Form.VERB:
        return None
    return giver, _listed(scene, takers[0], takers)


def _route(scene: Scene, trigger: Trigger) -> list[Role]:
    target, target_mention, sure = _target(scene)
    if target is None:
        target, sure = scene.document_target, 0.5
    if target is None or _OTHER_MATTERS.search(scene.text):
        return []
    candidates = _suppliers(scene, target)
    actors = _active(scene, trigger, candidates)
    actors = [m for m in actors if m.code not in ("ANY", "THIRD") or not m.firms or re.search(r"(?i)network|shell|front|third|fleet|tanker|vessel|intermediar|middlem|insurer", m.words) or _ACTING.match(scene.text, m.end)]
    through = [
        m
        for m in scene.mentions
        if m.code not in ("RUS", "UKR", "USA") and re.search(r"(?i)\b(?:through|via|in|into|from|by way of)\s+(?:the\s+|places like\s+|countries like\s+|countries such as\s+)?$", scene.text[max(0, m.start - 30) : m.start])
    ]
    if through and not any(m.possessive or m.firms for m in actors):
        actors = _listed(scene, through[0], [m for m in scene.mentions if m.code not in ("RUS", "UKR", "USA")])
    if actors and _STOPPED.search(scene.text) and not any(m.code in COALITION for m in actors):
        return [
            Role(m.actor, Action.STOP, target, trigger, m, target_mention, _goods_for(scene, actors, m, Action.STOP), 0.8 * sure)
            for m in actors
        ]
    if actors:
        return [
            Role(m.actor, Action.ROUTE_THROUGH, target, trigger, m, target_mention, _goods_for(scene, actors, m, Action.ROUTE_THROUGH), 0.85 * sure)
            for m in actors
        ]
    codes, likely = _pronoun_actor(scene, trigger, target)
    goods = _goods_for(scene, [], None, Action.ROUTE_THROUGH)
    if codes and target_mention is not None:
        return [Role(code, Action.ROUTE_THROUGH, target, trigger, None, target_mention, goods, likely * sure) for code in codes]
    if re.search(r"(?i)third|intermediar|middlem|shell compan|front compan|procurement network|evasion network|networks|shadow fleet|tankers", scene.text) and (target_mention is not None or scene.document_target):
        code = "companies:ANY" if re.search(r"(?i)shell|front compan|network|fleet|tanker|middlem|intermediar", scene.text) else "THIRD"
        return [Role(code, Action.ROUTE_THROUGH, target, trigger, None, target_mention, goods, 0.5 * sure)]
    return []


def _consequence(scene: Scene, trigger: Trigger) -> list[Role]:
    text = scene.text
    target, target_mention, sure = _target(scene, reach=3)
    if target_mention is None and scene.topic.is_alive(scene.number, 8):
        target, sure = scene.topic.claim_target, 0.6
    elif target_mention is None and scene.document_target is not None:
        target, sure = scene.document_target, 0.55
    helps = any(t.kind in (Kind.SUPPLY, Kind.BACKFILL, Kind.ROUTE, Kind.BUY) and abs(t.start - trigger.start) < 320 for t in scene.triggers)
    alive = scene.topic.is_alive(scene.number, 5) or (scene.topic.is_alive(scene.number, 14) and scene.topic.knows_actors(scene.number, 2))
    if target is None and alive:
        target, sure = scene.topic.claim_target, 0.5
    if target is None:
        target, sure = scene.document_target, 0.5
        if target is None:
            return []
    if _OTHER_MATTERS.search(text) and not (helps and target_mention is not None):
        return []
    if re.search(r"(?i)consequences for (?:both |the relationship|our relationship|(?:the )?(?:U\.S\.|bilateral) |both |the |global |European |regional )*(?:security|Europe|the world|civilians|Ukrain|the Ukrainian|Americans|food|economy|people)|(?:security|humanitarian|economic|unintended|political) consequences", text[max(0, trigger.start - 14) : trigger.end + 50]):
        return []
    if re.match(r"(?i)[^.;,]{0,30}\b(?:on|for|against|to)\s+(?:the\s+)?(?:Russia|Putin|Moscow|the Kremlin|Russian)", text[trigger.start :]) and not re.search(
        r"(?i)support|provid|help|assist|supply|deal", text[trigger.start : trigger.end + 40]
    ):
        return []
    bearers = [
        m
        for m in scene.mentions
        if m.code not in FRIENDS and m.code not in ("RUS", "USA", "NATO", "G7", "YEM", "LBN", "IRQ", "AFG") and (m.code not in SANCTIONED or (m.code != target and target == "RUS")) and (m.code not in COALITION or m.firms)
    ]
    own = [m for m in scene.mentions if m.firms and m.code in SANCTIONED and m.code == target]
    if trigger.kind == Kind.MEASURE:
        if re.match(r"(?i)sanctioned", trigger.words) and re.search(r"(?i)\b(?:from|of|by|with|the|to|on|for|other|any|these|those|carrying|more|buying)\s+$", text[max(0, trigger.start - 12) : trigger.start]):
            return []
        if re.match(r"(?i)go|went|target|crack|tak|took|further|strong|cut", trigger.words) and not helps and target_mention is None:
            return []
        bearers = [m for m in bearers if m.firms or (m.code not in SANCTIONED and re.search(r"(?i)compan|entit|firm|bank|individual|network|supplier|national|actor|person|vessel|targets|refiner|front|business|exporter|part(?:y|ies)\b|affiliate|shipper|China|Beijing", text))]
        if not bearers or (own and not any(m.firms or m.code not in SANCTIONED for m in bearers)):
            return []
        strong = re.search(r"(?i)sanction|designat|list|blacklist", trigger.words)
        known = scene.topic.knows_target(scene.number, 12) or scene.document_target is not None
        if not helps and target_mention is None and not alive and not (known and (strong or re.search(r"(?i)evasion|procurement|war\b|sanctions", text))):
            return []
    if trigger.kind == Kind.CONSEQUENCE and not (helps or alive or (target_mention is not None and bearers)):
        return []
    if bearers:
        firm = [m for m in bearers if m.firms and m.code not in ("ANY", "THIRD")]
        plain = [m for m in bearers if m.code not in ("ANY", "THIRD") and not _is_incidental(scene, m)]
        general = [m for m in bearers if m.code in ("ANY", "THIRD")]
        chosen = firm or plain or general or bearers
        if trigger.kind == Kind.CONSEQUENCE and not helps and target_mention is None and chosen[0].code not in {_economy(code) for code in scene.topic.claim_actors} | {"ANY", "THIRD"}:
            return []
        if trigger.kind == Kind.MEASURE and plain:
            bearers = [*bearers, *(m for m in scene.mentions if m.code in COALITION - {"USA", "G7", "NATO", "EU"} and m.start > trigger.start and m not in bearers)]
        if trigger.kind == Kind.CONSEQUENCE and len(chosen) > 1 and not firm:
            near = [m for m in chosen if not _is_incidental(scene, m)] or chosen
            chosen = _listed(scene, near[0], near)
        if firm and any(m.code in ("ANY", "THIRD") for m in bearers) and re.search(r"(?i)globally|around the world|third countr|elsewhere|other countries", text):
            chosen = [*firm]
        codes: dict[str, Mention] = {}
        all_firms = bool(firm)
        for mention in chosen:
            for one in _listed(scene, mention, bearers):
                code = f"companies:{one.code}" if all_firms or trigger.kind == Kind.MEASURE and re.search(r"(?i)compan|entit|firm|individual|network|person|bank|front|vessel|targets|part(?:y|ies)\b|affiliate|shipper", text) else one.actor
                codes.setdefault(code, one)
        if target_mention is None and not (helps or alive or scene.document_target):
            return []
        return [
            Role(code, Action.CONSEQUENCE, target, trigger, m, target_mention, _goods_for(scene, [], None, Action.CONSEQUENCE), 0.85 * sure)
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
    known = scene.topic.claim_actors if alive else (scene.topic.actors if scene.topic.knows_actors(scene.number, 3) else ())
    known = tuple(code for code in known if _economy(code) not in (target, "USA"))
    if any(m.code not in ("RUS", "USA", "UKR", "NATO", "EU", "G7", "ANY", "THIRD", target) and m.code not in {_economy(code) for code in known} for m in scene.mentions):
        return []
    if not known or scene.topic.action == Action.STOP:
        return []
    if own or (target_mention is not None and re.search(rf"(?i)(?:for|against|on) (?:the )?{re.escape(target_mention.words)}", text) and not helps):
        return []
    goods = _goods_for(scene, [], None, Action.CONSEQUENCE)
    return [Role(code, Action.CONSEQUENCE, target, trigger, None, target_mention, goods, 0.6 * sure) for code in known[:1]]


def _stop(scene: Scene, trigger: Trigger) -> list[Role]:
    text = scene.text
    if trigger.is_weak and not _STOPPED_TRADE.match(text, trigger.start):
        return []
    named = [m for m in scene.mentions if m.code in SANCTIONED or m.code == "CHN"]
    energy = any(g.group == GoodsGroup.ENERGY for g in scene.goods)
    subject_chn = [m for m in scene.mentions if m.code in ("CHN", "IND", "TUR", "ARE", "KAZ", "HKG", "ARM", "GEO", "UZB", "KGZ", "SRB", "CHE", "SGP", "MYS", "BRA", "ZAF") and m.end <= trigger.start + 2 and not _is_incidental(scene, m)]
    target_mention = next((m for m in named if m.code == "RUS"), None) or next((m for m in named if m.code in SANCTIONED), None) or next((m for m in named if m.start > trigger.start - 12 or m.possessive), None)
    is_control = trigger.is_weak or bool(re.search(r"(?i)export (?:control|ban|restriction|curb|prohibition)|technolog|chips|semiconductor|oil|gas|energy|coal|import|export|ban on|shipments|trade|sales|suspended|软|出口管制|管制", trigger.words))
    if not is_control or re.search(r"(?i)(?:violat|evad|circumvent|undermin|get around|bypass|skirt)\w*\s+(?:\w+\s+){0,3}$", text[max(0, trigger.start - 40) : trigger.start]):
        return []
    if _OTHER_MATTERS.search(text) and not re.search(r"(?i)export control|semiconductor|chips", text):
        return []
    target = target_mention.code if target_mention else None
    sure = 0.9
    if target is None:
        if scene.topic.knows_target(scene.number, 4 if energy else 2) and (re.search(r"(?i)\b(?:it|its|they|their|them|him|his)\b", text) or energy or scene.topic.is_alive(scene.number, 2)):
            target, sure = scene.topic.target, 0.55
        elif scene.is_statement and scene.document_target and re.search(r"(?i)export control|restrict access|limit exports|deny", text):
            target, sure = scene.document_target, 0.5
        else:
            return []
    if target == "CHN" and not re.search(r"(?i)export control|chip|semiconductor|technolog|equipment|entity list", text):
        return []
    goods = tuple(g for g in scene.goods if g.group != GoodsGroup.WEAPONS)
    if subject_chn and target != "CHN":
        actor_mention: Mention | None = subject_chn[-1]
        assert actor_mention is not None
        return [Role(actor_mention.actor, Action.STOP, target, trigger, actor_mention, target_mention, goods, 0.7 * sure)]
    if scene.home == "CHN" and target != "CHN" and not any(m.code in COALITION for m in scene.mentions):
        return [Role("CHN", Action.STOP, target, trigger, None, target_mention, goods, 0.6 * sure)]
    blockers = [m for m in scene.mentions if m.code in COALITION - {"NATO"} and not m.firms]
    before = [m for m in blockers if m.end <= trigger.start + 2]
    chosen = before[-1] if before else (blockers[0] if blockers else None)
    first = re.search(r"(?i)\b(?:we|our|us|the administration|the president)\b", text)
    if first and (chosen is None or chosen.code in ("EU", "G7") and first.start() < chosen.start):
        return [Role("USA", Action.STOP, target, trigger, None, target_mention, goods, 0.8 * sure)]
    code = "USA" if chosen is None or chosen.code in ("USA", "G7") else chosen.code
    third = re.search(r"(?i)\b(?:every|other|not all|many|most|some) (?:countr(?:y|ies)|nations?|states?)\b", text[: trigger.start])
    if third and chosen is None:
        code = "THIRD"
    several = _listed(scene, chosen, blockers) if chosen is not None and code != "USA" else []
    if len(several) > 1 and not any(m.code in ("USA", "G7") for m in several):
        return [Role(m.actor, Action.STOP, target, trigger, m, target_mention, goods, 0.8 * sure) for m in several]
    return [Role(code, Action.STOP, target, trigger, chosen, target_mention, goods, (0.8 if chosen else 0.6) * sure)]


def _buy(scene: Scene, trigger: Trigger) -> list[Role]:
    text = scene.text
    energy = [g for g in scene.goods if g.group == GoodsGroup.ENERGY and not re.search(r"(?i)\b(?:American|U\.S\.|our|Ukrainian|Norwegian|Canadian)\s+(?:\w+\s+)?$", text[max(0, g.start - 30) : g.start]) and g.phrase.lower() not in ("price cap", "shadow fleet", "ghost fleet", "dark fleet")]
    sellers = [m for m in scene.mentions if m.code in ("RUS", "IRN", "VEN")]
    if not energy:
        if not (scene.topic.action == Action.BUY_ENERGY and scene.topic.is_alive(scene.number, 6)) and not any(g.group == GoodsGroup.ENERGY for g in scene.topic.goods if scene.topic.is_alive(scene.number, 4)):
            return []
    if energy and min(abs(g.start - trigger.end) for g in energy) > 90:
        return []
    seller = next((m for m in sellers if energy and any(0 <= g.start - m.end <= 14 or m.start >= g.start and m.end <= g.end for g in energy)), None)
    seller = seller or next((m for m in sellers if re.search(r"(?i)\bfrom\s+(?:the\s+)?$", text[max(0, m.start - 12) : m.start])), None) or (sellers[0] if sellers else None)
    if seller is None:
        if not (scene.topic.knows_target(scene.number, 3) and scene.topic.target in ("RUS", "IRN", "VEN")):
            return []
        target, sure = scene.topic.target, 0.55
    else:
        target, sure = seller.code, 0.9
    buyers = [m for m in scene.mentions if m.code not in (target, "UKR", "USA") and m.code not in FRIENDS]
    actors = _active(scene, trigger, buyers) if buyers else []
    goods = tuple(energy)
    if actors:
        return [Role("EU" if m.code == "EU" else m.actor, Action.BUY_ENERGY, target, trigger, m, seller, goods, 0.9 * sure) for m in actors]
    if re.search(r"(?i)largest democracy", text):
        return [Role("IND", Action.BUY_ENERGY, target, trigger, None, seller, goods, 0.6 * sure)]
    codes, likely = _pronoun_actor(scene, trigger, target)
    if codes:
        return [Role(code, Action.BUY_ENERGY, target, trigger, None, seller, goods, likely * sure) for code in codes]
    return []
