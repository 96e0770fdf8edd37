"""The made-up host: asks, approves what comes, and puts it on stage in combinations that suit it.

Decisions are pure functions over what the console holds; the loops around them only wait and ask.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

import structlog

from live.demo.console import Console
from live.demo.presenter import Presenter
from live.demo.stories import PROMPTS
from live.errors import HouselightsError
from live.messages.acts import GiveCue, HostAct, Judge, PutOnStage, SetPrompt, Share
from live.messages.ids import Kind, new_id
from live.messages.scene import Clear, Cue, Rect, SetLayer, SetStrip, Transition
from live.messages.views import ContributionView

log = structlog.get_logger()

PROMPT_S = 75.0
SCENE_S = 7.0
SLATE_S = 4.0
LOOK_S = 1.0
"""How long the host looks at a piece before approving it."""
FADE_MS = 900
SHARE_EVERY = 3
"""One scene in so many, its first piece is offered for remixing."""

WORDS = Rect(x=0.2, y=0.18, width=0.6, height=0.6)
INSET = Rect(x=0.64, y=0.07, width=0.3, height=0.3)
WHOLE = Rect(x=0.0, y=0.0, width=1.0, height=1.0)


class Host:
    def __init__(self, console: Console, random: Random) -> None:
        self._console, self._random = console, random
        self._shown: Counter[str] = Counter()
        self._scenes = 0
        self._free = asyncio.Lock()
        """Held by who has the stage: pieces, or guests who are live."""

    async def play(self) -> None:
        """Run the show until cancelled."""
        await self._console.open()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._ask_prompts())
            tasks.create_task(self._approve())
            tasks.create_task(self._stage())
            tasks.create_task(Presenter(self._console, self._free).play())

    async def _ask_prompts(self) -> None:
        for index in range(1_000_000):
            await self._try(SetPrompt(prompt_id=new_id(), text=PROMPTS[index % len(PROMPTS)]))
            await asyncio.sleep(PROMPT_S)
            async with self._free:
                await self._cue(Clear(fade_ms=FADE_MS))

    async def _approve(self) -> None:
        while True:
            await self._news()
            fresh = tuple(view.contribution_id for view in self._console.contributions.values() if is_new(view))
            if fresh:
                await asyncio.sleep(LOOK_S)
                await self._try(Judge(contribution_ids=fresh, verdict="approved"))

    async def _stage(self) -> None:
        while True:
            async with self._free:
                pieces = choose(self._console.contributions.values(), self._shown, self._random)
                if pieces:
                    await self._scene(pieces)
            if not pieces:
                await self._news()

    async def _scene(self, pieces: Sequence[ContributionView]) -> None:
        await self._bring(pieces)
        self._scenes += 1
        if self._scenes % SHARE_EVERY == 0:
            await self._try(Share(contribution_id=pieces[0].contribution_id, shared=True))
        await asyncio.sleep(SCENE_S)
        if self._scenes % 12 == 0:
            await self._cue(Clear(fade_ms=FADE_MS))
            await asyncio.sleep(SLATE_S)

    async def _bring(self, pieces: Sequence[ContributionView]) -> None:
        pictures = [piece for piece in pieces if piece.kind in ("photo", "video")]
        places = lay_out([piece.kind for piece in pieces])
        transition: Transition = "crossfade"
        for piece, place in zip(pieces, places, strict=True):
            self._shown[piece.contribution_id] += 1
            layer_id = new_id()
            put = PutOnStage(
                contribution_id=piece.contribution_id,
                layer_id=layer_id,
                transition=transition,
                fade_ms=FADE_MS,
                place=place,
            )
            await self._try(put)
            transition = "add"
            if piece.kind in ("photo", "video"):
                drifts = piece.kind == "photo" and len(pictures) == 1
                await self._cue(SetLayer(layer_id=layer_id, fit="cover", ken_burns=drifts or None))
            if piece.kind == "video" and len(pieces) > 1:
                await self._cue(SetStrip(strip_id=layer_id, gain_db=-6.0))

    async def _news(self) -> None:
        self._console.changed.clear()
        await self._console.changed.wait()

    async def _cue(self, cue: Cue) -> None:
        await self._try(GiveCue(cue_id=new_id(), cue=cue))

    async def _try(self, act: HostAct) -> None:
        """A piece may be gone by the time it is asked for: say so and go on."""
        try:
            await self._console.ask(act)
        except HouselightsError as error:
            log.warning("the made-up host was told no", act=type(act).__name__, reason=str(error))


def is_new(view: ContributionView) -> bool:
    return view.state == "ready" and view.verdict == "waiting"


def is_fit_for_stage(view: ContributionView) -> bool:
    return view.state == "ready" and view.verdict == "approved" and view.consent.stage


# From rich to plain.
COMBINATIONS: tuple[tuple[Kind, ...], ...] = (
    ("video", "video", "photo", "photo"),
    ("photo", "photo", "video"),
    ("video", "photo"),
    ("photo", "sound", "text"),
    ("video", "text"),
    ("photo", "text"),
    ("photo", "sound"),
    ("text", "sound"),
    ("video",),
    ("photo",),
    ("text",),
)


def choose(views: Iterable[ContributionView], shown: Counter[str], random: Random) -> list[ContributionView]:
    """Return the pieces of the next scene, those first that were shown least; [] while there is nothing."""
    ready = [view for view in views if is_fit_for_stage(view)]
    random.shuffle(ready)
    ready.sort(key=lambda view: shown[view.contribution_id])
    possible = [kinds for kinds in COMBINATIONS if has(ready, kinds)]
    if not possible:
        return []
    # Rich scenes as soon as there is enough for them; the plain ones where there is little.
    kinds = random.choice(possible[:5] if len(possible) > 6 else possible)
    chosen: list[ContributionView] = []
    for kind in kinds:
        chosen.append(next(view for view in ready if view.kind == kind and view not in chosen))
    return chosen


def has(ready: Sequence[ContributionView], kinds: Sequence[Kind]) -> bool:
    there = Counter(view.kind for view in ready)
    return all(there[kind] >= count for kind, count in Counter(kinds).items())


def lay_out(kinds: Sequence[Kind]) -> list[Rect | None]:
    """Return a place for each: one picture fills the hall, words stand over it, several share it automatically."""
    pictures = sum(kind in ("photo", "video") for kind in kinds)
    places: list[Rect | None] = []
    for kind in kinds:
        if kind == "text":
            places.append(WORDS if pictures else None)
        elif pictures == 2 and kind != "sound":
            places.append(INSET if WHOLE in places else WHOLE)
        else:
            places.append(WHOLE if pictures == 1 and kind != "sound" else None)
    return places
