"""Checks that any source must pass, for authors of sources.

``check_source`` runs a source on a sample file of its format and returns the result of each check. In your own test::

    from stopgap.sources.testkit import assert_source

    def test_my_source():
        assert_source(MySource(), Path("sample.csv"), total=1234.56)
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from stopgap.base.errors import StopgapError
from stopgap.base.vocab import Flow, RowKind, Valuation
from stopgap.sources.base import KEY_COLUMNS, STAGED_COLUMNS, Source, Staging
from stopgap.sources.files.file_head import read_head
from stopgap.sources.registry import read_file, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

CENT = 0.005
STRANGERS = {
    "a web page": "<!doctype html><html><body>Sign in</body></html>\n",
    "a table of something else": "name,colour\npear,green\nplum,blue\n",
    "an error reply": '{"statusCode": 401, "message": "Access denied due to missing subscription key."}\n',
}
CUTS = (0.3, 0.6, 0.95)


@dataclass(frozen=True, slots=True)
class Check:
    """Result of one check: its name, whether it passed, and what was observed."""

    name: str
    holds: bool
    seen: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A parsed sample: the counts, and the columns, sorted rows and rejection reasons."""

    staging: Staging
    columns: Sequence[tuple[str, str]]
    rows: Sequence[tuple[Any, ...]]
    reasons: Sequence[str | None]

    def column(self, name: str) -> list[Any]:
        position = list(STAGED_COLUMNS).index(name)
        return [row[position] for row in self.rows]


def assert_source(source: Source, sample: Path, *, total: float | None = None) -> None:
    """Raise ``AssertionError`` that lists every failed check; see :func:`check_source`."""
    failed = [check for check in check_source(source, sample, total=total) if not check.holds]
    if failed:
        raise AssertionError("\n".join(f"{check.name}: {check.seen}" for check in failed))


def check_source(source: Source, sample: Path, *, total: float | None = None) -> list[Check]:
    """Run all checks on a source with a sample of its format.

    Args:
        sample: A small file of its format, complete and without faults.
        total: Sum of the file's values in their own currency and in units of 1, computed with another
            tool over all rows that report a figure.

    Returns:
        The result of every check; later ones are omitted if the sample cannot be read.
    """
    checks = [*_named(source), *_recognised(source, sample)]
    try:
        read = _read(source, sample)
    except StopgapError as error:
        return [*checks, Check("the sample is read", False, str(error))]
    except Exception as error:  # a source under test may fail in any way
        return [*checks, Check("the sample is read", False, f"{type(error).__name__}: {error}")]
    checks.append(Check("the sample is read", bool(read.rows), f"{read.staging.rows_read:,} rows read"))
    checks += _rows(read)
    if total is not None:
        summed = sum(read.column("value_reported"))
        holds = abs(summed - total) <= max(CENT, abs(total) * 1e-12)
        checks.append(Check("the values add up to the total", holds, f"{summed:.2f} against {total:.2f}"))
    again = _read(source, sample)
    holds = again.rows == read.rows and again.staging == read.staging
    checks.append(Check("the same file reads the same twice", holds, f"{len(again.rows):,} rows"))
    return [*checks, *_damaged(source, sample)]


def _named(source: Source) -> Iterator[Check]:
    for field in ("name", "title", "how", "terms"):
        text = getattr(source, field, "")
        yield Check(f"it has a {field}", bool(text), text or "nothing")
    parser = getattr(source, "parser", "")
    yield Check("its parser has a version", re.fullmatch(r".+/\d+", parser) is not None, parser or "nothing")


def _recognised(source: Source, sample: Path) -> Iterator[Check]:
    heads = (read_head(sample, encoding) for encoding in (None, *source.encodings))
    head = next(filter(source.recognises, heads), None)
    yield Check("it recognises the sample", head is not None, sample.name)
    if head is not None:
        others = [other.name for other in sources() if other.name != source.name and other.recognises(head)]
        yield Check("no other source takes the sample for its own", not others, ", ".join(others) or "none does")
    with tempfile.TemporaryDirectory(prefix="stopgap-") as folder:
        for what, text in STRANGERS.items():
            path = Path(folder) / "stranger"
            path.write_text(text, encoding="utf-8")
            taken, seen = _outcome(lambda path=path: source.recognises(read_head(path)))  # type: ignore[misc]
            if taken:
                taken, seen = _outcome(lambda path=path: _read(source, path).rows)  # type: ignore[misc]
            yield Check(f"{what} is no figures to it", not taken and "fault" not in seen, seen)


def _rows(read: _Read) -> Iterator[Check]:
    has_columns = list(read.columns) == list(STAGED_COLUMNS.items())
    yield Check("staged has the columns and types", has_columns, str(read.columns)[:200])
    keys = list(zip(*map(read.column, KEY_COLUMNS), strict=True))
    yield Check("there is one row for each key", len(set(keys)) == len(keys), f"{len(keys):,} rows")
    values = read.column("value_usd")
    are_sound = all(value is not None and 0 <= value < float("inf") for value in values)
    span = f"{min(values, default=0)} to {max(values, default=0)}"
    yield Check("values are finite and not negative", are_sound, span)
    for name in ("net_kg", "quantity"):
        yield Check(f"{name} is never 0", 0 not in read.column(name), "0 means not reported: NULL")
    for name, kinds in (("kind", RowKind), ("valuation", Valuation)):
        strange = set(read.column(name)) - {str(kind) for kind in kinds}
        yield Check(f"{name} is one of ours", not strange, ", ".join(map(str, strange)) or "it is")
    flows = zip(read.column("flow"), read.column("kind"), strict=True)
    strange = {flow for flow, kind in flows if kind != RowKind.BREAKDOWN} - {str(flow) for flow in Flow}
    yield Check("flow is one of ours", not strange, ", ".join(map(str, strange)) or "it is")
    days = [
        period is not None and period.day == 1 and (frequency == "M" or period.month == 1)
        for period, frequency in zip(read.column("period"), read.column("frequency"), strict=True)
    ]
    yield Check("periods are first days", all(days), f"{sum(days):,} of {len(days):,}")
    yield Check("each rejected row has a reason", all(read.reasons), f"{len(read.reasons):,} rejected")


def _damaged(source: Source, sample: Path) -> Iterator[Check]:
    """Check that a truncated file raises a StopgapError or is read in part, and never crashes the source."""
    whole = sample.read_bytes()
    with tempfile.TemporaryDirectory(prefix="stopgap-") as folder:
        for share in CUTS:
            path = Path(folder) / sample.name
            path.write_bytes(whole[: int(len(whole) * share)])
            _, seen = _outcome(lambda path=path: _read(source, path).staging.rows_read)  # type: ignore[misc]
            yield Check(f"the first {share:.0%} of the sample do not break it", "fault" not in seen, seen)


def _outcome(act: Callable[[], Any]) -> tuple[Any, str]:
    """Call ``act``; return its value (None after an error) and a text with the value or error.

    The text of an exception other than StopgapError contains ``fault``.
    """
    try:
        value = act()
    except StopgapError as error:
        return None, f"refused: {error.what}"
    except Exception as error:  # a source under test may fail in any way
        return None, f"a fault: {type(error).__name__}: {error}"
    return value, f"{value}"


def _read(source: Source, path: Path) -> _Read:
    with closing(duckdb.connect()) as con:
        staging = read_file(con, path, source=source)
        columns = [(str(row[0]), str(row[1])) for row in con.execute("DESCRIBE staged").fetchall()]
        listed = ", ".join(STAGED_COLUMNS)
        rows = con.execute(f"SELECT {listed} FROM staged ORDER BY ALL").fetchall()
        reasons = [reason for (reason,) in con.execute("SELECT reason FROM rejects").fetchall()]
    return _Read(staging, columns, rows, reasons)
