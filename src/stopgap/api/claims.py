"""Statements: the register, and what the figures say to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stopgap.api.reader import Reader
from stopgap.api.results import MarkedList, marked
from stopgap.claims.claim import Claim
from stopgap.claims.register.events import RegisteredClaim
from stopgap.claims.register.register import Registration
from stopgap.claims.register.sources import register_any
from stopgap.claims.register.views import ClaimFilter, ShownClaim, list_claims, show_claim
from stopgap.claims.testing.results import TestedClaim
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import verdict_for
from stopgap.evidence.markings.provenance import marking_of_claims, marking_of_verdict
from stopgap.evidence.markings.reads import CLAIMS, VERDICTS, with_reads
from stopgap.lake.store import now
from stopgap.sources.texts import SourceText


class Claims(Reader):
    """Statements: the register, and what the figures say to them. Called, it lists the register."""

    def list(
        self,
        *,
        actor: str | None = None,
        target: str | None = None,
        speaker: str | None = None,
        stance: str | None = None,
        withdrawn: bool = False,
    ) -> MarkedList[RegisteredClaim]:
        """Statements of the register, the latest said first; see ``stopgap claims list --help``."""
        with self._reading():
            found = list_claims(self.path, ClaimFilter(actor, target, speaker, stance, withdrawn))
            return MarkedList(found, with_reads())

    def show(self, id: str, *, version: int | None = None) -> ShownClaim:
        """One statement with its words in their sentence, links and history; see ``stopgap claims show --help``.

        Raises:
            NotFoundError: No such claim, or no such version.
        """
        with self._reading():
            shown = show_claim(self.path, id, version=version)
            linked = [other for _, other in (*shown.links_from, *shown.links_to)]
            own = marking_of_claims(self.path, [shown.entry, *linked])
            return marked(shown, with_reads(own, covers=[CLAIMS]))

    def test(
        self,
        claim: Claim | str | Path,
        *,
        episode: str | None = None,
        by_month: bool = False,
        as_of: str | None = None,
    ) -> TestedClaim:
        """A statement held against the figures; see ``stopgap claims test --help``.

        Args:
            claim: A claim, the path of a claim file, or the id of a registered claim.
            episode: Name or file of the episode.
            by_month: Also as it would have been, month by month.
            as_of: Vintage or day.
        """
        options = ClaimTestOptions(episode=episode, as_of=as_of, by_month=by_month)
        with self._reading():
            tested = verdict_for(self.path, claim, options)[0]
            own = marking_of_verdict(self.path, tested)
            return marked(tested, with_reads(own, covers=VERDICTS))

    def register(
        self,
        claim: Claim | str | Path,
        *,
        by: str,
        why: str | None = None,
        text: SourceText | str | Path | None = None,
        draft: dict[str, Any] | None = None,
        yes: str | None = None,
    ) -> Registration:
        """Put a statement into the register; see ``stopgap claims register --help``.

        Args:
            claim: A claim, or the path of a claim file.
            by: Who registers it.
            why: Reason, where a registered claim changes.
            text: Its source text, or the path of that; by default the file that a claim file names, beside it.
            draft: The draft that it comes from.
            yes: Who said yes to the draft.

        Raises:
            RefusedError: A draft without a yes, or a lake that cannot be written.
            UsageError: A changed claim without a reason.
            NotFoundError: A file, a link or an id that is not there.
            InputError: A field or the words do not hold.
        """
        with self._reading():
            made = register_any(
                self.path, claim, who=by, when=now(), why=why, text=text, draft=draft, yes=yes
            )
            own = marking_of_claims(self.path, [made.entry])
            return marked(made, with_reads(own, covers=() if made.notes else [CLAIMS]))

    __call__ = list
