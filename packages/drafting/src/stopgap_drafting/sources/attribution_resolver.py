"""Resolve attribution: the speaker of each claim and its chain of sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stopgap.claims.claim import Action
from stopgap.claims.drafting.draft import Evidence
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.clause import Role, economy_of
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.features.ngram_features import stem
from stopgap_drafting.lexicon.economies import codes_in
from stopgap_drafting.lexicon.patterns import pattern, words
from stopgap_drafting.models import ensemble
from stopgap_drafting.models.linear_model import odds
from stopgap_drafting.sources.source_names import TIME, SourceNames, may_be
from stopgap_drafting.sources.speakers import Voices
from stopgap_drafting.text.attribution import Attribution, kind_of, person_names, saying_verbs
from stopgap_drafting.text.noun_phrases import phrases_in
from stopgap_drafting.text.segments import Turn

if TYPE_CHECKING:
    from stopgap_drafting.models.encoder import EncoderOutput
    from stopgap_drafting.models.encoder_input import Place

_YOU_SAID = pattern(
    r"\byou(?:'ve| have| guys| all)? (?:\w+ )?(?:said|say|told (?:us|the|a|him|her|them|me|[A-Z]\w+)|mentioned|warned|announced|confirmed|acknowledged|posted|testified|wrote|called|put out|disclosed|laid out|noted|argued|pointed out|made (?:it )?(?:very |quite |pretty )?clear|suggested|described|promised)\b|\byou(?:'ve| have) (?:\w+ )?been (?:saying|talking about|warning|telling us)\b|\byou (?:talked|spoke) about\b"
)


THEN_ASKS = pattern(
    r"(?:,|;| [—–-]) (?:so |and |but )?(?:why|how|what|is|are|do|does|did|will|would|can|could|have|has|should)\b[^,;]*\?\W*$"
)
"""A question that follows on what is told before it."""


_GOVERNMENT = pattern(
    r"\b(?:White House|Treasury|State Department|Commerce|Department of|Administration|OFAC|Pentagon|U\.S\.|US|United States)\b",
    0,
)
_MOST_PHRASES = 10
"""Of those named in a sentence, or before a pronoun, that are weighed."""
_QUESTIONER = "unnamed questioner"
_SAYS = pattern(
    r"(?:ha[sv]e? )?(?:says?|said|claims?|claimed|insists?|insisted|den(?:y|ies|ied)|admit(?:s|ted)?|argues?|argued|stated|reported|reports|announced|warned|warns)"
)
_TAKES_MEASURES = pattern(
    r"\b(?:it|they|we)(?:'s|'re|'ve| is| are| will| has| have| was| were| would)?(?: be)?(?: also)? (?:sanction|designat|restrict|impos|add|block|freez|bann|list|tighten|expand|cut off|cutting off)\w*"
)
_BEFORE_OPENING = pattern(
    r"(?:(?:and|but|so|now|well|look|yes|yeah|no|again|also|obviously|of course|i mean|you know|yesterday|today|last week|this morning),? )*(?:the )?"
)
_TOLD_US = pattern(r"\b(?:they|he|she|it)(?:[’']ve|[’']s| have| has)?(?: also)? (?:told|assured|promised) (?:us|me)\b")
"""What an answer passes on, and does not claim itself."""
_WAS_ASKED = pattern(r"\b(?:was|were|been) asked (?:about|whether|if)\b")
_ASKER = pattern(r"(?:q|question|reporter|press|journalist)\.?(?: ?\([^)]*\))?")
_OF_OTHERS = words(
    "show shows showed found finds suggest suggests suggested indicates indicated raised raises express expressed expresses convey conveyed "
    "believe believes believed asked describes described detailed outlined voiced estimates estimated warning warn complained published wrote"
)
"""Verbs of saying by which an economy whose conduct is at issue is not likely to speak of itself."""


@dataclass(frozen=True)
class StatementSource:
    """Who said something.

    Attributes:
        speaker: Who is said to have said it; ``None`` where the text leaves it open.
        uttered_by: Whose words they are in the text.
        chain: Sources, nearest first.
        evidence: What the speaker rests on.
        is_passed_on: Whether another's words are passed on.
    """

    speaker: str | None
    uttered_by: str | None
    chain: tuple[str, ...]
    evidence: Evidence
    is_passed_on: bool

    @property
    def place(self) -> Place | None:
        """Of the words that stand for the speaker."""
        first, last = self.evidence.start, self.evidence.end
        return None if first is None or last is None else (first, last)


class AttributionResolver(SourceNames):
    """Who says so, sentence by sentence; remembers whom the text named, and who spoke last."""

    def __init__(
        self,
        text: str,
        title: str,
        parts: Sequence[Turn],
        voices: Voices,
        reads: Sequence[AnnotatedSentence],
        topic: Topic,
    ) -> None:
        super().__init__(text, title, parts, voices, reads, topic)
        self.before: tuple[int, Turn | None, StatementSource | None] = (-99, None, None)
        self.paragraphs: dict[int, list[AnnotatedSentence]] = {}
        for each in reads:
            self.paragraphs.setdefault(each.sentence.paragraph, []).append(each)

    def heard(self) -> tuple[list[Attribution], tuple[int, Turn | None, StatementSource | None]]:
        """Whom the sentences so far have named, to be given back to :meth:`hear_again`."""
        return self.last, self.before

    def hear_again(self, heard: tuple[list[Attribution], tuple[int, Turn | None, StatementSource | None]]) -> None:
        """Forgets what was heard since."""
        self.last, self.before = heard

    def source_of(
        self, read: AnnotatedSentence, turn: Turn, role: Role, wording: Iterable[str], told: EncoderOutput | None
    ) -> StatementSource:
        """The likeliest of those who may have said it."""
        found = self.candidates(read, turn, role, wording)

        def odds_of(name: str) -> float:
            source, signals = found[name]
            return ensemble.source(
                odds("source", signals, is_glossed=read.sentence.is_glossed),
                told,
                source.place,
                is_passed_on=source.is_passed_on,
            )

        is_question = _QUESTIONER in found and self._tells_of_a_question(read)
        opening = self._opening(read, turn, role)
        may = found
        if not turn.is_question and _TOLD_US.search(read.sentence.text, 0, role.trigger.start):
            may = {each: weighed for each, weighed in found.items() if weighed[0].is_passed_on} or found
        name = _QUESTIONER if is_question else opening if opening in found else max(may, key=odds_of)
        source = found[name][0]
        self.before = (self.places[id(read)], turn, source)
        return source

    def candidates(
        self, read: AnnotatedSentence, turn: Turn, role: Role, wording: Iterable[str]
    ) -> dict[str, tuple[StatementSource, set[str]]]:
        """Who may have said it, by name, with what speaks for and against each.

        Args:
            read: The sentence.
            turn: Whose turn it stands in.
            role: What it says.
            wording: Its stems.
        """
        uttered = self._uttered(turn)
        out: dict[str, tuple[StatementSource, set[str]]] = {}

        def add(source: StatementSource, *signals: str) -> None:
            known = out.setdefault((source.speaker or "").lower(), (source, set()))
            known[1].update(signals)

        kinds = {f"source {one.kind}" for one in read.attributions}
        verbs = {f"verb {one.verb}" for one in read.attributions}
        asked = "asked" if turn.is_question else "told"
        mark = "?" if read.sentence.text.rstrip(' ”"').endswith("?") else "."
        add(
            self.own(turn),
            "own", f"own {asked}{mark}", f"own of {min(3, len(read.attributions))}", *(f"own, {each}" for each in kinds | verbs),
            *(f"own {word}" for word in wording), f"own, report {self.is_untagged_report()}",
        )  # fmt: skip
        ruled = self._ruled(read, turn, role)
        add(ruled, "rule", f"rule passes on {ruled.is_passed_on}", f"rule {asked}{mark}", f"rule {ruled.evidence.how}")
        for place, one in enumerate(read.attributions):
            name = self.name_of(one, read)
            if name and self.is_untagged_report():
                name = self.full_name(name)
            if not name:
                continue
            at = read.sentence.start
            how = "pronoun" if one.kind == "pronoun" else "named"
            evidence = Evidence(one.name, at + one.start, at + one.end, 0.6, how)
            add(_passed_on(name, uttered, evidence), *self._of_attribution(read, one, place, role, asked + mark))
        for name, evidence, signals in self._phrases(read, role, asked + mark):
            add(_passed_on(name, uttered, evidence), *signals)
        for name, evidence, signals in self._antecedents(read):
            add(_passed_on(name, uttered, evidence), *signals)
        addressed = self._addressed(read, turn, role)
        if addressed is not None:
            name, evidence = addressed
            add(_passed_on(name, uttered, evidence), "you", f"you {mark}")
        for name, evidence, signals in self._said_before(read, turn, asked + mark):
            add(_passed_on(name, uttered, evidence), *signals)
        last, before, source = self.before
        since = self.places[id(read)] - last
        if source is not None and source.is_passed_on and before is turn and since <= 3:
            carried = replace(source, evidence=replace(source.evidence, how="context", confidence=0.4))
            add(
                carried, "carried", f"carried {since}", f"carried {asked}{mark}", f"carried, {len(read.attributions)} sources",
                *(f"carried {word}" for word in wording), *(f"carried, {each}" for each in kinds),
            )  # fmt: skip
        return out

    def _phrases(
        self, read: AnnotatedSentence, role: Role, asked: str
    ) -> Iterator[tuple[str, Evidence, tuple[str, ...]]]:
        """Whoever a sentence names that can speak, with the words around it."""
        text = read.sentence.text
        phrases = phrases_in(text)[:_MOST_PHRASES]
        says = [verb.start() for verb in saying_verbs(text)]
        for place, phrase in enumerate(phrases):
            kind = kind_of(phrase.words)
            until = phrases[place + 1].start if place + 1 < len(phrases) else len(text)
            way = "says" if any(phrase.end <= at <= until for at in says) else "does"
            before = [stem(word) for word in text[: phrase.start].split()[-2:]]
            after = [stem(word) for word in text[phrase.end :].split()[:2]]
            codes = codes_in(phrase.words)
            signals = (
                "phrase", f"phrase {kind}", f"phrase {kind} {asked}", f"phrase {min(place, 3)}", f"phrase after {' '.join(before[-1:])}",
                f"phrase after {' '.join(before)}", f"phrase then {' '.join(after[:1])}", f"phrase then {' '.join(after)}",
                f"phrase {kind} {min(place, 3)} then {' '.join(after[:1])}", f"phrase; {way}", f"phrase {kind}; {way} {asked}",
                f"phrase {min(place, 3)}; {way}", f"phrase; {way}, {' '.join(after[:1])}", f"phrase {'before' if phrase.end <= role.trigger.start else 'after'}",
                f"phrase actor {economy_of(role.actor) in codes}, target {role.target in codes}",
            )  # fmt: skip
            at = read.sentence.start
            evidence = Evidence(phrase.words, at + phrase.start, at + phrase.end, 0.4, "named")
            yield self.name(self.owned(phrase.words, read, phrase.start)), evidence, signals

    def _antecedents(self, read: AnnotatedSentence) -> list[tuple[str, Evidence, tuple[str, ...]]]:
        """Whom a pronoun of saying may stand for: those who spoke or were named before it."""
        said = next((one for one in read.attributions if one.kind == "pronoun"), None)
        if said is None:
            return []
        number, pronoun = self.places[id(read)], said.name.lower()
        is_person = pronoun in ("he", "she")
        out: dict[str, tuple[str, ...]] = {}
        for back in range(7):
            if number < back:
                break
            earlier = self.reads[number - back]
            same = earlier.sentence.turn == read.sentence.turn
            heard = earlier.attributions if back else []
            named = [(self.name_of(one, earlier) or "", one.kind) for one in reversed(heard) if one.kind != "pronoun"]
            phrases = [
                self.owned(phrase.words, earlier, phrase.start)
                for phrase in phrases_in(earlier.sentence.text)
                if back or phrase.end <= said.start
            ]
            if is_person and back:
                named += [(name, "named") for name in reversed(person_names(earlier.sentence.text))]
            if back <= 3:
                named += [(self.name(words), f"phrase {kind_of(words)}") for words in reversed(phrases)]
            if not is_person and 0 < back <= 3:
                named += [
                    (m.words.removesuffix("’s").removesuffix("'s"), "economy")
                    for m in reversed(earlier.mentions)
                    if not m.firms
                ]
            for name, kind in named:
                place = len(out)
                if name and name not in out and place < _MOST_PHRASES and may_be(pronoun, name, self.voices):
                    out[name] = (
                        f"{pronoun} for {kind}", f"{pronoun} for {kind}, {min(back, 4)} before", f"{pronoun} for {kind}, {place}",
                        f"{pronoun} for {kind}, same turn {same}", f"{pronoun} {said.verb}",
                    )  # fmt: skip
        at = read.sentence.start
        evidence = Evidence(said.name, at + said.start, at + said.end, 0.4, "pronoun")
        return [(name, evidence, signals) for name, signals in out.items()]

    def _said_before(
        self, read: AnnotatedSentence, turn: Turn, asked: str
    ) -> Iterator[tuple[str, Evidence, tuple[str, ...]]]:
        """Whom the sentence before names as one who says something, which may go on: "She made two points. China …"."""
        number = self.places[id(read)]
        earlier = self.reads[number - 1] if number else None
        if earlier is None or earlier.sentence.turn != read.sentence.turn:
            return
        first = stem(next(iter(read.sentence.text.split()), ""))
        text = earlier.sentence.text
        for one in earlier.attributions:
            name = self.name_of(one, earlier)
            if name is None:
                continue
            at = earlier.sentence.start
            yield name, Evidence(one.name, at + one.start, at + one.end, 0.4, "context"), (
                "said before", f"said before {one.kind}", f"said before {one.verb}", f"said before {asked}", f"said before, then {first}",
                f"said before, {min(2, len(read.attributions))} sources", f"said before, ends {text.rstrip()[-1:]}",
                f"said before {one.kind} {one.verb}",
            )  # fmt: skip

    def _of_attribution(
        self, read: AnnotatedSentence, one: Attribution, place: int, role: Role, asked: str
    ) -> set[str]:
        text = read.sentence.text
        codes = codes_in(one.name)
        side = "before" if one.start <= role.trigger.start else "after"
        lead = text[: one.start].split()[-1:]
        then = text[one.end :].split()[:1]
        out = {
            f"{one.kind}", f"verb {one.verb}", f"{one.kind} {one.verb}", f"{one.kind} {side}", f"{one.kind} {asked}",
            f"{one.kind} {min(place, 2)} of {min(3, len(read.attributions))}", f"{one.kind} {side} {role.action.value}",
            f"after {stem(lead[0]) if lead else ''}", f"then {stem(then[0]) if then else ''}", f"{one.kind} then {stem(then[0]) if then else ''}",
        }  # fmt: skip
        if economy_of(role.actor) in codes:
            out |= {"names the actor", f"names the actor, {one.verb}"}
        if role.target in codes:
            out |= {"names the target", f"names the target, {one.verb}"}
        if _GOVERNMENT.search(one.name):
            out |= {"own government", f"own government, {role.action.value}", f"own government, {one.verb}"}
        if one.kind == "pronoun":
            out |= {f"pronoun {one.name.lower()}", f"pronoun {one.name.lower()} {one.verb}"}
        if not self._is_source(one, read, role):
            out.add("no source by rule")
        return out

    def _ruled(self, read: AnnotatedSentence, turn: Turn, role: Role) -> StatementSource:
        """Who says it by rules alone: speaker, who uttered it, chain, what that rests on, and whether another's words are passed on."""
        uttered = self._uttered(turn)
        chain = [uttered] if uttered else []
        sources = [
            a
            for a in read.attributions
            if self._is_source(a, read, role) and not self._is_own_government(a, turn, role)
        ]
        addressed = self._addressed(read, turn, role)
        if addressed is not None and not sources:
            name, evidence = addressed
            return _passed_on(name, uttered, evidence)
        quoted = self._quoted_speaker(read)
        if quoted is not None:
            chain = [*chain, quoted] if uttered and quoted != uttered else [quoted]
            return StatementSource(quoted, quoted, tuple(chain), Evidence(quoted, None, None, 0.7, "context"), False)
        if self._tells_of_a_question(read):
            return _passed_on(_QUESTIONER, uttered, Evidence("was asked", None, None, 0.6, "context"))
        if sources:
            names = [name for name in self.names(sources, read) if uttered is None or name.lower() != uttered.lower()]
            if names:
                first = sources[-1]
                where = read.sentence.start
                return StatementSource(
                    names[-1],
                    uttered,
                    (*chain, *[n for n in names if n != uttered]),
                    Evidence(
                        first.name,
                        where + first.start,
                        where + first.end,
                        0.75 if first.kind != "pronoun" else 0.55,
                        "named" if first.kind != "pronoun" else "pronoun",
                    ),
                    True,
                )
        if self.voices.is_report and self.voices.principal and not turn.tag:
            chain = [*([self.voices.publisher] if self.voices.publisher else []), self.voices.principal]
            return StatementSource(
                self.voices.principal,
                self.voices.publisher or self.voices.principal,
                tuple(chain),
                Evidence(self.title, None, None, 0.7, "title"),
                True,
            )
        return self.own(turn)

    def own(self, turn: Turn) -> StatementSource:
        """The one whose turn it is, for own words; a question is the asker's own, whatever it names."""
        uttered = self._uttered(turn)
        confidence, how = (0.95, "tag") if turn.tag else (0.6, "title")
        evidence = Evidence(turn.tag or self.title, None, None, confidence, how)
        return StatementSource(uttered, uttered, (uttered,) if uttered else (), evidence, False)

    def _uttered(self, turn: Turn) -> str | None:
        if turn.tag is None:
            if self.voices.principal and not self.voices.is_report:
                return self.voices.principal
            return self.voices.publisher
        if turn.is_question:
            if turn.tag.endswith(" (question)"):
                return turn.tag.removesuffix(" (question)")
            asker = _ASKER.fullmatch(turn.tag)
            return "Q" if asker else turn.tag
        return " ".join(TIME.sub("", turn.tag).split())

    def _is_source(self, one: Attribution, read: AnnotatedSentence, role: Role) -> bool:
        text = read.sentence.text
        lead = text[max(0, one.start - 40) : one.start]
        if re.search(
            r"(?i)\b(?:can|could|would|will|did|does|do|has|have|is|are|was|to|with|for|on|whether|if|wants?|want|asked?|hope|when|what|how|why)\s+$",
            lead,
        ) and one.kind in ("pronoun", "office", "president"):
            return False
        if re.search(r"(?i)\b(?:will|can|could|should|would|did|does|do|has|have)\s+(?:the\s+)?$", lead):
            return False
        if re.search(
            r"(?i)\b(?:told|tell|telling|with|to|warn(?:ed)?|press|pressed|urged|asked|visit|meet|met|call|of|against|by)\s+(?:the\s+)?$",
            lead,
        ) and one.verb not in ("",):
            return False
        actor = role.actor or ""
        codes = codes_in(one.name)
        if (
            one.kind in ("president", "group", "person")
            and actor.removeprefix("companies:") in codes
            and one.verb in ("asked", "believe", "believes", "believed", "convey", "estimate", "added")
        ):
            return False
        if (
            one.kind == "president"
            and codes
            and codes <= {role.target, actor.removeprefix("companies:")}
            and one.verb in _OF_OTHERS
        ):
            return False
        if one.kind == "pronoun":
            return (
                one.name.lower() in ("he", "she", "it", "they")
                and one.end <= role.trigger.start + 40
                and not one.verb.startswith(("ask", "believe"))
                and self.pronoun_source(one, read) is not None
            )
        if one.verb in ("asked", "ask", "believe", "believes", "believed"):
            return False
        return (
            one.end <= role.trigger.start + 2
            or one.verb == ""
            or one.start > role.trigger.end
            or bool(re.match(r"(?i)warn|made|conveyed|described|detailed|outlined|express|raised", one.verb))
        )

    def _is_own_government(self, one: Attribution, turn: Turn, role: Role) -> bool:
        """Whether a briefer tells a measure of the government that the briefer speaks for: it stays the briefer's."""
        return (
            turn.tag is not None
            and not turn.is_question
            and self.voices.president is not None
            and role.action in (Action.CONSEQUENCE, Action.STOP)
            and one.kind != "person"
            and _GOVERNMENT.search(one.name) is not None
        )

    def _addressed(self, read: AnnotatedSentence, turn: Turn, role: Role) -> tuple[str, Evidence] | None:
        """The one who answers, where a questioner says what ``you`` said, and the ``you``."""
        text = read.sentence.text
        found = _YOU_SAID.search(text) if turn.is_question else None
        if found is None or found.start() > role.trigger.start:
            return None
        if text.rstrip().endswith("?"):
            asks = THEN_ASKS.search(text)
            if asks is None or role.trigger.end > asks.start():
                return None
        following = (each for each in self.parts[read.sentence.turn + 1 :] if not each.is_question and each.tag)
        name = next((" ".join((each.tag or "").split()) for each in following), None)
        at = read.sentence.start + found.start()
        return None if name is None else (name, Evidence("you", at, at + len("you"), 0.6, "pronoun"))

    def _opening(self, read: AnnotatedSentence, turn: Turn, role: Role) -> str | None:
        """Who says so where a sentence opens with it: ``Beijing says that it …``.

        What the own government of the one who answers says is weighed as ever, but for measures that it takes itself, which are the speaker's.
        """
        one = read.attributions[0] if len(read.attributions) == 1 else None
        if one is None or one.kind in ("pronoun", "reports") or not _SAYS.fullmatch(one.verb):
            return None
        if one.end > role.trigger.start or not _BEFORE_OPENING.fullmatch(read.sentence.text[: one.start]):
            return None
        if not turn.is_question and _GOVERNMENT.search(one.name):
            own = self._uttered(turn) or ""
            return own.lower() if _TAKES_MEASURES.search(read.sentence.text, one.end) else None
        return (self.name_of(one, read) or "").lower()

    def _tells_of_a_question(self, read: AnnotatedSentence) -> bool:
        """Whether a report tells what somebody was asked, which is the questioner's."""
        return self.is_untagged_report() and _WAS_ASKED.search(read.sentence.text) is not None

    def _quoted_speaker(self, read: AnnotatedSentence) -> str | None:
        """Who is quoted, where a report gives most of a sentence in quotation marks; ``None`` elsewhere."""
        if not self.is_untagged_report():
            return None
        same = self.paragraphs[read.sentence.paragraph]
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
                if outside and one.verb in (
                    "said",
                    "say",
                    "says",
                    "told",
                    "added",
                    "adding",
                    "noted",
                    "stated",
                    "argued",
                    "warned",
                    "say",
                ):
                    return (
                        self.pronoun_source(one, each) if one.kind == "pronoun" else self.full_name(self.name(one.name))
                    )
        said_before = [a for a in self.last if a.kind in ("person", "president", "group")]
        return self.full_name(self.name(said_before[-1].name)) if said_before and at == 0 else None

    def _is_outside_quotes(self, start: int, position: int) -> bool:
        before = self.text[start:position]
        return before.count("“") <= before.count("”") and before.count('"') % 2 == 0


def _passed_on(name: str, uttered: str | None, evidence: Evidence) -> StatementSource:
    """Another's words, straight from whoever utters them."""
    return StatementSource(name, uttered, (uttered, name) if uttered else (name,), evidence, True)
