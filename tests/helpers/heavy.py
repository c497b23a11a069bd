"""Files made to take memory or time without end: what each format can be made to hold."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable

from mutations import Mutated
from samples import Sample, samples

REFUSED, SAME_OR_REFUSED = "refused", "same"
MB = 1_000_000

Heavy = Callable[[], tuple[Sample, Mutated]]


def _text(name: str) -> Sample:
    return samples()[name]


def _with_cell(name: str, column: str, cell: str) -> tuple[Sample, Mutated]:
    """The cell of one column in the fourth row is another."""
    sample = _text(name)
    table = sample.table()
    table[4][table[0].index(column)] = cell
    return sample, Mutated(sample.written(table), SAME_OR_REFUSED)


def _bomb(start: bytes, piece: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return b"".join([packer.compress(start), *(packer.compress(piece) for _ in range(times)), packer.flush()])


def _json(data: str) -> tuple[Sample, Mutated]:
    return _text("comtrade json"), Mutated(data.encode(), REFUSED)


def _json_row(value: str) -> tuple[Sample, Mutated]:
    """The sound reply with one field of its second row another."""
    text = _text("comtrade json").content.decode()
    second = text.index('"cmdDesc"', text.index('"cmdDesc"') + 5)
    start = text.index(":", second) + 1
    end = text.index(",", start)
    return _text("comtrade json"), Mutated((text[:start] + value + text[end:]).encode(), SAME_OR_REFUSED)


def workbook(sheet: str, *, strings: str | None = None) -> bytes:
    """A workbook whose one sheet is this XML."""
    sink = io.BytesIO()
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        "</Types>"
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": f'<Relationships xmlns="{packages}"><Relationship Id="rId1" Type="{relation}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relation}"><sheets><sheet name="figures" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{packages}"><Relationship Id="rId1" Type="{relation}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{relation}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{sheet}</worksheet>',
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{main}"/>',
    }
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return sink.getvalue()


def _cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def _book(sheet: str, **parts: str) -> tuple[Sample, Mutated]:
    return _text("mapped xlsx"), Mutated(workbook(sheet, **parts), REFUSED)


def _corners() -> tuple[Sample, Mutated]:
    header = "".join(_cell(f"{letter}1", name) for letter, name in zip("ABCDE", ("hs", "kg", "usd", "partner", "year"), strict=True))  # fmt: skip
    far = _cell("XFD1048576", "1")
    return _book(
        f'<dimension ref="A1:XFD1048576"/><sheetData><row r="1">{header}</row><row r="1048576">{far}</row></sheetData>'
    )


def _long_column() -> tuple[Sample, Mutated]:
    """A header, and one cell in the last row that a sheet can have."""
    header = "".join(_cell(f"{letter}1", name) for letter, name in zip("ABCDE", ("hs", "kg", "usd", "partner", "year"), strict=True))  # fmt: skip
    return _book(f'<sheetData><row r="1">{header}</row><row r="1048576">{_cell("E1048576", "2021")}</row></sheetData>')  # fmt: skip


def _parquet(columns: dict[str, object], **options: object) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def _endless_parquet() -> tuple[Sample, Mutated]:
    """Twenty-four million rows in some kilobytes: one value, told to repeat."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    names = ("hs", "kg", "usd", "partner", "year")
    schema = pa.schema([(name, pa.dictionary(pa.int32(), pa.string())) for name in names])
    rows = 4_000_000
    once = pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()).take(pa.array([0] * rows)), ["854231"])
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        batch = pa.record_batch([once] * len(names), schema=schema)
        for _ in range(6):
            writer.write_batch(batch, row_group_size=rows)
    return _text("mapped parquet"), Mutated(sink.getvalue(), REFUSED)


def _wide_parquet() -> tuple[Sample, Mutated]:
    columns: dict[str, object] = {f"c{n}": ["1"] for n in range(20_000)}
    return _text("mapped parquet"), Mutated(_parquet(columns), REFUSED)


def _header_of(count: int, name: str) -> tuple[Sample, Mutated]:
    sample = _text(name)
    delimiter = str(sample.delimiter)
    header = delimiter.join(sample.table()[0])
    return sample, Mutated((header + "".join(f"{delimiter}c{n}" for n in range(count)) + "\n1\n").encode(), REFUSED)  # fmt: skip


def _row_of(count: int, name: str) -> tuple[Sample, Mutated]:
    sample = _text(name)
    return sample, Mutated(sample.content + f"1{sample.delimiter}".encode() * count + b"\n", REFUSED)


def _rows_without_end(name: str) -> tuple[Sample, Mutated]:
    """Five megabytes without a line end after the header."""
    sample = _text(name)
    return sample, Mutated(sample.written(sample.table()[:1]) + b"x" * 5 * MB, REFUSED)


HEAVY: dict[str, Heavy] = {
    "comtrade: a text of 10 MB": lambda: _with_cell("comtrade plain csv", "cmdDesc", "x" * 10 * MB),
    "comtrade: a value of 10 MB": lambda: _with_cell("comtrade plain csv", "primaryValue", "9" * 10 * MB),
    "comtrade: a code of 10 MB": lambda: _with_cell("comtrade plain csv", "cmdCode", "9" * 10 * MB),
    "canonical: a name of 10 MB": lambda: _with_cell("canonical csv", "source", "x" * 10 * MB),
    "canonical: a name of 900 kB": lambda: _with_cell("canonical csv", "source", "x" * 900_000),
    "canonical: a good of 900 kB": lambda: _with_cell("canonical csv", "good", "84+" * 300_000 + "84"),
    "mapped: a value of 10 MB": lambda: _with_cell("mapped csv", "usd", "9" * 10 * MB),
    "mapped: a value of 900 kB": lambda: _with_cell("mapped csv", "usd", "9" * 900_000),
    "mapped: a value of 900 kB in groups": lambda: _with_cell("mapped national", "usd", "1" + ".234" * 225_000),
    "mapped: a name of 900 kB": lambda: _with_cell("mapped csv", "partner", "🚢" * 225_000),
    "mapped: a quoted text of 10 MB with line ends": lambda: _with_cell("mapped csv", "partner", "x\n" * 5 * MB),
    "mapped: a header of 10 MB": lambda: (_text("mapped csv"), Mutated(b"hs;" + b"x" * 10 * MB + b"\n1;2\n", REFUSED)),
    "comtrade: a million columns": lambda: _header_of(1_000_000, "comtrade plain csv"),
    "canonical: a million columns": lambda: _header_of(1_000_000, "canonical csv"),
    "mapped: a million columns": lambda: _header_of(1_000_000, "mapped csv"),
    "mapped: 9,000 columns": lambda: _header_of(9_000, "mapped csv"),
    "comtrade: a million cells in a row": lambda: _row_of(1_000_000, "comtrade bulk"),
    "canonical: a million cells in a row": lambda: _row_of(1_000_000, "canonical csv"),
    "mapped: a million cells in a row": lambda: _row_of(1_000_000, "mapped csv"),
    "comtrade: no line end": lambda: _rows_without_end("comtrade plain csv"),
    "mapped: no line end": lambda: _rows_without_end("mapped csv"),
    "json: 100,000 levels of arrays": lambda: _json_row("[" * 100_000 + "]" * 100_000),
    "json: 100,000 levels of objects": lambda: _json_row('{"a":' * 100_000 + "1" + "}" * 100_000),
    "json: levels at the start": lambda: _json("[" * 100_000),
    "json: levels at the start, named": lambda: _json('{"primaryValue":' + "[" * 100_000 + "]" * 100_000 + "}"),
    "json: levels before the rows": lambda: _json('{"elapsedTime":' + '{"a":' * 100_000 + "1" + "}" * 100_000 + ',"data":[]}'),
    "json: levels without an end": lambda: _json('{"data":[' + "[" * 900_000),
    "json: a million rows open": lambda: _json('{"elapsedTime":"", "data":[' + "{" * 1_000_000),
    "json: a number of 900,000 digits": lambda: _json_row("9" * 900_000),
    "json: a number of 10 MB": lambda: _json_row("9" * 10 * MB),
    "json: a text of 10 MB": lambda: _json_row('"' + "x" * 10 * MB + '"'),
    "json: a text of 10 MB without an end": lambda: _json_row('"' + "x" * 10 * MB),
    "json: blanks of 8 MB": lambda: _json('{"primaryValue":' + " " * 8 * MB + "1}"),
    "json: a row of 200,000 fields": lambda: _json_row("1," + ",".join(f'"f{n}":{n}' for n in range(200_000)).removesuffix("}")),
    "gzip: zeros": lambda: (_text("mapped csv"), Mutated(_bomb(b"", bytes(MB), 200), REFUSED, file_name="a.csv.gz")),
    "gzip: rows": lambda: (
        _text("mapped csv"),
        Mutated(_bomb(b"hs;kg;usd;partner;year\n", b"854231;1;1;RUS;2021\n" * 50_000, 100), REFUSED, file_name="a.csv.gz"),
    ),
    "gzip: one line": lambda: (_text("comtrade json"), Mutated(_bomb(b'{"primaryValue":"', b"x" * MB, 200), REFUSED, file_name="a.json.gz")),
    "gzip: in gzip": lambda: (_text("mapped csv"), Mutated(gzip.compress(_bomb(b"", bytes(MB), 200)), REFUSED, file_name="a.csv.gz")),
    "workbook: cells in both corners": _corners,
    "workbook: a cell in the last row": _long_column,
    "workbook: entities that grow": lambda: (
        _text("mapped xlsx"),
        Mutated(
            workbook(
                "<sheetData/>",
                strings='<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa">' + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
                + ']><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&j;</t></si></sst>',
            ),
            REFUSED,
        ),
    ),
    "workbook: a text of 100 MB": lambda: _book(f'<sheetData><row r="1">{_cell("A1", "x" * 100 * MB)}</row></sheetData>'),
    "workbook: a row that counts strings": lambda: _book(
        '<sheetData><row r="1"><c r="A1" t="s"><v>99999999</v></c></row></sheetData>',
        strings='<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4000000000" uniqueCount="4000000000"/>',
    ),
    "parquet: a text of 100 MB": lambda: (
        _text("mapped parquet"),
        Mutated(_parquet({"hs": ["x" * 100 * MB], "kg": ["1"], "usd": ["1"], "partner": ["RUS"], "year": ["2021"]}, compression="zstd"), REFUSED),
    ),
    "parquet: 24 million rows": _endless_parquet,
    "parquet: 20,000 columns": _wide_parquet,
    "parquet: columns of lists": lambda: (
        _text("mapped parquet"),
        Mutated(_parquet({"hs": [["854231"]], "kg": [{"a": 1}], "usd": [[1.0]], "partner": ["RUS"], "year": [2021]}), REFUSED),
    ),
}  # fmt: skip


def archive_bomb(levels: int) -> bytes:
    """A zip of a zip of a zip …, in the innermost of which lie 100 MB of zeros."""
    content, name = bytes(100 * MB), "zeros.csv"
    for level in range(levels):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        content, name = sink.getvalue(), f"level-{level}.zip"
    return content
