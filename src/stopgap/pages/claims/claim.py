"""Page of a statement: its words in their sentence, the chain of sources, the last verdict, and what came of tests."""

from __future__ import annotations

from typing import Any

from stopgap.api import Lake
from stopgap.base.event_log import Event
from stopgap.briefs.claims import words as say
from stopgap.briefs.claims.page import linked_statements
from stopgap.briefs.claims.story import chain_of, facts_of, linked_said, said_of
from stopgap.briefs.formats.text import one_line, percent, sentence_case
from stopgap.claims.register.events import ACTIVE, RegisteredClaim
from stopgap.claims.register.texts import stored_text
from stopgap.claims.register.views import ShownClaim
from stopgap.claims.testing.layers.facts import Layer
from stopgap.claims.testing.layers.words import NAMES
from stopgap.claims.testing.results import Verdict
from stopgap.claims.testing.verdict_log import last_test
from stopgap.pages.claims.listing import VERDICT_TAGS, claim_row
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, DataSource, PageContent, TableColumn, TableView


def claim_page(lake: Lake, id: str, *, version: int | None = None) -> PageContent:
    """Return the page of a statement with its last verdict; the figures behind it are a part of their own.

    Raises:
        NotFoundError: There is no such statement, or no such version.
    """
    shown = lake.claims.show(id, version=version)
    entry, claim = shown.entry, shown.version.claim
    row = claim_row(entry)
    event = last_test(entry)
    page = path_of("claims", entry.id)
    linked = linked_statements(lake.path, shown)
    others = [other for _, other in (*shown.links_from, *shown.links_to)]
    return PageContent(
        "claims/claim.html",
        say.title_of(claim),
        {
            "id": entry.id,
            "page": page,
            "row": row,
            "is_newest": shown.version.number == entry.current.number,
            "is_active": entry.status == ACTIVE,
            "parts": () if event is None else _parts(event),
            "said": said_of(claim, shown.context),
            "chain": chain_of(claim),
            "facts": facts_of(claim, has_episode=row.basis != "" or claim.episode is not None),
            "notes": tuple(dict.fromkeys([*([one_line(claim.note)] if claim.note else []), *map(_sentence, shown.notes)])),
            "text_page": f"{page}/text" if shown.text is not None else "",
            "linked": tuple(zip(map(linked_said, linked), (path_of("claims", each) for each in _linked_ids(shown)), strict=True)),
            "tests": _tests_table(entry),
            "versions": _versions_table(entry),
            "episodes": tuple(sorted(entry.episodes)),
            "source": DataSource(page, {"version": version}),
            "figures": f"{page}/figures",
            "later_charts": True,
        },
        marking=shown.marking,
        nav="/claims",
        kicker=f"{entry.id} · said {say.day_name(claim.said_on)} · version {shown.version.number} of {len(entry.versions)}"
        + ("" if not others else f" · {len(others)} linked"),
    )  # fmt: skip


def text_page(lake: Lake, id: str) -> PageContent:
    """Return the whole source text of a statement, with its words marked.

    Raises:
        NotFoundError: There is no such statement, or its text is not stored.
        InputError: The stored text is damaged.
    """
    from stopgap.base.errors import NotFoundError
    from stopgap.sources.texts.text import clean_words, readable

    shown = lake.claims.show(id)
    claim, about = shown.version.claim, shown.text
    if about is None:
        raise NotFoundError(
            "the source text of this statement is not stored",
            where=shown.entry.id,
            fix="stopgap claims texts import FILE stores it",
        )
    text, words = stored_text(lake.path, about), claim.words
    start, end = words.start or 0, words.end or 0
    meta = [(name.capitalize(), text.meta[name]) for name in ("title", "date", "url") if text.meta.get(name)]
    return PageContent(
        "claims/text.html",
        f"Source of “{say.title_of(claim)}”",
        {
            "page": path_of("claims", shown.entry.id),
            "before": readable(text.text, 0, start).text,
            "words": clean_words(text.text[start:end]) if text.kind in ("html", "pdf") else text.text[start:end],
            "after": readable(text.text, end).text,
            "language": text.language or "",
            "facts": (
                ("File", text.name), *meta, ("Stored", f"{about.when[:10]} by {about.who}"),
                ("Characters", f"{about.characters:,}"), ("SHA-256", about.sha256),
            ),
        },
        marking=shown.marking,
        nav="/claims",
        kicker=f"{shown.entry.id} · {text.name}",
    )  # fmt: skip


def _linked_ids(shown: ShownClaim) -> list[str]:
    """Return the ids of the linked statements, in the order of :func:`linked_statements`."""
    first = sorted(shown.links_from, key=lambda link: link[0] != "denies")
    return [other.id for _, other in (*first, *shown.links_to)]


def _parts(event: Event) -> tuple[tuple[str, str, str, str], ...]:
    """Return the parts of a compound statement by its last test: name, verdict and layer, label, reason; none for one."""
    parts = event.get("parts") or []
    if len(parts) < 2:
        return ()
    made = []
    for part in parts:
        verdict = Verdict.read(part["verdict"])
        layer = f", at “{NAMES[Layer(part['layer'])]}”" if part.get("layer") else ""
        name = sentence_case(one_line(part["name"]))
        made.append((name, f"{say.VERDICTS[verdict]}{layer}", VERDICT_TAGS[verdict], one_line(part["because"])))
    return tuple(made)


def _tests_table(entry: RegisteredClaim) -> TableView:
    rows = []
    for event in reversed(entry.tests):
        verdict = Verdict.read(event["verdict"])
        coverage = event.get("coverage")
        rows.append(
            (
                Cell(_moment(event["when"])),
                Cell(say.VERDICTS[verdict], tag=VERDICT_TAGS[verdict]),
                Cell(one_line(str(event["because"]))),
                Cell(one_line(str(event.get("episode") or "")), missing="" if event.get("episode") else "none fits"),
                Cell(one_line(str(event["as_of"]))),
                Cell(str(event["version"])),
                Cell(percent(coverage)) if isinstance(coverage, float) else Cell("", missing="not measured"),
                Cell(one_line(str(event["software"]))),
            )
        )
    columns = ("Tested", "Verdict", "Because", "Episode", "Vintage", "Version", "Coverage", "Software")
    return TableView(
        "tests", "Tests on the newest vintage of their time, the latest first", tuple(map(TableColumn, columns)),
        tuple(rows), empty="It was not tested yet.",
    )  # fmt: skip


def _versions_table(entry: RegisteredClaim) -> TableView:
    rows = []
    for event in reversed(entry.history()):
        changed = ", ".join(change["field"] for change in event["changed"])
        rows.append(
            (
                Cell(_moment(event["when"])),
                Cell(f"{sentence_case(event['event'])}, version {event['version']}", path_of("claims", entry.id), {"version": event["version"]}),
                Cell(one_line(event["who"])),
                Cell(f"from a draft that {one_line(event['yes'])} confirmed" if event["from_draft"] else "from a claim file"),
                Cell(changed, missing="" if changed else "–"),
                Cell(one_line(event["why"] or ""), missing="" if event["why"] else "–"),
            )
        )  # fmt: skip
    columns = ("When", "What", "By", "From", "Changed", "Why")
    return TableView("versions", "Versions, the latest first", tuple(map(TableColumn, columns)), tuple(rows))


def _moment(when: str) -> str:
    return f"{when[:10]} {when[11:16]} UTC"


def _sentence(text: Any) -> str:
    return f"{sentence_case(one_line(str(text)).rstrip('.'))}."
