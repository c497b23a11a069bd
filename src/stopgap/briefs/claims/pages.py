"""Pages of claims: registered ones with the statements linked to them, or claims as their files say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.briefs.markings import marking_of_page
from stopgap.claims.claim import Relation
from stopgap.claims.register.events import ACTIVE, RegisteredClaim
from stopgap.claims.register.texts import read_register
from stopgap.claims.register.views import show_claim
from stopgap.claims.testing.results import TestedClaim, Verdict
from stopgap.claims.testing.run import ClaimTestOptions
from stopgap.claims.testing.verdict_log import FILES, Retest, last_test, retest, verdict_for

if TYPE_CHECKING:
    from stopgap.briefs.claims.parts import ClaimSheet
    from stopgap.briefs.model import StatementNote


def write_pages(lake: Path, wanted: Sequence[str] | None, path: Path, options: ClaimTestOptions) -> list[TestedClaim]:
    """Test claims and write one file with a page for each.

    Args:
        lake: Folder of the lake.
        wanted: Ids, their beginnings, or claim files; all registered claims when ``None``.
        path: Ends in .html or .pdf.
        options: How they are tested.

    Returns:
        The tested claims, in the order of the pages.

    Raises:
        UsageError: Another suffix, or no claim.
        NotFoundError: No such claim or file.
        InputError: A claim file does not hold together.
        RefusedError: The lake cannot be written.
    """
    from stopgap.briefs.claims.page import check_page_suffix, write_claim_pages

    check_page_suffix(path)
    tested = _tested(lake, wanted, options)
    verdicts = {each.claim_id: each.verdict for _, each in tested}
    sheets = [sheet_of(lake, each, verdicts, file=file) for file, each in tested]
    title = sheets[0].tested.claim.title if len(sheets) == 1 else f"{len(sheets)} statements and the figures"
    write_claim_pages(sheets, path, title=title)
    return [each for _, each in tested]


def _tested(
    lake: Path, wanted: Sequence[str] | None, options: ClaimTestOptions
) -> list[tuple[str | None, TestedClaim]]:
    """Each claim tested, with its file where it comes from one."""
    if wanted is None:
        return [(None, each.tested) for each in retest(lake, None, options)]
    found = []
    for name in wanted:
        file = name if name.lower().endswith(FILES) else None
        tested = verdict_for(lake, name, options)
        found.append((file, tested.tested if isinstance(tested, Retest) else tested))
    return found


def sheet_of(
    lake: Path, tested: TestedClaim, verdicts: Mapping[str, Verdict], *, file: str | None = None, with_day: bool = True
) -> ClaimSheet:
    """A tested claim with what the register knows of it.

    Args:
        lake: Folder of the lake.
        tested: The claim with its verdict.
        verdicts: Verdicts of claims tested with it; of others the last one that the register has.
        file: The claim's file, where it is not from the register.
        with_day: Whether the page says when the claim was registered.
    """
    from stopgap.briefs.claims.parts import ClaimSheet, LinkedStatement

    if file is not None:
        return ClaimSheet(tested, file=file, marking=marking_of_page(lake, tested, ()))
    shown = show_claim(lake, tested.claim_id)

    def link(relation: str, other: RegisteredClaim, *, is_from: bool) -> LinkedStatement:
        context = show_claim(lake, other.id).context
        return LinkedStatement(Relation(relation), is_from, other.claim, _verdict(other, verdicts), context)

    # those who answer it stand first, beside the words themselves
    linked = [link(relation, other, is_from=True) for relation, other in shown.links_from]
    linked.sort(key=lambda each: each.relation is not Relation.DENIES)
    linked += [link(relation, other, is_from=False) for relation, other in shown.links_to]
    day = f" on {shown.version.when[:10]}" if with_day else ""
    registered = f"by {shown.version.who}{day}, version {shown.version.number}"
    marking = marking_of_page(lake, tested, [other.id for _, other in (*shown.links_from, *shown.links_to)])
    return ClaimSheet(tested, tuple(linked), shown.context, registered, marking=marking)


def _verdict(entry: RegisteredClaim, verdicts: Mapping[str, Verdict]) -> Verdict | None:
    if entry.id in verdicts:
        return verdicts[entry.id]
    event = last_test(entry)
    return None if event is None else Verdict(event["verdict"])


def tested_statements(lake: Path, episode: str) -> tuple[StatementNote, ...]:
    """Statements of the register that were last tested on an episode, with that test.

    Raises:
        InputError: The register is damaged.
    """
    from stopgap.briefs.model import StatementNote

    found = []
    for entry in read_register(lake).claims.values():
        event = last_test(entry)
        if entry.status != ACTIVE or event is None or event["episode"] != episode:
            continue
        claim = entry.claim
        found.append(
            StatementNote(
                claim_id=entry.id,
                title=claim.title,
                said_by=claim.said_by.name,
                said_on=claim.said_on,
                stance=str(claim.stance),
                verdict=event["verdict"],
                because=event["because"],
                coverage=event["coverage"],
                as_of=event["as_of"],
            )
        )
    return tuple(found)
