"""Export a pack as STIX 2.1 for OpenCTI, with the platform's marking definitions and country objects.

It differs from plain STIX only where the import needs it: the platform's ids of the TLP levels, its two properties
that name a marking, the type of a location, the marking of countries, and the identity class of a vessel.
"""

from __future__ import annotations

from stopgap.base.marking import CLEAR, Marking, Tlp
from stopgap.evidence.exchange.ids import lasting_id
from stopgap.evidence.exchange.stix import Dialect, Stix, bundle_bytes, statement
from stopgap.evidence.exchange.texts import economy, releasable
from stopgap.evidence.packs.view import PackView

CREATED = "2017-01-20T00:00:00.000Z"
"""Creation time of the four TLP marking definitions of the STIX 2.1 standard."""

TLP_IDS = {
    Tlp.CLEAR: "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    Tlp.GREEN: "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    Tlp.AMBER: "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    Tlp.AMBER_STRICT: "marking-definition--826578e1-40ad-459f-bc73-ede076f81f37",
    Tlp.RED: "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
"""OpenCTI's ids of the TLP levels; four are those of STIX 2.1, where CLEAR is still called WHITE."""


def opencti(view: PackView) -> bytes:
    """Return a pack as a STIX bundle for OpenCTI, in JSON."""
    return bundle_bytes(view, OPENCTI)


def _tlp(level: Tlp) -> Stix:
    """Return a TLP level's marking definition exactly as in STIX 2.1, AMBER+STRICT as a statement.

    CLEAR has its old name WHITE, which the import corrects.
    """
    made: Stix = {"type": "marking-definition", "spec_version": "2.1", "id": TLP_IDS[level], "created": CREATED}
    if level is Tlp.AMBER_STRICT:
        return {
            **made,
            "name": level.label,
            "definition_type": "statement",
            "definition": {"statement": level.label},
            "x_opencti_definition_type": "TLP",
            "x_opencti_definition": level.label,
        }
    colour = "white" if level is Tlp.CLEAR else level.name.lower()
    return {**made, "name": f"TLP:{colour.upper()}", "definition_type": "tlp", "definition": {"tlp": colour}}


def _releasable(marking: Marking) -> Stix:
    """Return the marking definition of a list of states, of type ``REL``.

    OpenCTI shows objects with this type to no group until an administrator allows it.
    """
    label = releasable(marking) or ""
    return {
        **statement(marking),
        "id": f"marking-definition--{lasting_id('opencti', 'releasable', label)}",
        "x_opencti_definition_type": "REL",
        "x_opencti_definition": label.upper(),
    }


def _location(made: Stix, code: str) -> Stix:
    area = economy(code)
    aliases = [area.iso2, area.code] if area is not None else [code]
    return {**made, "x_opencti_location_type": "Country", "x_opencti_aliases": aliases}


OPENCTI = Dialect(
    name="opencti",
    tlp=_tlp,
    releasable=_releasable,
    # the platform has one entity for a country, and a strict marking on it would hide it from all its users
    place_marking=lambda _: CLEAR,
    location=_location,
    vessel="system",
    is_custom=True,
)
