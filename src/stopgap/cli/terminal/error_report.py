"""Print an error as text or JSON, with the marking of the evidence that was read before it."""

from __future__ import annotations

import sys

from stopgap.base.errors import StopgapError
from stopgap.base.read_ledger import current_ledger
from stopgap.cli.terminal.status_line import end


def report(error: StopgapError, *, as_json: bool) -> int:
    """Print an error, as text on stderr or as JSON on stdout, and return its exit code."""
    end()
    if as_json:
        from stopgap.base.documents import json_text

        document: dict[str, object] = {"error": error.as_dict()}
        if error.marking is not None:
            document["marking"] = error.marking.as_dict()
        try:
            sys.stdout.write(json_text(document) + "\n")
            sys.stdout.flush()
        except OSError:  # full, or its reader is gone: the error is told where it can be
            print(error, file=sys.stderr)
    else:
        print(error, file=sys.stderr)
        if error.marking is not None:
            print(f"marking: {error.marking.label}", file=sys.stderr)
    return error.exit_code


def marked_error(error: StopgapError) -> StopgapError:
    """Add to an error the marking of the evidence that was read before it was raised."""
    if current_ledger().reads:
        from stopgap.evidence.markings.reads import mark_error

        mark_error(error)
    return error
