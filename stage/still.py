"""What was reckoned from a scene, kept while the scene stays as it is (`live.stillness`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from live.messages.scene import Scene
from live.stillness import unchanged

T = TypeVar("T")


class Still(Generic[T]):
    """Called as `reckon` is, and gives what it gave, the same object, while nothing changes. For one thread."""

    def __init__(self, reckon: Callable[[Scene, int], T]) -> None:
        self._reckon = reckon
        self._scene: Scene | None = None
        self._pictures = range(0)
        self._kept: T | None = None

    def __call__(self, scene: Scene, picture: int) -> T:
        if self._kept is None or scene is not self._scene or picture not in self._pictures:
            self._kept = self._reckon(scene, picture)
            self._scene, self._pictures = scene, unchanged(scene, picture)
        return self._kept
