"""Files that do something when they are opened are refused, and those that people attach are taken."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject
from xlsxwriter import Workbook

from stopgap.base.errors import RefusedError
from stopgap.base.marking import parse_marking
from stopgap.evidence.active.attachments import attachment_faults
from stopgap.evidence.packs.gathering import PackOptions
from stopgap.evidence.packs.items import _attached

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def pdf(change=lambda writer: None) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    change(writer)
    sink = io.BytesIO()
    writer.write(sink)
    return sink.getvalue()


def acting(name: str, value=None):
    def change(writer):
        action = value or DictionaryObject(
            {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
        )
        writer.root_object[NameObject(name)] = action

    return change


def linked(address: str):
    def change(writer):
        action = DictionaryObject({NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject(address)})
        link = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/A"): action})
        writer.pages[0][NameObject("/Annots")] = ArrayObject([link])

    return change


def book(formula: str = "=1+1", url: str | None = None) -> bytes:
    sink = io.BytesIO()
    with Workbook(sink) as made:
        sheet = made.add_worksheet("sheet")
        sheet.write_string(0, 0, "javascript:alert(1) and DDE, as text")
        sheet.write_formula(1, 0, formula)
        if url:
            sheet.write_url(2, 0, url)
    return sink.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    sink = io.BytesIO(content)
    with zipfile.ZipFile(sink, "a") as archive:
        archive.writestr(name, part)
    return sink.getvalue()


def retyped(content: bytes, old: str, new: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(sink, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(old.encode(), new.encode()))
    return sink.getvalue()


TAKEN = {
    "note.txt": "Grüße: a < b, c > d & e\n".encode(),
    "note.md": b"# Title\n\n[site](https://example.org) and `x`\n\n```\n<b>code</b>\n```\n",
    "rows.csv": b"a,b\n-5,+4.5e3\n'=1,text\n",
    "rows.tsv": b"a\tb\n1\t2\n",
    "data.json": b'{"a": [1, 2]}\n',
    "invoice.pdf": pdf(),
    "linked.pdf": pdf(linked("https://example.org/a")),
    "photo.PNG": PNG,
    "book.xlsx": book(url="https://example.org"),
}
REFUSED = {
    "page.html": b"<p>text</p>", "picture.svg": b"<svg/>", "page.xhtml": b"<html/>", "run.exe": b"MZ", "run.bat": b"dir", "run.ps1": b"ls", "run.js": b"1",
    "run.vbs": b"1", "run.py": b"1", "run.sql": b"SELECT 1", "go.lnk": b"L\0\0\0", "go.url": b"[InternetShortcut]", "old.doc": b"\xd0\xcf\x11\xe0", "old.xls": b"\xd0\xcf\x11\xe0",
    "macro.docm": book(), "macro.xlsm": book(), "all.zip": b"PK\x03\x04", "mail.eml": b"From: a", "rich.rtf": b"{\\rtf1", "a": b"text", "a.": b"text", ".pdf": pdf(), "x.xml": b"<a/>",
    "as.txt": b"<script>alert(1)</script>", "bom.txt": "\ufeff<svg onload=x>".encode(), "sixteen.txt": "text".encode("utf-16"), "seven.txt": b"+ADw-script+AD4-alert(1)",
    "zero.txt": "<scr\u200bipt>x".encode(), "entity.txt": b"&lt;script&gt;x", "nul.txt": b"a\0b", "name.json": b'{"a": "<IFRAME src=x>"}',
    "html.md": b"text <img src=x onerror=alert(1)>", "script.md": b"[a](javascript:alert(1))", "spelled.md": b"[a](java&#115;cript:alert(1))", "data.md": b"[a]: data:text/html,x",
    "picture.md": b"![a](https://example.org/a.png)", "double.md": b"\\\\<script>", "list.md": b"- a\n  ```\n<script>\n", "tilde.md": b"~~~\n```\n~~~\n<script>\n",
    "formula.csv": b"a\n=cmd|' /C calc'!A0\n", "at.csv": b"a\n@SUM(1)\n", "plus.csv": b"a\n+cmd|x\n", "space.csv": b'a\n" =1+1"\n',
    "open.pdf": pdf(acting("/OpenAction")), "aa.pdf": pdf(acting("/AA")), "launch.pdf": pdf(acting("/X", DictionaryObject({NameObject("/S"): NameObject("/Launch")}))),
    "script.pdf": pdf(acting("/X")), "inside.pdf": pdf(lambda writer: writer.add_attachment("a.exe", b"MZ")), "locked.pdf": pdf(lambda writer: writer.encrypt("a")),
    "to.pdf": pdf(linked("file:///etc/passwd")), "hex.pdf": pdf(acting("/OpenAction")).replace(b"/OpenAction", b"/Open#41ction"), "after.pdf": pdf() + b"<script>x</script>",
    "before.pdf": b"<html>" + pdf(), "none.pdf": b"%PDF-1.7\nnothing\n%%EOF",
    "hidden.pdf": pdf().replace(b"xref\n", b"9 0 obj\n<< /S /JavaScript /JS (x) >>\nendobj\nxref\n", 1),
    "photo.png": b"<svg onload=alert(1)>", "photo.jpg": b"MZ", "rows.parquet": b"PAR1",
    "dde.xlsx": book("=cmd|'/C calc'!A0"), "web.xlsx": book('=WEBSERVICE("https://x")'), "file.xlsx": book(url="external:other.xlsx"),
    "vba.xlsx": with_part(book(), "xl/vbaProject.bin", b"x"), "ole.xlsx": with_part(book(), "xl/embeddings/oleObject1.bin", b"x"), "link.xlsx": with_part(book(), "xl/externalLinks/externalLink1.xml", b"<a/>"),
    "typed.xlsx": retyped(book(), "spreadsheetml.sheet.main", "macroEnabled.main"), "entity.xlsx": with_part(book(), "xl/more.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"),
    "script.xlsx": with_part(book(), "run.js", b"1"), "cut.xlsx": book()[:400],
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_what_people_attach_is_taken(name: str) -> None:
    assert attachment_faults(name, TAKEN[name]) == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_does_something_is_refused(name: str) -> None:
    assert attachment_faults(name, REFUSED[name])


def test_create_refuses_it_with_what_where_and_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(REFUSED["page.html"])
    assert PackOptions(parse_marking("GREEN", None), attachments=(path,)).attachments
    with pytest.raises(RefusedError, match="may do something") as caught:
        _attached(path)
    assert caught.value.exit_code == 5
    assert caught.value.where == str(path)
    assert "PDF" in caught.value.fix
