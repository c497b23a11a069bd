"""Examples of answers, for the documentation of the REST API; figures are invented."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {}
