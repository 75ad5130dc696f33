"""The checks that the client makes of a new review, before anything is sent, for each argument by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import msgspec
from trustoo_api.api.reviews import reviews_create
from trustoo_api.decoding import members
from trustoo_api.models import CreateReviewMediaLists

from ...errors import ArgumentError
from .members import CellError, required

__all__ = ["WEB_ADDRESS", "check_media", "sent"]

WEB_ADDRESS = re.compile(r"https?://[^\s/]", re.IGNORECASE)
REFUSAL = re.compile(r"(?:is|has) (.+?)(?:; |, (?:but|which) )(.*)", re.DOTALL)
"""A message of the client with the value in front, such as "has 301 characters; the API takes 300 at most"."""


def sent(given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, CellError]]:
    """The arguments as they are sent, or the problem of each argument that the client refuses, by its name."""
    with suppress(ArgumentError, UnicodeEncodeError):
        return _built(given, given), {}
    problems = {}
    for name in given:
        try:
            _built(given, [name])
        except ArgumentError as error:
            text = str(error).removeprefix(f"{name} ").removesuffix(".")
            problems[name] = CellError(found[2], found[1]) if (found := REFUSAL.fullmatch(text)) else CellError(text)
        except UnicodeEncodeError as error:
            before = error.object[max(error.start - 20, 0) : error.start]
            problems[name] = CellError(
                "has half a character, such as a cut emoji; correct the text", f"after {before!r}"
            )
    return {}, problems


def _built(given: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    body = reviews_create.build(**required() | {name: given[name] for name in names}).body or {}
    msgspec.json.encode(body)
    return {name: body[name] for name in names}


def check_media(media: Any) -> None:
    """Check what is attached. Raises CellError if the shop could not show it."""
    for place, url in _addresses(media):
        if not url:
            raise CellError(f"media{place} is missing")
        if not WEB_ADDRESS.match(url):
            raise CellError(f"media{place} is not an address; files go to the column photos", repr(url))


def _addresses(media: Any) -> Iterator[tuple[str, Any]]:
    """The addresses in both forms of the API, a list of objects and an object with lists, with their places."""
    if not isinstance(media, dict):
        yield from ((f"[{place}].url", item.get("url")) for place, item in enumerate(media or ()))
        return
    known = [wire for _, wire in members(CreateReviewMediaLists)]
    if media and not media.keys() & set(known):
        raise CellError(f"has none of the members {', '.join(known)}")
    for name in known:
        value = media.get(name) or []
        for place, url in enumerate(value if isinstance(value, list) else [value]):
            yield f".{name}[{place}]", url
