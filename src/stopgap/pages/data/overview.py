"""What the lake holds: vintages, the files of one, and one file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.api import Lake
from stopgap.base.errors import NotFoundError
from stopgap.pages.jobs.view import moment, size_text
from stopgap.pages.site import path_of
from stopgap.pages.views import Cell, DataSource, NumberView, PageContent, Tab, TableColumn, TableView

TABS = (
    ("Vintages", "/data"),
    ("Coverage", "/data/coverage"),
    ("Quality", "/data/quality"),
    ("Lists", "/data/lists"),
    ("Import", "/data/import"),
    ("Upkeep", "/data/upkeep"),
)
MOST_VINTAGES = 200
TABLES = {"trade": "trade figures", "declarations": "customs declarations", "listed_facts": "lists", "listed": "lists"}

Row = Mapping[str, Any]


def data_tabs(here: str, *, may_import: bool, is_admin: bool) -> tuple[Tab, ...]:
    """Return the pages on data that a person may use."""
    hidden = {*(() if may_import else ("/data/import",)), *(() if is_admin else ("/data/upkeep",))}
    return tuple(Tab(text, page, page == here) for text, page in TABS if page not in hidden)


def data_page(lake: Lake, *, tabs: tuple[Tab, ...], may_import: bool) -> PageContent:
    """Return the page of the lake's vintages; of an empty lake the first steps.

    Args:
        lake: The lake.
        tabs: Further pages on data.
        may_import: Whether the person may import files.

    Raises:
        InputError: The log of the lake is damaged.
    """
    vintages = lake.vintages()
    rows: list[Row] = vintages.arrow.to_pylist()
    shown = sorted(rows, key=_number, reverse=True)
    newest = shown[0] if shown else None
    return PageContent(
        template="data/data.html",
        title="Data",
        kicker="What the lake holds: each import and each withdrawal is a vintage, and every vintage stays readable",
        marking=vintages.marking,
        nav="/data",
        tabs=tabs,
        values={
            "numbers": _numbers(rows, newest),
            "vintages": _vintages_table(shown),
            "is_empty": not rows,
            "may_import": may_import,
            "sources": tuple(
                (row["source"], row["title"], row["how"])
                for row in (lake.sources.list().arrow.to_pylist() if not rows else ())
            ),
        },
    )


def _number(row: Row) -> int:
    return int(str(row["vintage"])[1:])


def _numbers(rows: Sequence[Row], newest: Row | None) -> tuple[NumberView, ...]:
    if newest is None:
        return ()
    files = sum(len(_files(row)) for row in rows if row["change"] == "import")
    added = sum(row["rows_added"] or 0 for row in rows if row["change"] == "import")
    sources = {each for row in rows for each in str(row["source"]).split(", ") if each}
    return (
        NumberView("Newest vintage", str(newest["vintage"]), path_of("data", "vintages", str(newest["vintage"])), moment(newest["committed"])),
        NumberView("Vintages", f"{len(rows):,}", "", "imports and withdrawals"),
        NumberView("Files imported", f"{files:,}", "", f"from {len(sources)} sources"),
        NumberView("Rows added by imports", f"{added:,}", "", "figures and entries of lists; later ones may replace earlier ones"),
    )  # fmt: skip


def _files(row: Row) -> list[str]:
    return [each for each in str(row["files"]).split(", ") if each]


def _vintages_table(rows: Sequence[Row]) -> TableView:
    columns = (
        TableColumn("Vintage"), TableColumn("When"), TableColumn("What"), TableColumn("Source"), TableColumn("Files"),
        TableColumn("Rows added", "number"), TableColumn("Rows replaced", "number"), TableColumn("Who and why"),
    )  # fmt: skip
    cells = tuple(
        (
            Cell(row["vintage"], path_of("data", "vintages", row["vintage"])),
            Cell(moment(row["committed"])),
            Cell("file taken back", tag="warn") if row["change"] == "withdrawal" else Cell(f"import of {TABLES.get(row['table'], row['table'])}"),
            Cell(row["source"]),
            Cell(_said_files(_files(row))),
            _count(row["rows_added"]),
            _count(row["rows_replaced"]),
            Cell(f"{row['who']}: {row['why']}") if row["who"] else Cell("", missing="not recorded"),
        )
        for row in rows[:MOST_VINTAGES]
    )  # fmt: skip
    return TableView(
        "vintages", "Vintages, the newest first", columns, cells, total=len(rows), source=DataSource("/vintages"),
        empty="The lake holds nothing that you may see.",
    )  # fmt: skip


def _said_files(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def _count(value: int | None) -> Cell:
    return Cell("", missing="not recorded") if value is None else Cell(f"{value:,}")


def vintage_page(lake: Lake, vintage: str, *, tabs: tuple[Tab, ...]) -> PageContent:
    """Return the page of a vintage, with its files.

    Raises:
        NotFoundError: There is none of that name that the viewer may see.
    """
    found = lake.vintages()
    rows = [row for row in found.arrow.to_pylist() if row["vintage"] == vintage]
    if not rows:
        raise NotFoundError(
            f"there is no vintage {vintage[:40]!r}", where="/data", fix="open /data for those that there are"
        )
    [row] = rows
    files = receipts_of(lake, vintage=vintage)
    facts = [
        ("When", moment(row["committed"])),
        ("What", "an imported file was taken back" if row["change"] == "withdrawal" else f"import of {TABLES.get(row['table'], row['table'])}"),
        ("Rows added", f"{row['rows_added']:,}"),
        ("Rows replaced", f"{row['rows_replaced']:,}"),
        ("Rows taken out and not replaced", "not recorded" if row["rows_withdrawn"] is None else f"{row['rows_withdrawn']:,}"),
    ]  # fmt: skip
    if row["who"]:
        facts += [("Who", row["who"]), ("Why", row["why"])]
    if row["change"] == "withdrawal":
        facts.append(("File taken back", row["files"]))
    return PageContent(
        template="data/vintage.html",
        title=f"Vintage {vintage}",
        kicker=f"{row['source']} · {moment(row['committed'])}",
        marking=found.marking,
        nav="/data",
        tabs=tabs,
        values={"facts": tuple(facts), "files": _files_table(files, is_withdrawal=row["change"] == "withdrawal")},
    )


def receipts_of(lake: Lake, *, vintage: str = "", receipt: str = "") -> list[dict[str, Any]]:
    """Return the imported files of a vintage, or the imports of one file, as the view ``receipts`` has them.

    Args:
        lake: The lake.
        vintage: Name of a vintage (``v`` and digits).
        receipt: Receipt of a file (16 hex digits).
    """
    where = f"vintage = '{vintage}'" if vintage else f"receipt = '{receipt}'"
    rows: list[dict[str, Any]] = lake.query(
        f"SELECT * FROM receipts WHERE {where} ORDER BY vintage, file_name"
    ).arrow.to_pylist()
    return rows


def _files_table(files: Sequence[Row], *, is_withdrawal: bool) -> TableView:
    columns = (
        TableColumn("File"), TableColumn("Source"), TableColumn("Published"), TableColumn("Retrieved"),
        TableColumn("Rows read", "number"), TableColumn("Loaded", "number"), TableColumn("Refused", "number"),
        TableColumn("State"),
    )  # fmt: skip
    rows = tuple(
        (
            Cell(each["file_name"], path_of("data", "files", each["receipt"])),
            Cell(each["source"]),
            _day(each["published"]),
            _day(each["retrieved"]),
            Cell(f"{each['rows_read']:,}"),
            Cell(f"{each['rows_loaded']:,}"),
            Cell(f"{each['rows_rejected']:,}"),
            Cell(f"taken back in {each['withdrawn']}", tag="warn") if each["withdrawn"] else Cell("in force", tag="good"),
        )
        for each in files
    )  # fmt: skip
    empty = "It brought no file: one was taken back." if is_withdrawal else "It holds no file that you may see."
    return TableView("files", "Files of this vintage", columns, rows, empty=empty)


def _behind(behind: Sequence[tuple[str, object]]) -> str:
    """Return what gives a file its marking, in words: ``the table trade``."""
    return ", ".join(f"the {what.replace(':', ' ')}" for what, _ in behind) or "the file itself"


def _day(text: str | None) -> Cell:
    return Cell(text) if text else Cell("", missing="not known")


def file_page(lake: Lake, receipt: str, *, tabs: tuple[Tab, ...], may_withdraw: bool) -> PageContent:
    """Return the page of an imported file: where it came from, its hash, its terms, and how many rows were read and refused.

    Args:
        lake: The lake.
        receipt: Its receipt: 16 hex digits.
        tabs: Further pages on data.
        may_withdraw: Whether the person may take files back.

    Raises:
        NotFoundError: There is none that the viewer may see.
    """
    found = receipts_of(lake, receipt=receipt)
    if not found:
        raise NotFoundError(
            f"there is no file with the receipt {receipt[:40]!r}",
            where="/data",
            fix="open /data for the vintages and their files",
        )
    first = found[0]
    shown = lake.markings.show(f"receipt:{receipt}")
    facts = (
        ("SHA-256", first["sha256"]),
        ("Receipt, which its rows carry", receipt),
        ("Size", size_text(first["size_bytes"])),
        ("Source", first["source"]),
        ("Parser", first["parser"]),
        ("Mapping", first["mapping"] or "none"),
        ("Read as", first["reading"] or "not recorded"),
        ("Terms of use", first["terms"]),
        ("Published", first["published"] or "not known"),
        ("Retrieved", first["retrieved"] or "not known"),
        ("Marking", f"{shown.effective.label}, that of {_behind(shown.behind)}"),
    )
    counts = tuple(
        (f"Rows {term}", f"{first[name]:,}")
        for name, term in (
            ("rows_read", "read"), ("rows_loaded", "loaded"), ("rows_rejected", "refused"),
            ("rows_missing", "not reported, by the source’s rule"), ("rows_duplicate", "left out as exact repetitions"),
        )
    )  # fmt: skip
    return PageContent(
        template="data/file.html",
        title=first["file_name"],
        kicker=f"Imported file · {first['source']}",
        marking=shown.marking,
        nav="/data",
        tabs=tabs,
        values={
            "facts": facts,
            "counts": counts,
            "imports": tuple((each["vintage"], each["withdrawn"]) for each in found),
            "may_withdraw": may_withdraw and any(not each["withdrawn"] for each in found),
            "receipt": receipt,
            "sql": f"SELECT * FROM trade WHERE receipt = '{receipt}' LIMIT 100",
        },
    )
