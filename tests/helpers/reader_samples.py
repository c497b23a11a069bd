"""Samples of every registered source, each with what its bytes say: the measure of what a reader may not pass over.

``meaning`` is an independent reading of a sample's bytes by the standard library alone. Two files of one meaning may
be read alike; two of different meanings may not, unless a warning, a count or an error tells them apart. So what it
leaves out is the whole list of what is insignificant in a format (docs/reference/limits.md says the same in words).
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import declaration_files
import list_files
from samples import Sample, samples

from stopgap.sources.trade.comtrade_rows import READ, TOTAL_OF

Meaning = Callable[[bytes], Any]


@dataclass(frozen=True)
class ReaderSample:
    """A sound file of one source.

    Attributes:
        source: The source that reads it.
        name: For the test's id.
        file_name: As its publisher calls it.
        content: Its bytes.
        meaning: What bytes of this format say; raises ``ValueError`` where they say nothing.
        mapping: Text of the mapping it is read with, or name of a saved one.
        told: What the user tells of it.
    """

    source: str
    name: str
    file_name: str
    content: bytes
    meaning: Meaning
    mapping: str | None = None
    told: Mapping[str, str] = field(default_factory=dict)


def cell(text: str) -> Any:
    """A cell without the blanks around it; a number by its value, however it is written."""
    plain = re.sub(r"[\s\x1a\u3000]+", " ", text).strip()
    try:
        number = float(plain)
    except ValueError:
        return plain
    return number if math.isfinite(number) and "_" not in plain else plain


def csv_meaning(
    content: bytes,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8-sig",
    read: tuple[str, ...] = (),
    unread: tuple[str, ...] = (),
) -> Any:
    """Rows by the columns that are read; insignificant are blank lines, line ends, quotation marks around a cell,
    blanks around it, one empty cell more than the header has, and columns that the source does not read."""
    text = content.decode(encoding)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row]
    header = [cell(name) for name in rows[0]]
    taken = [
        place
        for place, name in enumerate(header)
        if (not read or str(name) in read or str(name).upper() in read) and name not in unread
    ]
    width = len(header)
    return [
        [cell(row[place]) if place < len(row) else None for place in taken]
        + [width if len(row) == width + 1 and not row[-1] else len(row)]
        for row in rows
    ]


def comtrade_meaning(content: bytes, *, delimiter: str = ",") -> Any:
    """Beside what :func:`csv_meaning` leaves out: whatever is no letter or digit in the name of a column, and what
    :func:`comtrade_row` leaves out of a row. A weight or quantity that one part of a figure lacks is not known for the
    whole, so those of the other parts say nothing."""
    first, *rest = content.split(b"\n", 1)
    plain = re.sub(rb"[^A-Za-z0-9" + re.escape(delimiter.encode()) + rb"\r]", b"", first)
    header, *rows = csv_meaning(b"\n".join([plain, *rest]), delimiter=delimiter, read=COMTRADE)
    names = [str(name) for name in header]
    told = [
        comtrade_row(dict(zip(names, row, strict=False))) | {"width": row[-1]} if len(row) == len(header) else row
        for row in rows
    ]
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in told:
        if isinstance(row, dict) and not row["is total"]:
            parts.setdefault(str([row.get(name) for name in KEY]), []).append(row)
    for figure in parts.values():
        for name in ("netWgt", "qty"):
            if not all(row.get(name) for row in figure):
                for row in figure:
                    row.pop(name, None)
                    row.pop({"qty": "qtyUnitCode"}.get(name, ""), None)
    return [names, *told]


KEY = ("period", "freqCode", "reporterCode", "partnerCode", "flowCode", "cmdCode", "classificationCode")
ESTIMATES = ("isQtyEstimated", "isNetWgtEstimated", "isAltQtyEstimated", "legacyEstimationFlag")


def comtrade_row(row: dict[str, Any]) -> dict[str, Any]:
    """Which part of a total a row is says nothing, as parts are added up, nor which of its figures are estimated, a
    unit without a quantity (-1: there is none), a frequency that the period tells."""
    said = {name: value for name, value in row.items() if name not in TOTAL_OF and name not in ESTIMATES}
    given = {name: row[name] for name in TOTAL_OF if row.get(name) not in ("", None)}
    said["is total"] = all(value == cell(TOTAL_OF[name]) for name, value in given.items())
    said["no codes"] = [name for name, value in given.items() if name != "customsCode" and not isinstance(value, float)]
    flags = {name: str(row.get(name) or "false").lower() for name in ESTIMATES}
    said["estimated"] = any(flag in ("true", "1.0") for flag in flags.values())
    said["no flags"] = [flag for flag in flags.values() if flag not in ("true", "false", "1.0", "0.0")]
    if row.get("qty") in ("", 0.0, None) or row.get("qtyUnitCode") == -1.0:
        said["qty"] = said["qtyUnitCode"] = None
    said["freqCode"] = row.get("freqCode") or ("M" if len(str(row.get("period"))) > 6 else "A")  # 202101.0
    return said


def national_meaning(content: bytes) -> Any:
    """Numbers with a comma and points between thousands; a point that is left out says nothing."""
    return [
        [cell(re.sub(r"\.(?=\d{3})", "", value).replace(",", ".")) if n in (1, 2) and isinstance(value, str) else value for n, value in enumerate(row)]
        for row in csv_meaning(content, delimiter=";")
    ]  # fmt: skip


def imf_meaning(content: bytes) -> Any:
    """The frequency (the fourth column of the sample) is told by the names of the periods, and not read."""
    return [[value for place, value in enumerate(row) if place != 3] for row in csv_meaning(content)]


def canonical_meaning(content: bytes) -> Any:
    """A figure that is not said to be an estimate is none."""
    header, *rows = csv_meaning(content)
    place = header.index("is_estimated") if "is_estimated" in header else None
    day = re.compile(r"(?<=-)(\d)(?=-|$)")
    return [
        header,
        *([value or "false" if n == place else day.sub(r"0\1", value) if isinstance(value, str) else value for n, value in enumerate(row)] for row in rows),
    ]  # fmt: skip


def china_meaning(content: bytes) -> Any:
    """The mark between thousands says nothing, nor the names of goods and economies beside their codes."""
    rows = csv_meaning(content, encoding="gb18030", read=CHINA_READ)
    return [[cell(value.replace(",", "")) if isinstance(value, str) else value for value in row] for row in rows]


def comext_meaning(content: bytes, *, read: tuple[str, ...]) -> Any:
    """A quantity of nothing says what an empty one says."""
    header, *rows = csv_meaning(content, read=read)
    place = header.index("QUANTITY_SUPPL_UNIT") if "QUANTITY_SUPPL_UNIT" in header else header.index("SUP_QUANTITY")
    return [header, *([value or 0.0 if n == place else value for n, value in enumerate(row)] for row in rows)]


def json_meaning(content: bytes, *, read: tuple[str, ...] = (), is_lines: bool = False) -> Any:
    """The document; insignificant are blanks between tokens, the form of numbers and escapes, and other fields than those read."""
    text = content.decode("utf-8-sig")

    def once(pairs: list[tuple[str, Any]]) -> Any:
        if len({name for name, _ in pairs}) < len(pairs):
            return ["twice", pairs]
        return {name: value for name, value in pairs if not read or name in read}

    def leaf(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: leaf(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [leaf(inner) for inner in value]
        return cell(value) if isinstance(value, str) else value

    load = partial(json.loads, object_pairs_hook=once, parse_float=str, parse_int=str)
    if is_lines:
        return [leaf(load(line)) for line in text.split("\n") if line.strip()]
    return leaf(load(text))


def census_meaning(content: bytes) -> Any:
    """Rows under their header; variables that are not read, such as a partner's name beside its code, say nothing."""
    header, *rows = json_meaning(content)
    taken = {place for place, name in enumerate(header) if name in CENSUS_READ}
    month = re.compile(r"(?<=^\d{4}-)(?=\d$)")  # 2021-3 is 2021-03
    return [
        [month.sub("0", value) if isinstance(value, str) else value for n, value in enumerate(row) if n in taken] + [len(row)]
        for row in (header, *rows)
    ]  # fmt: skip


def easycomext_meaning(content: bytes) -> Any:
    """Remarks in brackets behind a label say nothing, nor which part of a total a row is, as parts are added up."""
    header, *rows = csv_meaning(content)
    part = header.index("STAT_PROCEDURE") if "STAT_PROCEDURE" in header else None
    return [
        header,
        *(
            [re.sub(r"\s*\(.*", "", v) if isinstance(v, str) else v for n, v in enumerate(row) if n != part]
            for row in rows
        ),
    ]


def eurostat_meaning(content: bytes, *, delimiter: str = ",", read: tuple[str, ...] = ()) -> Any:
    """The indicator of values has two spellings, the frequency is told by the period, blanks around a code say nothing."""
    rows = csv_meaning(content.replace(b"VALUE_IN_EUROS", b"VALUE_IN_EUR"), delimiter=delimiter, read=read)
    if delimiter == "\t":  # the codes of a row stand in its first cell
        rows = [[*(part.strip() for part in str(key).split(",")[1:]), *values] for key, *values in rows]
    return rows


DAYS = ("dateGenerated", "dataAsOf")
"""Days with an hour, which is not read."""


def xml_meaning(content: bytes, *, unread: tuple[str, ...] = (), attributes: frozenset[str] | None = None) -> Any:
    """The tree without namespaces; insignificant are comments, instructions, blanks, attributes of the root but its day,
    the hour beside a day, the elements named, and attributes other than those named (``element@attribute``)."""

    def tree(node: ET.Element) -> Any:
        name = node.tag.rpartition("}")[2]
        given = {key: value for key, value in node.attrib.items() if key not in DAYS and not is_root(node)
                 and (attributes is None or f"{name}@{key}" in attributes)}  # fmt: skip
        days = {key: value[:10] for key, value in node.attrib.items() if key in DAYS}
        return [name, sorted((given | days).items()), cell((node.text or "")[: 10 if name in DAYS else None]),
                *([tree(child), cell(child.tail or "")] for child in node if child.tag.rpartition("}")[2] not in unread)]  # fmt: skip

    # Namespaces are not read, so that a name of one that is broken says nothing.
    root = ET.fromstring(re.sub(rb"\s[\w:]*(?:xmlns[\w:]*|:\w+)=\"[^\"]*\"|(?<=\s)xsi:(?=\w+=)", b" ", content))

    def is_root(node: ET.Element) -> bool:
        return node is root

    return tree(root)


def text_meaning(content: bytes, *, head: str) -> Any:
    """The text from a line on; insignificant are what stands before it, blanks, line ends, and the stop of an entry."""
    text = content.decode("utf-8-sig")
    found = re.search(head, text, re.M)
    text = re.sub(r"[.;\s]+(?=\d+ |\Z)", "", text[found.start() :] if found else text)
    text = re.sub(
        r",?\s*a\.k\.a\.?,?\s*the\s+following\s[\w\s]*?\s*alias(?:es)?:\s*-*", "\n-", text
    )  # the words before aliases
    text = re.sub(r"[;\s]*;(?:\s*and)?$|;(?=;)", "", text, flags=re.M)  # what parts items
    text = re.sub(r"及び\s*;", "及び", re.sub(r"\.\s*\.+$", ".", re.sub(r";\s*;", ";", text), flags=re.M))
    lines = re.sub(r"^-+", "-", text, flags=re.M).split("\n")
    text = "\n".join(
        line for n, line in enumerate(lines) if not (line.startswith("-") and line in lines[:n])
    )  # an alias twice
    return re.sub(r"\s+", "", text)


def zip_meaning(content: bytes, *, inner: Meaning) -> Any:
    """The files in an archive by name; insignificant are times, rights, packing and comments."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: inner(book.read(name)) for name in book.namelist()}


def gzip_meaning(content: bytes, *, inner: Meaning) -> Any:
    """What is packed; insignificant are the name, time and comment of the stream, and in how many streams it stands."""
    return inner(gzip.decompress(content))


def parquet_meaning(content: bytes) -> Any:
    """The table; insignificant is what the file says of its writer, and whether bytes are said to be text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = pq.read_table(pa.BufferReader(content)).to_pydict()
    return {
        name: [value.decode() if isinstance(value, bytes) else value for value in values] for name, values in columns.items()
    }  # fmt: skip


def csl_meaning(content: bytes) -> Any:
    """Rows by the columns that are read; of the words beside a number those that name no other kind of number say nothing."""
    header, *rows = csv_meaning(content, read=CSL_READ)
    place = header.index("ids")
    return [
        header,
        *(
            [
                # the last words of a number say what kind it is
                sorted({n for one in str(value).split(";") for n in re.findall(r"\d{7,}", one.rpartition(",")[0])})
                if n == place
                else items(re.sub(r"F\.?K\.?A\.?", "FKA", value) if isinstance(value, str) else value)
                for n, value in enumerate(row)
            ]
            for row in rows
        ),
    ]


def items(value: Any) -> Any:
    """A cell of several items without what separates them twice: empty items and blanks beside the sign say nothing."""
    return re.sub(r"\s*;[\s;]*", "; ", value).strip("; ") if isinstance(value, str) else value


def eu_meaning(content: bytes) -> Any:
    """Rows by the columns that are read; of several items in a cell empty ones say nothing."""
    return [[items(value) for value in row] for row in csv_meaning(content, read=EU_READ)]


def r_frame_meaning(content: bytes) -> Any:
    """The columns that are read, of a frame in R's portable form; marks of a vector beside its type say nothing."""
    if content[:14] != b"X\n\x00\x00\x00\x02" + content[6:14]:
        return content
    (values, attributes), at = r_item(content, 14)
    columns = dict(zip(attributes["names"][0], values, strict=True))
    frame = {name: column[0] for name, column in columns.items() if name in COMTRADE}
    return frame, len(columns), attributes["class"][0], at == len(content)


def r_item(content: bytes, at: int) -> tuple[Any, int]:
    """One item of R's form from a place on: a vector with its attributes, a text, a symbol, a list of tags; and its end."""

    def number(place: int) -> int:
        return int(struct.unpack_from(">i", content, place)[0])

    marks = number(at)
    kind, at = marks & 255, at + 4
    if kind == 254:
        return None, at
    if kind == 1:
        return r_item(content, at)
    if kind == 2:
        tags: dict[str, Any] = {}
        while kind == 2:
            name, at = r_item(content, at)
            tags[name], at = r_item(content, at)
            kind, at = number(at) & 255, at + 4
        return tags, at
    length, at = number(at), at + 4
    if kind == 9:
        return (None if length < 0 else content[at : at + length]).decode(), at + max(length, 0)  # type: ignore[union-attr]
    values: list[Any] = []
    if kind in (10, 13, 14):
        size = 8 if kind == 14 else 4
        values, at = [content[at + n * size : at + (n + 1) * size] for n in range(length)], at + length * size
    elif kind in (16, 19):
        for _ in range(length):
            value, at = r_item(content, at)
            values.append(value)
    else:
        raise ValueError(f"an item of kind {kind}")
    attributes: Any = {}
    if marks & 512:
        attributes, at = r_item(content, at)
    return (values, attributes), at


def ofac_meaning(content: bytes) -> Any:
    """Rows without a vessel's tonnages and the numbers of names and addresses; what follows the sign at the end counts too."""
    unread = {12: (7, 8), 5: (1,), 6: (1,)}
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [
        [
            len(row),
            *(
                # signs between the programmes say nothing; the sign for nothing says what an empty cell says
                re.sub(r"^-0-$", "", str(cell(re.sub(r"[\]\[]+", " ", text) if (len(row), place) == (12, 3) else text)))
                for place, text in enumerate(row)
                if place not in unread.get(len(row), ())
            ),
        ]
        for row in rows
        if row
    ]


def ftm_meaning(content: bytes) -> Any:
    """Entities by what is read of them. Topics are not, where a sanction names the entity; nor datasets but the first."""
    entities = json_meaning(content, is_lines=True)

    def known(entity: Any) -> Any:
        if not isinstance(entity, dict) or not isinstance(entity.get("properties"), dict):
            return entity
        properties = {name: value for name, value in entity["properties"].items() if name in FTM_READ}
        own = [str(entity.get(name, "")) for name in ("id", "schema", "caption", "op")]
        if own[1] in ("Sanction", "Ownership", "Directorship"):  # its own id is not read, and must be there
            own[0] = str(bool(own[0]))
        return [*own, sorted(properties.items())]

    return [known(entity) for entity in entities] + [max(str(entity.get("last_seen", ""))[:10] for entity in entities)]


def bytes_meaning(content: bytes) -> Any:
    """The bytes as they are."""
    return content


def _of(sample: Sample, source: str, meaning: Meaning) -> ReaderSample:
    told = {"flow": str(sample.options["flow"])} if "flow" in sample.options else {}
    return ReaderSample(source, sample.name, sample.file_name, sample.content, meaning, sample.mapping, told)


COMTRADE = tuple(name for name in READ if name not in ("cifvalue", "fobvalue"))
"""The values of the other valuations tell how an import is valued, and are not kept."""
CHINA_READ = ("数据年月", "商品编码", "贸易伙伴编码", "第一数量", "第一计量单位", "第二数量", "第二计量单位", "美元")
CENSUS_READ = ("CTY_CODE", "ALL_VAL_MO", "QTY_1_MO", "UNIT_QY1", "time", "E_COMMODITY")
COMEXT_READ = (
    "PRODUCT_NC", "FLOW", "PERIOD", "VALUE_EUR", "VALUE_IN_EUROS", "QUANTITY_KG", "QUANTITY_IN_KG", "QUANTITY_SUPPL_UNIT", "SUP_QUANTITY",
    "SUPPL_UNIT", "SUPP_UNIT",
)  # fmt: skip
"""Types of trade and procedures are added up, so a row of another type adds up alike."""
HMRC_READ = ("MonthId", "FlowTypeId", "SuppressionIndex", "CommodityId", "CountryId", "Value", "NetMass", "value")
"""Ports are added up, so a row that lacks its own adds up alike."""
EUROSTAT_READ = ("reporter", "partner", "product", "flow", "indicators", "TIME_PERIOD", "OBS_VALUE")
MAPPED = ("hs", "kg", "usd", "partner", "year")
SOURCES: dict[str, tuple[str, Meaning]] = {
    "comtrade csv": ("comtrade", comtrade_meaning),
    "comtrade plain csv": ("comtrade", comtrade_meaning),
    "comtrade bulk": ("comtrade", partial(comtrade_meaning, delimiter="\t")),
    "canonical csv": ("canonical", canonical_meaning),
    "canonical parquet": ("canonical", parquet_meaning),
    "mapped csv": ("mapping", partial(csv_meaning, delimiter=";")),
    "mapped value last": ("mapping", csv_meaning),
    "mapped national": ("mapping", national_meaning),
    "mapped wide": ("mapping", csv_meaning),
    "mapped parquet": ("mapping", parquet_meaning),
    "mapped xlsx": ("mapping", partial(zip_meaning, inner=bytes_meaning)),
    "china customs": ("china-customs", china_meaning),
    "baci": ("baci", csv_meaning),
    "wits": ("wits", csv_meaning),
    "imf imts": ("imf-imts", imf_meaning),
    "us census": ("us-census", census_meaning),
    "hmrc": ("hmrc", partial(json_meaning, read=HMRC_READ)),
    "comext": ("comext", partial(comext_meaning, read=(*COMEXT_READ, "REPORTER", "PARTNER"))),
    "comext old": ("comext", partial(comext_meaning, read=(*COMEXT_READ, "DECLARANT_ISO", "PARTNER_ISO"))),
    "eurostat csv": ("eurostat", partial(eurostat_meaning, read=EUROSTAT_READ)),
    "eurostat tsv": ("eurostat", partial(eurostat_meaning, delimiter="\t")),
    "eurostat workbook": ("eurostat-workbook", partial(zip_meaning, inner=bytes_meaning)),
    "easycomext": ("easycomext", easycomext_meaning),
}
"""Source and meaning of each sample of ``samples.py``."""


def _lists() -> list[ReaderSample]:
    eu = list_files.eu_whole(
        list_files.eu_row(1, "Cog", alias='"A; B"; C', startDate="12.9.2014"), list_files.eu_row("", "Wheel")
    )
    ofac = {
        name: ReaderSample("ofac-csv", f"ofac {name}", name, text.encode(), ofac_meaning)
        for name, text in list_files.OFAC.items()
    }
    simple = (
        "id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,first_seen,last_seen,last_change\n"
        'Q1,Company,Cog,"Coggy;""Cog; Co""",,ru,"1 Cog Street",7704730655,"XYZ sanctions",,,XYZ,"Made Up",2024-01-01,2024-03-01,2024-01-01\n'
        "Q2,Vessel,SEA SPROCKET,,,pa,,IMO9187629,,,,,Made Up,2024-01-01,2024-03-01,2024-01-01\n"
    )
    mapping = (
        "table: listed\nsource: mine\nentity_id: {column: id}\nname: {columns: [who]}\ncountry: {columns: [where]}\n"
    )
    mine = "id;who;where\nA1;Cog;RU\nA2;Wheel;CN\n"
    return [
        ReaderSample("eu-journal", "eu whole", "32014R0999.csv", eu.encode(), eu_meaning),
        ReaderSample(
            "us-csl", "us csl", "consolidated.csv",
            list_files.csv_text(list_files.CSL.split(","), [{**list_files.CSL_ROW, "_id": "e1", "ids": CSL_IDS}]).encode(), csl_meaning,
        ),
        *ofac.values(),
        ReaderSample("ofac-enhanced", "ofac enhanced", "SDN_ENHANCED.XML", ENHANCED.encode(),
            partial(xml_meaning, unread=("type",), attributes=frozenset({"entity@id", "sanctionsList@datePublished", "relatedEntity@entityId"}))),
        ReaderSample("ofac-xml", "ofac xml", "sdn.xml", list_files.SDN_XML.encode(), partial(xml_meaning, unread=("type", "idType", "uid", "category"))),
        ReaderSample("un-xml", "un xml", "un.xml", list_files.UN_XML.encode(), partial(xml_meaning, unread=("DATAID",))),
        ReaderSample("uk-conlist", "uk conlist", "ConList.csv", list_files.uk_list().encode(), uk_meaning),
        ReaderSample("us-dpl", "us dpl", "dpl.txt", DPL.encode(), partial(csv_meaning, delimiter="\t", read=DPL_READ)),
        ReaderSample("jp-meti", "jp meti", "meti.txt", list_files.METI.encode(), partial(text_meaning, head=r"^１ ")),
        ReaderSample("opensanctions-csv", "opensanctions csv", "targets.simple.csv", simple.encode(), simple_meaning),
        ReaderSample(
            "ftm", "ftm", "entities.ftm.json", list_files.json_lines(list_files.FTM).encode(), ftm_meaning
        ),
        ReaderSample("list", "plain list", "mine.csv", list_files.plain(("A1", "Cog"), ("A2", "Wheel")).encode(), csv_meaning),
        ReaderSample("mapped-list", "mapped list", "mine.csv", mine.encode(), partial(csv_meaning, delimiter=";"), mapping),
    ]  # fmt: skip


CSL_IDS = "RU, 7704730655, Tax ID No.; IMO 9187629, Vessel Registration Identification"
CSL_READ = (
    "_id", "source", "entity_number", "type", "programs", "name", "title", "addresses", "federal_register_notice", "start_date", "end_date",
    "license_policy", "vessel_flag", "vessel_owner", "remarks", "alt_names", "citizenships", "nationalities", "ids",
)  # fmt: skip
EU_READ = (
    "celex", "amendedCelex", "amendmentCelex", "recordId", "programKey", "annex", "measure", "startDate", "reason", "schema", "name", "alias", "weakAlias",
    "previousName", "country", "nationality", "jurisdiction", "flag", "address", "notes", "innCode", "ogrnCode", "kppCode", "okpoCode",
    "leiCode", "imoNumber", "mmsi", "swiftBic", "registrationNumber", "taxNumber", "idNumber", "passportNumber",
)  # fmt: skip
UK_READ = (
    *(f"Name {n}" for n in range(1, 7)), "Name Non-Latin Script", "Nationality", "Passport Number", "National Identification Number",
    *(f"Address {n}" for n in range(1, 7)), "Post/Zip Code", "Country", "Other Information", "Group Type", "Alias Type", "Alias Quality",
    "Regime", "Listed On", "Group ID",
)  # fmt: skip
SIMPLE_READ = (
    "id", "schema", "name", "aliases", "countries", "addresses", "identifiers", "sanctions", "program_ids", "dataset", "last_seen",
)  # fmt: skip
FTM_READ = frozenset(
    {
        "name", "alias", "previousName", "weakAlias", "jurisdiction", "flag", "mainCountry", "country", "nationality", "citizenship",
        "address", "innCode", "ogrnCode", "imoNumber", "mmsi", "program", "programId", "notes", "entity", "authority", "listingDate",
        "startDate", "endDate", "reason", "owner", "asset", "director", "organization", "percentage", "role", "status", "date",
    }
)  # fmt: skip


def uk_meaning(content: bytes) -> Any:
    """The day of the first line (03/04 is 3/4), and the rows by the columns that are read."""
    first, rest = content.split(b"\n", 1)
    return [
        [cell(re.sub(r"\b0", "", value)) for value in first.decode("utf-8-sig").split(",")[1:]],
        csv_meaning(rest, read=UK_READ),
    ]


def simple_meaning(content: bytes) -> Any:
    """Rows by the columns that are read, items of cells without blanks around; of the days on which they were seen the last."""
    header, *rows = csv_meaning(content, read=SIMPLE_READ)
    place = header.index("last_seen")
    last = max(str(row[place])[:10] for row in rows)
    marks = re.compile(r'(?<=")\s+|\s+(?=")')
    plain = [[items(marks.sub("", value)) if isinstance(value, str) else value for value in row] for row in rows]
    return [header, last, [[value for n, value in enumerate(row) if n != place] for row in plain]]


ENHANCED = """<?xml version="1.0" encoding="utf-8"?>
<sanctionsData xmlns="https://sanctionslistservice.ofac.treas.gov/"><publicationInfo><dataAsOf>2024-03-04T00:00:00</dataAsOf></publicationInfo>
<entities><entity id="40"><generalInfo><entityType>Entity</entityType></generalInfo>
<sanctionsLists><sanctionsList datePublished="2022-03-01">SDN List</sanctionsList></sanctionsLists>
<sanctionsPrograms><sanctionsProgram>XYZ</sanctionsProgram></sanctionsPrograms>
<names><name id="1"><isPrimary>true</isPrimary><isLowQuality>false</isLowQuality><translations><translation><isPrimary>true</isPrimary>
<formattedFullName>GADGET TRADING OOO</formattedFullName></translation></translations></name></names>
<addresses><address><country>Russia</country><translations><translation><addressParts><addressPart><type>CITY</type><value>Moscow</value></addressPart></addressParts></translation></translations></address></addresses>
</entity></entities></sanctionsData>
"""
DPL_READ = ("Name", "Street_Address", "City", "State", "Country", "Postal_Code", "Effective_Date", "Expiration_Date", "Action", "FR_Citation")  # fmt: skip
DPL = (
    "Name\tStreet_Address\tCity\tState\tCountry\tPostal_Code\tEffective_Date\tExpiration_Date\tStandard_Order\tLast_Update\tAction\tFR_Citation\n"
    "COG LTD\t1 Cog Street\tMoscow\t\tRU\t101000\t03/01/2022\t03/01/2032\tY\t2022-03-02\tFR NOTICE ADDED\t87 F.R. 1\n"
    "WHEEL LTD\t2 Wheel Street\tMinsk\t\tBY\t220000\t03/01/2022\t03/01/2032\tY\t2022-03-02\tFR NOTICE ADDED\t87 F.R. 2\n"
)


def _packed(sample: ReaderSample) -> list[ReaderSample]:
    """A file in a gzip stream, in two of them, and in an archive beside another file."""
    half = sample.content.index(b"\n", len(sample.content) // 2) + 1
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(sample.file_name, sample.content)
        book.writestr("about.txt", "Figures of trade, made up.\n")
    two = gzip.compress(sample.content[:half], mtime=0) + gzip.compress(sample.content[half:], mtime=0)
    packed = partial(gzip_meaning, inner=sample.meaning)

    def member(content: bytes) -> Any:
        return content if content.startswith(b"Figures") else sample.meaning(content)

    return [
        ReaderSample(sample.source, f"{sample.name}, gzip", f"{sample.file_name}.gz", gzip.compress(sample.content, mtime=0), packed),
        ReaderSample(sample.source, f"{sample.name}, two gzip streams", f"{sample.file_name}.gz", two, packed),
        ReaderSample(sample.source, f"{sample.name}, zip", "figures.zip", sink.getvalue(), partial(zip_meaning, inner=member)),
    ]  # fmt: skip


JSON_MAPPING = """
source: made-up
frequency: A
format: json
records: rows
period: {column: year}
reporter: {value: CHN}
partner: {column: partner, scheme: iso3}
flow: {value: X}
good: {column: hs}
revision: {value: HS2017}
value: {column: usd, zero: reported}
net_kg: {column: kg}
"""


def _further() -> list[ReaderSample]:
    header, *rows = samples()["mapped value last"].table()
    records = [dict(zip(header, row, strict=True)) for row in rows]
    document = json.dumps({"made": "2024", "rows": records}, indent=1).encode()
    lines = declaration_files.declarations(1, 12)
    return [
        ReaderSample("mapping", "mapped json", "figures.json", document, partial(json_meaning, read=(*MAPPED, "rows")), JSON_MAPPING),
        ReaderSample(
            "comtrade", "comtrade json", "reply.json", samples()["comtrade json"].content,
            lambda content: _comtrade_reply(json_meaning(content)),
        ),
        ReaderSample(
            "declarations", "declarations", "declarations.csv", declaration_files.table(lines), csv_meaning, "customs-declarations-example"
        ),
        *_r_frames(),
    ]  # fmt: skip


def _comtrade_reply(document: Any) -> Any:
    """The fields that are read of each row; of the reply, what says that it is whole or refused."""
    if not isinstance(document, dict):
        return document
    rows = document.get("data")
    if isinstance(rows, list):
        rows = [
            comtrade_row({name: value for name, value in row.items() if name in COMTRADE and value != ""}) if isinstance(row, dict) else row
            for row in rows
        ]  # fmt: skip
    return {name: document.get(name) for name in ("count", "error")} | {"data": rows}


def _r_frames() -> list[ReaderSample]:
    """A data frame of R, plain and packed; none where R's reader is not installed."""
    try:
        import pandas
        import pyreadr
    except ImportError:
        return []
    import bz2
    import tempfile
    from pathlib import Path

    table = samples()["comtrade plain csv"].table()
    frame = pandas.DataFrame(table[1:], columns=table[0])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.rds"
        pyreadr.write_rds(str(path), frame)
        plain = path.read_bytes()
    return [
        ReaderSample("comtrade", "r frame", "frame.rds", plain, r_frame_meaning),
        ReaderSample(
            "comtrade", "r frame, bzip2", "frame.rds", bz2.compress(plain), lambda content: bz2.decompress(content)
        ),
    ]


@cache
def reader_samples() -> dict[str, ReaderSample]:
    """All of them by name."""
    own = [_of(samples()[name], source, meaning) for name, (source, meaning) in SOURCES.items()]
    packed = next(sample for sample in own if sample.name == "comext")
    return {sample.name: sample for sample in (*own, *_further(), *_lists(), *_packed(packed))}
