"""RO-Crate metadata of a pack: contents, makers and provenance (W3C PROV).

It repeats what ``evidence.json`` and the files state, for software that knows RO-Crate, JSON-LD or PROV but not
Stopgap. It is built and read with the rocrate library.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from stopgap.base.marking import marking_of
from stopgap.base.visible_text import json_escaped
from stopgap.evidence.checks import quoted
from stopgap.evidence.packs.bag import Digest
from stopgap.evidence.packs.documents import EvidenceDocument, ItemEntry, owners_of

if TYPE_CHECKING:
    from rocrate.rocrate import ROCrate

CRATE_FILE, EVIDENCE_FILE = "ro-crate-metadata.json", "evidence.json"
CRATE_VERSION = "1.2"
PROV = "http://www.w3.org/ns/prov#"

_ORIGIN, _SOFTWARE, _MAKING, _TERMS = "#origin", "#software", "#making", "#terms"
_MEDIA_TYPES = {
    "json": "application/json", "jsonl": "application/jsonl", "csv": "text/csv", "html": "text/html",
    "parquet": "application/vnd.apache.parquet", "sql": "application/sql", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "svg": "image/svg+xml",
    "png": "image/png", "txt": "text/plain", "md": "text/markdown", "yaml": "application/yaml", "yml": "application/yaml",
    "xml": "application/xml", "zip": "application/zip",
}  # fmt: skip


def media_type(name: str) -> str:
    """Return the media type for a file name's extension; the same on every system."""
    return _MEDIA_TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def crate_metadata(evidence: EvidenceDocument, files: Mapping[str, Digest]) -> bytes:
    """Return a pack's ``ro-crate-metadata.json``; ``files`` is the rest of the payload, relative to ``data/``."""
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=CRATE_VERSION)
    crate.metadata.extra_terms.update({"prov": PROV})
    _people(crate, evidence)
    owners = owners_of(evidence)
    for name in sorted(files):
        _file(crate, name, files[name], owners.get(name, []))
    _items(crate, evidence)
    _root(crate, evidence)
    made = crate.metadata.generate()
    document = {**made, "@graph": sorted(made["@graph"], key=lambda entity: _rank(entity["@id"]))}
    return (json_escaped(json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1)) + "\n").encode()


def _rank(identifier: str) -> tuple[int, str]:
    first = (CRATE_FILE, "./", _MAKING, _ORIGIN, _SOFTWARE, _TERMS)
    return (first.index(identifier) if identifier in first else len(first), identifier)


def _people(crate: ROCrate, evidence: EvidenceDocument) -> None:
    origin, software = evidence["origin"], evidence["software"]
    marking = marking_of(evidence["marking"], where=EVIDENCE_FILE)
    _entity(crate, _ORIGIN, ["Organization", "prov:Agent"], name=origin["name"], identifier=origin["fingerprint"])
    _entity(
        crate, _SOFTWARE, ["SoftwareApplication", "prov:Entity"],
        name=software["name"], softwareVersion=software["version"], identifier=f"sha256:{software['lock_sha256']}",
    )  # fmt: skip
    _entity(
        crate, _TERMS, ["CreativeWork"],
        name=f"{marking.label}: {marking.tlp.allows}",
        description="The pack goes as far as its marking allows (TLP 2.0, and the economies it may be released to). "
        "The licence of each source stands in its receipt.",
    )  # fmt: skip


def _root(crate: ROCrate, evidence: EvidenceDocument) -> None:
    marking = marking_of(evidence["marking"], where=EVIDENCE_FILE)
    root = crate.root_dataset
    root._jsonld["@type"] = ["Dataset", "prov:Entity"]
    root["name"] = evidence["name"]
    root["description"] = (
        f"Evidence on the episode {evidence['episode']}, as of {evidence['as_of']}, marked {marking.label}. "
        f"Its table of contents is {EVIDENCE_FILE}; index.html shows it."
    )
    root["datePublished"] = evidence["made_at"]
    root["conditionsOfAccess"] = marking.label
    root["license"] = {"@id": _TERMS}
    root["author"] = {"@id": _ORIGIN}
    root["prov:wasAttributedTo"] = {"@id": _ORIGIN}
    root["prov:wasGeneratedBy"] = {"@id": _MAKING}
    entities = [{"@id": _item_id(item["id"])} for item in evidence["items"]]
    root["mentions"] = [{"@id": _MAKING}, *entities]
    _entity(
        crate, _MAKING, ["CreateAction", "prov:Activity"],
        name=f"Making of the pack {evidence['name']}", endTime=evidence["made_at"], agent={"@id": _ORIGIN},
        instrument={"@id": _SOFTWARE}, result={"@id": "./"}, object=entities,
        **{"prov:used": [*entities, {"@id": _SOFTWARE}], "prov:wasAssociatedWith": {"@id": _ORIGIN}},
    )  # fmt: skip


def _file(crate: ROCrate, name: str, digest: Digest, items: list[ItemEntry]) -> None:
    properties: dict[str, Any] = {
        "@type": ["File", "prov:Entity"],
        "name": name.rpartition("/")[2],
        "encodingFormat": media_type(name),
        "contentSize": str(digest.size),
        "sha256": digest.sha256,
        "prov:wasGeneratedBy": {"@id": _MAKING},
    }
    if items:
        properties["about"] = [{"@id": _item_id(item["id"])} for item in items]
    crate.add_file(dest_path=name, properties=properties)


def _items(crate: ROCrate, evidence: EvidenceDocument) -> None:
    there = {item["id"] for item in evidence["items"]}
    for item in evidence["items"]:
        inputs = [{"@id": _item_id(name)} for name in item["inputs"]]
        properties: dict[str, Any] = {
            "name": item["title"],
            "additionalType": item["kind"],
            "identifier": item["id"],
            "conditionsOfAccess": marking_of(item["marking"], where=item["id"]).label,
        }
        if item["files"]:
            properties["subjectOf"] = [{"@id": quote(name)} for name in item["files"]]
        if inputs:
            properties |= {
                "prov:wasDerivedFrom": inputs,
                "prov:wasGeneratedBy": {"@id": _step_id(item["id"])},
                "prov:wasAttributedTo": {"@id": _ORIGIN},
            }
            _entity(
                crate, _step_id(item["id"]), ["CreateAction", "prov:Activity"],
                name=f"Making of {item['title']}", agent={"@id": _ORIGIN}, instrument={"@id": _SOFTWARE}, object=inputs,
                result={"@id": _item_id(item["id"])},
                **{"prov:used": inputs, "prov:wasAssociatedWith": {"@id": _ORIGIN}},
            )  # fmt: skip
        _entity(crate, _item_id(item["id"]), ["CreativeWork", "prov:Entity"], **properties)
        for name in sorted(set(item["inputs"]) - there):
            _entity(
                crate, _item_id(name), ["CreativeWork", "prov:Entity"],
                name=name, identifier=name, description="Not in this pack.",
            )  # fmt: skip


def _entity(crate: ROCrate, identifier: str, types: list[str], /, **properties: Any) -> None:
    from rocrate.model.contextentity import ContextEntity

    crate.add(ContextEntity(crate, identifier, properties={"@type": types, **properties}))


def _item_id(item: str) -> str:
    return f"#item-{quote(item, safe=':@')}"


def _step_id(item: str) -> str:
    return f"#step-{quote(item, safe=':@')}"


def crate_faults(data: bytes) -> list[str]:
    """Return why metadata is not JSON-LD with one flat graph that the rocrate library can read, one line each."""
    try:
        document = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return [f"{CRATE_FILE} is no JSON"]
    shape = _shape_fault(document)
    if shape is not None:
        return [f"{CRATE_FILE} {shape}"]
    from rocrate.rocrate import ROCrate

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ROCrate(document)
    except (ValueError, KeyError, TypeError, AttributeError, AssertionError, RecursionError, Warning) as error:
        return [f"the rocrate library does not read {CRATE_FILE}: {quoted(str(error))}"]
    return []


def _shape_fault(document: Any) -> str | None:
    if not isinstance(document, dict) or set(document) != {"@context", "@graph"}:
        return "is not an object with @context and @graph"
    context = document["@context"] if isinstance(document["@context"], list) else [document["@context"]]
    if not any(isinstance(part, str) and part.startswith("https://w3id.org/ro/crate/") for part in context):
        return "has not the context of RO-Crate"
    if not any(isinstance(part, dict) and part.get("prov") == PROV for part in context):
        return "does not say that prov: is W3C PROV"
    graph = document["@graph"]
    if not isinstance(graph, list) or not all(isinstance(entity, dict) for entity in graph):
        return "has a graph that is no list of objects"
    identifiers = [entity.get("@id") for entity in graph]
    if not all(isinstance(each, str) for each in identifiers) or len(set(identifiers)) != len(graph):
        return "has entities without an @id, or two with the same"
    return None if all("@type" in entity for entity in graph) else "has entities without a @type"


def described_files(data: bytes) -> dict[str, tuple[str, str]]:
    """Return stated size and hash of each file in the metadata, by path; it must have no :func:`crate_faults`."""
    from urllib.parse import unquote

    graph = json.loads(data)["@graph"]
    return {
        unquote(entity["@id"]): (str(entity.get("contentSize")), str(entity.get("sha256")))
        for entity in graph
        if "File" in (entity["@type"] if isinstance(entity["@type"], list) else [entity["@type"]])
    }
