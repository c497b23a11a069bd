"""Candidates for the actor, target and goods of a claim, each with its features."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from stopgap.claims.claim import Action, GoodsGroup
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.clause import Role, economy_of
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.features.ngram_features import around, class_of, stem
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, EconomyMention
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.models.linear_model import LEAST

_PRONOUN = pattern(r"\b(?:they|their|them|it|its|he|that|this|those)\b")
_OWN = pattern(r"\b(?:we|our|us)\b")
FIRM_WORD = pattern(
    r"\b(?:firms?|compan(?:y|ies)|corporations?|subsidiar\w+|banks?|lenders?|insurers?|institutions?|entit(?:y|ies)|individuals|business\w*|refiner\w*|exporters?|importers?|networks?|traders?|resellers?"
    r"|suppliers?|distributors?|brokers?|middlem[ae]n|intermediar\w+|facilitators?|manufacturers?|producers?|makers?|factor(?:y|ies)|vessels?|tankers?|ships?|shippers?|shipowners?|carriers?|airlines?|operators?|ports?)\b"
)
_KNOWN_FIRMS = pattern(
    r"\b(?:those|these|the|such|both|its|their|some of them|any of them|(?:one|two|three|some|many|several|any|all|most|each) of (?:the|those|these|its|their)) (?:\w+ ){0,2}?(?:firms?|compan(?:y|ies)|banks?|entit(?:y|ies)|refiner\w*|networks?|traders?|suppliers?|manufacturers?|vessels?|ships?|makers)\b"
)
"""Firms that were spoken of before."""
_UNNAMED = ("USA", "EU", "ANY", "THIRD", "companies:ANY", "companies:THIRD")
"""Actors that may be meant without being named."""

Signals = dict[str, set[str]]


def actor_candidates(
    read: AnnotatedSentence,
    number: int,
    topic: Topic,
    home: str | None,
    roles: Iterable[Role],
    wording: Iterable[str],
    *,
    is_asked: bool,
    is_statement: bool,
) -> Signals:
    """Codes of actors that a sentence may mean, with what speaks for and against each.

    Args:
        read: The sentence.
        number: Its number.
        topic: What is on the table.
        home: The economy whose spokesman answers.
        roles: Relations that rules put forward, weighed.
        wording: Stems of the sentence.
        is_asked: Whether a questioner speaks.
        is_statement: Whether the text has no tags of speakers.
    """
    text, mentions = read.sentence.text, read.mentions
    kinds = {f"{t.kind.value} {t.form.value}" for t in read.triggers}
    named = {m.code for m in mentions}
    is_firm_word = FIRM_WORD.search(text) is not None
    firms = f"firms {'known' if _KNOWN_FIRMS.search(text) else is_firm_word}"
    no_supplier = not any(code not in SANCTIONED | COALITION | FRIENDS for code in named)
    out: Signals = {}

    def add(code: str, *signals: str) -> None:
        out.setdefault(code, set()).update(signals)

    for place, mention in enumerate(mentions):
        add(mention.actor, *_of_mention(read, place, kinds, home))
        mine = class_of(mention.code, firms=mention.firms)
        add(mention.actor, f"asked {mine}" if is_asked else f"told {mine}")
        if is_statement:
            add(mention.actor, f"statement {mine}")
    pronoun = f"pronoun {_PRONOUN.search(text) is not None}"
    spoken = f"supplier named {not no_supplier}"
    for code, signals in _known_before(topic, number, len(named), spoken, pronoun, firms, is_firm_word):
        add(code, *signals)
    for helped in sorted(filter(None, {topic.target, topic.claim_target})):
        since = min(number - max(topic.target_at, topic.claim_at), 6)
        add(helped, *_turned_round(since, spoken, pronoun, wording))
    classes = {class_of(m.code, firms=m.firms) for m in mentions}
    for code in _UNNAMED:
        add(
            code, f"unnamed {code}", f"unnamed {code} {spoken}", f"unnamed {code}, {firms}", *(f"unnamed {code} {kind}" for kind in kinds),
            *(f"unnamed {code} with {name}" for name in classes), *(f"unnamed {code} {word}" for word in wording),
        )  # fmt: skip
    if is_firm_word:
        has_firms = any(m.firms for m in mentions)
        for code in sorted(named - {"ANY", "THIRD"}):
            mine = class_of(code, firms=False)
            add(f"companies:{code}", "firms of", f"firms of {mine}, firms named {has_firms}")
    if home is not None:
        add(home, "home", f"home, we {_OWN.search(text) is not None}", *(f"home {kind}" for kind in kinds))
    _add_roles(out, ((role.actor, role) for role in roles))
    return out


def _known_before(
    topic: Topic, number: int, names: int, spoken: str, pronoun: str, firms: str, is_firm_word: bool
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Actors that are on the table, and their firms, with what speaks for and against each.

    Args:
        topic: What is on the table.
        number: Of the sentence.
        names: Economies that the sentence names.
        spoken: Whether it names a supplier, as a signal.
        pronoun: Whether it has a pronoun, as a signal.
        firms: Whether it names firms, as a signal.
        is_firm_word: Likewise.
    """
    for name, codes, since in (
        ("topic", topic.actors, number - topic.actors_at),
        ("claim", topic.claim_actors, number - topic.claim_at),
    ):
        for place, code in enumerate(codes):
            mine = class_of(code.split(":")[-1], firms=":" in code)
            yield code, (
                name, f"{name} {spoken}", f"{name} {pronoun}", f"{name} {min(since, 6)} before", f"{name} {mine}",
                f"{name} first {place == 0}", f"{name} {spoken} {pronoun}", f"{name} of {min(3, names)}",
                f"{name} {min(since, 4)} before, {spoken}", f"{name} {mine}, {firms}",
            )  # fmt: skip
            economy = economy_of(code)
            if is_firm_word and economy not in ("ANY", "THIRD"):
                yield (
                    f"companies:{economy}",
                    (f"firms of {name}", f"firms of {name}, {firms}", f"firms of {name}, {spoken}"),
                )
    for code in topic.claim_actors:
        yield code, (f"claim action {topic.action}",)


def target_candidates(
    read: AnnotatedSentence,
    number: int,
    topic: Topic,
    document_target: str | None,
    roles: Iterable[Role],
    wording: Iterable[str],
) -> Signals:
    """Economies that a sentence may mean as target, with what speaks for and against each."""
    kinds = {f"{t.kind.value} {t.form.value}" for t in read.triggers}
    out: Signals = {}

    def add(code: str, *signals: str) -> None:
        out.setdefault(code, set()).update(signals)

    targets = {m.code for m in read.mentions if m.code in SANCTIONED}
    spoken = f"target named {bool(targets)}"
    for place, mention in enumerate(read.mentions):
        if mention.code not in ("ANY", "THIRD", "G7", "NATO"):
            add(mention.code, *_of_mention(read, place, kinds, None), f"targets {min(3, len(targets))}")
    for name, code, since in (
        ("topic", topic.target, number - topic.target_at),
        ("claim", topic.claim_target, number - topic.claim_at),
        ("text", document_target, 0),
    ):
        if code is not None:
            add(code, name, f"{name} {spoken}", f"{name} {min(since, 8)} before, {spoken}", f"{name} {code}")
    add("RUS", "Russia", f"Russia {spoken}")
    pronoun = f"pronoun {_PRONOUN.search(read.sentence.text) is not None}"
    for code in sorted({economy_of(each) or "" for each in (*topic.claim_actors, *topic.actors)} & SANCTIONED):
        since = min(number - max(topic.actors_at, topic.claim_at), 6)
        add(code, *_turned_round(since, spoken, pronoun, wording))
    _add_roles(out, ((role.target, role) for role in roles))
    return out


def _turned_round(since: int, spoken: str, pronoun: str, wording: Iterable[str]) -> set[str]:
    """Signals that what was claimed before goes the other way now: who was helped gives something in return."""
    return {
        "turned", f"turned {spoken}", f"turned {pronoun}", f"turned {since} before", f"turned {spoken}, {pronoun}",
        *(f"turned {word}" for word in wording),
    }  # fmt: skip


def goods_candidates(
    reads: Sequence[AnnotatedSentence], number: int, topic: Topic, role: Role, wording: Iterable[str]
) -> Signals:
    """Families of goods that a sentence may speak of, named there or before, with what speaks for and against each.

    Args:
        reads: All sentences.
        number: The one that is drafted.
        topic: What is on the table.
        role: What is drafted; its goods are those that rules take for meant.
        wording: Stems of the sentence.
    """
    read, action = reads[number], role.action
    text = read.sentence.text
    here = {g.group.value for g in read.goods}
    by_rule = {g.group.value for g in role.goods}
    length = f"length {min(4, len(text.split()) // 8)}"
    pronoun = f"pronoun {_PRONOUN.search(text) is not None}"
    named = f"named {min(2, len(here))}"
    sides = [class_of((code or "").split(":")[-1], firms=":" in (code or "")) for code in (role.actor, role.target)]
    untold = {f"untold {word}" for word in wording} | {f"untold {sides[0]} to {sides[1]}"}
    out: Signals = {}

    def add(group: str, *signals: str) -> None:
        if group != GoodsGroup.UNSPECIFIED:
            out.setdefault(group, {group, f"{group} {action.value}", named}).update(signals)

    for term in read.goods:
        group = term.group.value
        before, after = text[: term.start].split()[-2:], text[term.end :].split()[:2]
        add(
            group, "here", f"here {group}", f"here {action.value}", f"here {group} {action.value}", f"phrase {term.phrase.lower()}",
            *(f"left {stem(word)}" for word in before), *(f"right {stem(word)}" for word in after),
            *(f"{group} with {other}" for other in here - {group}),
        )  # fmt: skip
        add(group, f"by rule {group in by_rule}", f"{group} by rule {group in by_rule}")
        beside = min(read.mentions, key=lambda each: max(each.start - term.end, term.start - each.end), default=None)
        if beside is not None:
            add(
                group,
                f"beside the actor {beside.actor == role.actor}",
                f"beside {class_of(beside.code, firms=beside.firms)}, {sides[0]}",
            )
    for back in range(1, 5):
        for term in reads[number - back].goods if number >= back else ():
            group = term.group.value
            if group not in here:
                same = reads[number - back].sentence.turn == read.sentence.turn
                add(
                    group,
                    f"before {back}",
                    f"before {back}, {named}",
                    f"before {back}, same turn {same}",
                    f"before, {pronoun}",
                    f"before, {length}",
                    *untold,
                )
    for goods in topic.goods:
        if goods.value not in here and topic.is_alive(number, 4):
            since = min(number - topic.goods_at, 6)
            add(
                goods.value, "topic", f"topic {since}", f"topic {named}", f"topic, {pronoun}", f"topic, {length}", f"topic {goods.value} {action.value}",
                f"topic {since} {named}", *untold,
            )  # fmt: skip
    if action == Action.BUY_ENERGY:
        add(GoodsGroup.ENERGY.value, "bought")
    return out


def _add_roles(out: Signals, found: Iterable[tuple[str | None, Role]]) -> None:
    """Adds who rules take for it, and that they take another for it."""
    is_sure = False
    for code, role in found:
        if code is None:
            continue
        sure = (role.chance or 0.0) >= LEAST
        is_sure |= sure
        out.setdefault(code, set()).update({"rule", "rule sure"} if sure else {"rule"})
        out[code].add(f"rule {role.action.value}{' sure' * sure}")
        if role.is_open:
            out[code].add("rule open")
    if is_sure:
        for signals in out.values():
            if "rule sure" not in signals:
                signals.add("rule sure of another")


def _of_mention(read: AnnotatedSentence, place: int, kinds: Iterable[str], home: str | None) -> set[str]:
    """Signals of an economy that is named, by where and beside what it stands."""
    mention: EconomyMention = read.mentions[place]
    mine = class_of(mention.code, firms=mention.firms)
    before, after = around(mention, read.sentence.text)
    first = min((t.start for t in read.triggers if not t.is_weak), default=None)
    out = {"named", mine, f"code {mention.code}", f"{mine} of {min(4, len(read.mentions))}"}
    out |= {f"{mine} {kind}" for kind in kinds}
    out |= {f"left {word}" for word in before} | {f"right {word}" for word in after}
    if before:
        out |= {f"after {before[-1]}", f"after {before[-1]} {mine}"}
    if len(before) > 1:
        out.add(f"after {before[-2]} {before[-1]}")
    if after:
        out |= {f"then {after[0]}", f"then {after[0]} {mine}"}
    if len(after) > 1:
        out.add(f"then {after[0]} {after[1]}")
    if mention.possessive:
        out.add(f"owner {mine}")
    if place == 0:
        out.add(f"first {mine}")
    if first is not None:
        out.add(f"{'before' if mention.end <= first else 'after'} the trigger {mine}")
    if home is not None:
        out.add(f"home {mention.code == home} {mine}")
    out |= {
        f"{mine} with {class_of(other.code, firms=other.firms)}"
        for at, other in enumerate(read.mentions)
        if at != place
    }
    out |= {f"{mine} with {goods.group.value}" for goods in read.goods}
    if mention.code in ("THIRD", "ANY"):
        out.add(f"general {mention.actor}")
    return out


def best_pair(actors: dict[str, float], targets: dict[str, float]) -> tuple[str | None, str | None]:
    """The likeliest actor and target that are not the same economy.

    Args:
        actors: Log odds of each actor.
        targets: Log odds of each target.
    """
    pairs = [
        (actors[actor] + targets[target], actor, target)
        for actor in sorted(actors)
        for target in sorted(targets)
        if economy_of(actor) != target
    ]
    if not pairs:
        return (max(actors, key=actors.__getitem__) if actors else None), None
    _, actor, target = max(pairs, key=lambda each: each[0])
    return actor, target
