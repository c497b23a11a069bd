"""Markings of the Python API: who may see which file, finding, claim or alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.api.asked import asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import MarkedList, marked
from stopgap.base.person import named_person
from stopgap.evidence.markings.request import MarkRequest, ReasonRequest

if TYPE_CHECKING:
    from stopgap.base.chained_log import ChainCheck
    from stopgap.base.marking import Marking
    from stopgap.evidence.markings.changes import MarkingSet, Released
    from stopgap.evidence.markings.shown import ListedMarking, ShownMarking


class Markings(LakeReader):
    """Who may see which file, finding, statement or alert. Called, it lists the marks in force."""

    def _said(self, *subjects: str, is_said: bool = True, with_history: bool = False) -> Marking:
        """The marking of what is said of marks, which accounts for all that was read."""
        from stopgap.evidence.markings.reads import EVERYTHING, with_reads
        from stopgap.evidence.markings.shown import marking_of_shown

        own = marking_of_shown(self.path, subjects, is_said=is_said, with_history=with_history)
        return with_reads(own, covers=EVERYTHING)

    @asked_of(MarkRequest)
    def set(self, subject: str, request: MarkRequest) -> MarkingSet:
        """Mark a file, a source, a kind of rows, a statement and so on; the mark before stays in the log.

        Args:
            subject: ``receipt:ID``, ``source:NAME``, ``table:trade`` and the like.

        Raises:
            UsageError: The subject or the marking is none, or there is no reason.
            NotFoundError: The lake holds no such file, statement, alert, decision or finding.
            RefusedError: It would put a finding or an alert below what it rests on, or the log cannot be written.
        """
        from stopgap.evidence.markings.changes import set_marking
        from stopgap.lake.store import now

        with self._reading():
            who = named_person(request.by)
            done = set_marking(self.path, subject, request.asked, who=who, when=now(), why=request.why)
            return marked(done, self._said(done.mark.subject))

    def list(self) -> MarkedList[ListedMarking]:
        """The marks in force, the releases and the defaults.

        Raises:
            RefusedError: The log is not as it was written.
        """
        from stopgap.evidence.markings.shown import list_markings

        with self._reading():
            rows = list_markings(self.path)
            subjects = [row.subject for row in rows if row.kind != "default"]
            return MarkedList(rows, self._said(*subjects, is_said=bool(subjects)))

    def show(self, subject: str) -> ShownMarking:
        """What a subject is marked, and what brings it: its own mark, what it rests on, a release.

        Args:
            subject: As :meth:`set` takes it, or a finding or ``verdict:ID``.

        Raises:
            UsageError: It is no subject.
            NotFoundError: The lake has no such file, statement, alert or finding.
        """
        from stopgap.base.marking import strictest
        from stopgap.evidence.markings.shown import show_marking

        with self._reading():
            shown = show_marking(self.path, subject)
            is_said = bool(shown.history) or shown.release is not None
            named = self._said(shown.subject, is_said=is_said, with_history=True)
            return marked(shown, strictest([shown.effective, named]))

    @asked_of(MarkRequest)
    def release(self, finding: str, request: MarkRequest) -> Released:
        """Release a finding or a verdict below the marking of what it rests on: a decision with its reason.

        Args:
            finding: Id of a finding that the lake keeps (8 digits at least), or ``verdict:ID`` of a statement.

        Raises:
            NotFoundError: No such finding or statement.
            RefusedError: It is no derived aggregate, the marking would not lower it, or the log cannot be written.
            UsageError: There is no reason.
        """
        from stopgap.evidence.markings.changes import Released, release
        from stopgap.lake.store import now

        with self._reading():
            who = named_person(request.by)
            made = release(self.path, finding, request.asked, who=who, when=now(), why=request.why)
            return marked(Released(made), self._said(made.item))

    @asked_of(ReasonRequest)
    def withdraw(self, release: str, request: ReasonRequest) -> Released:
        """Take a release back: the item is again what it rests on. What went out under it stays out.

        Args:
            release: Its id.

        Raises:
            NotFoundError: No such release.
            RefusedError: It was taken back already, or the log cannot be written.
            UsageError: There is no reason.
        """
        from stopgap.evidence.markings.changes import Released, withdraw_release
        from stopgap.lake.store import now

        with self._reading():
            who = named_person(request.by)
            made = withdraw_release(self.path, release, who=who, when=now(), why=request.why)
            return marked(Released(made), self._said(made.item))

    def check(self, *, head: str | None = None) -> ChainCheck:
        """Whether the log of markings is as it was written.

        Args:
            head: A head that the log is known to have had: shows what was cut off its end.

        Raises:
            UsageError: The head is no hash.
            InputError: The chain holds, but a line says what no marking is.
        """
        from stopgap.evidence.markings.changes import check_log

        with self._reading():
            return check_log(self.path, head=head)

    __call__ = list
