"""Signing in with a real browser: its rules for cookies, forms and policies are not those of a test's client."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chromium_page import CHROMIUM, chromium_page
from served import served

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


def test_the_link_signs_in_by_its_button_and_signing_out_ends_it(tmp_path: Path) -> None:
    with served(tmp_path / "lake") as service, chromium_page() as page:
        page.go(str(service.said["sign_in"]))
        page.wait(
            lambda: page.script("document.readyState === 'complete' && document.querySelector('form button') !== null")
        )
        assert page.cookies() == {}
        assert (
            page.script("getComputedStyle(document.querySelector('button.main')).backgroundColor") == "rgb(20, 89, 113)"
        )
        page.script("document.querySelector('form button').click()")
        page.wait(lambda: "__Host-stopgap" in page.cookies())
        page.wait(lambda: page.script("location.pathname") != "/sign-in")
        cookie = page.cookies()["__Host-stopgap"]
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
        me = json.loads(page.script("fetch('/api/v1/me').then(answer => answer.text())"))
        assert me["role"] == "admin"
        assert page.script("document.cookie") == ""
        without = page.script("fetch('/sign-out', {method: 'POST'}).then(answer => answer.status)")
        assert without == 403
        headers = json.dumps({"x-stopgap-csrf": me["csrf"]})
        assert (
            page.script(f"fetch('/sign-out', {{method: 'POST', headers: {headers}}}).then(answer => answer.status)")
            == 204
        )
        assert page.cookies() == {}
        assert page.script("fetch('/api/v1/me').then(answer => answer.status)") == 401
