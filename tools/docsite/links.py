"""Checks a built site. Every internal link must have a target, and no page may load anything from another site.

The copies of the pages in Markdown, and llms.txt, which lists them, are checked like pages.
"""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

LOADED = {("link", "href"), ("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("form", "action")}
"""Attributes whose address a browser opens or sends to without a click. It opens links in `a` only after a click."""
UNLOADED_LINKS = {
    *("index", "search", "next", "prev", "canonical", "author", "copyright", "license"),
    *("alternate", "describedby"),
}
ELSEWHERE_IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')\s]+)""")
LIST = "llms.txt"
COPY = ".html.md"
"""How the name of a copy in Markdown ends. The copy of index.html is index.html.md."""


class Page(HTMLParser):
    """The anchors and addresses of a page."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.addresses: list[tuple[str, bool]] = []
        """(address, whether it is loaded without a click), in the page's order."""
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the anchors and the addresses of a tag."""
        known = {name: value for name, value in attrs if value is not None}
        self.anchors.update(known[name] for name in ("id", "name") if name in known)
        for name in ("href", "src", "action"):
            if name in known and not (tag == "base" or (name == "action" and tag != "form")):
                waits = tag == "link" and set(known.get("rel", "").split()) <= UNLOADED_LINKS
                self.addresses.append((known[name], (tag, name) in LOADED and not waits))


def problems(site: Path) -> list[str]:
    """The problems of the site in the directory `site`, one sentence for each."""
    files = sorted(site.rglob("*.html"))
    if not files:
        return [f"{site}: there is no page"]
    files += [*sorted(site.rglob(f"*{COPY}")), *site.glob(LIST)]
    found = [f"{file.relative_to(site)}: {problem}" for file in files for problem in wrong(file, site)]
    for file in sorted(site.rglob("*.css")):
        for address in ELSEWHERE_IN_STYLE.findall(file.read_text(encoding="utf-8")):
            found.append(f"{file.relative_to(site)}: loads {address} from elsewhere")
    return found + [f"{LIST}: does not list {copy}" for copy in unlisted(site)]


def unlisted(site: Path) -> list[str]:
    """The copies that llms.txt does not list."""
    listed = {address for file in site.glob(LIST) for address, _ in addresses(file)}
    return sorted({file.relative_to(site).as_posix() for file in site.rglob(f"*{COPY}")} - listed)


def wrong(file: Path, site: Path) -> Iterator[str]:
    """The problems with the addresses of one page."""
    for address, loaded in dict.fromkeys(addresses(file)):
        parts = urlsplit(address)
        if parts.scheme == "data":
            continue
        if parts.scheme or parts.netloc:
            if loaded:
                yield f"loads {address} from elsewhere"
            continue
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        if not target.is_relative_to(site.resolve()):
            yield f"{address} leads out of the site"
        elif not target.is_file():
            yield f"{address} leads nowhere"
        elif parts.fragment and not has_anchor(target, unquote(parts.fragment)):
            yield f"{address}: there is no such place in that page"


def addresses(file: Path) -> list[tuple[str, bool]]:
    """(address, whether it is loaded without a click) of the links and pictures of a page or of a file in Markdown."""
    if file.suffix == ".html":
        return read(file).addresses
    tokens = MarkdownIt("commonmark").enable("table").parse(file.read_text(encoding="utf-8"))
    inner = [part for token in tokens for part in token.children or ()]
    return [(str(part.attrs[name]), False) for part in inner for name in ("href", "src") if name in part.attrs]


def has_anchor(target: Path, anchor: str) -> bool:
    """Whether a page has a place of that name. A copy has the places of its page. Other files are not read."""
    page = target.with_suffix("") if target.name.endswith(COPY) else target
    return page.suffix != ".html" or anchor in read(page).anchors


@cache
def read(file: Path) -> Page:
    """The page, parsed once."""
    return Page(file)
