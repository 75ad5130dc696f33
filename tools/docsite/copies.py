"""Copies of the pages in Markdown, and llms.txt, which lists them. Assistants read these (llmstxt.org)."""

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

Entry = tuple[str, str, str]
"""Title, address and first sentence of a page."""


def markdown(html: str, name: str, pages: Collection[str]) -> tuple[str, str]:
    """A page in Markdown, and its first paragraph as text.

    Args:
        html: the text of the page, without the parts that all pages have.
        name: the page's address without `.html`. Links are relative to it.
        pages: the names of all pages. Links to pages become links to their copies.
    """
    from bs4 import BeautifulSoup  # type: ignore[import-not-found]  # only where the site is built
    from markdownify import MarkdownConverter  # type: ignore[import-not-found]

    class Converter(MarkdownConverter):  # type: ignore[misc]  # its types are missing here
        def convert_td(self, el: Any, text: str, parent_tags: set[str]) -> str:
            return str(super().convert_td(el, text.replace("|", "\\|"), parent_tags))

    soup = BeautifulSoup(html, "html.parser")
    for link in soup.select("a.headerlink"):
        link.decompose()
    for link in soup.select("a[href]"):
        link.attrs = {"href": to_copy(link["href"], name, pages)}
    for signature in soup.select("dt.sig"):
        line = re.sub(r",? ?\)", ")", " ".join(signature.get_text().split())).replace("( ", "(")
        signature.name = f"h{2 + len(signature.find_parents('dl', class_='py'))}"
        signature.clear()
        signature.append(soup.new_tag("code", string=line))
    for tag, flat in {"dl": "div", "dd": "div", "dt": "p"}.items():  # Markdown has no lists of definitions
        for part in soup.find_all(tag):
            part.name = flat
    settings = {"heading_style": "atx", "bullets": "-", "escape_underscores": False, "code_language_callback": language}
    first = soup.select_one("section > p")
    text = str(Converter(**settings).convert_soup(soup)).strip() + "\n"
    return text, " ".join(first.get_text().split()) if first else ""


def language(block: Any) -> str:
    """The language of a block of code. Sphinx keeps it in the name of a class, such as `highlight-python`."""
    outer = block.find_parent(class_=re.compile("^highlight-"))
    found = re.search(r"highlight-(\w+)", " ".join(outer["class"])) if outer else None
    return found[1] if found and found[1] != "default" else ""


def to_copy(address: str, name: str, pages: Collection[str]) -> str:
    """The address of the copy if `address` leads from the page `name` to a page. Any other address stays."""
    path, mark, anchor = address.partition("#")
    target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)).removesuffix(".html")
    return f"{path}.md{mark}{anchor}" if path.endswith(".html") and target in pages else address


def sentence(text: str) -> str:
    """The first sentence of a paragraph."""
    found = re.match(r".+?\.(?= [A-Z]|$)", text)
    return found[0] if found else text.removesuffix(":")


def llms_txt(title: str, summary: str, sections: Mapping[str, Iterable[Entry]]) -> str:
    """The list of all copies, in the form of llmstxt.org."""
    parts = [f"# {title}", f"> {summary}"]
    for heading, entries in sections.items():
        lines = [f"- [{name}]({address})" + (f": {about}" if about else "") for name, address, about in entries]
        parts += [f"## {heading}", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"
