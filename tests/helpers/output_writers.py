"""Every writer of Stopgap, given hostile texts; what its output holds that it must not, by writer."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from functools import cache
from typing import Any

import brief_fixture
import claim_fixture
import pyarrow as pa
from exchange_made import CLAIM, DECISION, FINDING, FINGERPRINT, RECEIPT, VERDICT, Made, alert_document
from exposure_made import HIT, company, exposed
from hostile_text import is_formula, unseen
from output_readers import (
    Page,
    csv_faults,
    formulas_of,
    json_faults,
    lost,
    markdown_faults,
    markdown_tokens,
    page_faults,
    pdf_faults,
    terminal_faults,
    workbook_faults,
    xml_faults,
)

from stopgap.base.display.displayed import table_display
from stopgap.base.display.forms import Display
from stopgap.base.documents import json_text
from stopgap.base.errors import InputError
from stopgap.base.marking import Marking, Tlp
from stopgap.base.spreadsheets import csv_text
from stopgap.briefs.charts.draw import draw_figures
from stopgap.briefs.claims.page import ClaimSheet, LinkedStatement, _html, _pdf
from stopgap.briefs.claims.story import tell_claims
from stopgap.briefs.formats.html import html_page
from stopgap.briefs.formats.markdown import markdown_text as brief_markdown
from stopgap.briefs.formats.pdf import pdf_bytes
from stopgap.briefs.formats.xlsx import xlsx_bytes
from stopgap.briefs.model import BriefModel, SourceNote, StatementNote
from stopgap.briefs.pack_page import pack_page
from stopgap.briefs.story import tell
from stopgap.claims.claim import ClaimWords, Relation, SourceLink, Speaker
from stopgap.claims.claim_file import claim_yaml
from stopgap.claims.register.text_spans import Context
from stopgap.cli.main import report
from stopgap.cli.terminal.options import Answer, Detail
from stopgap.cli.terminal.output import _markdown, _print_table, plain_text
from stopgap.cli.terminal.telling import tell as tell_line
from stopgap.evidence.exchange import export
from stopgap.evidence.packs.view import PackView
from stopgap.screening.exposure.follow_the_money import ftm_lines
from stopgap.watch.events import Event
from stopgap.watch.notify import Mail
from stopgap.watch.watching import Round

PLAIN = "Plain name"
AMBER = Marking(Tlp.AMBER)
Faults = dict[str, list[str]]
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]\d+)?")


def plain_texts(count: int) -> list[str]:
    """Ordinary names, no two the same."""
    return [f"{PLAIN} {number}" for number in range(count)]


def as_json_holds(text: str) -> str:
    """A text as JSON can hold it: two surrogates beside each other are one character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass") if _pairs(text) else text


def _pairs(text: str) -> bool:
    try:
        text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return False
    return True


def answer_of(texts: Sequence[str]) -> Answer:
    """An answer of the command line with texts in every place."""
    held = [_utf8(text) for text in texts]
    table = pa.table({"number": list(range(len(held))), f"name {held[0]}": held})
    return Answer({"names": list(texts)}, table, texts[0], list(texts), (), AMBER)


def _utf8(text: str) -> str:
    """A text as a table can hold it: lone surrogates become ``?``."""
    return text.encode("utf-8", "replace").decode("utf-8")


def printed(what: Callable[[], Any]) -> str:
    """What a function prints, on stdout and stderr."""
    sink = io.StringIO()
    with contextlib.redirect_stdout(sink), contextlib.redirect_stderr(sink):
        what()
    return sink.getvalue()


def lines_written(texts: Sequence[str]) -> Faults:
    """The writers of lines and tables, with some texts."""
    answer, held = answer_of(texts), [_utf8(text) for text in texts]
    rows = [[str(number), text] for number, text in enumerate(held)]
    markdown, report_of_watch = _markdown(answer), round_of(texts).markdown()
    like, like_report = _plain_lines(len(texts))
    return {
        "terminal table": terminal_faults(printed(lambda: _print_table(answer, Detail())), [*held, texts[0]]),
        "plain table": terminal_faults(plain_text(answer), [*held, *texts]),
        "notes on stderr": _told(texts),
        "error in three lines": [each for text in texts for each in _three_lines(text)],
        "CSV": csv_faults(csv_text(answer.table), [answer.table.column_names, *rows]),
        "JSON": _json_answer(texts),
        "error as JSON": [each for text in texts for each in _error_json(_error(text))],
        "Markdown table": markdown_faults(markdown, like) + lost(markdown_tokens(markdown)[1], [*held, texts[0]]),
        "watch report": markdown_faults(report_of_watch, like_report)
        + lost(markdown_tokens(report_of_watch)[1], list(texts)),
        "mail": _mailed(texts),
        "page in a notebook": page_faults(_shown(texts).html(), Page(_shown(plain_texts(len(texts))).html())),
        "text at a prompt": terminal_faults(_shown(texts).text(), []),
    }


def _shown(texts: Sequence[str]) -> Display:
    return table_display(texts[0], answer_of(texts).table, {}, notes=list(texts), more=1, marking=AMBER.label)


@cache
def _plain_lines(count: int) -> tuple[str, str]:
    texts = plain_texts(count)
    return _markdown(answer_of(texts)), round_of(texts).markdown()


def _told(texts: Sequence[str]) -> list[str]:
    said = printed(lambda: [tell_line(text) for text in texts])
    return terminal_faults(said, list(texts)) + ["not one line"] * (said.count("\n") != len(texts))


def _error(text: str) -> InputError:
    return InputError(text, where=text, fix=text, details={"name": text})


def _three_lines(text: str) -> list[str]:
    error = _error(text)
    said = printed(lambda: report(error, as_json=False))
    return terminal_faults(said, [error.what]) + ["not three lines"] * (said.count("\n") != 3)


def _json_answer(texts: Sequence[str]) -> list[str]:
    names = [text for text in texts if as_json_holds(text) == text]
    document = {"names": names, "by name": dict.fromkeys(names, 1)}
    return json_faults(json_text(document), document)


def _error_json(error: InputError) -> list[str]:
    written = printed(lambda: report(error, as_json=True))
    document = {"error": error.as_dict()}
    is_held = all(as_json_holds(str(each)) == str(each) for each in error.as_dict().values())
    return json_faults(written, document) if is_held else []


def round_of(texts: Sequence[str]) -> Round:
    """A round of a watch with texts in every place."""
    first = texts[0]
    events = tuple(Event("revised", text, text) for text in texts)
    faults = [InputError(text, where=text, fix=text) for text in texts]
    return Round(first, first, first, first, 1, "v1", None, None, events, list(texts), list(texts), failures=faults)


def _mailed(texts: Sequence[str]) -> list[str]:
    names = [text for text in texts if as_json_holds(text) == text]
    notice = {"id": "0" * 16, "title": texts[0], "document": {"names": names}, "text": " \n".join(texts)}
    message = Mail("a@example.net", "b@example.net", "localhost", 25, "none")._message(notice)
    read = message_from_bytes(message.as_bytes(), policy=policy.default)
    faults = terminal_faults(str(read["Subject"]), [])
    if sorted(read.keys()) != ["Content-Type", "From", "MIME-Version", "Message-ID", "Subject", "To"]:
        faults.append(f"headers: {sorted(read.keys())}")
    body, attached = list(read.iter_parts())
    faults += terminal_faults(body.get_content().replace("\r\n", "\n").replace("\t", " "), list(texts))
    return faults + json_faults(attached.get_content().decode("utf-8"), {"names": names})


def brief_of(texts: Sequence[str]) -> tuple[BriefModel, list[str]]:
    """A brief with the texts in all that comes from files, and those that it must show whole."""
    queue = iter(texts)
    take = queue.__next__
    made = brief_fixture.model()
    firms = tuple(
        company(number, name=take(), hits=(replace(HIT, name=take(), matched_name=take()),), spellings=())
        for number in (1, 2, 3)
    )
    fixed = replace(
        made, title=take(), episode_title=take(), target_name=take(), hub_name=take(), hub_good=take(),
        headline=replace(made.headline, warnings=(take(), take())),
        names={**made.names, **{code: take() for code in ("CHN", "TUR", "RUS", "DEU")}},
        goods_titles={key: take() for key in made.goods_titles}, series_label=take(), legs_label=take(),
        monthly_label=take(), monthly_unit=take(), hub_case_label=take(), reproduce=((take(), take()),),
        legs=tuple(replace(leg, hub_name=take()) for leg in made.legs[:2]), exposure=exposed(companies=firms, pairs=()),
    )  # fmt: skip
    rest = list(queue)
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    return replace(
        fixed,
        caveats=tuple(a for a, _ in pairs[::3]),
        statements=tuple(
            StatementNote("c-0123456789", a, b, "2024-04-08", "assertion", "supported", a, 0.9, "v1")
            for a, b in pairs[1::3]
        ),
        sources=tuple(SourceNote("comtrade", a, b, "2026-04-01", None, "sha256:6b1f", "v1", 1) for a, b in pairs[2::3]),
    ), [*(a for a, _ in pairs[::3]), *(each for pair in [*pairs[1::3], *pairs[2::3]] for each in pair)]


BRIEF_TEXTS = 40
"""Texts that a brief takes before those that it must show whole."""


MOST_CLAIMS = 3


def claims_of(texts: Sequence[str]) -> tuple[list[ClaimSheet], str, list[str]]:
    """Pages of claims with eleven texts each, the title, and the texts."""
    sheets = []
    for start in range(1, min(len(texts) - 10, MOST_CLAIMS * 11), 11):
        a, b, c, d, e, f, g, h, i, j, k = texts[start : start + 11]
        claim = claim_fixture.claim(
            title=a, said_by=Speaker(b, c), words=ClaimWords(d, 0, 9, e, "ab" * 32), chain=(SourceLink(f, "report"),),
            audience=(g,), note=h, said_at=i, links=(),
        )  # fmt: skip
        found = claim_fixture.hypothesis(statement=j, because=k, queries=(k,))
        tested = claim_fixture.outcome(claim, (found,), because=j, cannot=(k,), warnings=(a,))
        linked = LinkedStatement(Relation.UPDATES, True, claim_fixture.claim(id="c-aaaaaaaaaa", title=b, links=()))
        sheets.append(ClaimSheet(tested, (linked,), Context(g, d, h), i, "c-0123456789", AMBER))
    return sheets, texts[0], list(texts[: 1 + 11 * len(sheets)])


def pack_of(texts: Sequence[str]) -> PackView:
    """A pack with the texts in all that is written out in other forms."""
    queue = iter(texts)
    take = queue.__next__
    made = Made(AMBER, origin={"name": take(), "fingerprint": FINGERPRINT}, name=take())
    made.add("finding", "finding:1", AMBER, {**FINDING, "goods": take(), "warnings": [take()]}, title=take())
    firm = company(1, name=take(), identifiers=("9100000001",), spellings=())
    made.add("finding", "finding:2", AMBER, exposed(companies=(firm,), pairs=()).as_dict(), title=take())
    claim = {**CLAIM["claim"], "said_by": {"name": take(), "office": take()}, "words": take()}
    made.add("claim", "claim:1", AMBER, {**CLAIM, "claim": claim}, title=take())
    made.add("verdict", "verdict:1", AMBER, {**VERDICT, "because": take()}, title=take())
    alert = alert_document(explanation=take(), supplier=take(), good=take())
    made.add("alert", "alert:1", AMBER, alert, title=take())
    made.add("decision", "decision:1", AMBER, {**DECISION, "why": take(), "who": take()}, title=take())
    made.add("receipt", "receipt:1", AMBER, {**RECEIPT, "file_name": take(), "terms": take()}, title=take())
    return made.view()


PACK_TEXTS = 23


def texts_within(writer: str, offered: int) -> int:
    """How many of the texts offered stand in a document."""
    if writer.startswith("claim"):
        return min(offered, 1 + 11 * MOST_CLAIMS)
    if writer.startswith("exposure"):
        return 1
    return min(offered, PACK_TEXTS) if writer.startswith("pack") else offered


def documents_written(texts: Sequence[str], *, pdf: bool = False) -> Faults:
    """The writers of documents, all with the same texts in their many places."""
    return {**_briefs(texts, pdf=pdf), **_claim_pages(texts, pdf=pdf), **_packs(texts[:PACK_TEXTS])}


@cache
def _plain_brief(count: int) -> tuple[Page, str, int]:
    story, model = _story(plain_texts(count))
    page = html_page(story, _drawn(story))
    return Page(page), brief_markdown(story), formulas_of(xlsx_bytes(model, story))


def _story(texts: Sequence[str]) -> tuple[Any, BriefModel]:
    model, _ = brief_of(texts)
    return tell(model), model


def _drawn(story: Any) -> Any:
    return draw_figures(
        [each.figure for each in (story.first, *story.sections) if each.figure], narrow=False, marking=AMBER
    )


def _briefs(texts: Sequence[str], *, pdf: bool) -> Faults:
    model, whole = brief_of(texts)
    story = tell(model)
    like, like_markdown, formulas = _plain_brief(len(texts))
    drawings = _drawn(story)
    page, markdown = html_page(story, drawings), brief_markdown(story)
    workbook, words = workbook_faults(xlsx_bytes(model, story), formulas)
    faults = {
        "brief, HTML": page_faults(page, like) + lost(Page(page).text, whole),
        "brief, Markdown": markdown_faults(markdown, like_markdown) + lost(markdown_tokens(markdown)[1], whole),
        "brief, workbook": workbook + lost(words, whole),
    }
    if pdf:
        faults["brief, PDF"], _ = pdf_faults(pdf_bytes(story, drawings))
    return faults


@cache
def _plain_claims(count: int) -> Page:
    sheets, title, _ = claims_of(plain_texts(count))
    document = tell_claims(sheets, title=title, made_with="stopgap")
    return Page(_html(document, draw_figures(_claim_figures(document), narrow=False, marking=AMBER)).decode())


def _claim_figures(document: Any) -> list[Any]:
    return [figure for sheet in document.sheets for figure in (*sheet.figures, sheet.months) if figure is not None]


def _claim_pages(texts: Sequence[str], *, pdf: bool) -> Faults:
    sheets, title, whole = claims_of(texts)
    document = tell_claims(sheets, title=title, made_with="stopgap")
    drawings = draw_figures(_claim_figures(document), narrow=False, marking=AMBER)
    page = _html(document, drawings).decode()
    faults = {"claim page, HTML": page_faults(page, _plain_claims(len(texts))) + lost(Page(page).text, whole)}
    if pdf:
        faults["claim page, PDF"], _ = pdf_faults(_pdf(document, drawings))
    faults["claim file, YAML"] = [
        each for sheet in sheets for each in terminal_faults(claim_yaml(sheet.tested.claim), [])
    ]
    return faults


@cache
def _plain_pack() -> tuple[Page, bytes]:
    view = pack_of(plain_texts(PACK_TEXTS))
    return Page(_pack_page(view)), export(view, "rss")


def _pack_page(view: PackView) -> str:
    files = {name.removeprefix("data/"): view.read(name) for name in view.names}
    kept = [item for item in view.evidence["items"] if item["id"] not in ("finding:1", "finding:2", "verdict:1")]
    return pack_page({**view.evidence, "items": kept}, files)


def _packs(texts: Sequence[str]) -> Faults:
    view = pack_of([_utf8(each) for each in texts])
    like, rss = _plain_pack()
    page = _pack_page(view)
    content = {form: export(view, form) for form in ("stix", "misp", "ftm", "csv", "xlsx", "rss", "json-feed")}
    workbook, _ = workbook_faults(content["xlsx"], 0)
    titles = [_utf8(texts[place]) for place in (0, 1, 10, 16, 19, 22)]
    faults = {
        "pack page": page_faults(page, like) + lost(Page(page).text, titles),
        "pack as workbook": workbook,
        "pack as RSS": xml_faults(content["rss"], rss),
    }
    for form in ("stix", "misp", "json-feed"):
        json.loads(content[form])
        faults[f"pack as {form}"] = terminal_faults(content[form].decode("utf-8"), [])
    for line in content["ftm"].decode("utf-8").splitlines():
        json.loads(line)
    faults["pack as FollowTheMoney"] = terminal_faults(content["ftm"].decode("utf-8"), [])
    found = "".join(ftm_lines(exposed(companies=(company(1, name=_utf8(texts[0])),), pairs=())))
    faults["exposure as FollowTheMoney"] = terminal_faults(found, [])
    faults["pack as CSV"] = csv_faults_of(content["csv"].decode("utf-8"))
    return faults


def csv_faults_of(text: str) -> list[str]:
    """What a CSV hides or would run, whatever it was to hold."""
    rows = [[cell for cell in row if not _NUMBER.fullmatch(cell)] for row in csv.reader(io.StringIO(text, newline=""))]
    return [f"formula: {cell[:60]!a}" for row in rows for cell in row if is_formula(cell)] + [
        f"unseen: {each}" for each in unseen(text, "\n\t\r")
    ]
