"""The table of addresses, by topic."""

from __future__ import annotations

from stopgap.service.rest.operation import RestOperation
from stopgap.service.rest.operations.catalogue import CATALOGUE
from stopgap.service.rest.operations.claims import CLAIMS
from stopgap.service.rest.operations.lake import LAKE
from stopgap.service.rest.operations.measures import MEASURES
from stopgap.service.rest.operations.packs import PACKS
from stopgap.service.rest.operations.screening import SCREENING

OPERATIONS: tuple[RestOperation, ...] = (*CATALOGUE, *MEASURES, *LAKE, *SCREENING, *CLAIMS, *PACKS)
"""All addresses of the REST API, in the order of its documentation."""
