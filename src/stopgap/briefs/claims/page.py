"""Write a page for each claim, as HTML or PDF: the words, who said them to whom, the verdict and its inputs.

Claims come from the register, with the statements linked to them, or from claim files. The bytes depend on the
arguments alone: the same claims give the same file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stopgap.base.errors import UsageError
from stopgap.base.marking import CLEAR, Marking
from stopgap.base.progress import counted
from stopgap.briefs.charts.draw import Drawing, draw_figures
from stopgap.briefs.charts.glyphs import settable
from stopgap.briefs.claims.parts import ClaimDocument, ClaimSheet, LinkedStatement, Said, Sheet
from stopgap.briefs.claims.story import tell_claims
from stopgap.briefs.claims.words import VERDICTS, language_name, title_of
from stopgap.briefs.formats.files import write_files
from stopgap.briefs.formats.text import shorten
from stopgap.briefs.markings import marking_of_page
from stopgap.briefs.model import StatementNote
from stopgap.claims.claim import Relation
from stopgap.claims.register.events import ACTIVE, RegisteredClaim
from stopgap.claims.register.text_spans import Context
from stopgap.claims.register.texts import read_register
from stopgap.claims.register.views import ShownClaim, show_claim
from stopgap.claims.testing.results import TestedClaim, Verdict
from stopgap.claims.testing.verdict_log import FILES, Retest, last_test, retest, verdict_for

if TYPE_CHECKING:
    from stopgap.claims.testing.run import ClaimTestOptions

__all__ = ["SUFFIXES", "ClaimSheet", "LinkedStatement", "check_page_suffix", "write_claim_page", "write_claim_pages"]

SUFFIXES = (".html", ".pdf")
_MOST_LOST = 0.3  # of a text's letters: above, the PDF names the language instead of printing boxes


def write_claim_page(
    tested: TestedClaim,
    path: Path,
    *,
    linked: Sequence[LinkedStatement] = (),
    context: Context | None = None,
    registered: str | None = None,
    file: str | None = None,
    marking: Marking = CLEAR,
) -> Path:
    """Write the page of one claim (.html or .pdf, else UsageError) and return its path.

    Args:
        tested: The claim with its verdict.
        path: File to write.
        linked: Statements linked to it; each is printed in the same form as the claim.
        context: The source's own words in their sentence, where the source is available.
        registered: Who registered it, and when.
        file: Name of the claim in commands, where that is not its id.
        marking: Who may see the page.
    """
    sheet = ClaimSheet(tested, tuple(linked), context, registered, file, marking)
    return write_claim_pages([sheet], path, title=title_of(tested.claim))


def write_claim_pages(sheets: Sequence[ClaimSheet], path: Path, *, title: str) -> Path:
    """Write one file (.html or .pdf) with a page for each claim; UsageError for another suffix or without claims."""
    render_claims(sheets, [path], title=title)
    return path


def render_claims(sheets: Sequence[ClaimSheet], paths: Sequence[Path], *, title: str) -> None:
    """Write the same claims to several files (.html, .pdf, else UsageError); each chart is drawn once."""
    suffixes = [check_page_suffix(path) for path in paths]
    if not sheets:
        raise UsageError("there is no claim to write", where=paths[0].name, fix="name a claim, or register one")
    document = tell_claims(sheets, title=title, made_with=f"stopgap {version('stopgap')}")
    figures = [figure for sheet in document.sheets for figure in sheet.figures]
    drawings = draw_figures(figures, narrow=".html" in suffixes, marking=document.marking)
    made = [_html(document, drawings) if suffix == ".html" else _pdf(document, drawings) for suffix in suffixes]
    write_files(dict(zip(paths, made, strict=True)))


def check_page_suffix(path: Path) -> str:
    """Return the suffix in lower case; UsageError if it is neither .html nor .pdf."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"a claim's page cannot be written as {path.suffix or 'a file without suffix'}",
            where=f"output {path.name}",
            fix="end the name in .html or .pdf",
        )
    return suffix


def _html(document: ClaimDocument, drawings: Mapping[str, Drawing]) -> bytes:
    from stopgap.briefs.formats.html import filled, inline_drawings

    page = filled(
        "claim.html.j2",
        ["brief.css", "claim.css"],
        document=document,
        marking=document.marking,
        drawings=inline_drawings(drawings),
        short=VERDICTS,
        language=language_name,
    )
    return page.encode()


def _pdf(document: ClaimDocument, drawings: Mapping[str, Drawing]) -> bytes:
    from stopgap.briefs.formats.pdf import pdf_marking, set_content, typeset

    content = {
        "title": document.title,
        "running": shorten(document.title, 90),
        "as_of": document.as_of,
        "marking": pdf_marking(document.marking),
        "made_with": document.made_with,
        "sheets": [_pdf_sheet(sheet, drawings) for sheet in document.sheets],
        "commands": [(number, f'stopgap query "{sql}"') for number, sql in document.queries],
        "note": "",
    }
    plain, lost = set_content(content)
    if lost:
        plain["note"] = (
            f"{lost} characters that the typeface of this PDF lacks are set as □; the HTML edition holds them."
        )
    return typeset("claim.typ", plain)


def _pdf_sheet(sheet: Sheet, drawings: Mapping[str, Drawing]) -> dict[str, Any]:
    from stopgap.briefs.formats.pdf import pdf_figure, pdf_table

    elsewhere = "the HTML edition"
    return {
        **{field.name: getattr(sheet, field.name) for field in fields(sheet)},
        "said": _pdf_said(sheet.said),
        "linked": [_pdf_said(each) for each in sheet.linked],
        "ladders": [asdict(each) for each in sheet.ladders],
        "parts": [
            {
                "title": part.title,
                "answer": part.answer,
                "paragraphs": part.paragraphs,
                "limits": part.limits,
                "figures": [pdf_figure(figure, drawings) for figure in part.figures],
                "tables": [pdf_table(table, elsewhere=elsewhere) for table in part.tables],
                "intervals": [pdf_figure(figure, drawings) for figure in part.intervals],
                "interval_tables": [pdf_table(table, elsewhere=elsewhere) for table in part.interval_tables],
            }
            for part in sheet.parts
        ],
        "rests_on": None if sheet.rests_on is None else pdf_table(sheet.rests_on, elsewhere=elsewhere),
        "months": None if sheet.months is None else pdf_figure(sheet.months, drawings),
    }


def _pdf_said(said: Said) -> dict[str, Any]:
    """Convert a statement for the PDF; where the typeface lacks its script, a note replaces the words, not boxes."""
    known = settable()
    letters = [char for char in said.text if not char.isspace()]
    lost = sum(ord(char) not in known for char in letters)
    if not letters or lost <= _MOST_LOST * len(letters):
        return {**asdict(said), "language": "en" if said.language == "und" else said.language, "is_lost": False}
    stand_in = (
        f"{len(letters)} characters of {language_name(said.language)}, a script that the typeface of this PDF lacks. "
        "The HTML edition holds the words."
    )
    return {**asdict(said), "text": stand_in, "before": "", "after": "", "language": "en", "is_lost": True}


def write_pages(lake: Path, wanted: Sequence[str] | None, path: Path, options: ClaimTestOptions) -> list[TestedClaim]:
    """Test claims and write one file (.html or .pdf) with a page for each; return the tested claims in page order.

    ``wanted`` contains ids, id prefixes, or claim files; all active registered claims when ``None``.
    """
    check_page_suffix(path)
    tested: list[tuple[str | None, TestedClaim]] = []
    if wanted is None:
        tested += [(None, each.tested) for each in retest(lake, None, options)]
    for name in counted(wanted or (), "testing statement"):
        found = verdict_for(lake, name, options)
        file = name if name.lower().endswith(FILES) else None
        tested.append((file, found.tested if isinstance(found, Retest) else found))
    verdicts = {each.claim_id: each.verdict for _, each in tested}
    sheets = [sheet_of(lake, each, verdicts, file=file) for file, each in tested]
    title = title_of(sheets[0].tested.claim) if len(sheets) == 1 else f"{len(sheets)} statements and the figures"
    write_claim_pages(sheets, path, title=title)
    return [each for _, each in tested]


def sheet_of(
    lake: Path, tested: TestedClaim, verdicts: Mapping[str, Verdict], *, file: str | None = None, with_day: bool = True
) -> ClaimSheet:
    """Combine a tested claim with its register entry: linked statements, context, registration, and marking.

    ``verdicts`` are those of claims tested in the same run; other linked claims show the last verdict in the register.
    ``file`` is the claim file of a claim that is not registered; ``with_day`` includes the day of registration.
    """
    if file is not None:
        return ClaimSheet(tested, file=file, marking=marking_of_page(lake, tested, ()))
    shown = show_claim(lake, tested.claim_id)
    linked = linked_statements(lake, shown, verdicts)
    day = f" on {shown.version.when[:10]}" if with_day else ""
    registered = f"by {shown.version.who}{day}, version {shown.version.number}"
    marking = marking_of_page(lake, tested, [other.id for _, other in (*shown.links_from, *shown.links_to)])
    return ClaimSheet(tested, linked, shown.context, registered, marking=marking)


def linked_statements(
    lake: Path, shown: ShownClaim, verdicts: Mapping[str, Verdict] | None = None
) -> tuple[LinkedStatement, ...]:
    """Return the statements linked to a claim, those that answer it first, each with its verdict.

    ``verdicts`` are those of claims tested in the same run; others have the last verdict in the register.
    """
    known = verdicts or {}

    def link(relation: str, other: RegisteredClaim, *, is_from: bool) -> LinkedStatement:
        context = show_claim(lake, other.id).context
        event = last_test(other)
        verdict = known.get(other.id, None if event is None else Verdict.read(event["verdict"]))
        return LinkedStatement(Relation(relation), is_from, other.claim, verdict, context)

    linked = [link(relation, other, is_from=True) for relation, other in shown.links_from]
    linked.sort(key=lambda each: each.relation is not Relation.DENIES)
    return (*linked, *(link(relation, other, is_from=False) for relation, other in shown.links_to))


def tested_statements(lake: Path, episode: str) -> tuple[StatementNote, ...]:
    """Return the active statements of the register whose last test was on `episode`, with that test."""
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
