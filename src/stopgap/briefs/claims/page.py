"""A page for each claim, as HTML or PDF: the words, who said them to whom, the verdict and what it rests on.

Nothing but what is given decides the bytes: the same claims give the same file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stopgap.base.errors import UsageError
from stopgap.base.marking import CLEAR, Marking
from stopgap.briefs.charts.draw import Drawing, draw_figures
from stopgap.briefs.charts.glyphs import settable
from stopgap.briefs.claims.parts import ClaimDocument, ClaimSheet, LinkedStatement, Said, Sheet
from stopgap.briefs.claims.story import tell_claims
from stopgap.briefs.claims.words import VERDICTS, language_name
from stopgap.briefs.formats.files import write_files
from stopgap.briefs.formats.text import shorten
from stopgap.briefs.parts import ChartPart
from stopgap.claims.register.text_spans import Context
from stopgap.claims.testing.results import TestedClaim

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
    """Write the page of one claim and give its path.

    Args:
        tested: The claim with its verdict.
        path: Ends in .html or .pdf.
        linked: Statements linked to it; each in the form of the claim itself.
        context: The source's own words in their sentence, where the source is at hand.
        registered: Who registered it, and when.
        file: How a command names the claim, where that is not its id.
        marking: Who may see it.

    Raises:
        UsageError: Another suffix.
    """
    sheet = ClaimSheet(tested, tuple(linked), context, registered, file, marking)
    return write_claim_pages([sheet], path, title=tested.claim.title)


def write_claim_pages(sheets: Sequence[ClaimSheet], path: Path, *, title: str) -> Path:
    """Write one file with a page for each claim.

    Args:
        sheets: The claims, in the order of the pages; at least one.
        path: Ends in .html or .pdf.
        title: Of the file.

    Raises:
        UsageError: Another suffix, or no claim.
    """
    render_claims(sheets, [path], title=title)
    return path


def render_claims(sheets: Sequence[ClaimSheet], paths: Sequence[Path], *, title: str) -> None:
    """Write the same claims to several files; the pictures are drawn once.

    Raises:
        UsageError: A suffix that is none of .html and .pdf, or no claim.
        RefusedError: A file cannot be written.
    """
    suffixes = [check_page_suffix(path) for path in paths]
    if not sheets:
        raise UsageError("there is no claim to write", where=paths[0].name, fix="name a claim, or register one")
    document = tell_claims(sheets, title=title, made_with=f"stopgap {version('stopgap')}")
    figures = [figure for sheet in document.sheets for figure in (*sheet.figures, sheet.months) if figure is not None]
    drawings = draw_figures(figures, narrow=".html" in suffixes, marking=document.marking)
    made = [_html(document, drawings) if suffix == ".html" else _pdf(document, drawings) for suffix in suffixes]
    write_files(dict(zip(paths, made, strict=True)))


def check_page_suffix(path: Path) -> str:
    """The suffix, in lower case.

    Raises:
        UsageError: It is neither .html nor .pdf.
    """
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
        "commands": [list(pair) for pair in _as_commands(document.queries)],
        "note": "",
    }
    plain, lost = set_content(content)
    if lost:
        plain["note"] = (
            f"{lost} characters that the typeface of this PDF lacks are set as □; the HTML edition holds them."
        )
    return typeset("claim.typ", plain)


def _as_commands(queries: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(number, f'stopgap query "{sql}"') for number, sql in queries]


def _pdf_sheet(sheet: Sheet, drawings: Mapping[str, Drawing]) -> dict[str, Any]:
    from stopgap.briefs.formats.pdf import pdf_figure, pdf_table

    def drawn(figure: ChartPart | None) -> dict[str, Any] | None:
        return None if figure is None else pdf_figure(figure, drawings)

    return {
        "title": sheet.title,
        "kicker": sheet.kicker,
        "verdict": str(sheet.verdict),
        "verdict_words": sheet.verdict_words,
        "because": sheet.because,
        "verdict_notes": list(sheet.verdict_notes),
        "said": _pdf_said(sheet.said),
        "facts": [list(pair) for pair in sheet.facts],
        "chain": [list(pair) for pair in sheet.chain],
        "linked": [_pdf_said(each) for each in sheet.linked],
        "notes": list(sheet.notes),
        "figures": [drawn(figure) for figure in sheet.figures],
        "tables": [pdf_table(table, elsewhere="the HTML edition") for table in sheet.tables],
        "months": drawn(sheet.months),
        "since": sheet.since,
        "would_change": list(sheet.would_change),
        "cannot": list(sheet.cannot),
        "basis": [list(pair) for pair in sheet.basis],
        "warnings": list(sheet.warnings),
        "commands": [list(pair) for pair in sheet.commands],
    }


def _pdf_said(said: Said) -> dict[str, Any]:
    """Words as the PDF can set them; where its typeface lacks the script, it says so instead of printing boxes."""
    text = said.text
    known = settable()
    letters = [char for char in text if not char.isspace()]
    lost = sum(ord(char) not in known for char in letters)
    is_lost = bool(letters) and lost > _MOST_LOST * len(letters)
    stand_in = (
        f"{len(letters)} characters of {language_name(said.language)}, a script that the typeface of this PDF lacks. "
        "The HTML edition holds the words."
    )
    return {
        "title": said.title,
        "by": said.by,
        "text": stand_in if is_lost else text,
        "before": "" if is_lost else said.before,
        "after": "" if is_lost else said.after,
        "language": "en" if is_lost or said.language == "und" else said.language,
        "is_own": said.is_own,
        "is_lost": is_lost,
        "own": said.own,
        "place": said.place,
        "verdict": said.verdict,
        "relation": said.relation,
    }
