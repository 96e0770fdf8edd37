"""Hub and stage log alike: one JSON object a line, the same keys whichever library speaks."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import logging
import structlog
from live.logs import start_logging

start_logging()
structlog.get_logger("stage.rack").warning("an output stays off", output="speaker")
structlog.get_logger("stage.air.stream").info("a stream is away", stream="guest-01")
structlog.get_logger("stage.air.stream").debug("nobody asked for this")
logging.getLogger("aiohttp.access").info("nor for this")
try:
    raise ZeroDivisionError("a fault")
except ZeroDivisionError:
    structlog.get_logger().exception("a part failed")
    logging.getLogger("aiohttp.server").exception("a request failed")
"""


def test_every_line_is_json_with_the_same_keys() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == ""
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    said = [(line["level"], line["event"], line.get("logger")) for line in lines]
    assert said == [
        ("warning", "an output stays off", None),
        ("info", "a stream is away", None),
        ("error", "a part failed", None),
        ("error", "a request failed", "aiohttp.server"),
    ]
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert lines[0]["output"] == "speaker"
    for line in lines[2:]:
        assert "ZeroDivisionError: a fault" in line["exception"]
