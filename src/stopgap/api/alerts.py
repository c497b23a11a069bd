"""Alerts of the Python API: run, list, show and decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.api.asked import asked, asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import MarkedList, marked
from stopgap.base.person import named_person
from stopgap.measures.alerts.request import AlertDecisionRequest, AlertFilter, AlertOptions

if TYPE_CHECKING:
    from stopgap.measures.alerts.cases import AlertCase, ShownAlert
    from stopgap.measures.alerts.run import AlertRun


class Alerts(LakeReader):
    """Months that stand out as first released: found, listed, decided on. Called, it lists them."""

    @asked_of(AlertOptions)
    def run(self, episode: str, request: AlertOptions) -> AlertRun:
        """Test a month as first released, and keep what stands out.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            NotFoundError: Unknown episode, goods list or vintage.
            MissingDataError: The lake has no monthly figures, or nobody reported the month.
            UsageError: No month, or no rate.
            RefusedError: The lake cannot be written.
        """
        from stopgap.evidence.markings.provenance import marking_of_alerts
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.measures.alerts.run import run_alerts

        with self._reading():
            run = run_alerts(self.path, episode, request)
            return marked(run, with_reads(marking_of_alerts(self.path, [*run.raised, *run.known])))

    @asked(AlertFilter)
    def list(self, request: AlertFilter) -> MarkedList[AlertCase]:
        """List alerts, most dollars at stake first.

        Raises:
            NotFoundError: Unknown episode.
            UsageError: An unknown status.
        """
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.measures.alerts.cases import list_alerts

        with self._reading():
            found = list_alerts(self.path, request.episode, status=request.status)
            return MarkedList(found, with_reads())

    def show(self, id: str) -> ShownAlert:
        """Show an alert: its explanation, its months as the lake has them now, and its decisions.

        Args:
            id: Id of an alert, or its beginning.

        Raises:
            NotFoundError: No such alert.
        """
        from stopgap.evidence.markings.provenance import marking_of_alerts
        from stopgap.evidence.markings.reads import ONE_ALERT, with_reads
        from stopgap.measures.alerts.cases import show_alert

        with self._reading():
            shown = show_alert(self.path, id)
            return marked(shown, with_reads(marking_of_alerts(self.path, [shown.case]), covers=ONE_ALERT))

    @asked_of(AlertDecisionRequest)
    def decide(self, id: str, request: AlertDecisionRequest) -> AlertCase:
        """Decide on an alert; decisions are kept for ever, with who, when and why.

        Args:
            id: Id of an alert, or its beginning.

        Raises:
            NotFoundError: No such alert.
            UsageError: An unknown decision, or no reason.
            RefusedError: The lake cannot be written.
        """
        from stopgap.evidence.markings.provenance import marking_of_alerts
        from stopgap.evidence.markings.reads import ONE_ALERT, with_reads
        from stopgap.measures.alerts.cases import decide

        with self._reading():
            who = named_person(request.by)
            case = decide(self.path, id, decision=request.decision, why=request.why, who=who)
            return marked(case, with_reads(marking_of_alerts(self.path, [case]), covers=ONE_ALERT))

    __call__ = list
