"""From a text to drafts of claims, sentence by sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stopgap.claims.claim import Action, GoodsGroup, Stance
from stopgap.claims.drafting.attribution import Attribution, find_attributions, person_names
from stopgap.claims.drafting.context import Topic
from stopgap.claims.drafting.details import audience_of, degree_of, period_of
from stopgap.claims.drafting.economies import COALITION, FRIENDS, SANCTIONED, Mention, find_mentions
from stopgap.claims.drafting.goods_terms import GoodsTerm, find_goods
from stopgap.claims.drafting.patterns import pattern
from stopgap.claims.drafting.record import Draft, DraftGoods, Evidence
from stopgap.claims.drafting.roles import Role, Scene, find_roles
from stopgap.claims.drafting.segments import Sentence, Turn, sentences, turns
from stopgap.claims.drafting.speakers import Voices, find_voices, office_of
from stopgap.claims.drafting.stance import stance_of
from stopgap.claims.drafting.syntax import parse
from stopgap.codes.areas import areas
from stopgap.claims.drafting.triggers import Form, Kind, Trigger, find_triggers

_CLAUSE_CUT = pattern(r"(?:,|;| [—–-])? (?:but|yet|however|though|although)\b,? |, and that (?=they|it|he|she|the)|; ")
_ANAPHORIC_DENIAL = pattern(
    r"\b(?:(?:have|has|had|'ve)(?:n't| not) (?:yet )?(?:seen|observed|detected)|(?:do|does|did)(?:n't| not) (?:have|see) (?:any |an )?(?:\w+ )?(?:evidence|indications?|signs?|reason to believe|information (?:that|to suggest))|no (?:evidence|indications?|signs?|confirmation)|not seen (?:any|that|them|an|evidence)|(?:have|has|had)(?:n't| not) (?:done|made|taken|provided|moved) (?:that|so|any|this)|there(?:'s| is) no (?:evidence|indication)|not aware of any|none that we (?:can|have|know)|nothing that we(?:'ve| have) seen|can(?:'t|not) (?:tell|say) (?:you )?(?:\w+ )?that (?:we|any|they)|^no,? (?:they|he|it|she)(?:'re| are|'s| is|'ve| have)? ?(?:not|n't|haven't|hasn't|isn't|aren't)|not able to confirm that|nothing (?:new )?to (?:suggest|indicate))\b"
)
_ANAPHORIC_WARNING = pattern(
    r"\bconsequences (?:would|will|could|might|may) be\b|\b(?:there )?(?:would|will|could) be (?:\w+ ){0,2}consequences\b|\bprepared for there to be consequences\b|\btools? (?:in (?:our|the) toolbox|that could|at our disposal|available)\b"
)
_ANAPHORIC_QUESTION = pattern(
    r"\b(?:seen|see) (?:any (?:evidence|indications?|signs?)|anything|them|that happen|it happen|evidence|signs?)\b|\b(?:followed through|go(?:ne|ing)? ahead with|has there been (?:more|any)|(?:done|doing|do) (?:that|so)|taken that step|made (?:a|that|the) decision)\b[^.?]{0,80}\?"
)
_REFUSAL = pattern(
    r"\b(?:(?:not|n't) (?:going to|in a position to|able to|here to)|won't|can't|cannot|wouldn't|(?:would|will) not|hesitate to|rather not) (?:\w+ ){0,2}?(?:get (?:into|ahead)|speculat\w+|outline|detail|preview|lay out|go into|read out|speak (?:to|for)|discuss|predict|characterize|talk about|comment|confirm|give (?:an|a|you|any)|provide (?:an|any|additional)|go beyond|weigh in|prejudge|telegraph|engage in)\b|\bnothing (?:new |more |else |further )?(?:for you |to )(?:announce|preview|share|report|add|on that)\b|\b(?:do not|don't) have (?:any|anything|a|an|more)(?: \w+)? (?:updates?|announcements?|details|specifics|assessment|comment|reaction|information|to (?:share|add|preview|announce|say|confirm|read))\b|\bno (?:announcements?|updates?|comment)\b|\brefer you\b|\bhypotheticals?\b|\blet (?:the|them|others|China|Beijing) \w+ speak\b|\bspeak for themselves\b"
)
_YOU_SAID = pattern(r"\byou(?:'ve| have| guys)? (?:\w+ )?(?:said|told us|mentioned|warned|announced|confirmed|acknowledged)\b")
_PRESIDENT = pattern(r"^(?:the |our |my )?President(?: of the United States)?$")


@dataclass(frozen=True)
class _Read:
    """One sentence with what was found in it."""

    sentence: Sentence
    mentions: list[Mention]
    goods: list[GoodsTerm]
    triggers: list[Trigger]
    attributions: list[Attribution]
    subjects: dict[int, tuple[int, int]] = field(default_factory=dict)


def propose(
    text: str, file: str, meta: Mapping[str, str] | None = None, *, body_start: int = 0, with_model: bool = False
) -> list[Draft]:
    """Drafts of the claims in a text, in order of place.

    Args:
        text: The text as stored; offsets of drafts count its characters.
        file: Name of the text, carried by each draft.
        meta: What the file says of itself: ``title``, ``date``, ``source_url`` ….
        body_start: Where the body begins.
        with_model: Whether the spaCy model reads the candidate sentences as well.

    Returns:
        Drafts; several may share a span (several suppliers in one sentence). Fields that the text leaves open are
        ``None``. Empty where nothing is claimed.

    Method: ours; docs/methods/drafting.md. What is a claim follows the labelling guideline stated there.
    """
    meta = meta or {}
    parts = turns(text, body_start)
    pieces = sentences(text, parts)
    voices = find_voices(text[body_start:], meta, parts)
    reads = [_read(piece) for piece in pieces]
    if with_model:
        reads = _read_with_model(reads)
    drafter = _Drafter(text, file, " ".join((meta.get("title") or "").split()), parts, voices, reads)
    return drafter.run()


def _read(sentence: Sentence) -> _Read:
    text = sentence.text
    triggers = find_triggers(text)
    mentions = find_mentions(text)
    return _Read(
        sentence,
        mentions,
        find_goods(text) if triggers or mentions else [],
        triggers,
        find_attributions(text) if mentions or triggers else [],
    )


def _read_with_model(reads: list[_Read]) -> list[_Read]:
    """The same, with what the parse adds to sentences that may carry a claim: sources, and subjects of verbs."""
    chosen = [k for k, read in enumerate(reads) if read.triggers and (read.mentions or read.goods) and read.sentence.text.isprintable()]
    out = list(reads)
    for k, syntax in zip(chosen, parse([reads[k].sentence.text for k in chosen]), strict=True):
        known = list(reads[k].attributions)
        for said in syntax.sources:
            if not any(a.start < said.end and said.start < a.end for a in known):
                known.append(Attribution(said.name, said.kind, said.verb, said.start, said.end))
        out[k] = replace(reads[k], attributions=sorted(known, key=lambda a: a.start), subjects=syntax.subjects)
    return out


class _Drafter:
    def __init__(self, text: str, file: str, title: str, parts: Sequence[Turn], voices: Voices, reads: Sequence[_Read]) -> None:
        self.text = text
        self.file = file
        self.title = title
        self.parts = parts
        self.voices = voices
        self.reads = reads
        self.topic = Topic()
        self.offices: dict[str, str | None] = {}
        self.document_target = self._document_target()
        self.home = self._home()
        self.is_statement = not any(part.tag for part in parts)
        self.last_source: tuple[int, list[Attribution]] = (-9, [])

    # ------------------------------------------------------------ the text as a whole

    def _document_target(self) -> str | None:
        """The sanctioned economy that an untagged statement of measures is about."""
        count: Counter[str] = Counter(m.code for read in self.reads for m in read.mentions if m.code in SANCTIONED)
        if not count:
            return None
        code, times = count.most_common(1)[0]
        least = 3 if not any(part.tag for part in self.parts) else max(4, len(self.reads) // 40)
        return code if times >= least and times >= 0.6 * sum(count.values()) else None

    def _home(self) -> str | None:
        """The economy whose spokesman answers here, where it is China."""
        sample = self.title + " " + self.text[:3000]
        if re.search(r"(?i)Foreign Ministry Spokes|外交部发言人|MFA\b|Ministry of Foreign Affairs of the People", sample) or any(
            part.tag and re.search(r"Mao Ning|Lin Jian|Wang Wenbin|Zhao Lijian|Hua Chunying|Guo Jiakun|毛宁|林剑|汪文斌|赵立坚|华春莹|郭嘉昆", part.tag) for part in self.parts
        ):
            return "CHN"
        return None

    # ------------------------------------------------------------ sentence by sentence

    def run(self) -> list[Draft]:
        out: list[Draft] = []
        for number, read in enumerate(self.reads):
            if read.sentence.is_heading and number < 3:
                continue
            drafts = self._sentence(number, read)
            out += drafts
            self._remember(number, read, drafts)
        return out

    def _remember(self, number: int, read: _Read, drafts: list[Draft]) -> None:
        topic = self.topic
        targets = [m.code for m in read.mentions if m.code in SANCTIONED]
        if targets and ("RUS" in targets or topic.target != "RUS" or number - topic.target_at > 10):
            topic.target = "RUS" if "RUS" in targets else targets[0]
            topic.target_at = number
        actors = [
            m.actor
            for m in read.mentions
            if m.code not in COALITION | FRIENDS and m.code != "RUS" and not (m.code in SANCTIONED and m.code == topic.target) and m.code not in ("ANY", "THIRD", "YEM", "LBN", "IRQ", "AFG")
        ]
        if drafts:
            named = [d.actor for d in drafts if d.actor]
            topic.claim_at = number
            topic.claim_actors = tuple(dict.fromkeys(named))
            topic.claim_target = drafts[0].target
            topic.action = drafts[0].action
            topic.goods = tuple(read.goods)
            topic.is_asked = self.parts[read.sentence.turn].is_question
            if any(code not in ("USA", "EU") for code in named):
                topic.actors = tuple(dict.fromkeys(code for code in named if code not in ("USA", "EU")))
                topic.actors_at = number
        if actors and not drafts:
            topic.actors = tuple(dict.fromkeys(actors))
            topic.actors_at = number
        elif topic.is_alive(number) and topic.knows_actors(number, 5) and not actors:
            pass

    def _sentence(self, number: int, read: _Read) -> list[Draft]:
        turn = self.parts[read.sentence.turn]
        proposals: list[tuple[Role, Stance, float, int, int]] = []
        for start, end in self._clauses(read):
            scene = self._scene(number, read, start, end)
            refused = _REFUSAL.search(scene.text) is not None
            for role in find_roles(scene):
                if role.confidence < 0.3 or (refused and (role.actor_mention is None or role.target_mention is None)):
                    continue
                stance, sure = stance_of(
                    scene.text, role.trigger.start, role.action, is_asked=turn.is_question, whole=read.sentence.text
                )
                proposals.append((role, stance, sure, start, end))
        if not proposals:
            proposals = self._anaphoric(number, read, turn)
        proposals = self._merged(proposals, read)
        return [self._draft(read, turn, number, *proposal) for proposal in proposals]

    def _clauses(self, read: _Read) -> list[tuple[int, int]]:
        text = read.sentence.text
        cuts = [0]
        if re.search(r"[\u3400-\u9fff]，", text):
            for found in re.finditer("，", text):
                if any(t.start > found.start() for t in read.triggers) and any(cuts[-1] <= t.start < found.start() for t in read.triggers):
                    cuts.append(found.end())
        for found in () if len(cuts) > 1 else _CLAUSE_CUT.finditer(text):
            left, right = text[cuts[-1] : found.start()], text[found.end() :]
            if len(left) > 25 and len(right) > 20 and any(t.start >= found.end() for t in read.triggers) and any(cuts[-1] <= t.start < found.start() for t in read.triggers):
                cuts.append(found.end())
        cuts.append(len(text))
        return list(zip(cuts, cuts[1:], strict=False))

    def _scene(self, number: int, read: _Read, start: int, end: int) -> Scene:
        whole = start == 0 and end == len(read.sentence.text)
        if whole:
            return Scene(read.sentence.text, read.mentions, read.goods, read.triggers, number, self.topic, self.document_target, self.home, self.is_statement, read.subjects)
        text = read.sentence.text[:end]
        text = " " * start + text[start:]
        inside = [m for m in read.mentions if start <= m.start < end]
        outside = [m for m in read.mentions if m.start < start]
        topic = self.topic
        if outside:
            targets = [m.code for m in outside if m.code in SANCTIONED]
            actors = [m.actor for m in outside if m.code not in COALITION | FRIENDS | {"RUS", "ANY", "THIRD"}]
            topic = replace(
                topic,
                target=("RUS" if "RUS" in targets else targets[0]) if targets else topic.target,
                target_at=number if targets else topic.target_at,
                actors=tuple(dict.fromkeys(actors)) or topic.actors,
                actors_at=number if actors else topic.actors_at,
                claim_at=number if targets and actors else topic.claim_at,
                claim_actors=tuple(dict.fromkeys(actors)) if targets and actors else topic.claim_actors,
                claim_target=("RUS" if "RUS" in targets else targets[0]) if targets and actors else topic.claim_target,
            )
        return Scene(
            text,
            inside,
            [g for g in read.goods if start <= g.start < end],
            [t for t in read.triggers if start <= t.start < end],
            number,
            topic,
            self.document_target,
            self.home,
            self.is_statement,
            read.subjects,
        )

    def _anaphoric(self, number: int, read: _Read, turn: Turn) -> list[tuple[Role, Stance, float, int, int]]:
        """A denial or a warning of a few words that takes up the claim before."""
        topic = self.topic
        text = read.sentence.text
        if not topic.is_alive(number, 5) or topic.action is None or (turn.is_question and not _ANAPHORIC_QUESTION.search(text)):
            return []
        if any(m.code not in COALITION and m.actor not in topic.claim_actors and m.code not in (topic.claim_target, "UKR") for m in read.mentions):
            return []
        end = len(text)
        if _REFUSAL.search(text):
            return []
        action = Action.SUPPLY if topic.action == Action.CONSEQUENCE else topic.action
        asks = _ANAPHORIC_QUESTION.search(text) if turn.is_question else None
        if asks and topic.is_alive(number, 3) and text.rstrip().endswith("?") and action != Action.STOP:
            trigger = Trigger(Kind.SUPPLY, Form.VERB, asks.start(), asks.end(), asks.group())
            return [(Role(actor, action, topic.claim_target, trigger, None, None, tuple(read.goods), 0.45), Stance.QUESTION, 0.7, 0, end) for actor in topic.claim_actors[:2]]
        if turn.is_question:
            return []
        found = _ANAPHORIC_DENIAL.search(text)
        if found and len(text) < 220 and action != Action.STOP:
            trigger = Trigger(Kind.SUPPLY, Form.VERB, found.start(), found.end(), found.group())
            goods = tuple(read.goods)
            return [
                (Role(actor, action, topic.claim_target, trigger, None, None, goods, 0.5), Stance.DENIAL, 0.7, 0, end)
                for actor in topic.claim_actors[:2]
            ]
        found = _ANAPHORIC_WARNING.search(text)
        if found:
            actor = next((a for a in topic.claim_actors if a not in ("USA", "EU")), None)
            if actor is not None and topic.action != Action.STOP:
                trigger = Trigger(Kind.CONSEQUENCE, Form.VERB, found.start(), found.end(), found.group())
                return [(Role(actor, Action.CONSEQUENCE, topic.claim_target, trigger, None, None, (), 0.45), Stance.WARNING, 0.6, 0, end)]
        return []

    def _merged(self, proposals: list[tuple[Role, Stance, float, int, int]], read: _Read) -> list[tuple[Role, Stance, float, int, int]]:
        """One record for an actor, action and target of one stance; spans grow to the sentence where all stances agree."""
        seen: dict[tuple[str | None, Action, str | None, Stance], tuple[Role, Stance, float, int, int]] = {}
        for proposal in proposals:
            role, stance, *_ = proposal
            key = (role.actor, role.action, role.target, stance)
            if key not in seen or role.confidence > seen[key][0].confidence:
                seen[key] = proposal
        out = list(seen.values())
        consequence = {(p[0].actor or "").removeprefix("companies:") for p in out if p[0].action == Action.CONSEQUENCE}
        out = [
            p
            for p in out
            if p[0].action == Action.CONSEQUENCE or (p[0].actor or "").removeprefix("companies:") not in consequence or p[1] == Stance.DENIAL
        ]
        if len({p[1] for p in out}) == 1:
            length = len(read.sentence.text)
            return [(role, stance, sure, 0, length) for role, stance, sure, _, _ in out]
        return out

    # ------------------------------------------------------------ who says so

    def _speaker(self, read: _Read, turn: Turn, number: int, role: Role, stance: Stance) -> tuple[str | None, str | None, tuple[str, ...], Evidence, bool]:
        """Speaker, who uttered it, chain, what that rests on, and whether another's words are passed on."""
        uttered = self._uttered(turn)
        chain = [uttered] if uttered else []
        sources = [a for a in read.attributions if self._is_source(a, read, role)]
        addressed = self._addressed(read, turn, role)
        if addressed is not None and not sources:
            return addressed, uttered, tuple([*chain, addressed]), Evidence("you", None, None, 0.6, "pronoun"), True
        quoted = self._quoted_speaker(read)
        if quoted is not None:
            chain = [*chain, quoted] if uttered and quoted != uttered else [quoted]
            return quoted, quoted, tuple(chain), Evidence(quoted, None, None, 0.7, "context"), False
        if self._is_untagged_report() and re.search(r"(?i)\bwas asked (?:about|whether|if)\b|\basked (?:by|about)\b", read.sentence.text):
            return "unnamed questioner", uttered, tuple([*chain, "unnamed questioner"]), Evidence("was asked", None, None, 0.6, "context"), True
        if sources:
            names = [name for name in self._names(sources, read) if uttered is None or name.lower() != uttered.lower()]
            if names:
                first = sources[-1]
                where = read.sentence.start
                return (
                    names[-1],
                    uttered,
                    tuple([*chain, *[n for n in names if n != uttered]]),
                    Evidence(first.name, where + first.start, where + first.end, 0.75 if first.kind != "pronoun" else 0.55, "named" if first.kind != "pronoun" else "pronoun"),
                    True,
                )
        if self.voices.is_report and self.voices.principal and not turn.tag:
            chain = [*( [self.voices.publisher] if self.voices.publisher else []), self.voices.principal]
            return self.voices.principal, self.voices.publisher or self.voices.principal, tuple(chain), Evidence(self.title, None, None, 0.7, "title"), self.voices.publisher is not None
        how = "tag" if turn.tag else "title"
        return uttered, uttered, tuple(chain), Evidence(turn.tag or self.title, None, None, 0.95 if turn.tag else 0.6, how), False

    def _uttered(self, turn: Turn) -> str | None:
        if turn.tag is None:
            if self.voices.principal and not self.voices.is_report:
                return self.voices.principal
            return self.voices.publisher
        if turn.is_question:
            if turn.tag.endswith(" (question)"):
                return turn.tag.removesuffix(" (question)")
            return "Q" if re.fullmatch(r"(?i)q|question|reporter|press", turn.tag) else turn.tag
        return " ".join(turn.tag.split())

    def _is_source(self, one: Attribution, read: _Read, role: Role) -> bool:
        text = read.sentence.text
        lead = text[max(0, one.start - 40) : one.start]
        if re.search(r"(?i)\b(?:can|could|would|will|did|does|do|has|have|is|are|was|to|with|for|on|whether|if|wants?|want|asked?|hope|when|what|how|why)\s+$", lead) and one.kind in ("pronoun", "office", "president"):
            return False
        if re.search(r"(?i)\b(?:will|can|could|should|would|did|does|do|has|have)\s+(?:the\s+)?$", lead):
            return False
        if re.search(r"(?i)\b(?:told|tell|telling|with|to|warn(?:ed)?|press|pressed|urged|asked|visit|meet|met|call|of|against|by)\s+(?:the\s+)?$", lead) and one.verb not in ("",):
            return False
        actor = role.actor or ""
        codes = {m.code for m in find_mentions(one.name)}
        if one.kind in ("president", "group", "person") and actor.removeprefix("companies:") in codes and one.verb in ("asked", "believe", "believes", "believed", "convey", "estimate", "added"):
            return False
        if one.kind == "president" and codes and codes <= {role.target, actor.removeprefix("companies:")} and one.verb not in ("said", "says", "denied", "denies", "claims", "claimed", "rejected", "insists"):
            return False
        if one.kind == "pronoun":
            return one.name.lower() in ("he", "she", "it", "they") and one.end <= role.trigger.start + 40 and not one.verb.startswith(("ask", "believe")) and self._pronoun_source(one, read) is not None
        if one.verb in ("asked", "ask", "believe", "believes", "believed"):
            return False
        return one.end <= role.trigger.start + 2 or one.verb == "" or one.start > role.trigger.end or bool(re.match(r"(?i)warn|made|conveyed|described|detailed|outlined|express|raised", one.verb))

    def _pronoun_source(self, one: Attribution, read: _Read) -> str | None:
        at, before = self.last_source
        if one.name.lower() in ("he", "she"):
            named = self._person_before(one, read)
            if named is not None:
                return named
        if one.name.lower() == "they":
            state = next((code for code in self.topic.actors if ":" not in code), None)
            return areas()[state].name if state in areas() else None
        if before:
            return self._name(before[-1])
        if one.name.lower() == "he" and self.voices.president and any(part.tag for part in self.parts):
            return self.voices.president
        if one.name.lower() == "he" and self.voices.principal:
            return self.voices.principal
        if one.name.lower() == "it" and one.verb in ("says", "said"):
            return "the readout" if "readout" in self.text[:8000].lower() else None
        del at
        return None

    def _person_before(self, one: Attribution, read: _Read) -> str | None:
        """The person named last before a pronoun, in its sentence or the one before of the same turn."""
        text = read.sentence.text[: one.start]
        at = next((k for k, each in enumerate(self.reads) if each is read), 0)
        if at > 0:
            text = self.reads[at - 1].sentence.text + " " + text
        found = list(person_names(text))
        return self._name(Attribution(found[-1], "person", "", 0, 0)) if found else None

    def _names(self, sources: list[Attribution], read: _Read) -> list[str]:
        """Names of sources, the nearest first: a paper before officials before a person."""
        rank = {"media": 0, "reports": 0, "group": 1, "president": 2, "person": 2, "pronoun": 2}
        out: list[str] = []
        for one in sorted(sources, key=lambda a: rank.get(a.kind, 2)):
            name = self._pronoun_source(one, read) if one.kind == "pronoun" else self._name(one)
            if name and self._is_untagged_report():
                name = self._full_name(name)
            if name and name not in out:
                out.append(name)
        persons = [a for a in sources if a.kind in ("person", "president", "pronoun")]
        if len(persons) > 1 and not any(a.kind in ("media", "group") for a in sources):
            out = [self._name(persons[0]) if persons[0].kind != "pronoun" else (self._pronoun_source(persons[0], read) or "")]
            last = self._name(persons[-1])
            if last not in out and persons[-1].kind != "pronoun":
                out.append(last)
            out = [name for name in out if name]
        return out

    def _name(self, one: Attribution) -> str:
        name = re.sub(r"[’']s$", "", one.name)
        if _PRESIDENT.fullmatch(name) and self.voices.president:
            return self.voices.president
        if re.fullmatch(r"(?i)the secretary", name) and self.voices.secretary:
            return self.voices.secretary
        return re.sub(r"^(?:the|a|an|some|our|my)\s+(?=(?:Financial|New York|Wall Street|Washington|U\.S\.|US)\b)", "", name, flags=re.I)

    def _addressed(self, read: _Read, turn: Turn, role: Role) -> str | None:
        """The one who answers, where a questioner says what ``you`` said."""
        found = _YOU_SAID.search(read.sentence.text) if turn.is_question and not read.sentence.text.rstrip().endswith("?") else None
        if found is None or found.start() > role.trigger.start:
            return None
        following = (each for each in self.parts[read.sentence.turn + 1 :] if not each.is_question and each.tag)
        return next((" ".join((each.tag or "").split()) for each in following), None)

    def _is_untagged_report(self) -> bool:
        return self.voices.is_report and not any(part.tag for part in self.parts)

    def _quoted_speaker(self, read: _Read) -> str | None:
        """Who is quoted, where a report gives most of a sentence in quotation marks; ``None`` elsewhere."""
        if not self._is_untagged_report():
            return None
        same = [each for each in self.reads if each.sentence.paragraph == read.sentence.paragraph]
        first = same[0].sentence.start
        before = self.text[first : read.sentence.start]
        opened = before.count("“") > before.count("”") or before.count('"') % 2 == 1
        text = read.sentence.text.lstrip()
        if not opened and not text.startswith(("“", '"')):
            return None
        at = same.index(read)
        for each in [*same[at:], *reversed(same[:at])]:
            for one in each.attributions:
                outside = self._is_outside_quotes(first, each.sentence.start + one.start)
                if outside and one.verb in ("said", "says", "told", "added", "adding", "noted", "stated", "argued", "warned", "say"):
                    return self._pronoun_source(one, read) if one.kind == "pronoun" else self._full_name(self._name(one))
        return None

    def _is_outside_quotes(self, start: int, position: int) -> bool:
        before = self.text[start:position]
        return before.count("“") <= before.count("”") and before.count('"') % 2 == 0

    def _full_name(self, name: str) -> str:
        """A surname with the first name that the text gives elsewhere."""
        if " " in name or self.text.isascii() and not name.isalpha():
            return name
        found = re.search(rf"\b([A-Z][a-z’'-]+\s+(?:[A-Z]\.\s+)?){re.escape(name)}\b", self.text)
        return " ".join(found.group().split()) if found and not re.match(r"(?:President|Secretary|Minister|Mr|The|And|But|When|Said)\b", found.group()) else name

    # ------------------------------------------------------------ the record

    def _draft(self, read: _Read, turn: Turn, number: int, role: Role, stance: Stance, sure: float, start: int, end: int) -> Draft:
        sentence = read.sentence
        clause = sentence.text[start:end]
        speaker, uttered, chain, evidence, passed = self._speaker(read, turn, number, role, stance)
        if passed and stance == Stance.ASSERTION:
            stance = Stance.REPORTED
        at = sentence.start
        sources = [a for a in read.attributions if a.kind in ("person", "president", "media")]
        if sources:
            self.last_source = (number, sources[-1:])
        period = period_of(sentence.text)
        degree = degree_of(clause)
        audience = audience_of(sentence.text, read.mentions)
        goods: list[DraftGoods] = []
        for term in role.goods:
            if not any(g.phrase == term.phrase for g in goods):
                goods.append(DraftGoods(term.phrase, term.group))
        if any(g.group != GoodsGroup.UNSPECIFIED for g in goods):
            goods = [g for g in goods if g.group != GoodsGroup.UNSPECIFIED or re.search(r"(?i)support|assistance|aid|trade|goods|equipment", g.phrase or "")]
        fields: dict[str, Evidence] = {
            "stance": Evidence(role.trigger.words, at + role.trigger.start, at + role.trigger.end, sure),
            "action": Evidence(role.trigger.words, at + role.trigger.start, at + role.trigger.end, 0.85 if not role.trigger.is_weak else 0.7),
            "speaker": evidence,
        }
        for field, mention, code in (("actor", role.actor_mention, role.actor), ("target", role.target_mention, role.target)):
            if mention is not None:
                fields[field] = Evidence(mention.words, at + mention.start, at + mention.end, 0.9)
            elif code is not None:
                fields[field] = Evidence("", None, None, 0.55, "context")
        if role.goods:
            fields["goods"] = Evidence("; ".join(g.phrase for g in role.goods), at + role.goods[0].start, at + role.goods[-1].end, 0.85)
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
            speaker=speaker,
            uttered_by=uttered,
            office=self._office(speaker),
            chain=chain,
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

    def _office(self, speaker: str | None) -> str | None:
        if speaker is None or speaker == "Q":
            return None
        if speaker not in self.offices:
            self.offices[speaker] = office_of(speaker, self.text, self.title)
        return self.offices[speaker]

