"""From the state to what one client may see of it. Pure; what is newer than `durable` is left for the next time.

Everyone gets whole things, of those touched in (since, durable]. What a piece looks like depends on who looks: its
author sees its fate in plain words, the hall sees only what was offered for remixing, host and moderators see
everything.
"""

from __future__ import annotations

from collections.abc import Iterator

from live.guest_views import air_limits, call_for, call_view, guest_views, my_air_view
from live.messages.ids import Role
from live.messages.views import (
    AlbumEntryView,
    AlbumView,
    Changes,
    ContributionView,
    MineView,
    PersonView,
    PromptView,
    SharedView,
    StageView,
    Status,
)
from live.slots import MODEST, Slots
from live.state import Contribution, Prompt, State


def changes_for(
    state: State, role: Role, person_id: str | None, since: int, durable: int, slots: Slots = MODEST
) -> Changes:
    """Return what changed for this client after `since`; `since` 0 gives everything."""
    prompt = prompt_view(state.prompt) if state.prompt and since < state.prompt_offset <= durable else None
    if role == "audience":
        return _audience_changes(state, str(person_id), since, durable, prompt)
    return Changes(
        since=since,
        offset=durable,
        prompt=prompt,
        prompts=tuple(prompt_view(p) for p in state.prompts.values() if since < p.offset <= durable),
        people=tuple(person_view(state, i) for i in _touched(state.touched_people.between(since, durable))),
        contributions=tuple(
            contribution_view(state, state.contributions[i])
            for i in _touched(state.touched_contributions.between(since, durable))
        ),
        albums=tuple(album_view(state, i) for i in _touched(state.touched_albums.between(since, durable))),
        stage=stage_view(state) if since < state.stage_offset else None,
        guests=guest_views(state, since, durable),
        call=call_view(state, since, durable),
        limits=air_limits(state, slots, since, durable),
    )


def _audience_changes(state: State, person_id: str, since: int, durable: int, prompt: PromptView | None) -> Changes:
    touched = [state.contributions[i] for i in _touched(state.touched_contributions.between(since, durable))]
    me = state.people.get(person_id)
    return Changes(
        since=since,
        offset=durable,
        prompt=prompt,
        mine=tuple(mine_view(state, c) for c in touched if c.person_id == person_id),
        shared=tuple(shared_view(state, c) for c in touched if c.contribution_id in state.ever_shared),
        me=person_view(state, person_id) if me is not None else None,
        call=call_for(state, person_id, since, durable),
        my_air=my_air_view(state, person_id, since, durable),
    )


def _touched(names: Iterator[str]) -> list[str]:
    """Oldest touch first, so that lists grow at their end."""
    return list(names)[::-1]


def prompt_view(prompt: Prompt) -> PromptView:
    return PromptView(prompt_id=prompt.prompt_id, text=prompt.text, kinds=prompt.kinds, at_us=prompt.at_us)


def person_view(state: State, person_id: str) -> PersonView:
    person = state.people[person_id]
    return PersonView(
        person_id=person_id,
        name=person.name,
        credit=person.credit,
        banned=person.banned,
        contributions=len(person.contributions),
        performer=person.performer,
    )


def stage_times_us(state: State, contribution: Contribution) -> tuple[tuple[int, int | None], ...]:
    return tuple(
        (state.picture_us(time.start), None if time.end is None else state.picture_us(time.end))
        for time in contribution.stage_times
    )


def contribution_view(state: State, c: Contribution) -> ContributionView:
    return ContributionView(
        contribution_id=c.contribution_id,
        person_id=c.person_id,
        name=state.credit_line(c),
        kind=c.kind,
        at_us=c.at_us,
        verdict=c.verdict,
        state="withdrawn" if c.withdrawn else "failed" if c.failure else "ready" if c.is_ready else "preparing",
        consent=c.consent,
        prompt_id=c.prompt_id,
        parents=c.parents,
        text="" if c.withdrawn else c.text,
        shared=c.shared,
        on_stage=c.is_on_stage,
        stage_times=stage_times_us(state, c),
        renditions=None if c.withdrawn else c.renditions,
        reason=c.failure,
    )


def status_of(c: Contribution) -> Status:
    """The fate of a piece in its author's words. A held piece is still waiting, as far as its author need know."""
    if c.withdrawn:
        return "withdrawn"
    if c.failure:
        return "failed"
    if c.is_on_stage:
        return "on_stage"
    if c.stage_times:
        return "was_on_stage"
    if c.verdict == "rejected":
        return "declined"
    if c.verdict == "approved":
        return "approved"
    return "waiting" if c.is_ready else "received"


def mine_view(state: State, c: Contribution) -> MineView:
    thumbnail = c.renditions.thumbnail if c.renditions and not c.withdrawn else None
    return MineView(
        contribution_id=c.contribution_id,
        kind=c.kind,
        at_us=c.at_us,
        status=status_of(c),
        stage_times=stage_times_us(state, c),
        consent=c.consent,
        text=c.text,
        parents=c.parents,
        reason=c.failure,
        thumbnail_key=thumbnail.key if thumbnail else None,
        remixes=len(c.children),
    )


def shared_view(state: State, c: Contribution) -> SharedView:
    made = c.renditions if c.shared else None
    return SharedView(
        contribution_id=c.contribution_id,
        name=state.credit_line(c),
        kind=c.kind,
        text=c.text if c.shared else "",
        shared=c.shared,
        thumbnail_key=made.thumbnail.key if made and made.thumbnail else None,
        clip_key=made.clip.key if made and made.clip else None,
        still_key=made.still.key if made and made.still else None,
        sound_key=made.sound.key if made and made.sound else None,
    )


def album_view(state: State, album_id: str) -> AlbumView:
    album = state.albums[album_id]
    entries = tuple(AlbumEntryView(contribution_id=i, note=note) for i, note in album.entries)
    return AlbumView(album_id=album_id, title=album.title, note=album.note, entries=entries)


def stage_view(state: State) -> StageView:
    return StageView(
        scene=state.scene,
        pending=len(state.pending),
        run_id=state.run.run_id if state.run else None,
        recording=state.recording is not None,
    )
