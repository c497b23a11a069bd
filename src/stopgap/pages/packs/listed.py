"""Received packs and made ones, and what is in a received one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.api import Lake
from stopgap.base.marking import Marking, strictest
from stopgap.briefs.pack_page import KINDS
from stopgap.evidence.keys.names import spoken
from stopgap.lake.partner_evidence import MADE_AT_IS, ReceivedPack
from stopgap.pages.jobs.view import JobView, moment, size_text
from stopgap.pages.packs.verification import check_rows
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, DataSource, PageContent, Tab, TableColumn, TableView

TABS = (
    ("Packs", "/packs"),
    ("Make", "/packs/new"),
    ("Verify or receive", "/packs/check"),
    ("Compare", "/packs/compare"),
)


def pack_tabs(here: str, *, may_make: bool) -> tuple[Tab, ...]:
    """Return the pages on packs; who may not make packs sees no page for it."""
    return tuple(Tab(text, page, page == here) for text, page in TABS if may_make or page != "/packs/new")


def packs_page(lake: Lake, made: Sequence[JobView], *, may_make: bool) -> PageContent:
    """Return the page of received packs and of those that were made here.

    Args:
        lake: The lake.
        made: Jobs that make packs, as the person may see them.
        may_make: Whether the person may make and receive packs.

    Raises:
        InputError: The log of received packs is damaged.
        RefusedError: It is not as it was written.
    """
    packs = lake.packs.received()
    return PageContent(
        template="packs/packs.html",
        title="Evidence packs",
        marking=strictest([packs.marking or Marking(0), *(job.marking for job in made if job.marking)]),  # type: ignore[arg-type]
        nav="/packs",
        tabs=pack_tabs("/packs", may_make=may_make),
        values={
            "received": _received_table(packs),
            "made": _made_table(made),
            "made_at_is": MADE_AT_IS,
            "may_make": may_make,
        },
    )


def _received_table(packs: Sequence[ReceivedPack]) -> TableView:
    columns = ("Pack", "From", "Episode", "Marking", "Vintage", "Evidence up to", "Received", "State")
    rows = tuple(
        (
            Cell(pack.name, path_of("packs", "received", pack.sha256)),
            Cell(pack.called or pack.origin),
            Cell(pack.episode),
            Cell(pack.marking.label),
            Cell(pack.as_of),
            Cell(pack.made_at[:10]),
            Cell(f"{pack.when[:10]} by {pack.who}"),
            Cell("superseded by a newer one", tag="warn")
            if pack.superseded_by
            else Cell("newest of its series", tag="good"),
        )
        for pack in reversed(packs)
    )
    empty = "No pack has been received that you may see. Verify or receive takes one from a partner: its signature, hashes and numbers are checked first."
    return TableView(
        "received", "Packs received from partners, the last received first", tuple(map(TableColumn, columns)), rows,
        source=DataSource("/packs") if rows else None, empty=empty,
    )  # fmt: skip


def _made_table(made: Sequence[JobView]) -> TableView:
    columns = ("Pack", "State", "Marking", "Asked on", "By")
    rows = tuple(
        (
            Cell(job.files[0].name if job.files else job.title, job.page),
            Cell(job.word, tag=job.tag),
            Cell(job.marking.label) if job.marking else Cell(str(job.request.get("options", {}).get("marking", ""))),
            Cell(moment(job.submitted_at)),
            Cell(job.by),
        )
        for job in made
    )
    empty = "No pack has been made on this service that you may see. Those that the command line made are where it wrote them."
    return TableView(
        "made",
        "Packs made on this service, the last asked for first",
        tuple(map(TableColumn, columns)),
        rows,
        empty=empty,
    )


def received_page(lake: Lake, wanted: str, *, may_make: bool) -> PageContent:
    """Return the page of a received pack.

    Raises:
        NotFoundError: None is of this name that the viewer may see.
        InputError: Its stored file is missing or was changed.
    """
    shown = lake.packs.received(wanted)
    pack = shown.pack
    document = shown.as_dict()
    facts = (
        ("From", f"{pack.called or pack.origin} (key {pack.origin})"),
        ("Fingerprint of the key, to be read aloud", spoken(pack.fingerprint)),
        ("Episode", pack.episode),
        ("Goods list", pack.goods),
        ("Vintage of its maker’s lake", pack.as_of),
        ("Evidence up to", f"{moment(pack.made_at)}: {MADE_AT_IS}"),
        ("Marking", f"{pack.marking.label}: {pack.marking.tlp.allows}"),
        ("File", f"{pack.file_name}, {size_text(pack.size_bytes)}"),
        ("SHA-256", pack.sha256),
        ("Received", f"{moment(pack.when)} by {pack.who}"),
        (
            "Series",
            "a newer pack of the same series was received" if pack.superseded_by else "the newest of its series",
        ),
    )
    items = document["items"]
    return PageContent(
        template="packs/received.html",
        title=pack.name,
        kicker="Pack received from a partner: its evidence stands beside one’s own, never in it",
        marking=shown.marking,
        nav="/packs",
        tabs=pack_tabs("", may_make=may_make),
        values={
            "facts": facts,
            "untrusted": pack.untrusted,
            "checks": check_rows([{"name": name, "result": "", "says": says} for name, says in pack.checks]),
            "sections": tuple(
                (KINDS[kind], _items(items, kind)) for kind in KINDS if any(item["kind"] == kind for item in items)
            ),
            "left_out": document["left_out"],
            "sha256": pack.sha256,
        },
    )


def _items(items: Sequence[Mapping[str, Any]], kind: str) -> tuple[tuple[str, str], ...]:
    return tuple((str(item["title"]), str(item["marking"]["tlp"])) for item in items if item["kind"] == kind)
