"""Draft one text sentence by sentence, with the discourse state carried along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stopgap.claims.drafting.draft import Draft
from stopgap_drafting.annotate import AnnotatedSentence
from stopgap_drafting.decode import Considered, SentenceContext, consider
from stopgap_drafting.discourse_state import Topic, after_sentence
from stopgap_drafting.document_context import home_of_gloss, home_of_text, home_of_turn, target_of_text
from stopgap_drafting.draft_fields import DraftMaker
from stopgap_drafting.features.ngram_features import Wordings
from stopgap_drafting.models import calibration, ensemble, reranker
from stopgap_drafting.models.encoder_input import encoder_input_of
from stopgap_drafting.models.linear_model import LEAST_ODDS
from stopgap_drafting.relation_choice import choose_relations
from stopgap_drafting.relation_proposals import ClauseMaker, merged
from stopgap_drafting.sources.attribution_resolver import AttributionResolver
from stopgap_drafting.sources.speakers import Voices
from stopgap_drafting.text.aligned_gloss import AlignedGloss
from stopgap_drafting.text.segments import Turn

MOST_READ = 1000
"""Sentences of a text that the network reads at most; in 60 kB full of claims 142 are likely enough."""


@dataclass(frozen=True)
class SentenceCandidate:
    """A sentence that may make a claim.

    Attributes:
        drafts: What it would claim.
        score: Uncalibrated likelihood that it makes a claim, by linear models, the reranker and the encoder.
        considered: All that was weighed.
    """

    drafts: tuple[Draft, ...]
    score: float
    considered: Considered

    @property
    def is_encoded(self) -> bool:
        """Whether the encoder read it."""
        return self.considered.told is not None

    @property
    def is_drafted(self) -> bool:
        """Whether it is likely enough to be drafted."""
        return self.score >= ensemble.least_claim(self.considered.told)


class Drafter:
    """Goes through the sentences of one text, and remembers what is on the table.

    Args:
        glossed: The text as it is read, with the way back to what is written.
        file: Name of the text, carried by each draft.
        title: Its title, glossed.
        parts: Its turns.
        voices: Who speaks in it.
        reads: Its sentences.
        has_network: Whether the encoder reads likely sentences.
    """

    def __init__(
        self,
        glossed: AlignedGloss,
        file: str,
        title: str,
        parts: Sequence[Turn],
        voices: Voices,
        reads: Sequence[AnnotatedSentence],
        *,
        has_network: bool,
    ) -> None:
        self.glossed = glossed
        self.text = text = glossed.text
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
        self.sourcing = AttributionResolver(text, title, parts, voices, reads, self.topic)
        self.considered: list[Considered] = []
        self.clauses = ClauseMaker(self.topic, parts, self.homes, self.document_target, self.is_statement)
        self.maker = DraftMaker(file, text, reads, self.topic, self.sourcing)
        self.wordings = Wordings(reads, parts, self.homes, is_statement=self.is_statement)

    def run(self) -> list[Draft]:
        """Drafts of the sentences that are likely enough, each with its calibrated likelihood."""
        return [
            self.glossed.back(_with_confidence(draft, calibration.likelihood(each.score, is_encoded=each.is_encoded)))
            for each in self.candidates()
            if each.is_drafted
            for draft in each.drafts
        ]

    def candidates(self) -> list[SentenceCandidate]:
        """Sentences that a first look does not rule out, as the reranker and the encoder score them; called once."""
        found: list[list[Draft]] = []
        for number, read in enumerate(self.reads):
            if read.sentence.is_heading and number < 3:
                continue
            drafts = self.sentence(number, read)
            found.append(drafts)
            is_likely = self.considered[-1].odds >= 0
            self._pass_by(number, read, drafts if is_likely else [])
        drafted = [place for place, drafts in enumerate(found) if drafts]
        scores = reranker.likelihoods([each.look for each in self.considered], drafted)
        return [
            SentenceCandidate(
                tuple(found[place]), ensemble.claim(score, self.considered[place].told), self.considered[place]
            )
            for place, score in zip(drafted, scores, strict=True)
        ]

    def _pass_by(self, number: int, read: AnnotatedSentence, drafts: Sequence[Draft]) -> None:
        """Hand the topic that a sentence leaves to all that read the next one."""
        self.topic = after_sentence(self.topic, number, read, drafts)
        self.sourcing.pass_by(read, self.topic)
        self.clauses = replace(self.clauses, topic=self.topic)
        self.maker = replace(self.maker, topic=self.topic)

    def sentence(self, number: int, read: AnnotatedSentence) -> list[Draft]:
        """Drafts of a sentence, likely or not; none where a first look rules a claim out."""
        turn = self.parts[read.sentence.turn]
        kind = "Question" if turn.is_question else "Statement" if self.is_statement else "Answer"
        proposals, others = self.clauses.proposals(number, read, turn, self.home)
        considered = consider(
            read,
            number,
            [*proposals, *others],
            self.wordings.wordings[number],
            self.wordings.signals(number),
            SentenceContext(
                topic=self.topic,
                home=self.homes[read.sentence.turn],
                document_target=self.document_target,
                is_asked=turn.is_question,
                is_statement=self.is_statement,
                is_put=self.left_to_network > 0,
            ),
            encoder_input_of(self.text, self.reads, number, kind),
        )
        self.considered.append(considered)
        self.left_to_network -= considered.told is not None
        if considered.odds < LEAST_ODDS:
            return []
        heard = self.sourcing.heard()
        chosen = choose_relations(self.clauses, number, read, merged(proposals, read), considered)
        has_own_goods = len({role.goods for role, *_ in chosen}) > 1
        drafts = [self.maker.draft(considered, turn, proposal, has_own_goods=has_own_goods) for proposal in chosen]
        if considered.odds < 0:
            self.sourcing.hear_again(heard)
        return drafts


def _with_confidence(draft: Draft, likelihood: float) -> Draft:
    """A draft with the likelihood that its sentence makes a claim."""
    evidence = {**draft.evidence, "claim": replace(draft.evidence["claim"], confidence=likelihood)}
    return replace(draft, confidence=likelihood, evidence=evidence)
