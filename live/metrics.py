"""`/metrics` (Prometheus) and `/healthz`: what the counters of every part say, read when somebody asks.

Parts count by plain integers of their own; nothing is counted twice and no part knows Prometheus.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

Numbers = Callable[[], Mapping[str, float]]
NumbersOfEach = Callable[[], Mapping[str, Mapping[str, float]]]


class Gauges(Collector):
    """Turns `{"journal_commits_total": 3, "clients": 2}` into metrics; names ending in `_total` are counters."""

    def __init__(self) -> None:
        self._parts: list[Numbers] = []
        self._each: list[tuple[str, NumbersOfEach]] = []

    def add(self, numbers: Numbers) -> None:
        self._parts.append(numbers)

    def add_each(self, label: str, numbers: NumbersOfEach) -> None:
        self._each.append((label, numbers))

    def collect(self) -> Iterator[Metric]:
        for numbers in self._parts:
            for name, value in numbers().items():
                if name.endswith("_total"):
                    yield CounterMetricFamily(f"houselights_{name[:-6]}", name.replace("_", " "), value=value)
                else:
                    yield GaugeMetricFamily(f"houselights_{name}", name.replace("_", " "), value=value)
        for label, each in self._each:
            yield from _families(label, each())


def _families(label: str, each: Mapping[str, Mapping[str, float]]) -> Iterator[Metric]:
    """One family a name, with a line for each thing that is there now: what has gone leaves no line behind."""
    families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
    for thing, numbers in each.items():
        for name, value in numbers.items():
            if name not in families:
                said = f"{label}_{name}"
                kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
                named = f"houselights_{said}".removesuffix("_total")
                families[name] = kind(named, said.replace("_", " "), labels=[label])
            families[name].add_metric([thing], value)
    yield from families.values()


def with_totals(numbers: Mapping[str, int], only_rise: Collection[str]) -> dict[str, int]:
    """The same numbers, those that only rise named as Prometheus has it: `rate()` is for them."""
    return {f"{name}_total" if name in only_rise else name: value for name, value in numbers.items()}


class Metrics:
    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._gauges = Gauges()
        self._registry.register(self._gauges)

    def add(self, numbers: Numbers) -> None:
        """Have a part's numbers shown; the function is called at every look."""
        self._gauges.add(numbers)

    def add_each(self, label: str, numbers: NumbersOfEach) -> None:
        """Have numbers shown of each of several things; they stand apart by `label`."""
        self._gauges.add_each(label, numbers)

    def text(self) -> bytes:
        return generate_latest(self._registry)
