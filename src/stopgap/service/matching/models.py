"""Shapes of requests and answers of yente's API, as FastAPI reads and documents them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Open(BaseModel):
    """An answer: what stands beside yente's fields is told by docs/reference/screening.md."""

    model_config = ConfigDict(extra="allow", populate_by_name=True)


class EntityExample(BaseModel):
    """An entity that is looked up."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    id: str | None = Field(None, examples=["customer-17"])
    schema_: str = Field(..., alias="schema", examples=["Company"])
    properties: dict[str, str | list[Any]] = Field(
        ..., examples=[{"name": ["Northwind Trading OOO"], "country": ["ru"]}]
    )


class EntityMatchQuery(BaseModel):
    """Body of a request to match: a batch of queries by keys of one's own."""

    model_config = ConfigDict(extra="forbid")

    queries: dict[str, EntityExample | None]
    weights: dict[str, float] = Field({}, description="Refused unless empty: the features are not those of yente.")
    config: dict[str, str | int | float | bool | None] = Field({}, description="Refused unless empty.")


class EntityResponse(_Open):
    """A listed entity in FollowTheMoney's shape."""

    id: str
    caption: str
    schema_: str = Field(alias="schema")
    properties: dict[str, list[str | dict[str, Any]]]
    datasets: list[str]
    referents: list[str]
    target: bool
    first_seen: str | None = None
    last_seen: str | None = None
    last_change: str | None = None


class FeatureResult(_Open):
    """What a feature says of a match."""

    score: float
    detail: str | None = None
    query: str | None = None
    candidate: str | None = None


class ScoredEntityResponse(EntityResponse):
    """A listed entity that is near a query."""

    score: float
    features: dict[str, float]
    explanations: dict[str, FeatureResult]
    match: bool


class TotalSpec(BaseModel):
    """How many results there are."""

    value: int
    relation: str


class FeatureDoc(BaseModel):
    """A feature in words."""

    description: str | None
    coefficient: float
    url: str


class EntityMatches(_Open):
    """Answer to one query of a batch."""

    status: int
    results: list[ScoredEntityResponse]
    total: TotalSpec
    query: dict[str, Any]


class EntityMatchResponse(_Open):
    """Answer to a batch."""

    responses: dict[str, EntityMatches]
    matcher: dict[str, FeatureDoc]
    limit: int


class SearchFacetItem(BaseModel):
    """A value of a facet."""

    name: str
    label: str
    count: int


class SearchFacet(BaseModel):
    """Counts of a facet."""

    label: str
    values: list[SearchFacetItem]


class SearchResponse(_Open):
    """A page of entities found by text."""

    results: list[EntityResponse]
    facets: dict[str, SearchFacet]
    total: TotalSpec
    limit: int
    offset: int


class AdjacentResults(_Open):
    """Entities adjacent by one property."""

    results: list[str | dict[str, Any]]
    total: TotalSpec
    limit: int
    offset: int


class EntityAdjacentResponse(_Open):
    """An entity and what is adjacent to it."""

    entity: EntityResponse
    adjacent: dict[str, AdjacentResults]


class DatasetModel(_Open):
    """A list, or a scope of lists."""

    name: str
    title: str
    load: bool
    version: str
    index_version: str | None
    index_current: bool
    children: list[str]


class DataCatalogModel(_Open):
    """Lists and scopes."""

    datasets: list[DatasetModel]
    current: list[str]
    outdated: list[str]
    index_stale: bool


class AlgorithmModel(_Open):
    """The algorithm in words."""

    name: str
    description: str | None
    features: dict[str, FeatureDoc]


class AlgorithmResponse(_Open):
    """Algorithms: there is one."""

    algorithms: list[AlgorithmModel]
    default: str
    best: str
