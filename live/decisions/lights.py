"""Having the phones of the hall do something together: scheduled ahead, and never so that it flashes."""

from __future__ import annotations

from live.decisions.audience import clean_text
from live.decisions.desk import Decision, Desk
from live.errors import BadInput, TooMuch
from live.flash_limits import WINDOW_US, flashes
from live.lighting import lamp_steps, screen_steps
from live.messages.phones import CuePhones, Off, PhonesCued, Words

PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Where in the hall flashes are counted: a wave passes everybody at another time."""


def cue_phones(desk: Desk, act: CuePhones) -> Decision:
    if isinstance(act.what, Words) and not clean_text(act.what.text, keep_lines=False):
        raise BadInput("expected words to deal out, got none that can be seen; type a word or two")
    cue = PhonesCued(
        cue_id=act.cue_id, at_us=desk.now_us + act.lead_ms * 1000, what=act.what, group=act.group, by=desk.by
    )
    if not isinstance(act.what, Off):  # dark is always safe, and always obeyed
        _check_flashes((*desk.state.lighting.cues, cue))
    return [cue], ""


def _check_flashes(cues: tuple[PhonesCued, ...]) -> None:
    """Groups are not told apart: a hall whose two halves blink in turn flashes for everybody in it."""
    found = [flashes(screen_steps(cues, place)) for place in PLACES] + [flashes(lamp_steps(cues))]
    if all(one.are_safe for one in found):
        return
    most, red = max(one.general for one in found), max(one.red for one in found)
    raise TooMuch(
        f"expected at most three flashes of light in a second and one to or from full red, got {most} and {red} with "
        "those just given; wait a second between them, or fade longer",
        retry_after_s=WINDOW_US / 1e6,
    )
