"""Who says so: the speaker of each claim, and the chain of sources by which it came."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stopgap.claims.claim import Action
from stopgap.claims.drafting.draft import Evidence
from stopgap.codes.areas import areas
from stopgap_drafting.annotate import ReadSentence
from stopgap_drafting.clause import Role, economy_of
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.features.ngram_features import stem
from stopgap_drafting.lexicon.economies import codes_in
from stopgap_drafting.lexicon.patterns import pattern, words
from stopgap_drafting.models import ensemble
from stopgap_drafting.models.linear_model import odds
from stopgap_drafting.sources.speakers import Voices, office_of
from stopgap_drafting.text.attribution import Attribution, kind_of, person_names, saying_verbs
from stopgap_drafting.text.noun_phrases import phrases_in
from stopgap_drafting.text.segments import Turn

if TYPE_CHECKING:
    from stopgap_drafting.models.encoder import Told
    from stopgap_drafting.models.encoder_input import Place

_YOU_SAID = pattern(
    r"\byou(?:'ve| have| guys| all)? (?:\w+ )?(?:said|say|told (?:us|the|a|him|her|them|me|[A-Z]\w+)|mentioned|warned|announced|confirmed|acknowledged|posted|testified|wrote|called|put out|disclosed|laid out|noted|argued|pointed out|made (?:it )?(?:very |quite |pretty )?clear|suggested|described|promised)\b|\byou(?:'ve| have) (?:\w+ )?been (?:saying|talking about|warning|telling us)\b|\byou (?:talked|spoke) about\b"
)


THEN_ASKS = pattern(
    r"(?:,|;| [—–-]) (?:so |and |but )?(?:why|how|what|is|are|do|does|did|will|would|can|could|have|has|should)\b[^,;]*\?\W*$"
)
"""A question that follows on what is told before it."""
_PRESIDENT = pattern(r"^(?:the |our |my )?President(?: of the United States)?$")


_GOVERNMENT = pattern(
    r"\b(?:White House|Treasury|State Department|Commerce|Department of|Administration|OFAC|Pentagon|U\.S\.|US|United States)\b",
    0,
)
_TITLES = words(
    "President Secretary Minister Chancellor Ambassador General Admiral Premier Press The And Said Advisor Adviser Spokesman Spokesperson Mr Ms Mrs Director Senator Representative King Prince Envoy Commissioner Thank Thanks"
)
_FULL_NAME = re.compile(r"\b(?P<first>[A-Z][a-z]{2,})\s+(?:[A-Z]\.\s+)?(?=(?P<last>[A-Z][\w’'-]{2,}))")
_TIME = re.compile(r"\(\d[\d:]*\)")
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
_TOLD_US = pattern(
    r"\b(?:they|he|she|it)(?:[’']ve|[’']s| have| has)?(?: also)? (?:told|assured|promised) (?:us|me)\b"
)
"""What an answer passes on, and does not claim itself."""
_WAS_ASKED = pattern(r"\b(?:was|were|been) asked (?:about|whether|if)\b")
_ASKER = pattern(r"(?:q|question|reporter|press|journalist)\.?(?: ?\([^)]*\))?")
_OF_OTHERS = words(
    "show shows showed found finds suggest suggests suggested indicates indicated raised raises express expressed expresses convey conveyed "
    "believe believes believed asked describes described detailed outlined voiced estimates estimated warning warn complained published wrote"
)
"""Verbs of saying by which an economy whose conduct is at issue is not likely to speak of itself."""


@dataclass(frozen=True)
class Source:
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


class Sourcing:
    """Who says so, sentence by sentence; remembers whom the text named last."""

    def __init__(
        self,
        text: str,
        title: str,
        parts: Sequence[Turn],
        voices: Voices,
        reads: Sequence[ReadSentence],
        topic: Topic,
    ) -> None:
        self.text = text
        self.title = title
        self.parts = parts
        self.voices = voices
        self.reads = reads
        self.topic = topic
        self.offices: dict[str, str | None] = {}
        self.last: list[Attribution] = []
        self.before: tuple[int, Turn | None, Source | None] = (-99, None, None)
        self.first_names = _first_names(text, parts)
        self.places = {id(read): k for k, read in enumerate(reads)}
        self.paragraphs: dict[int, list[ReadSentence]] = {}
        for each in reads:
            self.paragraphs.setdefault(each.sentence.paragraph, []).append(each)

    def heard(self) -> tuple[list[Attribution], tuple[int, Turn | None, Source | None]]:
        """Whom the sentences so far have named, to be given back to :meth:`hear_again`."""
        return self.last, self.before

    def hear_again(self, heard: tuple[list[Attribution], tuple[int, Turn | None, Source | None]]) -> None:
        """Forgets what was heard since."""
        self.last, self.before = heard

    def remember(self, read: ReadSentence) -> None:
        """Keep the person or paper that a sentence with a claim names, for the pronouns after it."""
        named = [a for a in read.attributions if a.kind in ("person", "president", "media")]
        if named:
            self.last = named[-1:]

    def pass_by(self, read: ReadSentence) -> None:
        """Keep whom a report names last, claim or none, for the quotations and pronouns after it."""
        if self._is_untagged_report():
            self.remember(read)

    def source_of(
        self, read: ReadSentence, turn: Turn, role: Role, wording: Iterable[str], told: Told | None
    ) -> Source:
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
        self, read: ReadSentence, turn: Turn, role: Role, wording: Iterable[str]
    ) -> dict[str, tuple[Source, set[str]]]:
        """Who may have said it, by name, with what speaks for and against each.

        Args:
            read: The sentence.
            turn: Whose turn it stands in.
            role: What it says.
            wording: Its stems.
        """
        uttered = self._uttered(turn)
        out: dict[str, tuple[Source, set[str]]] = {}

        def add(source: Source, *signals: str) -> None:
            known = out.setdefault((source.speaker or "").lower(), (source, set()))
            known[1].update(signals)

        kinds = {f"source {one.kind}" for one in read.attributions}
        verbs = {f"verb {one.verb}" for one in read.attributions}
        asked = "asked" if turn.is_question else "told"
        mark = "?" if read.sentence.text.rstrip(' ”"').endswith("?") else "."
        add(
            self.own(turn),
            "own", f"own {asked}{mark}", f"own of {min(3, len(read.attributions))}", *(f"own, {each}" for each in kinds | verbs),
            *(f"own {word}" for word in wording), f"own, report {self._is_untagged_report()}",
        )  # fmt: skip
        ruled = self._ruled(read, turn, role)
        add(
            ruled,
            "rule",
            f"rule passes on {ruled.is_passed_on}",
            f"rule {asked}{mark}",
            f"rule {ruled.evidence.how}",
        )
        for place, one in enumerate(read.attributions):
            name = self._name_of(one, read)
            if name and self._is_untagged_report():
                name = self._full_name(name)
            if not name:
                continue
            at = read.sentence.start
            how = "pronoun" if one.kind == "pronoun" else "named"
            evidence = Evidence(one.name, at + one.start, at + one.end, 0.6, how)
            add(
                _passed_on(name, uttered, evidence),
                *self._of_attribution(read, one, place, role, asked + mark),
            )
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
        self, read: ReadSentence, role: Role, asked: str
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
            yield self._name(self._owned(phrase.words, read, phrase.start)), evidence, signals

    def _antecedents(self, read: ReadSentence) -> list[tuple[str, Evidence, tuple[str, ...]]]:
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
            named = [
                (self._name_of(one, earlier) or "", one.kind)
                for one in reversed(heard)
                if one.kind != "pronoun"
            ]
            phrases = [
                self._owned(phrase.words, earlier, phrase.start)
                for phrase in phrases_in(earlier.sentence.text)
                if back or phrase.end <= said.start
            ]
            if is_person and back:
                named += [(name, "named") for name in reversed(person_names(earlier.sentence.text))]
            if back <= 3:
                named += [(self._name(words), f"phrase {kind_of(words)}") for words in reversed(phrases)]
            if not is_person and 0 < back <= 3:
                named += [
                    (m.words.removesuffix("’s").removesuffix("'s"), "economy")
                    for m in reversed(earlier.mentions)
                    if not m.firms
                ]
            for name, kind in named:
                place = len(out)
                if name and name not in out and place < _MOST_PHRASES and _may_be(pronoun, name, self.voices):
                    out[name] = (
                        f"{pronoun} for {kind}", f"{pronoun} for {kind}, {min(back, 4)} before", f"{pronoun} for {kind}, {place}",
                        f"{pronoun} for {kind}, same turn {same}", f"{pronoun} {said.verb}",
                    )  # fmt: skip
        at = read.sentence.start
        evidence = Evidence(said.name, at + said.start, at + said.end, 0.4, "pronoun")
        return [(name, evidence, signals) for name, signals in out.items()]

    def _said_before(
        self, read: ReadSentence, turn: Turn, asked: str
    ) -> Iterator[tuple[str, Evidence, tuple[str, ...]]]:
        """Whom the sentence before names as one who says something, which may go on: "She made two points. China …"."""
        number = self.places[id(read)]
        earlier = self.reads[number - 1] if number else None
        if earlier is None or earlier.sentence.turn != read.sentence.turn:
            return
        first = stem(next(iter(read.sentence.text.split()), ""))
        text = earlier.sentence.text
        for one in earlier.attributions:
            name = self._name_of(one, earlier)
            if name is None:
                continue
            at = earlier.sentence.start
            yield name, Evidence(one.name, at + one.start, at + one.end, 0.4, "context"), (
                "said before", f"said before {one.kind}", f"said before {one.verb}", f"said before {asked}", f"said before, then {first}",
                f"said before, {min(2, len(read.attributions))} sources", f"said before, ends {text.rstrip()[-1:]}",
                f"said before {one.kind} {one.verb}",
            )  # fmt: skip

    def _of_attribution(
        self, read: ReadSentence, one: Attribution, place: int, role: Role, asked: str
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

    def _ruled(self, read: ReadSentence, turn: Turn, role: Role) -> Source:
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
            return Source(quoted, quoted, tuple(chain), Evidence(quoted, None, None, 0.7, "context"), False)
        if self._tells_of_a_question(read):
            return _passed_on(_QUESTIONER, uttered, Evidence("was asked", None, None, 0.6, "context"))
        if sources:
            names = [
                name
                for name in self._names(sources, read)
                if uttered is None or name.lower() != uttered.lower()
            ]
            if names:
                first = sources[-1]
                where = read.sentence.start
                return Source(
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
            return Source(
                self.voices.principal,
                self.voices.publisher or self.voices.principal,
                tuple(chain),
                Evidence(self.title, None, None, 0.7, "title"),
                True,
            )
        return self.own(turn)

    def own(self, turn: Turn) -> Source:
        """The one whose turn it is, for own words; a question is the asker's own, whatever it names."""
        uttered = self._uttered(turn)
        confidence, how = (0.95, "tag") if turn.tag else (0.6, "title")
        evidence = Evidence(turn.tag or self.title, None, None, confidence, how)
        return Source(uttered, uttered, (uttered,) if uttered else (), evidence, False)

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
        return " ".join(_TIME.sub("", turn.tag).split())

    def _is_source(self, one: Attribution, read: ReadSentence, role: Role) -> bool:
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
                and self._pronoun_source(one, read) is not None
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

    def _pronoun_source(self, one: Attribution, read: ReadSentence) -> str | None:
        if one.name.lower() in ("he", "she"):
            named = self._person_before(one, read)
            if named is not None:
                return named
        if one.name.lower() == "they":
            state = next((code for code in self.topic.actors if ":" not in code), None)
            return self._named_before(state, read) if state is not None else None
        if one.name.lower() == "it" and not (self.last and self.last[-1].kind == "media"):
            is_readout = one.verb in ("says", "said") and "readout" in self.text[:8000].lower()
            return "the readout" if is_readout else None
        if self.last:
            return self._name(self.last[-1].name)
        if one.name.lower() == "he" and self.voices.president and any(part.tag for part in self.parts):
            return self.voices.president
        if one.name.lower() == "he" and self.voices.principal:
            return self.voices.principal
        return None

    def _named_before(self, state: str, read: ReadSentence) -> str | None:
        """An economy as the sentences before name it last; else its name in the code list."""
        at = self.places[id(read)]
        for earlier in reversed(self.reads[max(0, at - 6) : at]):
            for mention in reversed(earlier.mentions):
                if mention.code == state and not mention.firms:
                    return mention.words.removesuffix("’s").removesuffix("'s")
        return areas()[state].name if state in areas() else None

    def _person_before(self, one: Attribution, read: ReadSentence) -> str | None:
        """The person named last before a pronoun, in its sentence or the one before of the same turn."""
        text = read.sentence.text[: one.start]
        at = self.places[id(read)]
        if at > 0:
            text = self.reads[at - 1].sentence.text + " " + text
        found = [self._name(name) for name in person_names(text)]
        meant = [name for name in found if _may_be(one.name.lower(), name, self.voices)]
        return meant[-1] if meant else None

    def _names(self, sources: list[Attribution], read: ReadSentence) -> list[str]:
        """Names of sources, the nearest first: a paper before officials before a person."""
        rank = {"media": 0, "reports": 0, "group": 1, "president": 2, "person": 2, "pronoun": 2}
        out: list[str] = []
        end = len(read.sentence.text.rstrip(" .”\"'"))
        for one in sorted(
            sources, key=lambda a: 0 if a.end >= end and a.kind != "person" else rank.get(a.kind, 2)
        ):
            name = self._name_of(one, read)
            if name and self._is_untagged_report():
                name = self._full_name(name)
            if name and name not in out:
                out.append(name)
        persons = [a for a in sources if a.kind in ("person", "president", "pronoun")]
        if len(persons) > 1 and not any(a.kind in ("media", "group") for a in sources):
            out = [
                self._name(persons[0].name)
                if persons[0].kind != "pronoun"
                else (self._pronoun_source(persons[0], read) or "")
            ]
            last = self._name(persons[-1].name)
            if last not in out and persons[-1].kind != "pronoun":
                out.append(last)
            out = [name for name in out if name]
        return out

    def _name_of(self, one: Attribution, read: ReadSentence) -> str | None:
        """Whom a source of a sentence stands for."""
        if one.kind == "pronoun":
            return self._pronoun_source(one, read)
        return self._name(self._owned(one.name, read, one.start))

    def _owned(self, words: str, read: ReadSentence, start: int) -> str:
        """``Its embassy`` with the economy that was named last, in its sentence or the three before: ``Its embassy (China)``.

        Args:
            words: Of who speaks.
            read: The sentence.
            start: Where in it they stand.
        """
        possessive, _, rest = words.partition(" ")
        if not rest or possessive.lower() not in ("its", "their", "his", "her"):
            return words
        at = self.places[id(read)]
        for earlier in reversed(self.reads[max(0, at - 3) : at + 1]):
            for mention in reversed(earlier.mentions):
                if (earlier is not read or mention.end <= start) and mention.code in areas():
                    is_other = mention.code != "USA"  # "his adviser" is no embassy of another
                    return f"{words} ({areas()[mention.code].name})" if is_other else words
        return words

    def _name(self, words: str) -> str:
        """Whom words name: the President and the Secretary of the text, and who is called by a first name, by their names."""
        name = re.sub(r"[’']s$", "", words)
        if _PRESIDENT.fullmatch(name) and self.voices.president:
            return self.voices.president
        if re.fullmatch(r"(?i)the secretary", name) and self.voices.secretary:
            return self.voices.secretary
        if name in self.first_names:
            return self.first_names[name]
        return re.sub(
            r"^(?:the|a|an|some|our|my)\s+(?=(?:Financial|New York|Wall Street|Washington|U\.S\.|US)\b)",
            "",
            name,
            flags=re.I,
        )

    def _addressed(self, read: ReadSentence, turn: Turn, role: Role) -> tuple[str, Evidence] | None:
        """The one who answers, where a questioner says what ``you`` said, and the ``you``."""
        text = read.sentence.text
        found = _YOU_SAID.search(text) if turn.is_question else None
        if found is None or found.start() > role.trigger.start:
            return None
        if text.rstrip().endswith("?"):
            asks = THEN_ASKS.search(text)
            if asks is None or role.trigger.end > asks.start():
                return None
        following = (
            each for each in self.parts[read.sentence.turn + 1 :] if not each.is_question and each.tag
        )
        name = next((" ".join((each.tag or "").split()) for each in following), None)
        at = read.sentence.start + found.start()
        return None if name is None else (name, Evidence("you", at, at + len("you"), 0.6, "pronoun"))

    def _opening(self, read: ReadSentence, turn: Turn, role: Role) -> str | None:
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
        return (self._name_of(one, read) or "").lower()

    def _tells_of_a_question(self, read: ReadSentence) -> bool:
        """Whether a report tells what somebody was asked, which is the questioner's."""
        return self._is_untagged_report() and _WAS_ASKED.search(read.sentence.text) is not None

    def _is_untagged_report(self) -> bool:
        return self.voices.is_report and not any(part.tag for part in self.parts)

    def _quoted_speaker(self, read: ReadSentence) -> str | None:
        """Who is quoted, where a report gives most of a sentence in quotation marks; ``None`` elsewhere."""
        if not self._is_untagged_report():
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
                        self._pronoun_source(one, each)
                        if one.kind == "pronoun"
                        else self._full_name(self._name(one.name))
                    )
        said_before = [a for a in self.last if a.kind in ("person", "president", "group")]
        return self._full_name(self._name(said_before[-1].name)) if said_before and at == 0 else None

    def _is_outside_quotes(self, start: int, position: int) -> bool:
        before = self.text[start:position]
        return before.count("“") <= before.count("”") and before.count('"') % 2 == 0

    def _full_name(self, name: str) -> str:
        """A surname with the first name that the text gives elsewhere."""
        if " " in name or (self.text.isascii() and not name.isalpha()):
            return name
        found = re.search(rf"\b([A-Z][a-z’'-]+\s+(?:[A-Z]\.\s+)?){re.escape(name)}\b", self.text)
        return (
            " ".join(found.group().split())
            if found
            and not re.match(r"(?:President|Secretary|Minister|Mr|The|And|But|When|Said)\b", found.group())
            else name
        )

    def office(self, speaker: str | None) -> str | None:
        """The office of a speaker, where the text gives it."""
        if speaker is None or speaker == "Q":
            return None
        if speaker not in self.offices:
            self.offices[speaker] = office_of(speaker, self.text, self.title)
        return self.offices[speaker]


def _first_names(text: str, parts: Sequence[Turn]) -> dict[str, str]:
    """Names of those who speak, by the first names that the text gives with their surnames."""
    tags = {" ".join(_TIME.sub("", part.tag).split()) for part in parts if part.tag}
    surnames = {tag.split()[-1].lower(): tag.lower() for tag in sorted(tags) if tag}
    out: dict[str, str] = {}
    for found in _FULL_NAME.finditer(text):
        first, last = found["first"], found["last"]
        tag = surnames.get(last.lower())
        if tag is not None and first not in _TITLES and first.lower() not in tag:
            out.setdefault(first, f"{first} {last.title()}")
    return out


def _may_be(pronoun: str, name: str, voices: Voices) -> bool:
    """Whether ``he`` or ``she`` may stand for a name, by its title or by who held the Presidency."""
    if pronoun == "he":
        return re.match(r"(?i)(?:ms|mrs|madam)\b", name) is None
    return pronoun != "she" or not (voices.was_president(name) or re.match(r"(?i)mr\b", name))


def _passed_on(name: str, uttered: str | None, evidence: Evidence) -> Source:
    """Another's words, straight from whoever utters them."""
    return Source(name, uttered, (uttered, name) if uttered else (name,), evidence, True)
