"""Claims of the Python API: register, drafts and tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.api.asked import asked, asked_of
from stopgap.api.reader import LakeReader
from stopgap.api.results import MarkedList, marked
from stopgap.base.person import named_person
from stopgap.claims.claim import Claim
from stopgap.claims.register.request import ClaimFilter, ReadRequest, RegisterRequest
from stopgap.claims.testing.request import ClaimsTestRequest, ClaimTestRequest

if TYPE_CHECKING:
    from stopgap.claims.drafting.run import DraftRun
    from stopgap.claims.register.events import RegisteredClaim, StoredText
    from stopgap.claims.register.register import Registration
    from stopgap.claims.register.statement_files import ReadClaim
    from stopgap.claims.register.texts import ImportedText
    from stopgap.claims.register.views import ShownClaim
    from stopgap.claims.testing.results import TestedClaim
    from stopgap.claims.testing.run import ClaimTestOptions


class Texts(LakeReader):
    """Source texts: stored once, so that a claim's words can be found where they stand. Called, it lists them."""

    def import_files(self, files: Sequence[str | Path], *, by: str | None = None) -> MarkedList[ImportedText]:
        """Store source texts; one that is there already is left as it is.

        Args:
            files: Texts: plain, Markdown, HTML, PDF, JSON lines.
            by: Who brings them; the user signed in when ``None``.

        Raises:
            NotFoundError: A file is not there.
            InputError: A file cannot be read as text.
            RefusedError: The lake cannot be written.
        """
        from stopgap.claims.register.texts import import_texts
        from stopgap.evidence.markings.reads import marking_of_files, with_reads
        from stopgap.lake.store import now

        with self._reading():
            found = import_texts(self.path, [Path(file) for file in files], who=named_person(by), when=now())
            own = marking_of_files(self.path, [each.text.sha256 for each in found])
            return MarkedList(found, with_reads(own))

    def list(self) -> MarkedList[StoredText]:
        """Source texts of the register, oldest first.

        Raises:
            InputError: The register is damaged.
        """
        from stopgap.claims.register.texts import list_texts
        from stopgap.evidence.markings.reads import marking_of_files, with_reads

        with self._reading():
            found = list_texts(self.path)
            own = marking_of_files(self.path, [each.sha256 for each in found])
            return MarkedList(found, with_reads(own))

    __call__ = list


class Claims(LakeReader):
    """Statements: the register, and what the figures say to them. Called, it lists the register."""

    @cached_property
    def texts(self) -> Texts:
        """Source texts, with the words of statements."""
        return Texts(self.path, self.progress)

    @asked(ClaimFilter)
    def list(self, request: ClaimFilter) -> MarkedList[RegisteredClaim]:
        """List the statements of the register, the latest said first.

        Raises:
            UsageError: An unknown stance.
            InputError: The register is damaged.
        """
        from stopgap.claims.register.views import list_claims
        from stopgap.evidence.markings.reads import with_reads

        with self._reading():
            found = list_claims(self.path, request)
            return MarkedList(found, with_reads())

    def show(self, id: str, *, version: int | None = None) -> ShownClaim:
        """Show a statement: the words in their sentence, speaker, chain, goods, links and versions.

        Args:
            id: Id of a claim, or its beginning.
            version: An earlier version, from 1; the newest when ``None``.

        Raises:
            NotFoundError: No such claim, or no such version.
        """
        from stopgap.claims.register.views import show_claim
        from stopgap.evidence.markings.provenance import marking_of_claims
        from stopgap.evidence.markings.reads import CLAIMS, with_reads

        with self._reading():
            shown = show_claim(self.path, id, version=version)
            linked = [other for _, other in (*shown.links_from, *shown.links_to)]
            own = marking_of_claims(self.path, [shown.entry, *linked])
            return marked(shown, with_reads(own, covers=[CLAIMS]))

    @asked_of(RegisterRequest)
    def register(self, claim: Claim | ReadClaim | str | Path, request: RegisterRequest) -> Registration:
        """Put a statement into the register; the same again changes nothing, a changed one is a new version.

        Args:
            claim: A claim, the path of a claim file or of drafts, or what :func:`read_claim` gives.

        Raises:
            RefusedError: A draft without a yes, or a lake that cannot be written.
            UsageError: A changed claim without a reason, no draft of several is named, or no such field is filled in.
            NotFoundError: A file, a draft, a link or an id that is not there.
            InputError: A field or the words do not hold.
        """
        from stopgap.claims.register.statement_files import register_any
        from stopgap.evidence.markings.provenance import marking_of_claims
        from stopgap.evidence.markings.reads import CLAIMS, with_reads
        from stopgap.lake.store import now

        with self._reading():
            made = register_any(self.path, claim, request, when=now())
            own = marking_of_claims(self.path, [made.entry])
            # notes name other statements of the register
            return marked(made, with_reads(own, covers=() if made.notes else [CLAIMS]))

    def withdraw(self, id: str, *, why: str, by: str | None = None) -> RegisteredClaim:
        """Take a statement out of the list; it stays in the register with all its versions.

        Args:
            id: Id of a claim, or its beginning.
            why: The reason.
            by: Who does it; the user signed in when ``None``.

        Raises:
            NotFoundError: No such claim.
            UsageError: No reason is given.
            RefusedError: It is withdrawn already, or the lake cannot be written.
        """
        from stopgap.claims.register.register import withdraw_claim
        from stopgap.evidence.markings.provenance import marking_of_claims
        from stopgap.evidence.markings.reads import CLAIMS, with_reads
        from stopgap.lake.store import now

        with self._reading():
            entry = withdraw_claim(self.path, id, who=named_person(by), when=now(), why=why)
            return marked(entry, with_reads(marking_of_claims(self.path, [entry]), covers=[CLAIMS]))

    def draft(
        self,
        files: Sequence[str | Path],
        *,
        reader: str = "auto",
        language_model: str | None = None,
        least: float = 0.0,
    ) -> DraftRun:
        """Propose the claims in texts: who said what of whom. Nothing is registered; a person decides.

        Args:
            files: Texts: plain, Markdown, HTML, PDF, JSON lines.
            reader: What reads the sentences; ``auto`` takes the best that is there.
            language_model: Command of a program that proposes as well; ``None``: none is asked.
            least: Leave out drafts less sure than this.

        Raises:
            UsageError: An unknown reader, one that is not installed, or a program that cannot be started.
            InputError: A file that cannot be read, or an answer that is no JSON.
        """
        from stopgap.claims.drafting.run import draft_files
        from stopgap.evidence.markings.reads import with_reads

        with self._reading():
            paths = [Path(file) for file in files]
            run = draft_files(paths, reader=reader, language_model=language_model, least=least)
            return marked(run, with_reads())

    @asked_of(ClaimTestRequest)
    def test(self, claim: Claim | str | Path, request: ClaimTestRequest) -> TestedClaim:
        """Test a claim against the figures: supported, partly supported, not supported or not testable, and why.

        Args:
            claim: A claim, the path of a claim file, or the id of a registered claim, or its beginning.

        Raises:
            NotFoundError: No such file, claim, vintage or episode.
            InputError: The claim file does not hold together.
            RefusedError: The lake cannot be written.
        """
        from stopgap.claims.testing.verdict_log import verdict_for
        from stopgap.evidence.markings.reads import VERDICTS, marking_of_tests, with_reads

        with self._reading():
            tested = verdict_for(self.path, claim, _options(request))
            own = marking_of_tests(self.path, [tested])
            return marked(tested, with_reads(own, covers=VERDICTS))

    @asked(ClaimsTestRequest)
    def test_all(self, request: ClaimsTestRequest) -> MarkedList[TestedClaim]:
        """Test claims against the figures, every registered one where none is named, and write a page for each.

        Raises:
            UsageError: A page of another ending, or a page of no claim.
            NotFoundError: No such file, claim, vintage or episode.
            InputError: A claim file does not hold together.
            RefusedError: The lake cannot be written.
        """
        from stopgap.claims.testing.verdict_log import retest, verdict_for
        from stopgap.evidence.markings.reads import VERDICTS, marking_of_tests, with_reads

        options = _options(request)
        wanted = [str(claim) for claim in request.claims] or None
        with self._reading():
            found: Sequence[TestedClaim]
            if request.page is not None:
                from stopgap.briefs.claims.page import write_pages

                found = write_pages(self.path, wanted, Path(request.page), options)
            elif wanted is None:
                found = retest(self.path, None, options)
            else:
                found = [verdict_for(self.path, claim, options) for claim in wanted]
            own = marking_of_tests(self.path, found)
            return MarkedList(found, with_reads(own, covers=VERDICTS))

    __call__ = list


def _options(request: ClaimTestRequest) -> ClaimTestOptions:
    from stopgap.claims.testing.run import ClaimTestOptions

    return ClaimTestOptions(episode=request.episode, by_month=request.by_month, as_of=request.as_of)


def read_claim(file: str | Path, request: ReadRequest | None = None) -> ReadClaim:
    """The claim of a claim file, or of a file of drafts, before it is registered.

    Args:
        file: Claim file (YAML), or drafts (JSON).
        request: Which draft, what is filled in, and its source text.

    Raises:
        UsageError: Of several drafts none is named, or what is filled in is no field.
        NotFoundError: A file, or a draft, is not there.
        InputError: A file does not hold together, or a draft leaves a field open.
    """
    from stopgap.claims.register.statement_files import read_statement

    return read_statement(Path(file), request or ReadRequest())
