"""Metrics for Prometheus: requests by route, seconds, jobs, memory; never a name, a query or a figure of the lake."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
"""Upper ends of the seconds that the histogram counts in."""


class Metrics:
    """Counters of one service."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "stopgap_requests_total", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "stopgap_request_seconds", "Seconds until the answer was sent.", ("route",), buckets=BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        ProcessCollector(registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; ``route`` is the template of its address, so that no name is a label."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def gauge(self, name: str, says: str, label: str, count: Callable[[], Mapping[str, float]]) -> None:
        """Add a gauge whose values are worked out when they are asked for, by one label."""
        self.registry.register(_Counted(name, says, label, count))

    def text(self) -> bytes:
        """Return the metrics in the text format of Prometheus."""
        return generate_latest(self.registry)


class _Counted(Collector):
    def __init__(self, name: str, says: str, label: str, count: Callable[[], Mapping[str, float]]) -> None:
        self._shape = (name, says, label)
        self._count = count

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing yet: a gauge is not worked out to be registered."""
        return []

    def collect(self) -> list[GaugeMetricFamily]:
        """Return the gauge."""
        name, says, label = self._shape
        family = GaugeMetricFamily(name, says, labels=[label])
        for value, count in sorted(self._count().items()):
            family.add_metric([value], count)
        return [family]
