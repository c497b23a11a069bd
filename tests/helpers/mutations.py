"""What may befall a file on its way, and what must become of it then.

Each mutation takes a sample and a source of chance, and gives bytes and a promise:

- ``SAME``: all of the sound file's rows, as they were, or a refusal.
- ``PREFIX``: its first rows, as they were, or a refusal.
- ``SOME``: any of its rows, as they were, or a refusal: never a row that it has not.
- ``ACCOUNTED``: likewise, and each row that is not there is rejected, missing, or told of.
- ``REFUSED``: a refusal.
- ``ANYTHING``: no fault of ours, at least.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from dataclasses import dataclass

from samples import Sample, national

SAME, PREFIX, SOME, ACCOUNTED, REFUSED = "same", "prefix", "some", "accounted", "refused"
ANYTHING = "anything"


@dataclass(frozen=True)
class Mutated:
    """A file after a mutation.

    Attributes:
        content: Its bytes.
        promise: What must become of it.
        may_warn: Another outcome is right too where a warning tells of it.
        file_name: Where the mutation changes it.
    """

    content: bytes
    promise: str
    may_warn: str | None = None
    file_name: str | None = None


WORD = b"0123456789.,-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

Mutation = Callable[[Sample, random.Random], Mutated | None]
"""None where a mutation does not apply to a sample."""


def cut(sample: Sample, draw: random.Random) -> Mutated:
    """Cut at any byte."""
    place = draw.randrange(1, len(sample.content))
    return Mutated(sample.content[:place], PREFIX, may_warn="line end")


def cut_in_the_last_row(sample: Sample, draw: random.Random) -> Mutated | None:
    """Cut in the last row, where a number may lose its last digits."""
    if not sample.is_text:
        return None
    last = sample.content.rstrip(b"\r\n").rfind(b"\n")
    place = draw.randrange(last + 1, len(sample.content))
    return Mutated(sample.content[:place], PREFIX, may_warn="line end")


def cut_at_the_front(sample: Sample, draw: random.Random) -> Mutated:
    """The first bytes are lost."""
    return Mutated(sample.content[draw.randrange(1, len(sample.content)) :], SOME)


def hole(sample: Sample, draw: random.Random) -> Mutated | None:
    """Bytes from the middle are lost: two rows become one, unless the hole is a number of whole rows."""
    if not sample.is_text:
        return None
    start = draw.randrange(1, len(sample.content) - 1)
    end = draw.randrange(start + 1, len(sample.content))
    joined = sample.content[:start] + sample.content[end:]
    # Digits of one number joined to those of another cannot be told from a number.
    around = sample.content[start - 1 : start] + sample.content[end : end + 1]
    return None if any(byte in WORD for byte in around) else Mutated(joined, SOME)  # fmt: skip


def flipped_byte(sample: Sample, draw: random.Random) -> Mutated | None:
    """One byte of a compressed or columnar file is another: its checks must tell."""
    if sample.is_text:
        return None
    content = bytearray(sample.content)
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    # A columnar file carries no sum over its pages, so a figure may change unseen; a workbook does.
    return Mutated(bytes(content), ANYTHING if sample.file_name.endswith(".parquet") else SOME)


def shuffled_columns(sample: Sample, draw: random.Random) -> Mutated | None:
    """Columns in another order, header and rows alike."""
    if not sample.is_text:
        return None
    table = sample.table()
    order = draw.sample(range(len(table[0])), len(table[0]))
    return Mutated(sample.written([[row[n] for n in order] for row in table]), SAME)


def rotated_rows(sample: Sample, draw: random.Random) -> Mutated | None:
    """Each row moved against the header by some columns."""
    if not sample.is_text:
        return None
    header, *rows = sample.table()
    by = draw.randrange(1, len(header))
    return Mutated(sample.written([header, *(row[by:] + row[:by] for row in rows)]), ACCOUNTED)


def shuffled_rows(sample: Sample, draw: random.Random) -> Mutated | None:
    """Rows in another order."""
    if not sample.is_text:
        return None
    header, *rows = sample.table()
    return Mutated(sample.written([header, *draw.sample(rows, len(rows))]), SAME)


def repeated_rows(sample: Sample, draw: random.Random) -> Mutated | None:
    """Rows that stand twice."""
    if not sample.is_text:
        return None
    header, *rows = sample.table()
    return Mutated(sample.written([header, *rows, *draw.sample(rows, 3)]), SAME)


def header_again(sample: Sample, draw: random.Random) -> Mutated | None:
    """The header stands again among the rows: files joined by hand."""
    if not sample.is_text:
        return None
    header, *rows = sample.table()
    return Mutated(sample.written([header, *rows[:5], header, *rows[5:]]), SAME)


def dropped_column(sample: Sample, draw: random.Random) -> Mutated | None:
    """A column is not there."""
    if not sample.is_text:
        return None
    table = sample.table()
    gone = draw.randrange(len(table[0]))
    rows = [[cell for n, cell in enumerate(row) if n != gone] for row in table]
    return Mutated(sample.written(rows), SOME, may_warn="")


def dropped_cell(sample: Sample, draw: random.Random) -> Mutated | None:
    """One row lacks a cell."""
    if not sample.is_text:
        return None
    table = sample.table()
    del table[draw.randrange(1, len(table))][draw.randrange(len(table[0]))]
    return Mutated(sample.written(table), ACCOUNTED)


def duplicated_column(sample: Sample, draw: random.Random) -> Mutated | None:
    """A column stands twice, the second with other values."""
    if not sample.is_text:
        return None
    table = sample.table()
    twice, place = draw.randrange(len(table[0])), draw.randrange(len(table[0]) + 1)
    others = [table[0][twice], *draw.sample([row[twice] for row in table[1:]], len(table) - 1)]
    rows = [[*row[:place], other, *row[place:]] for row, other in zip(table, others, strict=True)]
    return Mutated(sample.written(rows), SAME)


def duplicated_value_column(sample: Sample, draw: random.Random) -> Mutated | None:
    """A column of values stands twice, the first time with other values."""
    if not sample.is_text or not sample.values:
        return None
    table = sample.table()
    twice = table[0].index(draw.choice(sample.values))
    rows = [[table[0][twice], *table[0]], *([str(n * 7.0), *row] for n, row in enumerate(table[1:]))]
    return Mutated(sample.written(rows), SAME)


def trailing_delimiters(sample: Sample, draw: random.Random) -> Mutated | None:
    """Every row, but not the header, ends in a delimiter."""
    if not sample.is_text:
        return None
    header, *rows = sample.table()
    return Mutated(sample.written([header, *([*row, ""] for row in rows)]), SAME)


def half_in_another_encoding(sample: Sample, draw: random.Random) -> Mutated | None:
    """A name in UTF-8 in one row, in latin-1 or GB18030 in another."""
    if not sample.is_text:
        return None
    lines = sample.content.splitlines(keepends=True)
    place = draw.randrange(1, len(lines) - 1)
    for n, (encoding, name) in enumerate(draw.sample([("utf-8", "Türkiye"), ("latin-1", "Côte d'Ivoire"), ("gb18030", "俄罗斯")], 2)):  # fmt: skip
        line = lines[place + n].rstrip(b"\r\n")
        lines[place + n] = line + f"{sample.delimiter}{name}".encode(encoding) + b"\r\n"
    return Mutated(b"".join(lines), ACCOUNTED)


def nul_bytes(sample: Sample, draw: random.Random) -> Mutated | None:
    """NUL bytes in the middle."""
    if not sample.is_text:
        return None
    place = draw.randrange(len(sample.content))
    return Mutated(sample.content[:place] + bytes(draw.choice((1, 3, 4096))) + sample.content[place:], REFUSED)  # fmt: skip


def stray_quote(sample: Sample, draw: random.Random) -> Mutated | None:
    """A quotation mark where none may stand."""
    if not sample.is_text or sample.free:
        return None
    place = draw.randrange(len(sample.content))
    return Mutated(sample.content[:place] + b'"' * draw.choice((1, 2, 3)) + sample.content[place:], ACCOUNTED)


def quoted_cells(sample: Sample, draw: random.Random) -> Mutated | None:
    """Every cell in quotation marks."""
    if not sample.is_text:
        return None
    delimiter = str(sample.delimiter)
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in sample.table()]
    return Mutated("".join(lines).encode(str(sample.encoding)), SAME)


def line_ends(sample: Sample, draw: random.Random) -> Mutated | None:
    """Line ends of another kind, or of several kinds."""
    if not sample.is_text:
        return None
    lines = sample.written(sample.table(), line_end="\n").splitlines()
    kinds = draw.choice(((b"\n",), (b"\r",), (b"\r\n",), (b"\n", b"\r\n"), (b"\n", b"\r"), (b"\r", b"\r\n", b"\n")))  # fmt: skip
    return Mutated(b"".join(line + draw.choice(kinds) for line in lines), SAME)


def blank_lines(sample: Sample, draw: random.Random) -> Mutated | None:
    """Empty lines among the rows and at the end."""
    if not sample.is_text:
        return None
    lines = sample.content.splitlines(keepends=True)
    for _ in range(3):
        lines.insert(draw.randrange(1, len(lines) + 1), draw.choice((b"\r\n", b"\n", b" \n")))
    return Mutated(b"".join(lines), SAME)


def byte_order_mark(sample: Sample, draw: random.Random) -> Mutated | None:
    """A byte order mark at the front."""
    return Mutated(b"\xef\xbb\xbf" + sample.content, SAME) if sample.encoding == "utf-8" else None


def spaced_cells(sample: Sample, draw: random.Random) -> Mutated | None:
    """Blanks around cells."""
    if not sample.is_text:
        return None
    blank = draw.choice((" ", "  ", "\u00a0"))
    rows = [[blank + cell + draw.choice(("", " ")) if n else cell for cell in row] for n, row in enumerate(sample.table())]  # fmt: skip
    return Mutated(sample.written(rows), SAME)


STYLES = {
    "1,234.56": (",", ".", False),
    "1.234,56": (".", ",", False),
    "1 234,56": ("\u00a0", ",", False),
    "1 234,56 narrow": ("\u202f", ",", False),
    "1'234.56": ("'", ".", False),
    "12,34,567.8": (",", ".", True),
}
"""Style -> mark between thousands, mark before the fraction, groups of two as in India."""


def national_numbers(sample: Sample, draw: random.Random) -> Mutated | None:
    """Values written as another country writes them."""
    if not sample.is_text or not sample.values:
        return None
    thousands, decimal, indian = STYLES[draw.choice(list(STYLES))]
    header, *rows = sample.table()
    places = {n for n, name in enumerate(header) if name in sample.values}
    changed = [
        [national(cell, thousands, decimal, indian=indian) if n in places else cell for n, cell in enumerate(row)]
        for row in rows
    ]  # fmt: skip
    return Mutated(sample.written([header, *changed]), SAME)


def points_between_thousands(sample: Sample, draw: random.Random) -> Mutated | None:
    """Every value 1.234: a number of three decimals, or a thousand and something."""
    if not sample.is_text or not sample.values or sample.is_machine_written:
        return None
    header, *rows = sample.table()
    places = {n for n, name in enumerate(header) if name in sample.values}
    changed = [
        [f"{draw.randrange(1, 999)}.{draw.randrange(1000):03}" if n in places else cell for n, cell in enumerate(row)]
        for row in rows
    ]  # fmt: skip
    return Mutated(sample.written([header, *changed]), REFUSED, may_warn="thousands")


ODD_VALUES = (
    "NaN", "nan", "inf", "-inf", "Infinity", "1e999", "-5", "1_000", "0x1F", "1e", "--1", "1.2.3", "٣٤", "１２", "12%", "$12",
    "12 USD", "#REF!", "#N/A", "=1+1", "1" * 400, "1" * 100_000, "12,5", "12\u200b", "1\u00a0000", "true", "1/2", "½",
    "1e5e5", "0b1", "1.0f", "1d", "(5)", "5-", "+-5", "1,2",
)  # fmt: skip


def odd_value(sample: Sample, draw: random.Random) -> Mutated | None:
    """One value is no number of the file's style, or no finite positive one."""
    if not sample.is_text or not sample.values:
        return None
    header, *rows = sample.table()
    rows[draw.randrange(len(rows))][header.index(sample.values[0])] = draw.choice(ODD_VALUES)
    return Mutated(sample.written([header, *rows]), ACCOUNTED)


ODD_TEXTS = (
    "🚢📦", "مرحبا \u202e abc", "\u202eRUS", "\u0000".strip("\u0000"), "ＲＵＳ", "RUS\u200b", "' OR 1=1 --", "'); DROP TABLE staged; --",
    "$value", "{value}", "%s", "../../etc/passwd", "<script>", "\\", "\\N", "NULL", "None", "nan", "-", "?", "x" * 100_000, "\u0301" * 500,
    "\ud7ff", "\U0010ffff", "\t", "\x1b[31m", "\x7f", "\x85", "\u2028", "ßẞıİ", "1e5", "-1", "2021-13", "99999999999999999999999",
)  # fmt: skip


def odd_text(sample: Sample, draw: random.Random) -> Mutated | None:
    """One cell that is no value holds what none should."""
    if not sample.is_text:
        return None
    header, *rows = sample.table()
    places = [n for n, name in enumerate(header) if name not in (*sample.values, *sample.free)]
    rows[draw.randrange(len(rows))][draw.choice(places)] = draw.choice(ODD_TEXTS)
    return Mutated(sample.written([header, *rows]), ACCOUNTED, may_warn="")


def odd_header(sample: Sample, draw: random.Random) -> Mutated | None:
    """One name of the header is another."""
    if not sample.is_text:
        return None
    header, *rows = sample.table()
    header[draw.randrange(len(header))] = draw.choice([*ODD_TEXTS, "", " ", *header])
    return Mutated(sample.written([header, *rows]), SOME, may_warn="")


def compressed(sample: Sample, draw: random.Random) -> Mutated | None:
    """With gzip, once or in several streams."""
    if sample.encoding is None:
        return None
    half = draw.randrange(len(sample.content))
    packed = draw.choice((
        gzip.compress(sample.content, mtime=0),
        gzip.compress(sample.content[:half], mtime=0) + gzip.compress(sample.content[half:], mtime=0),
    ))  # fmt: skip
    return Mutated(packed, SAME, file_name=sample.file_name + ".gz")


def compressed_twice(sample: Sample, draw: random.Random) -> Mutated:
    """gzip within gzip."""
    return Mutated(gzip.compress(gzip.compress(sample.content)), REFUSED, file_name=sample.file_name + ".gz")


def compressed_and_cut(sample: Sample, draw: random.Random) -> Mutated:
    """With gzip, and cut at any byte."""
    packed = gzip.compress(sample.content, mtime=0)
    return Mutated(packed[: draw.randrange(1, len(packed))], REFUSED, file_name=sample.file_name + ".gz")


def web_page(sample: Sample, draw: random.Random) -> Mutated:
    """A web page saved under the file's name, or before or after its rows."""
    page = b"<!DOCTYPE html><html><body><table><tr><td>1</td></tr></table></body></html>\n"
    return Mutated(draw.choice((page, b"\xef\xbb\xbf\n" + page, page + sample.content, b"\n \n" + page)), REFUSED)


def header_alone(sample: Sample, draw: random.Random) -> Mutated | None:
    """A header and no rows."""
    if not sample.is_text:
        return None
    return Mutated(sample.written(sample.table()[: sample.header]), REFUSED)


def joined_twice(sample: Sample, draw: random.Random) -> Mutated | None:
    """The file stands twice in itself."""
    return Mutated(sample.content + sample.content, SAME)


def lost_zeros(sample: Sample, draw: random.Random) -> Mutated | None:
    """A spreadsheet took every cell of digits for a number."""
    if not sample.is_text:
        return None
    header, *rows = sample.table()
    changed = [[str(int(cell)) if cell.isascii() and cell.isdigit() else cell for cell in row] for row in rows]  # fmt: skip
    return Mutated(sample.written([header, *changed]), SAME)


def text_noise(sample: Sample, draw: random.Random) -> Mutated:
    """Bytes of chance over some of the file."""
    content = bytearray(sample.content)
    for _ in range(draw.choice((1, 2, 10, 200))):
        content[draw.randrange(len(content))] = draw.randrange(128, 256)
    is_checked = sample.encoding == "utf-8" or sample.file_name.endswith(".xlsx")
    return Mutated(bytes(content), SOME if is_checked else ANYTHING, may_warn="")  # fmt: skip


MUTATIONS: dict[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (
        cut, cut_in_the_last_row, cut_at_the_front, hole, flipped_byte, shuffled_columns, rotated_rows, shuffled_rows,
        repeated_rows, header_again, dropped_column, dropped_cell, duplicated_column, duplicated_value_column,
        trailing_delimiters, half_in_another_encoding, nul_bytes, stray_quote, quoted_cells, line_ends, blank_lines,
        byte_order_mark, spaced_cells, national_numbers, points_between_thousands, odd_value, odd_text, odd_header,
        compressed, compressed_twice, compressed_and_cut, web_page, header_alone, joined_twice, lost_zeros, text_noise,
    )
}  # fmt: skip
