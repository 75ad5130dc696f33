"""Fetches the vendor's pages over HTTP: one host, one request at a time, as its robots.txt allows."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from protego import Protego

from tools.drift.reading import MAX_BYTES, Inputs, UnusableError, index_links

AGENT = "trustoo-drift"
INDEX = "llms.txt"
MAX_PAGES = 500
MAX_REDIRECTS = 3
MAX_ROBOTS_BYTES = 512 * 1024
SECONDS_PER_PAGE = 30.0
MAX_DELAY = 60.0  # seconds; a longer Crawl-delay is refused
REFUSED_TYPES = ("text/html", "application/xhtml", "image/", "audio/", "video/", "font/", "application/pdf")


def is_address(source: str) -> bool:
    """Whether FROM is an address and not a file."""
    return source.lower().startswith(("http://", "https://"))


class Fetcher:
    """Reads pages of one host.

    rate: requests per second. A Crawl-delay in robots.txt counts if it is slower.
    cache: a directory for pages. A page is asked for again only if it has changed (ETag, Last-Modified).
    seconds: the time for one page.
    tell: gets a sentence before the pages of an index are fetched.
    """

    def __init__(
        self,
        host: str,
        cache: Path,
        *,
        rate: float = 1.0,
        seconds: float = SECONDS_PER_PAGE,
        sleep: Callable[[float], None] = time.sleep,
        tell: Callable[[str], None] = lambda said: None,
    ) -> None:
        self._origin = _origin(host)
        self._cache, self._delay, self._seconds, self._sleep = cache, 1 / rate, seconds, sleep
        self._tell = tell
        self._robots: Protego | None = None
        self._last = float("-inf")
        self._http = httpx.Client(headers={"User-Agent": AGENT}, follow_redirects=False, timeout=seconds)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def pages(self, source: str) -> Inputs:
        """The pages of an index, or the one page or export at the address `source`."""
        found = Inputs()
        at = source if urlsplit(source).path.strip("/") else urljoin(f"{self._origin}/", INDEX)
        try:
            content = self.get(at)
            links = index_links(content.decode("utf-8", "replace"))
        except UnusableError as problem:
            found.unusable.append((at, str(problem)))
            return found
        if links:
            return self.listed(at, at, links)
        found.add(at, lambda: content)
        return found

    def listed(self, index: str, base: str, links: list[str]) -> Inputs:
        """The pages with these links in an index. Relative links start at the address `base`."""
        found = Inputs()
        seconds = self._delay * min(len(links), MAX_PAGES)
        self._tell(f"{index} is an index of {len(links)} pages. To fetch them takes at least {seconds:.0f} seconds.")
        for link in links[:MAX_PAGES]:
            at = urljoin(base, link).partition("#")[0]
            found.add(at, partial(self.get, at))
        if len(links) > MAX_PAGES:
            found.unusable.append((index, f"lists {len(links)} pages, of which only {MAX_PAGES} were read"))
        return found

    def get(self, address: str) -> bytes:
        """The content at an address. Raises UnusableError, with a sentence that says why and what to do."""
        redirected = ""
        for _ in range(MAX_REDIRECTS + 1):
            if not is_address(address) or _origin(address) != self._origin:
                where = redirected or "is not"
                raise UnusableError(f"{where} on {self._origin}, and no other host is asked; give that address as FROM")
            if not self._allowed(address):
                raise UnusableError("was not fetched, because robots.txt forbids it; save the page and give the file")
            kept = self._kept(address)
            status, headers, content = self._request(address, MAX_BYTES, _conditions(kept))
            if status == 304 and kept is not None:
                return kept[1]
            if status not in (301, 302, 303, 307, 308):
                self._check(status, headers)
                self._keep(address, headers, content)
                return content
            address = urljoin(address, headers.get("location", ""))
            redirected = f"was redirected to {address[:200]}, which is not"
        raise UnusableError(f"was redirected more than {MAX_REDIRECTS} times; give the last address as FROM")

    @staticmethod
    def _check(status: int, headers: httpx.Headers) -> None:
        if status != 200:
            raise UnusableError(f"answered with HTTP status {status}; open the address in a browser")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind.startswith(REFUSED_TYPES):
            raise UnusableError(f"answered with {kind}, expected Markdown, JSON or YAML; try the address with .md")

    def _request(
        self, address: str, limit: int, headers: dict[str, str] | None = None
    ) -> tuple[int, httpx.Headers, bytes]:
        """Status, headers and the content, at most `limit` bytes. Waits for the rate before it asks."""
        self._sleep(max(0.0, self._last + self._delay - time.monotonic()))
        self._last = time.monotonic()
        content = bytearray()
        try:
            with self._http.stream("GET", address, headers=headers) as response:
                for part in response.iter_bytes():
                    content += part
                    if len(content) > limit:
                        raise UnusableError(f"has more than {limit} bytes, so it was not read to its end")
                    if time.monotonic() - self._last > self._seconds:
                        raise UnusableError(f"took more than {self._seconds:g} seconds; try again later")
                return response.status_code, response.headers, bytes(content)
        except httpx.TimeoutException as problem:
            raise UnusableError(f"did not answer within {self._seconds:g} seconds; try again later") from problem
        except (httpx.HTTPError, httpx.InvalidURL) as problem:
            raise UnusableError(f"could not be fetched: {type(problem).__name__}; check the address") from problem

    def _allowed(self, address: str) -> bool:
        """Whether robots.txt allows an address (RFC 9309). A missing file allows all."""
        if self._robots is None:
            try:
                status, _, content = self._request(f"{self._origin}/robots.txt", MAX_ROBOTS_BYTES)
            except UnusableError as problem:
                raise UnusableError(f"was not fetched, because robots.txt of the host {problem}") from problem
            if status >= 500:
                raise UnusableError(f"was not fetched, because robots.txt of the host has HTTP status {status}")
            self._robots = Protego.parse(content.decode("utf-8", "replace") if status == 200 else "")
            delay = float(self._robots.crawl_delay(AGENT) or 0)
            if delay > MAX_DELAY:
                self._robots = None
                raise UnusableError(f"was not fetched, because robots.txt asks for {delay:g} seconds between requests")
            self._delay = max(self._delay, delay)
        return bool(self._robots.can_fetch(address, AGENT))

    def _file(self, address: str) -> Path:
        return self._cache / hashlib.sha256(address.encode()).hexdigest()[:32]

    def _kept(self, address: str) -> tuple[dict[str, str], bytes] | None:
        """The headers and the content of a kept page."""
        try:
            head, _, content = self._file(address).read_bytes().partition(b"\n")
            about: dict[str, str] = json.loads(head)
        except (OSError, ValueError):
            return None
        return (about, content) if about.get("address") == address else None

    def _keep(self, address: str, headers: httpx.Headers, content: bytes) -> None:
        about = {key: headers[key] for key in ("etag", "last-modified") if key in headers}
        if about:
            self._cache.mkdir(parents=True, exist_ok=True)
            self._file(address).write_bytes(json.dumps({"address": address, **about}).encode() + b"\n" + content)


def fetch(
    source: str,
    cache: Path,
    *,
    rate: float = 1.0,
    seconds: float = SECONDS_PER_PAGE,
    tell: Callable[[str], None] = lambda said: None,
) -> Inputs:
    """Everything that an address leads to, or a saved index. The host is that of the address, or of the first link."""
    links = [] if is_address(source) else index_links(Path(source).read_text(encoding="utf-8-sig", errors="replace"))
    host = next((link for link in (source, *links) if is_address(link)), None)
    if host is None:
        return Inputs(unusable=[(source, "is an index without a complete address; give its own address as FROM")])
    try:
        fetcher = Fetcher(host, cache, rate=rate, seconds=seconds, tell=tell)
    except UnusableError as problem:
        return Inputs(unusable=[(source, str(problem))])
    try:
        return fetcher.pages(source) if is_address(source) else fetcher.listed(source, host, links)
    finally:
        fetcher.close()


def is_index(source: Path) -> bool:
    """Whether a file is a saved index."""
    try:
        with source.open("rb") as stream:
            return bool(index_links(stream.read(MAX_BYTES).decode("utf-8-sig", "replace")))
    except OSError:
        return False


def _conditions(kept: tuple[dict[str, str], bytes] | None) -> dict[str, str]:
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {names[key]: value for key, value in (kept[0] if kept else {}).items() if key in names}


def _origin(address: str) -> str:
    """Scheme, host and port of an address."""
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
    except ValueError as problem:
        raise UnusableError("is not an address; write it as https://host/path") from problem
    return f"{parts.scheme.lower()}://{parts.hostname or ''}{port}"
