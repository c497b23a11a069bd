"""Write a brief as HTML, PDF, XLSX or Markdown, by file suffix; the bytes depend on the model alone."""

from __future__ import annotations

from pathlib import Path

from stopgap.base.errors import UsageError
from stopgap.base.vocab import BriefForm
from stopgap.briefs.charts.draw import Drawing, draw_figures
from stopgap.briefs.formats.files import write_files
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import Story
from stopgap.briefs.story import tell

SUFFIXES = (".html", ".pdf", ".xlsx", ".md")
_DRAWN = (".html", ".pdf")


def render(model: BriefModel, output: Path, *, form: BriefForm = BriefForm.FULL) -> Path:
    """Write the brief to `output`, its first page alone or in full, and return the path.

    Raises:
        UsageError: The suffix is not .html, .pdf, .xlsx or .md.
        RefusedError: The file cannot be written.
    """
    _write(model, {check_suffix(output): output}, form)
    return output


def check_suffix(output: Path) -> str:
    """Return the suffix in lower case; UsageError if it is not .html, .pdf, .xlsx or .md."""
    suffix = output.suffix.lower()
    if output.is_dir() and suffix not in SUFFIXES:
        raise UsageError(
            "a brief is written to a file, and this is a folder",
            where=f"output {output.name}",
            fix=f"give a file in it, such as {output / 'brief.html'} (.html, .pdf, .xlsx or .md)",
        )
    if suffix not in SUFFIXES:
        raise UsageError(
            f"a brief cannot be written as {output.suffix or 'a file without suffix'}",
            where=f"output {output.name}",
            fix="end the name in .html, .pdf, .xlsx or .md",
        )
    return suffix


def render_all(model: BriefModel, directory: Path, stem: str, *, form: BriefForm = BriefForm.FULL) -> dict[str, Path]:
    """Write the brief in all four formats as ``directory/stem.*``; return paths by format (html, pdf, xlsx, md)."""
    paths = {suffix: directory / f"{stem}{suffix}" for suffix in SUFFIXES}
    _write(model, paths, form)
    return {suffix[1:]: path for suffix, path in paths.items()}


def _write(model: BriefModel, paths: dict[str, Path], form: BriefForm) -> None:
    story = tell(model, form)
    drawings: dict[str, Drawing] = {}
    if any(suffix in _DRAWN for suffix in paths):
        found = (story.first.figure, *(section.figure for section in story.sections))
        figures = [figure for figure in found if figure is not None]
        drawings = draw_figures(figures, narrow=".html" in paths, marking=story.marking)
    # all content first: an error leaves no half of a set behind
    made = {path: _content(suffix, model, story, drawings) for suffix, path in paths.items()}
    write_files(made)


def _content(suffix: str, model: BriefModel, story: Story, drawings: dict[str, Drawing]) -> bytes:
    if suffix == ".html":
        from stopgap.briefs.formats.html import html_page

        return html_page(story, drawings).encode()
    if suffix == ".pdf":
        from stopgap.briefs.formats.pdf import pdf_bytes

        return pdf_bytes(story, drawings)
    if suffix == ".xlsx":
        from stopgap.briefs.formats.xlsx import xlsx_bytes

        return xlsx_bytes(model, story)
    from stopgap.briefs.formats.markdown import markdown_text

    return markdown_text(story).encode()
