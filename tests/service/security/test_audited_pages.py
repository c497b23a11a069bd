"""Which requests the audit log notes: changes, on pages as at the API, each once."""

from __future__ import annotations

import pytest

from stopgap.service.security.audit_layer import is_change


@pytest.mark.parametrize(
    ("method", "path", "noted"),
    [
        ("POST", "/packs", True),
        ("POST", "/packs/receive", True),
        ("POST", "/packs/verify", False),
        ("POST", "/packs/preview", False),
        ("POST", "/packs/compare", False),
        ("GET", "/packs/receive", False),
        ("POST", "/data/files/0123456789abcdef/withdraw", True),
        ("POST", "/data/upkeep/compact", True),
        ("POST", "/me/jobs/0123/cancel", True),
        ("POST", "/people/jane/change", False),
        ("POST", "/settings/tokens", False),
        ("POST", "/peoples", True),
        ("POST", "/query", False),
        ("POST", "/match", False),
        ("POST", "/mcp", False),
        ("POST", "/sign-in", False),
        ("POST", "/api/v1/imports", True),
        ("POST", "/api/v1/packs/preview", False),
        ("DELETE", "/api/v1/jobs/0123", True),
        ("POST", "/api/v1/people", False),
    ],
)
def test_changes_are_noted_and_nothing_else(method: str, path: str, noted: bool) -> None:
    assert is_change(method, path) is noted
