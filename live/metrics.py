"""`/metrics` (Prometheus) and `/healthz`: what the counters of every part say, read when somebody asks.

Parts count by plain integers of their own; nothing is counted twice and no part knows Prometheus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Numbers = Callable[[], Mapping[str, float]]


class Gauges(Collector):
    """Turns `{"journal_commits_total": 3, "clients": 2}` into metrics; names ending in `_total` are counters."""

    def __init__(self) -> None:
        self._parts: list[Numbers] = []

    def add(self, numbers: Numbers) -> None:
        self._parts.append(numbers)

    def collect(self) -> Iterator[Metric]:
        for numbers in self._parts:
            for name, value in numbers().items():
                if name.endswith("_total"):
                    yield CounterMetricFamily(f"houselights_{name[:-6]}", name.replace("_", " "), value=value)
                else:
                    yield GaugeMetricFamily(f"houselights_{name}", name.replace("_", " "), value=value)


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._gauges = Gauges()
        self._registry.register(self._gauges)

    def add(self, numbers: Numbers) -> None:
        """Have a part's numbers shown; the function is called at every look."""
        self._gauges.add(numbers)

    def text(self) -> bytes:
        return generate_latest(self._registry)
