"""Structured logs on standard error: lines for people on a terminal, JSON for machines. Tokens never go in.

Hub and stage alike say an event and its fields. What others say through the standard library comes out with the
same keys, `event`, `level` and `timestamp`, and `logger` for who it is; only what is wrong is worth a line there.
"""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor


def start_logging(level: str = "INFO") -> None:
    """Set up logging for this process."""
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering = _rendering(is_for_people=sys.stderr.isatty())
    structlog.configure(
        processors=[*common, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*common, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def _rendering(*, is_for_people: bool) -> list[Processor]:
    """Tracebacks are plain: the pretty ones print what variables held, keys of the show included."""
    if is_for_people:
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
