"""Turn off the progress bar that DuckDB shows by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def without_bar(con: duckdb.DuckDBPyConnection) -> None:
    """Turn DuckDB's own progress bar off, in a notebook too.

    In a notebook without ipywidgets DuckDB has no bar, and refuses the setting even to turn it off.
    """
    if con.execute("SELECT current_setting('enable_progress_bar')").fetchall() == [(True,)]:
        con.execute("SET enable_progress_bar = false")
