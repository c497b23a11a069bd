"""Decisions on matches of the Python API, kept in a chained log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.api.asked import asked, asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import marked
from stopgap.base.person import named_person
from stopgap.screening.decisions.request import DecisionsRequest, MatchDecisionRequest, ReplayRequest

if TYPE_CHECKING:
    from stopgap.screening.decisions.exchange import CheckedLog, ExportedLog, ReplayResult
    from stopgap.screening.decisions.log import Decided
    from stopgap.screening.decisions.states import StandingDecision


class Decisions(LakeReader):
    """Decisions on matches, kept in a chained log. Called, it lists those in force."""

    @asked(MatchDecisionRequest)
    def decide(self, request: MatchDecisionRequest) -> StandingDecision:
        """Decide on a match; decisions are kept for ever, with who, when, why, list version and score.

        Raises:
            NotFoundError: No list in force has the entity, or a country is not known.
            InputError: There is no reason, the name or a number cannot be read, or the score is no probability.
            RefusedError: The log cannot be written, or its chain is broken.
        """
        from stopgap.screening.decisions.log import present
        from stopgap.screening.decisions.scores import decide_as_asked

        who = named_person(request.by)
        with self._reading():
            return self._of_one(decide_as_asked(self.path, request, who=who, when=present(), progress=self.progress))

    @asked(DecisionsRequest)
    def list(self, request: DecisionsRequest) -> Decided:
        """List the decisions in force, the latest first.

        Raises:
            RefusedError: The chain of the log is broken.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.screening.decisions.log import Decided, list_decisions

        with self._reading():
            found = Decided(tuple(list_decisions(self.path, request)), str(request.status))
            return marked(found, with_reads())

    def show(self, id: str) -> StandingDecision:
        """Show all decisions on a pair, and what has changed of the listed entity since.

        Args:
            id: Id of a decided pair, or its beginning (4 characters at least).

        Raises:
            NotFoundError: None, or several.
            RefusedError: The chain of the log is broken.
        """
        from stopgap.screening.decisions.log import show_decision

        with self._reading():
            return self._of_one(show_decision(self.path, id))

    def verify(self, file: str | Path | None = None, *, head: str | None = None) -> CheckedLog:
        """Check that the log is as it was written; its head, its count, and the first wrong line where it is not.

        Args:
            file: An exported log; that of the lake where ``None``.
            head: A head that the log is known to have had: shows what was cut off its end.

        Raises:
            NotFoundError: There is no such file.
            InputError: It cannot be read.
            UsageError: The head is no hash.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.screening.decisions.exchange import verify

        with self._reading():
            check = verify(self.path, file=None if file is None else Path(file), head=head)
            return marked(check, with_reads())

    def export(self, *, format: str = "json") -> ExportedLog:
        """Write the log as text, to be read by an auditor or replayed on another lake.

        Args:
            format: ``json``: JSON lines, as the log stands; or ``csv``.

        Raises:
            RefusedError: Its chain is broken.
            UsageError: Another format.
        """
        from stopgap.evidence.markings.effective import DEFAULTS
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.screening.decisions.exchange import export

        with self._reading():
            # the chain's lines stay as they are: the marking stands beside them
            return marked(export(self.path, format), with_reads(DEFAULTS["decision"]))

    @asked_of(ReplayRequest)
    def replay(self, file: str | Path, request: ReplayRequest) -> ReplayResult:
        """Take the decisions of an exported log into this lake, once its chain was checked; a second time changes nothing.

        Args:
            file: What ``decisions export`` wrote.

        Raises:
            RefusedError: The other log's chain is broken, or one's own; or the lake cannot be written.
            InputError: The file is no log of decisions.
            NotFoundError: There is no such file.
        """
        from stopgap.evidence.markings.effective import DEFAULTS
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.screening.decisions.exchange import replay
        from stopgap.screening.decisions.log import present

        who = named_person(request.by)
        with self._reading():
            done = replay(self.path, Path(file), request, who=who, when=present())
            return marked(done, with_reads(DEFAULTS["decision"]))

    def _of_one(self, standing: StandingDecision) -> StandingDecision:
        from stopgap.evidence.markings.provenance import marking_of_decisions
        from stopgap.evidence.markings.reads import DECISIONS, with_reads

        own = marking_of_decisions(self.path, [standing.decision.id])
        return marked(standing, with_reads(own, covers=[DECISIONS]))

    __call__ = list
