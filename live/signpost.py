"""What a person reads who opened an address of the show that does not open: a page that says where its link is.

Only for browsers that ask for a page. Programs, scripts and sockets get the error as it is (`live/http_errors`), and
both get the same status.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from live.errors import BadToken, HouselightsError, NotAllowed, NotFound
from live.https import asks_for_page
from live.pages import Pages


@dataclass(frozen=True, slots=True)
class Room:
    """A page that only its own link opens; `printed` is what stands before that link where the show was started."""

    what: str
    printed: str


ROOMS = {
    "/host": Room("The host’s console, from where the show is run", "host"),
    "/moderate": Room("The console of those who help the host to choose", "moderator"),
    "/stage": Room("What the hall sees on stage, on any other screen", "stage mirror"),
    "/crew": Room("A camera or the sound desk, from any browser", "crew camera"),
    "/wifi": Room("Where a phone of the crew tries what the Wi-Fi carries; the doctor prints its link", "Wi-Fi"),
}


def signposting(pages: Pages) -> Middleware:
    @web.middleware
    async def signpost(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except HouselightsError as error:
            if not asks_for_page(request) or request.writer.output_size > 0:
                raise
            return _page(pages, request, error)
        except web.HTTPNotFound:
            if not asks_for_page(request):
                raise
            return _page(pages, request, NotFound("there is nothing at this address"))

    return signpost


def _page(pages: Pages, request: web.Request, error: HouselightsError) -> web.Response:
    """Raises `error` where the pages are not built."""
    room = ROOMS.get(request.path)
    values = {
        "heading": _heading(request, room, error),
        "room": room,
        "sentence": "" if room is not None else str(error),
    }
    try:
        response = pages.render(request, "door.html", {}, values=values)
    except HouselightsError:
        raise error from None
    response.set_status(error.http_status)
    return response


def _heading(request: web.Request, room: Room | None, error: HouselightsError) -> str:
    if isinstance(error, NotFound):
        return "Nothing here"
    if room is None:
        return "That did not work"
    if "key" not in request.query:
        return "This page opens by its own link"
    if isinstance(error, NotAllowed) and not isinstance(error, BadToken):
        return "That link opens another page"
    return "That link opens nothing any more"
