"""Where pictures go when nobody placed them: one full, two side by side, more in a grid, the last row centred.

Pure geometry on fractions of the program. The number of columns is the one that shows most picture, so that three phone
clips held upright stand side by side and three lying ones make a grid. Cells say where a picture may go; that it keeps
its aspect there is the compositor's part (`fit`). Words leave the lower third's band free; pictures go on below it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from live.fades import is_leaving
from live.messages.scene import ClipSource, Layer, Rect, Source, StillSource, TextSource

PROGRAM_ASPECT = 16 / 9
"""Layouts are reckoned for this width : height; every format that the program has is near to it."""

MARGIN = 0.025
"""Kept free around several pictures, as a part of the height."""
GAP = 0.0125
"""Kept free between two pictures, as a part of the height."""
TEXT_MARGIN = 0.1
"""Kept free around text that stands alone: projectors cut edges."""
NAMES_TOP = 0.8466
"""Of the height: below it names may stand (the stage's lower third; a test holds the two together)."""
LEAST_KEPT = 0.5
"""Of a text's cell: where less would be left above the names, all cells go there."""

FULL = Rect(x=0.0, y=0.0, width=1.0, height=1.0)
TEXT_ALONE = Rect(x=TEXT_MARGIN, y=TEXT_MARGIN, width=1 - 2 * TEXT_MARGIN, height=1 - 2 * TEXT_MARGIN)


def areas_of(layers: Iterable[Layer]) -> dict[str, Rect]:
    """Where each layer is, by its id. Those that are leaving, and guests who are away, keep the area they were given
    when that began and take no room."""
    areas = {layer.layer_id: layer.place or FULL for layer in layers}
    areas.update((layer.layer_id, layer.away.area) for layer in layers if layer.away is not None)
    automatic = [one for one in layers if one.place is None and one.away is None and not is_leaving(one)]
    cells = lay_out([_aspect(layer.source) for layer in automatic])
    areas.update(zip((layer.layer_id for layer in automatic), cells, strict=True))
    return areas


def _aspect(source: Source) -> float | None:
    """Width over height; None for what has no shape of its own."""
    match source:
        case StillSource() | ClipSource() if source.width_px > 0 and source.height_px > 0:
            return source.width_px / source.height_px
        case TextSource():
            return None
        case _:
            return 16 / 9


def lay_out(aspects: Sequence[float | None]) -> tuple[Rect, ...]:
    """Give each picture its area. An aspect is width / height; None is set type, which takes any shape."""
    return _lay_out(tuple(aspects))


@lru_cache(maxsize=256)  # asked for every picture of the program, changed by cues only
def _lay_out(aspects: tuple[float | None, ...]) -> tuple[Rect, ...]:
    if not aspects:
        return ()
    if len(aspects) == 1:
        return (TEXT_ALONE if aspects[0] is None else FULL,)
    cells = _best_grid(aspects, 1 - 2 * MARGIN)
    reaching = [cell for cell, aspect in zip(cells, aspects, strict=True) if _reaches_names(cell, aspect)]
    if not reaching:
        return cells
    squeezed = any(NAMES_TOP - cell.y < LEAST_KEPT * cell.height for cell in reaching)
    if squeezed or all(aspect is None for aspect in aspects):
        return _best_grid(aspects, NAMES_TOP - MARGIN)
    return tuple(_above_names(cell) if cell in reaching else cell for cell in cells)


def _reaches_names(cell: Rect, aspect: float | None) -> bool:
    """Whether words would stand where names do. They are set on a page of the program's shape, centred in the cell."""
    page = min(cell.width, cell.height)
    return aspect is None and cell.y + (cell.height + page) / 2 > NAMES_TOP


def _above_names(cell: Rect) -> Rect:
    return Rect(x=cell.x, y=cell.y, width=cell.width, height=NAMES_TOP - cell.y)


def _best_grid(aspects: Sequence[float | None], room: float) -> tuple[Rect, ...]:
    return _grid(len(aspects), _best_columns(aspects, room), room)


def _best_columns(aspects: Sequence[float | None], room: float) -> int:
    """The number of columns that shows most; where several do, the one nearest to a square, then the wider."""
    square = math.ceil(math.sqrt(len(aspects)))

    def merit(columns: int) -> tuple[float, int, int]:
        return round(_shown(aspects, columns, room), 3), -abs(columns - square), columns

    return max(range(1, len(aspects) + 1), key=merit)


def _shown(aspects: Sequence[float | None], columns: int, room: float) -> float:
    """The part of the program that is covered when each picture is fitted into its cell."""
    cell = _grid(len(aspects), columns, room)[0]
    cell_aspect = cell.width / cell.height * PROGRAM_ASPECT
    fitted = sum(min(aspect / cell_aspect, cell_aspect / aspect) for aspect in map(_shape, aspects))
    return fitted * cell.width * cell.height


def _shape(aspect: float | None) -> float:
    return PROGRAM_ASPECT if aspect is None else aspect


def _grid(count: int, columns: int, room: float) -> tuple[Rect, ...]:
    """Cells of one size under the upper margin, `room` of the height high together."""
    rows = math.ceil(count / columns)
    gap_x = GAP / PROGRAM_ASPECT
    margin_x = MARGIN / PROGRAM_ASPECT
    width = (1 - 2 * margin_x - (columns - 1) * gap_x) / columns
    height = (room - (rows - 1) * GAP) / rows

    def cell(index: int) -> Rect:
        row, column = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        left = (1 - in_row * width - (in_row - 1) * gap_x) / 2
        return Rect(x=left + column * (width + gap_x), y=MARGIN + row * (height + GAP), width=width, height=height)

    return tuple(cell(index) for index in range(count))
