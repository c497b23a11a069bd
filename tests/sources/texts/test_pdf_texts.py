"""PDF: the text layer, page by page; damaged and locked files are named."""

from __future__ import annotations

import contextlib
import io

import pypdf
import pytest
import typst

from stopgap.base.errors import InputError
from stopgap.sources.texts import clean_words, read_texts

SAID = "The trade from European partners was suspended after the invasion."


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    source = tmp_path_factory.mktemp("typst") / "a.typ"
    source.write_text(f'#set document(title: "Remarks", author: "Press office")\n{SAID}\n#pagebreak()\nSecond page.\n')
    return typst.compile(str(source))


@pytest.fixture
def read(tmp_path):
    def call(content):
        (tmp_path / "a.pdf").write_bytes(content)
        [text] = read_texts(tmp_path / "a.pdf")
        return text

    return call


def test_the_pages_are_joined_by_a_form_feed(read, document):
    text = read(document)
    first, second = text.text.split("\f")
    assert clean_words(first) == SAID
    assert clean_words(second) == "Second page."
    assert (text.kind, text.meta["title"], text.language, text.notes) == ("pdf", "Remarks", "en", ())


def test_a_page_without_text_is_told_of(read, document):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(document))
    writer.add_blank_page(100, 100)
    assert "1 of 3 pages have no text layer" in read(_bytes(writer)).notes[0]


def test_a_locked_file_is_named(read, document):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(document))
    writer.encrypt("secret", algorithm="RC4-128")
    with pytest.raises(InputError, match="encrypted") as caught:
        read(_bytes(writer))
    assert "password" in caught.value.fix


def test_a_file_that_opens_without_a_password_is_read(read, document):
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(document))
    writer.encrypt("", "owner", algorithm="RC4-128")
    assert SAID in clean_words(read(_bytes(writer)).text)


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", b"%PDF-\xff\xff"]
)
def test_a_damaged_file_is_named(read, content):
    with pytest.raises(InputError, match="damaged or cut off"):
        read(content)


def test_a_file_cut_anywhere_is_read_or_named(read, document):
    for end in range(20, len(document), max(len(document) // 40, 1)):
        with contextlib.suppress(InputError):
            assert read(document[:end]).kind == "pdf"


def test_an_unknown_filter_is_damage(read, document):
    with pytest.raises(InputError, match="damaged"):
        read(document.replace(b"/FlateDecode", b"/FlateDec0de"))


def _bytes(writer):
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
