"""Zip archives of packs: deterministic writing, and strict reading within limits."""
