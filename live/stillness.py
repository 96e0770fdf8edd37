"""For which pictures a scene stays as it is: what was reckoned from it once holds for all of them.

Pure, on the words of `live.messages.scene`. A cue makes another scene; between two cues only fades, glides and those
who leave change anything, and mostly there are none.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator

from live.messages.scene import Scene


def unchanged(scene: Scene, picture: int) -> range:
    """From `picture` on, those at which nothing fades, glides or leaves; `picture` alone while something does."""
    if any(picture < end for end in _ramps(scene)):
        return range(picture, picture + 1)
    leaves = itertools.chain(
        (layer.leaves_picture for layer in scene.layers), (strip.leaves_picture for strip in scene.strips)
    )
    coming = (leave for leave in leaves if leave is not None and leave > picture)
    return range(picture, min(coming, default=sys.maxsize))


def _ramps(scene: Scene) -> Iterator[int]:
    """The pictures at which each fade and glide ends."""
    yield scene.panic.end_picture
    for layer in scene.layers:
        yield layer.fade.end_picture
        if layer.glide is not None:
            yield layer.glide.end_picture
        if layer.away is not None:
            yield layer.away.fade.end_picture
    for strip in scene.strips:
        yield strip.fade.end_picture
