"""Settings of every test: properties are asked of the same examples each time, and no example runs against a clock."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("stopgap", deadline=None, derandomize=True)
settings.load_profile("stopgap")
