"""What benchmarks print can be read by a program."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks.figures import emit, percentile


def test_a_case_is_one_line_of_json_with_the_agreed_names(capsys: pytest.CaptureFixture[str]) -> None:
    emit("mixer", "64 strips", 1.23456789, 6.5, "GStreamer audiomixer", "ms", 5.2654, late_percent=0.0)
    emit("response", "tap to queue", 20.0, None, None, "ms", None, p95=31.0)
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert list(first) == ["name", "case", "ours", "peer", "peer_name", "unit", "ratio", "late_percent"]
    assert (first["ours"], first["ratio"]) == (1.235, 5.265)
    assert second["peer"] is None
    assert second["p95"] == 31.0


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 95) == 95.0
    assert percentile(values, 50) == 50.0
    assert percentile([7.0], 99) == 7.0
    with pytest.raises(ValueError, match="at least one value"):
        percentile([], 50)
