"""Names of those who say something: as the text gives them in full, behind a pronoun, an office or a first name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stopgap.codes.areas import areas
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.discourse_state import Topic
from stopgap_drafting.lexicon.patterns import pattern, words
from stopgap_drafting.sources.speakers import Voices, office_of
from stopgap_drafting.text.attribution import Attribution, person_names
from stopgap_drafting.text.segments import Turn

_TITLES = words(
    "President Secretary Minister Chancellor Ambassador General Admiral Premier Press The And Said Advisor Adviser Spokesman Spokesperson Mr Ms Mrs Director Senator Representative King Prince Envoy Commissioner Thank Thanks"
)
_FULL_NAME = re.compile(r"\b(?P<first>[A-Z][a-z]{2,})\s+(?:[A-Z]\.\s+)?(?=(?P<last>[A-Z][\w’'-]{2,}))")
TIME = re.compile(r"\(\d[\d:]*\)")
"""The time of day that some transcripts give with a speaker."""
_PRESIDENT = pattern(r"^(?:the |our |my )?President(?: of the United States)?$")


class SourceNames:
    """Names of sources, sentence by sentence; remembers whom the text named last.

    Args:
        text: The text as it is read.
        title: Its title.
        parts: Its turns.
        voices: Who speaks in it.
        reads: Its sentences.
        topic: What is on the table, as sentences pass.
    """

    def __init__(
        self,
        text: str,
        title: str,
        parts: Sequence[Turn],
        voices: Voices,
        reads: Sequence[AnnotatedSentence],
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
        self.first_names = _first_names(text, parts)
        self.places = {id(read): k for k, read in enumerate(reads)}

    def remember(self, read: AnnotatedSentence) -> None:
        """Keep the person or paper that a sentence with a claim names, for the pronouns after it."""
        named = [a for a in read.attributions if a.kind in ("person", "president", "media")]
        if named:
            self.last = named[-1:]

    def pass_by(self, read: AnnotatedSentence, topic: Topic) -> None:
        """Keep the topic that a sentence leaves, and whom a report names last, claim or none, for what follows."""
        self.topic = topic
        if self.is_untagged_report():
            self.remember(read)

    def office(self, speaker: str | None) -> str | None:
        """The office of a speaker, where the text gives it."""
        if speaker is None or speaker == "Q":
            return None
        if speaker not in self.offices:
            self.offices[speaker] = office_of(speaker, self.text, self.title)
        return self.offices[speaker]

    def name(self, words: str) -> str:
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

    def name_of(self, one: Attribution, read: AnnotatedSentence) -> str | None:
        """Whom a source of a sentence stands for."""
        if one.kind == "pronoun":
            return self.pronoun_source(one, read)
        return self.name(self.owned(one.name, read, one.start))

    def names(self, sources: list[Attribution], read: AnnotatedSentence) -> list[str]:
        """Names of sources, the nearest first: a paper before officials before a person."""
        rank = {"media": 0, "reports": 0, "group": 1, "president": 2, "person": 2, "pronoun": 2}
        out: list[str] = []
        end = len(read.sentence.text.rstrip(" .”\"'"))
        for one in sorted(sources, key=lambda a: 0 if a.end >= end and a.kind != "person" else rank.get(a.kind, 2)):
            name = self.name_of(one, read)
            if name and self.is_untagged_report():
                name = self.full_name(name)
            if name and name not in out:
                out.append(name)
        persons = [a for a in sources if a.kind in ("person", "president", "pronoun")]
        if len(persons) > 1 and not any(a.kind in ("media", "group") for a in sources):
            out = [
                self.name(persons[0].name)
                if persons[0].kind != "pronoun"
                else (self.pronoun_source(persons[0], read) or "")
            ]
            last = self.name(persons[-1].name)
            if last not in out and persons[-1].kind != "pronoun":
                out.append(last)
            out = [name for name in out if name]
        return out

    def owned(self, words: str, read: AnnotatedSentence, start: int) -> str:
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

    def full_name(self, name: str) -> str:
        """A surname with the first name that the text gives elsewhere."""
        if " " in name or (self.text.isascii() and not name.isalpha()):
            return name
        found = re.search(rf"\b([A-Z][a-z’'-]+\s+(?:[A-Z]\.\s+)?){re.escape(name)}\b", self.text)
        return (
            " ".join(found.group().split())
            if found and not re.match(r"(?:President|Secretary|Minister|Mr|The|And|But|When|Said)\b", found.group())
            else name
        )

    def pronoun_source(self, one: Attribution, read: AnnotatedSentence) -> str | None:
        """Whom a pronoun of saying stands for; ``None`` where nobody is known."""
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
            return self.name(self.last[-1].name)
        if one.name.lower() == "he" and self.voices.president and any(part.tag for part in self.parts):
            return self.voices.president
        if one.name.lower() == "he" and self.voices.principal:
            return self.voices.principal
        return None

    def _person_before(self, one: Attribution, read: AnnotatedSentence) -> str | None:
        """The person named last before a pronoun, in its sentence or the one before of the same turn."""
        text = read.sentence.text[: one.start]
        at = self.places[id(read)]
        if at > 0:
            text = self.reads[at - 1].sentence.text + " " + text
        found = [self.name(name) for name in person_names(text)]
        meant = [name for name in found if may_be(one.name.lower(), name, self.voices)]
        return meant[-1] if meant else None

    def _named_before(self, state: str, read: AnnotatedSentence) -> str | None:
        """An economy as the sentences before name it last; else its name in the code list."""
        at = self.places[id(read)]
        for earlier in reversed(self.reads[max(0, at - 6) : at]):
            for mention in reversed(earlier.mentions):
                if mention.code == state and not mention.firms:
                    return mention.words.removesuffix("’s").removesuffix("'s")
        return areas()[state].name if state in areas() else None

    def is_untagged_report(self) -> bool:
        """Whether the text tells what others said, and has no tags of speakers."""
        return self.voices.is_report and not any(part.tag for part in self.parts)


def _first_names(text: str, parts: Sequence[Turn]) -> dict[str, str]:
    """Names of those who speak, by the first names that the text gives with their surnames."""
    tags = {" ".join(TIME.sub("", part.tag).split()) for part in parts if part.tag}
    surnames = {tag.split()[-1].lower(): tag.lower() for tag in sorted(tags) if tag}
    out: dict[str, str] = {}
    for found in _FULL_NAME.finditer(text):
        first, last = found["first"], found["last"]
        tag = surnames.get(last.lower())
        if tag is not None and first not in _TITLES and first.lower() not in tag:
            out.setdefault(first, f"{first} {last.title()}")
    return out


def may_be(pronoun: str, name: str, voices: Voices) -> bool:
    """Whether ``he`` or ``she`` may stand for a name, by its title or by who held the Presidency."""
    if pronoun == "he":
        return re.match(r"(?i)(?:ms|mrs|madam)\b", name) is None
    return pronoun != "she" or not (voices.was_president(name) or re.match(r"(?i)mr\b", name))
