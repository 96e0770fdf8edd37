"""Every speed claim, measured: `python -m tests.benchmarks.NAME` measures one, `python -m tests.benchmarks` all.

A benchmark measures Houselights and a peer side by side, interleaved, and ends by printing one JSON object a line for
each case (`figures.emit`). Timings never fail a test.
"""
