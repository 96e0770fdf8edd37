"""Browser profiles and their tabs, used again: new ones cost Chromium more than most tests do, emptied ones a third.

Whoever takes a page gets an empty tab in a profile without cookies, storage, routes and other tabs. Only the cache of
scripts outlives a test, as it does on a phone that was here before. A tab to which a test gave something that stays
with it (an ear, a script, another size) is not used again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, ParamSpec, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Dialog, Error, Frame, Page

Size = tuple[int, int]
GIVEN = ("on", "once", "add_init_script", "emulate_media", "set_viewport_size")
"""By these a test gives a tab what stays with it."""

P = ParamSpec("P")
R = TypeVar("R")


class Profiles:
    """The profiles of one browser. What goes wrong inside their pages is in `errors`.

    Who `is_calm` wants less motion: drawing every sheet that rises is a third of the work in a page without a processor
    of its own for graphics.
    """

    def __init__(self, browser: Browser, *, is_calm: bool = False) -> None:
        self.browser = browser
        self._motion: Literal["reduce", "no-preference"] = "reduce" if is_calm else "no-preference"
        self._free: dict[tuple[Size, bool], list[_Profile]] = {}
        self._taken: list[_Profile] = []
        self.errors: list[str] = []

    def page(self, size: Size, *, touch: bool = False, within_ms: float) -> Page:
        """Return an empty tab in a profile that nobody else has; its waits give up after `within_ms`.

        Who has a phone (`touch`) says yes to whatever the page asks in a dialog.
        """
        free = self._free.setdefault((size, touch), [])
        profile = free.pop() if free else _Profile(self._context(size, touch), (size, touch))
        self._taken.append(profile)
        profile.context.set_default_timeout(within_ms)
        return profile.tab()

    def give_back(self) -> None:
        """Close every page, empty the profiles, and have them ready for the next."""
        for profile in self._taken:
            if profile.emptied():
                self._free[profile.kind].append(profile)
        self._taken.clear()

    def _context(self, size: Size, touch: bool) -> BrowserContext:
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch, reduced_motion=self._motion
        )
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        return context


class _Profile:
    def __init__(self, context: BrowserContext, kind: tuple[Size, bool]) -> None:
        self.context, self.kind = context, kind
        self._origins: set[str] = set()
        self._tab: Page | None = None
        context.on("page", lambda page: page.on("framenavigated", self._note))

    def tab(self) -> Page:
        self._tab = self._tab or self._new_tab()
        return self._tab

    def emptied(self) -> bool:
        """Leave one empty tab and forget all that pages kept; False where that failed, and the profile is gone."""
        try:
            self._tab = self._left() or self._new_tab()
            for page in self.context.pages:
                if page != self._tab:
                    page.close()
            self.context.unroute_all()
            self.context.clear_cookies()
            self._clear(self._tab, self._origins)
        except Error:
            self.context.close()
            return False
        self._origins.clear()
        return True

    def _left(self) -> Page | None:
        """The tab, gone from what it showed; None where it cannot be used again."""
        if self._tab is None or self._tab.is_closed():
            return None
        try:
            # What a page keeps for its tab alone is not the profile's to clear.
            self._tab.evaluate("() => { try { sessionStorage.clear() } catch {} }")
            self._tab.goto("about:blank")
        except Error:  # its process was killed
            return None
        return self._tab

    def _new_tab(self) -> Page:
        page = self.context.new_page()
        if self.kind[1]:
            page.on("dialog", _say_yes)
        for name in GIVEN:
            setattr(page, name, self._spoiling(getattr(page, name)))
        return page

    def _spoiling(self, give: Callable[P, R]) -> Callable[P, R]:
        def given(*args: P.args, **kwargs: P.kwargs) -> R:
            self._tab = None
            return give(*args, **kwargs)

        return given

    def _clear(self, tab: Page, origins: Iterable[str]) -> None:
        devtools = self.context.new_cdp_session(tab)
        for origin in origins:
            devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        devtools.detach()

    def _note(self, frame: Frame) -> None:
        address = urlsplit(frame.url)
        if address.scheme in ("http", "https"):
            self._origins.add(f"{address.scheme}://{address.netloc}")


def _say_yes(dialog: Dialog) -> None:
    dialog.accept()
