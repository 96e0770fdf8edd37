"""Browser profiles that are used again: a new one costs Chromium more than most tests do, an emptied one half of it.

Whoever takes a page gets a new tab in a profile that has no cookies, no storage, no routes and no other tabs. Only the
cache of scripts outlives a test, as it does on a phone that was here before.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Frame, Page

Size = tuple[int, int]


class Profiles:
    """The profiles of one browser. What goes wrong inside their pages is in `errors`."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self._free: dict[tuple[Size, bool], list[_Profile]] = {}
        self._taken: list[_Profile] = []
        self.errors: list[str] = []

    def page(self, size: Size, *, touch: bool = False, within_ms: float) -> Page:
        """Open a new tab in a profile that nobody else has; its waits give up after `within_ms`."""
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
            viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch
        )
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        return context


class _Profile:
    def __init__(self, context: BrowserContext, kind: tuple[Size, bool]) -> None:
        self.context, self.kind = context, kind
        self._origins: set[str] = set()
        self._blank: Page | None = None
        context.on("page", lambda page: page.on("framenavigated", self._note))

    def tab(self) -> Page:
        page, self._blank = self._blank or self.context.new_page(), None
        return page

    def emptied(self) -> bool:
        """Close all tabs and forget all that pages kept; False where that failed, and the profile is gone."""
        try:
            used = self.context.pages
            self._blank = self.context.new_page()
            for page in used:
                page.close()
            self.context.unroute_all()
            self.context.clear_cookies()
            self._clear(self._origins)
        except Error:
            self.context.close()
            return False
        self._origins.clear()
        return True

    def _clear(self, origins: Iterable[str]) -> None:
        assert self._blank is not None
        devtools = self.context.new_cdp_session(self._blank)
        for origin in origins:
            devtools.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        devtools.detach()

    def _note(self, frame: Frame) -> None:
        address = urlsplit(frame.url)
        if address.scheme in ("http", "https"):
            self._origins.add(f"{address.scheme}://{address.netloc}")
