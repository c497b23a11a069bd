"""From a text to drafts of claims, sentence by sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from stopgap.claims.claim import Action, GoodsGroup, Stance
from stopgap.claims.drafting.draft import Draft, DraftGoods, Evidence
from stopgap.claims.drafting.reader import ReaderName
from stopgap_drafting.annotate import ReadSentence, read_sentence
from stopgap_drafting.clause import Role, Scene, economy_of
from stopgap_drafting.decode import SURE, Choice, Considered, choose, consider
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.document_context import home_of_gloss, home_of_text, home_of_turn, target_of_text
from stopgap_drafting.features.argument_candidates import goods_candidates
from stopgap_drafting.features.ngram_features import Wordings
from stopgap_drafting.lexicon.economies import COALITION, FRIENDS, SANCTIONED, Mention
from stopgap_drafting.lexicon.goods_terms import GoodsTerm
from stopgap_drafting.lexicon.patterns import pattern
from stopgap_drafting.models import ensemble, reranker
from stopgap_drafting.models.encoder_input import passage_of
from stopgap_drafting.models.linear_model import LEAST_ODDS, carried_by, odds
from stopgap_drafting.modifiers import audience_of, degree_of, period_of
from stopgap_drafting.rules.anaphora import Proposal, find_anaphoric, is_refusal
from stopgap_drafting.rules.argument_linking import goods_with, listed_with, localised, suppliers_in
from stopgap_drafting.rules.fallback_relations import any_trigger
from stopgap_drafting.rules.roles import find_roles, is_plain, likely
from stopgap_drafting.rules.stance import stance_of
from stopgap_drafting.sources.attribution_resolver import THEN_ASKS, Sourcing
from stopgap_drafting.sources.presidents import President
from stopgap_drafting.sources.speakers import Voices, find_voices
from stopgap_drafting.text.aligned_gloss import Glossed
from stopgap_drafting.text.segments import Turn, sentences, turns

_CLAUSE_CUT = pattern(
    r"(?:,|;| [—–-])? (?:but|yet|however|though|although)\b,? |, and that (?=they|it|he|she|the)|; "
)
_NO_LONGER = pattern(
    r"\b(?:isn't|aren't|is not|are not|not|won't|will not|'re not|'s not|no longer|going to stop|not going to)(?: going to)?(?: be)? *$"
)
_ASKS_COMMENT = pattern(
    r"\b(?:comment|response|reaction|respond|thoughts)\b[^.?]{0,40}\?|\bwhat do you make of\b|\b(?:are you|is (?:the )?\w+(?: \w+)?) aware (?:of|that)\b|\bhave you seen\b"
)


_TELLS = pattern(
    r"\W*(?:(?:and|but|so|now|well|okay|thanks?(?: you)?|\w+),? ){0,2}(?:[\w.'’-]+ ){1,6}?(?:says?|said|claims?|claimed|reports?|reported)\b"
)
_SUPPORT = pattern(r"support|assistance|aid|help")
_TOLD_APART = frozenset({Action.BACKFILL, Action.CONSEQUENCE})
"""Actions of which rules tell well that they are there beside another."""
MOST_READ = 1000
"""Sentences of a text that the network reads at most; in 60 kB full of claims 142 are likely enough."""


def propose(
    text: str,
    file: str,
    meta: Mapping[str, str] | None = None,
    *,
    body_start: int = 0,
    reader: ReaderName = "rules",
    holders: tuple[President, ...] | None = None,
) -> list[Draft]:
    """Drafts of the claims in a text, in order of place.

    Args:
        text: The text as stored; offsets of drafts count its characters.
        file: Name of the text, carried by each draft.
        meta: What the file says of itself: ``title``, ``date``, ``source_url`` ….
        body_start: Where the body begins.
        reader: ``rules``; ``network``: the network of the package reads likely sentences as well.
        holders: Who held the Presidency of the United States when; ``None``: by the table of the package.

    Returns:
        Drafts; several may share a span (several suppliers in one sentence). Fields that the text leaves open are
        ``None``. Empty where nothing is claimed.

    Method: ours; docs/methods/drafting.md. What is a claim follows the labelling guideline stated there.
    """
    meta = meta or {}
    parts = turns(text, body_start)
    voices = find_voices(text[body_start:], meta, parts, holders)
    glossed = Glossed(text)
    parts = [replace(part, start=glossed.at(part.start), end=glossed.at(part.end)) for part in parts]
    pieces = [
        replace(piece, is_glossed=glossed.has_gloss(piece.start, piece.end))
        for piece in sentences(glossed.text, parts)
    ]
    reads = [read_sentence(piece) for piece in pieces]
    title = Glossed(" ".join((meta.get("title") or "").split())).text
    drafter = _Drafter(glossed, file, title, parts, voices, reads, has_network=reader != "rules")
    return drafter.run()


class _Drafter:
    """Goes through the sentences of one text, and remembers what is on the table."""

    def __init__(
        self,
        glossed: Glossed,
        file: str,
        title: str,
        parts: Sequence[Turn],
        voices: Voices,
        reads: Sequence[ReadSentence],
        *,
        has_network: bool,
    ) -> None:
        self.glossed = glossed
        self.text = text = glossed.text
        self.file = file
        self.left_to_network = MOST_READ if has_network else 0
        self.parts = parts
        self.reads = reads
        self.topic = Topic()
        self.document_target = target_of_text(parts, reads)
        self.home = (
            home_of_gloss(" ".join(text[part.start : part.end] for part in parts if not part.is_question))
            if any(read.sentence.is_glossed for read in reads)
            else home_of_text(title + " " + text[:3000], parts)
        )
        self.homes = [self.home or home_of_turn(part, title, voices.president) for part in parts]
        self.is_statement = not any(part.tag for part in parts)
        self.sourcing = Sourcing(text, title, parts, voices, reads, self.topic)
        self.considered: list[Considered] = []
        self.wordings = Wordings(reads, parts, self.homes, is_statement=self.is_statement)

    def run(self) -> list[Draft]:
        """Drafts of the sentences that a second look finds likely."""
        found: list[list[Draft]] = []
        for number, read in enumerate(self.reads):
            if read.sentence.is_heading and number < 3:
                continue
            drafts = self._sentence(number, read)
            found.append(drafts)
            is_likely = self.considered[-1].odds >= 0
            self._remember(number, read, drafts if is_likely else [])
            self.sourcing.pass_by(read)
        drafted = [place for place, drafts in enumerate(found) if drafts]
        looks = [each.look for each in self.considered]
        chances = [
            ensemble.claim(chance, self.considered[place].told)
            for place, chance in zip(drafted, reranker.likelihoods(looks, drafted), strict=True)
        ]
        return [
            self.glossed.back(_weighed_again(draft, chance))
            for place, chance in zip(drafted, chances, strict=True)
            if chance >= ensemble.least_claim(self.considered[place].told)
            for draft in found[place]
        ]

    def _remember(self, number: int, read: ReadSentence, drafts: list[Draft]) -> None:
        topic = self.topic
        targets = [m.code for m in read.mentions if m.code in SANCTIONED]
        if targets and ("RUS" in targets or topic.target != "RUS" or number - topic.target_at > 10):
            topic.target = _chosen(targets)
            topic.target_at = number
        actors = [
            m.actor
            for m in read.mentions
            if m.code not in COALITION | FRIENDS
            and m.code != "RUS"
            and not (m.code in SANCTIONED and m.code == topic.target)
            and m.code not in ("ANY", "THIRD", "YEM", "LBN", "IRQ", "AFG")
        ]
        if drafts:
            named = [d.actor for d in drafts if d.actor]
            topic.claim_at = number
            topic.claim_actors = tuple(dict.fromkeys(named))
            topic.claim_target = drafts[0].target
            topic.action = drafts[0].action
            families = dict.fromkeys(g.group for d in drafts for g in d.goods)
            if families or number - topic.goods_at > 6:
                topic.goods, topic.goods_at = tuple(families), number
            passive = {"USA"} if topic.action == Action.BUY_ENERGY else {"USA", "EU"}
            if any(code not in passive for code in named):
                topic.actors = tuple(dict.fromkeys(code for code in named if code not in passive))
                topic.actors_at = number
        if actors and not drafts:
            topic.actors = tuple(dict.fromkeys(actors))
            topic.actors_at = number

    def _sentence(self, number: int, read: ReadSentence) -> list[Draft]:
        turn = self.parts[read.sentence.turn]
        kind = "Question" if turn.is_question else "Statement" if self.is_statement else "Answer"
        proposals, others = self._proposals(number, read, turn)
        considered = consider(
            read,
            number,
            [*proposals, *others],
            self.wordings.wordings[number],
            self.wordings.signals(number),
            self.topic,
            home=self.homes[read.sentence.turn],
            document_target=self.document_target,
            is_asked=turn.is_question,
            is_statement=self.is_statement,
            passage=passage_of(self.text, self.reads, number, kind),
            is_put=self.left_to_network > 0,
        )
        self.considered.append(considered)
        self.left_to_network -= considered.told is not None
        if considered.odds < LEAST_ODDS:
            return []
        heard = self.sourcing.heard()
        chosen = self._chosen(number, read, self._merged(proposals, read), considered)
        has_own_goods = len({role.goods for role, *_ in chosen}) > 1
        drafts = [
            self._draft(considered, turn, *proposal, has_own_goods=has_own_goods) for proposal in chosen
        ]
        if considered.odds < 0:
            self.sourcing.hear_again(heard)
        return drafts

    def _proposals(
        self, number: int, read: ReadSentence, turn: Turn
    ) -> tuple[list[Proposal], list[Proposal]]:
        """What rules are sure of in a sentence, and what they put forward besides."""
        sure: list[Proposal] = []
        others: list[Proposal] = []
        for start, end in self._clauses(read):
            scene = self._scene(number, read, start, end)
            refused = is_refusal(scene.text)
            for roles, kept in zip(find_roles(scene), (sure, others), strict=True):
                for role in roles:
                    is_bare = refused and (role.actor_mention is None or role.target_mention is None)
                    proposal = self._with_stance(read, turn, scene, role, start, end)
                    (others if role.confidence < 0.3 or is_bare else kept).append(proposal)
        if not sure:
            scene = self._scene(number, read, 0, len(read.sentence.text))
            for each, stance, likely_so, start, end in find_anaphoric(
                self.topic, number, read, turn, self.home
            ):
                for roles, kept in zip(likely(scene, [each]), (sure, others), strict=True):
                    kept.extend((role, stance, likely_so, start, end) for role in roles)
        return sure, others

    def _with_stance(
        self, read: ReadSentence, turn: Turn, scene: Scene, role: Role, start: int, end: int
    ) -> Proposal:
        stance, sure = stance_of(
            scene.text,
            role.trigger.start,
            role.action,
            is_asked=turn.is_question,
            whole=read.sentence.text,
        )
        if (
            role.action == Action.BUY_ENERGY
            and stance == Stance.DENIAL
            and _NO_LONGER.search(scene.text[max(0, role.trigger.start - 32) : role.trigger.start])
        ):
            role, stance = replace(role, action=Action.STOP), Stance.ASSERTION
        return role, stance, sure, start, end

    def _chosen(
        self, number: int, read: ReadSentence, proposals: list[Proposal], considered: Considered
    ) -> list[Proposal]:
        """The relations of a sentence with a claim: several as rules part them, else the likeliest one."""
        actors = [role for role, *_ in proposals]
        actions = {role.action for role in actors}
        several = len({stance for _, stance, *_ in proposals}) > 1 or (
            len(actions) > 1 and actions & _TOLD_APART
        )
        takes_up = considered.told is None and any(role.takes_up for role in actors)
        if several or takes_up:
            return proposals
        choice = choose(considered)
        if choice.target == "RUS" and any(
            is_plain(role) and (role.actor, role.target) == ("RUS", choice.actor) for role in actors
        ):  # rules take Russia for who gives only where the words say it
            choice = replace(choice, actor="RUS", target=choice.actor)
        least = ensemble.least_action(considered.told)
        if actors and choice.action_sure < least and all(is_plain(role) for role in actors):
            choice = replace(choice, action=actors[0].action)
        is_urged = {stance for _, stance, *_ in proposals} == {Stance.WARNING}
        if is_urged and choice.stance == Stance.DENIAL and choice.sure < SURE:  # "not to" is no denial
            choice = replace(choice, stance=Stance.WARNING)
        does = {role.action for role in actors if role.actor == choice.actor}
        members = {
            role.actor: role
            for role in reversed(actors)
            if role.action in does and (role.actor_mention is not None or role.actor == choice.actor)
        }
        if len(members) > 1:
            return [
                (
                    replace(role, action=choice.action, target=choice.target),
                    choice.stance,
                    choice.sure,
                    0,
                    len(read.sentence.text),
                )
                for role in reversed(members.values())
                if economy_of(role.actor) != choice.target
            ]
        return [
            (role, choice.stance, choice.sure, 0, len(read.sentence.text))
            for role in self._composed(number, read, choice, considered)
        ]

    def _composed(
        self, number: int, read: ReadSentence, choice: Choice, considered: Considered
    ) -> list[Role]:
        """The relation that was chosen, as the nearest of the rules has it; one for each member of a list of actors."""
        scene = self._scene(number, read, 0, len(read.sentence.text))
        nearest = max(
            (role for role, *_ in considered.proposals),
            key=lambda role: (role.actor == choice.actor, role.action == choice.action, role.chance or 0.0),
            default=None,
        )
        actor = next((m for m in read.mentions if m.actor == choice.actor), None)
        target = next((m for m in read.mentions if m.code == choice.target), None)
        members = (
            listed_with(scene, actor, suppliers_in(scene, choice.target))
            if actor in suppliers_in(scene, choice.target)
            else [actor]
        )
        trigger = nearest.trigger if nearest is not None else any_trigger(scene)
        out = []
        for member in members:
            code = member.actor if member is not None else choice.actor
            if code is None or economy_of(code) == choice.target:
                continue
            is_same = nearest is not None and (nearest.actor, nearest.action) == (code, choice.action)
            goods = (
                nearest.goods
                if is_same and nearest is not None
                else goods_with(scene, [], member, choice.action)
            )
            out.append(
                Role(code, choice.action, choice.target, trigger, member, target, goods, choice.action_sure)
            )
        return out

    def _clauses(self, read: ReadSentence) -> list[tuple[int, int]]:
        text = read.sentence.text
        cuts = [0]
        if re.search(r"[\u3400-\u9fff]，", text):
            for found in re.finditer("，", text):
                if any(t.start > found.start() for t in read.triggers) and any(
                    cuts[-1] <= t.start < found.start() for t in read.triggers
                ):
                    cuts.append(found.end())
        for found in () if len(cuts) > 1 else _CLAUSE_CUT.finditer(text):
            left, right = text[cuts[-1] : found.start()], text[found.end() :]
            if (
                len(left) > 25
                and len(right) > 20
                and any(t.start >= found.end() for t in read.triggers)
                and any(cuts[-1] <= t.start < found.start() for t in read.triggers)
            ):
                cuts.append(found.end())
        cuts.append(len(text))
        return list(pairwise(cuts))

    def _scene(self, number: int, read: ReadSentence, start: int, end: int) -> Scene:
        text, mentions, topic = read.sentence.text, read.mentions, self.topic
        if start == 0 and end == len(text):
            mentions = localised(mentions, text, topic, number)
        else:
            text = " " * start + text[start:end]
            topic = self._topic_after([m for m in mentions if m.start < start], number)
            mentions = [m for m in mentions if start <= m.start < end]
        return Scene(
            text,
            mentions,
            [g for g in read.goods if start <= g.start < end],
            [t for t in read.triggers if start <= t.start < end],
            number,
            topic,
            self.document_target,
            self.homes[read.sentence.turn],
            self.is_statement,
            read.sentence.text,
            self.parts[read.sentence.turn].is_question,
        )

    def _topic_after(self, outside: Sequence[Mention], number: int) -> Topic:
        """The topic as the clauses before this one leave it."""
        topic = self.topic
        if not outside:
            return topic
        targets = [m.code for m in outside if m.code in SANCTIONED]
        actors = [m.actor for m in outside if m.code not in COALITION | FRIENDS | {"RUS", "ANY", "THIRD"}]
        return replace(
            topic,
            target=_chosen(targets) if targets else topic.target,
            target_at=number if targets else topic.target_at,
            actors=tuple(dict.fromkeys(actors)) or topic.actors,
            actors_at=number if actors else topic.actors_at,
            claim_at=number if targets and actors else topic.claim_at,
            claim_actors=tuple(dict.fromkeys(actors)) or topic.claim_actors,
            claim_target=_chosen(targets) if targets and actors else topic.claim_target,
        )

    def _merged(self, proposals: list[Proposal], read: ReadSentence) -> list[Proposal]:
        """One record for an actor, action and target of one stance; spans grow to the sentence where all stances agree."""
        seen: dict[tuple[str | None, Action, str | None, Stance], Proposal] = {}
        for proposal in proposals:
            role, stance, *_ = proposal
            key = (role.actor, role.action, role.target, stance)
            if key not in seen or role.confidence > seen[key][0].confidence:
                seen[key] = proposal
        out = list(seen.values())
        consequence = {economy_of(p[0].actor) for p in out if p[0].action == Action.CONSEQUENCE}
        out = [
            p
            for p in out
            if p[0].action == Action.CONSEQUENCE
            or economy_of(p[0].actor) not in consequence
            or p[1] == Stance.DENIAL
        ]
        if len({p[1] for p in out}) == 1:
            length = len(read.sentence.text)
            return [(role, stance, sure, 0, length) for role, stance, sure, _, _ in out]
        return out

    def _draft(
        self,
        considered: Considered,
        turn: Turn,
        role: Role,
        stance: Stance,
        sure: float,
        start: int,
        end: int,
        *,
        has_own_goods: bool,
    ) -> Draft:
        read, told = considered.read, considered.told
        sentence = read.sentence
        clause = sentence.text[start:end]
        source = self.sourcing.source_of(read, turn, role, considered.wording, told)
        self.sourcing.remember(read)
        if source.is_passed_on and (
            stance == Stance.ASSERTION or (stance == Stance.QUESTION and _ASKS_COMMENT.search(sentence.text))
        ):
            stance = Stance.REPORTED
        elif stance == Stance.REPORTED and not source.is_passed_on:
            stance = Stance.ASSERTION
        if stance == Stance.QUESTION and turn.is_question:
            asks = THEN_ASKS.search(sentence.text)
            if (
                source.is_passed_on
                and asks
                and role.trigger.end <= asks.start()
                and _TELLS.match(sentence.text)
            ):
                stance = Stance.REPORTED
            else:
                source = self.sourcing.own(turn)
        at = sentence.start
        period = period_of(sentence.text)
        degree = degree_of(clause)
        audience = audience_of(sentence.text, read.mentions)
        goods = self._goods(considered, role, start, end, only=role.goods if has_own_goods else read.goods)
        fields: dict[str, Evidence] = {
            "stance": Evidence(role.trigger.words, at + role.trigger.start, at + role.trigger.end, sure),
            "action": Evidence(
                role.trigger.words,
                at + role.trigger.start,
                at + role.trigger.end,
                0.85 if not role.trigger.is_weak else 0.7,
            ),
            "speaker": source.evidence,
        }
        for name, mention, code in (
            ("actor", role.actor_mention, role.actor),
            ("target", role.target_mention, role.target),
        ):
            if mention is not None:
                fields[name] = Evidence(mention.words, at + mention.start, at + mention.end, 0.9)
            elif code is not None:
                fields[name] = Evidence("", None, None, 0.55, "context")
        fields["claim"] = _weighed(considered)
        if role.goods:
            fields["goods"] = Evidence(
                "; ".join(g.phrase for g in role.goods),
                at + role.goods[0].start,
                at + role.goods[-1].end,
                0.85,
            )
        elif goods:
            fields["goods"] = Evidence("", None, None, 0.55, "context")
        if period:
            fields["period"] = Evidence(period[0], at + period[1], at + period[2], 0.7)
        if degree:
            fields["degree"] = Evidence(degree[0], at + start + degree[1], at + start + degree[2], 0.5)
        if audience:
            fields["audience"] = Evidence(audience[0], at + audience[1], at + audience[2], 0.6)
        text = self.text[at + start : at + end]
        lead = len(text) - len(text.lstrip())
        words = " ".join(sentence.text[start:end].split())
        return Draft(
            file=self.file,
            start=at + start + lead,
            end=at + start + len(text.rstrip()),
            words=words,
            stance=stance,
            speaker=source.speaker,
            uttered_by=source.uttered_by,
            office=self.sourcing.office(source.speaker),
            chain=source.chain,
            audience=(audience[0],) if audience else (),
            actor=role.actor,
            action=role.action,
            target=role.target,
            goods=tuple(goods),
            period=period[0] if period else None,
            degree=degree[0] if degree else None,
            confidence=min(role.confidence, 0.95) * (0.5 + 0.5 * sure),
            evidence=fields,
        )

    def _goods(
        self, considered: Considered, role: Role, start: int, end: int, *, only: Sequence[GoodsTerm]
    ) -> list[DraftGoods]:
        """Goods that a draft speaks of: named in its words, or known from the sentences before or the network alone."""
        read, told = considered.read, considered.told
        found = goods_candidates(self.reads, considered.number, self.topic, role, considered.wording)
        meant = {
            group
            for group, signals in found.items()
            if ensemble.goods(group, odds("goods", signals, is_glossed=read.sentence.is_glossed), told) >= 0
        } | (ensemble.goods_alone(told) - found.keys() - {GoodsGroup.UNSPECIFIED})
        inside = [term for term in read.goods if start <= term.start < end and term in only]
        out: list[DraftGoods] = []
        for term in inside:
            is_vague = term.group == GoodsGroup.UNSPECIFIED
            if (
                (term in role.goods and (not meant or _SUPPORT.search(term.phrase)))
                if is_vague
                else term.group.value in meant
            ) and not any(each.phrase == term.phrase for each in out):
                out.append(DraftGoods(term.phrase, term.group))
        known = {each.group.value for each in out} | {term.group.value for term in read.goods}
        return out + [DraftGoods(None, GoodsGroup(group)) for group in sorted(meant - known)]


def _weighed(considered: Considered) -> Evidence:
    """The signals of a claim that weigh most, and what the network says."""
    parts = [
        f"{name} {weight:+.2f}"
        for name, weight in carried_by(considered.signals, "claim", is_glossed=considered.is_glossed)
    ]
    if considered.told is not None:
        parts.append(f"network {considered.told.claim:+.2f}")
    return Evidence("; ".join(parts), None, None, 0.0, "weighed")


def _weighed_again(draft: Draft, chance: float) -> Draft:
    """A draft with its likelihood at second look."""
    evidence = {**draft.evidence, "claim": replace(draft.evidence["claim"], confidence=chance)}
    return replace(draft, evidence=evidence)


def _chosen(targets: Sequence[str]) -> str:
    """The target meant where a sentence names several: Russia before others, else the first."""
    return "RUS" if "RUS" in targets else targets[0]
