"""The benchmark of the clocks: both keep the same time over the same line."""

from __future__ import annotations

import random

import pytest

from tests.benchmarks.sync import LINES, errors_in_node, errors_in_python, phone


def test_the_pages_clock_errs_as_pythons_does() -> None:
    phones = [phone(random.Random(number), *LINES["wifi"]) for number in range(3)]
    for page, python in zip(errors_in_node(phones), errors_in_python(phones), strict=True):
        assert page == pytest.approx(python, abs=0.002)
        assert 0 < max(map(abs, page)) < 40
