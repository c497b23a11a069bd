"""Clearances of people and tokens: how they are kept, and which of two sees no more than the other."""

from __future__ import annotations

from stopgap.base.marking import Marking, Tlp


def both_see(one: Marking, other: Marking) -> Marking:
    """Return the clearance that sees what both see, as an audience (:meth:`stopgap.base.marking.Marking.fits`).

    Each economy that is cleared must be on the list of an item, so who is cleared for more economies sees less.
    """
    lists = [each.releasable_to for each in (one, other)]
    economies = None if None in lists else frozenset().union(*(each for each in lists if each is not None))
    return Marking(min(one.tlp, other.tlp), economies)


def is_within(clearance: Marking, bound: Marking | None) -> bool:
    """Return whether a clearance sees nothing that the bound does not see; a bound of ``None`` sees all."""
    return bound is None or both_see(clearance, bound) == clearance


def kept_economies(clearance: Marking) -> str | None:
    """Return the economies of a clearance as the database keeps them: ``DEU,FRA``."""
    return None if clearance.releasable_to is None else ",".join(sorted(clearance.releasable_to))


def clearance_of(tlp: int, releasable_to: str | None) -> Marking:
    """Return the clearance that the database keeps."""
    economies = None if releasable_to is None else frozenset(filter(None, releasable_to.split(",")))
    return Marking(Tlp(tlp), economies)
