"""The desk at which acts are decided: what every decision may look at, and the things many of them need."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from live.access import Caller
from live.errors import Banned, NotFound
from live.messages.events import Cued, Event
from live.messages.ids import Role, new_id
from live.messages.scene import Cue, Put, Remove, SetSlate, Slate
from live.slots import MODEST, Slots
from live.state import Contribution, State

Decision = tuple[list[Event], str]
"""The events that follow, and what the asker is told beside "done"."""


@dataclass(frozen=True, slots=True)
class Desk:
    state: State
    caller: Caller
    join_url: Callable[[int], str]
    """The address the audience opens, for a generation of the audience's code."""
    code: Callable[[int], str]
    link: Callable[[Role, int], str]
    """The link of a role, for a generation of its keys."""
    now_us: int = 0
    """Show time."""
    present: Callable[[], Collection[str]] = tuple
    """The people of the audience who are connected."""
    slots: Slots = MODEST

    @property
    def by(self) -> str:
        return self.caller.name

    def contribution(self, contribution_id: str) -> Contribution:
        """Raises NotFound."""
        contribution = self.state.contributions.get(contribution_id)
        if contribution is None:
            raise NotFound(
                f"expected a contribution of this show, got {contribution_id!r}; reload the page to see what there is"
            )
        return contribution

    def own(self, contribution_id: str) -> Contribution:
        """The caller's own contribution. Somebody else's is as unknown as one that is not there. Raises NotFound."""
        contribution = self.contribution(contribution_id)
        if contribution.person_id != self.caller.person_id:
            raise NotFound(f"expected a piece of yours, got {contribution_id!r}; reload the page to see your pieces")
        return contribution

    def not_banned(self) -> None:
        """Raises Banned."""
        person = self.state.people.get(str(self.caller.person_id))
        if person is not None and person.banned:
            # Read by the phone's owner.
            raise Banned("The crew has paused this phone. Talk to the crew if that is a mistake.")


def layers_of(state: State, contribution_ids: Iterable[str]) -> tuple[str, ...]:
    """Ids of layers and strips, on stage or about to be, that show any of these contributions."""
    wanted = set(contribution_ids)
    staged = [(layer.layer_id, layer.source) for layer in state.scene.layers]
    staged += [(strip.strip_id, strip.source) for strip in state.scene.strips]
    staged += [(cue.layer_id, cue.source) for cue in state.pending.values() if isinstance(cue, Put)]
    return tuple(dict.fromkeys(i for i, source in staged if getattr(source, "contribution_id", None) in wanted))


def cued(cue: Cue, by: str) -> Cued:
    return Cued(cue_id=new_id(), cue=cue, by=by)


def removal(state: State, contribution_ids: Iterable[str], by: str, fade_ms: int = 0) -> list[Event]:
    """The cue that takes these contributions off the stage, where any is on it."""
    layer_ids = layers_of(state, contribution_ids)
    return [cued(Remove(layer_ids=layer_ids, fade_ms=fade_ms), by)] if layer_ids else []


def slate_cue(desk: Desk, prompt: str, generation: int | None = None) -> Cued:
    """The cue that brings the slate up to date: title, prompt and how to join."""
    generation = desk.state.generations.get("audience", 0) if generation is None else generation
    title = desk.state.show.title if desk.state.show else ""
    slate = Slate(title=title, prompt=prompt, join_url=desk.join_url(generation), code=desk.code(generation))
    return cued(SetSlate(slate=slate), desk.by)
