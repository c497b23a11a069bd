"""Detect active content in OOXML files: macros, controls, linked or embedded files."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from stopgap.evidence.checks import quoted

_MAIN = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}

_PART = re.compile(
    r"_rels/\.rels|\[Content_Types\]\.xml|docProps/\w+\.xml|docProps/thumbnail\.(?:jpe?g|png|emf|wmf)|customXml/(?:_rels/)?\w+\.xml(?:\.rels)?"
    r"|(?:xl|word|ppt)/(?:[\w-]+/)*(?:_rels/)?[\w-]+\.(?:xml|xml\.rels|png|jpe?g|gif|emf|wmf|tiff?|bmp|vml|vml\.rels)"
    r"|xl/printerSettings/\w+\.bin",
    re.ASCII,
)
_ACTIVE_PART = re.compile(
    r"vba|macro|activex|embeddings|externallinks|ctrlprops|customui|oleobject|connections|querytables|webextension|"
    r"attachedtoolbars|afchunk",
    re.IGNORECASE,
)
_ACTIVE_TYPE = re.compile(
    r"macroEnabled|vbaProject|activeX|oleObject|x-msdownload|application/octet-stream|text/html|image/svg",
    re.IGNORECASE,
)
_EXTERNAL = re.compile(rb"<[^<>]*TargetMode\s*=\s*[\"']\s*External[^<>]*>", re.IGNORECASE)
_HYPERLINK = re.compile(
    rb"Type\s*=\s*[\"']http://(?:schemas\.openxmlformats\.org/officeDocument/2006|purl\.oclc\.org/ooxml/officeDocument)"
    rb"/relationships/hyperlink[\"']"
)
_SAFE_TARGET = re.compile(rb"\sTarget\s*=\s*[\"'](?:https?://|mailto:)[^\"'\x00-\x20]*[\"']")
_RUNNING_TAG = re.compile(
    rb"<!DOCTYPE|<!ENTITY|<\?xml-stylesheet|<(?:\w+:)?(?:oleObj|oleObject|ddeLink|control|legacyControl|altChunk|macrosheet)\b|"
    rb"ppaction://(?:macro|program|ole)|\bmacro\s*=\s*[\"'][^\"']|\b(?:vbProcedure|xlm)\s*=\s*[\"'](?:1|true)",
    re.IGNORECASE,
)
_FIELD = re.compile(
    rb"<(?:\w+:)?(?:f|definedName|instrText|delInstrText|formula[12]?|formula)\b[^<>]*>([^<>]*)<|\b(?:\w+:)?instr\s*=\s*(?:\"([^\"]*)|'([^']*))"
)
_RUNNING_FIELD = re.compile(
    rb"\bDDE(?:AUTO)?\b|INCLUDETEXT|INCLUDEPICTURE|AUTOOPEN|MACROBUTTON|WEBSERVICE\s*\(|IMPORTDATA\s*\(|\bCALL\s*\(|REGISTER(?:\.ID)?\s*\(|"
    rb"\bEXEC\s*\(|RTD\s*\(|\|\s*['\"]|javascript:|file:|\\\\",
    re.IGNORECASE,
)
_MOST_BYTES = 512 * 2**20


def office_faults(content: bytes, ending: str) -> Iterator[str]:
    """Yield what an Office file (``ending``: ``.xlsx``, ``.docx`` or ``.pptx``) would run or load, one line each."""
    if not content.startswith(b"PK\x03\x04"):
        yield f"it is no {ending[1:]} file"
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > _MOST_BYTES:
                yield "it unpacks to more than can be looked at"
                return
            names = [part.filename for part in parts if not part.is_dir()]
            if len(set(map(str.lower, names))) != len(names):
                yield "two of its parts have the same name"
            if _MAIN[ending].encode() not in archive.read("[Content_Types].xml"):
                yield f"it does not say that it is a {ending[1:]} file without macros"
            for name in names:
                yield from _part_faults(name, archive.read(name))
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError, ValueError, OSError) as error:
        yield f"it cannot be read as a {ending[1:]} file: {type(error).__name__}"
    except Exception as error:  # zlib.error and what other compressions raise
        yield f"it cannot be unpacked: {type(error).__name__}"


def _part_faults(name: str, content: bytes) -> Iterator[str]:
    if not _PART.fullmatch(name) or _ACTIVE_PART.search(name):
        yield f"it holds a part {quoted(name, 80)}"
        return
    if not name.endswith((".xml", ".rels", ".vml")):
        return
    try:
        text = _resolved(content.decode("utf-8-sig").encode())
    except UnicodeDecodeError:
        yield f"its part {quoted(name, 80)} is not UTF-8"
        return
    if name == "[Content_Types].xml" and (kind := _ACTIVE_TYPE.search(text.decode("utf-8", "replace"))):
        yield f"it declares a part of the type {kind[0]}"
    for found in _EXTERNAL.findall(text):
        if not (_HYPERLINK.search(found) and _SAFE_TARGET.search(found)):
            yield f"its part {quoted(name, 80)} loads something from outside"
            break
    fields = b"".join(b"".join(parts) for parts in _FIELD.findall(text))  # one word may stand in several
    tags = b" ".join(re.findall(rb"<[^<>]*>?", text))
    for entity, sign in ((b"&quot;", b'"'), (b"&apos;", b"'"), (b"&lt;", b"<"), (b"&gt;", b">"), (b"&amp;", b"&")):
        fields = fields.replace(entity, sign)
    if run := _RUNNING_TAG.search(tags) or _RUNNING_FIELD.search(fields):
        yield f"its part {quoted(name, 80)} holds {quoted(run[0].decode('utf-8', 'replace'), 40)}"


def _resolved(content: bytes) -> bytes:
    """Replace numeric character references by their characters, so that each word has one spelling."""

    def character(found: re.Match[bytes]) -> bytes:
        try:
            return chr(int(found[2], 16 if found[1] else 10)).encode("utf-8", "replace")
        except (ValueError, OverflowError):
            return found[0]

    return re.sub(rb"&#([xX]?)([0-9A-Fa-f]{1,8});", character, content)
