"""How a benchmark says what it measured: one JSON object a line, `ratio` above 1 where ours is better.

Numbers in, text out; what is measured and against whom is the benchmark's own business.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from statistics import median as median

DIGITS = 4


def emit(
    name: str,
    case: str,
    ours: float,
    peer: float | None,
    peer_name: str | None,
    unit: str,
    ratio: float | None,
    **figures: float | str | bool | None,
) -> None:
    """Print one case. Without a peer (`None`) there is no ratio; `figures` are further numbers by their own names."""
    line = {
        "name": name,
        "case": case,
        "ours": _short(ours),
        "peer": _short(peer),
        "peer_name": peer_name,
        "unit": unit,
        "ratio": _short(ratio),
    }
    print(json.dumps(line | {key: _short(value) for key, value in figures.items()}, ensure_ascii=False), flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that `percent` of all values do not exceed (nearest rank; of one value, that one)."""
    if not values:
        raise ValueError(f"expected at least one value for the {percent}th percentile, got none")
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def _short(value: float | str | bool | None) -> float | str | bool | None:
    """Numbers to four digits that count: more is noise."""
    if not isinstance(value, float) or value == 0 or not math.isfinite(value):
        return value
    return round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))
