"""Which column of a file holds which part of a review.

The columns have the names of the API, or those of another review app: `presets/*.toml` describes the exports of these
apps. `--map column=member` goes first. `--save-map` writes the mapping as a file of the same form, and `--from FILE`
reads it. Upper case, blanks and separators in names do not count.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ...errors import ArgumentError, ConfigurationError
from ..files import oserror_context
from .dates import DateFormat
from .members import members_of_review

__all__ = [
    "HANDLE",
    "PHOTOS",
    "PUBLICATION",
    "REPLY_IS_PUBLIC",
    "Publication",
    "ReviewMapping",
    "known_names",
    "load",
    "normalised",
    "part_of_review",
    "preset_names",
    "recognised",
    "targets",
]

PRESETS = Path(__file__).with_name("presets")
PHOTOS = "photos"
HANDLE = "product_handle"
PUBLICATION = "publication"
REPLY_IS_PUBLIC = "reply.is_public"
SPECIAL = (HANDLE, PHOTOS, PUBLICATION, REPLY_IS_PUBLIC)
"""What a column can hold beside the members of a new review: the product's handle or address in the shop, photos (files
or web addresses), whether the review is published, and whether the reply is."""

OTHER_NAMES = {
    "rating": "reviewrating reviewscore score stars starrating",
    "author": "authorname customername displayname fullname name nickname reviewer reviewername username",
    "title": "headline reviewheading reviewtitle",
    "content": "body comment feedback message review reviewbody reviewcontent reviewtext text",
    "commented_at": "createdat date datecreated datepublished reviewcreatedat reviewdate submittedat",
    HANDLE: "handle productlink productsku producturl",
    "product_id": "shopifyproductid",
    PHOTOS: "image images imageurl imageurls img photo photourl photourls picture pictures pictureurls",
}
"""The parts of a new review, with other names that exports of review apps and spreadsheets have for them. They only
warn that a column must not be left out unseen: in another file, `date` can be the date of the order."""


class Publication(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words of the columns that say whether a review is published. Upper case does not count.

    Attributes:
        published: the review is published.
        unpublished: it is not, so it is created unpublished.
        left_out: it is spam or was rejected, so it is not created.
    """

    published: tuple[str, ...] = ("true", "yes", "1", "published")
    unpublished: tuple[str, ...] = ("false", "no", "0", "unpublished")
    left_out: tuple[str, ...] = ()

    def meanings(self) -> dict[str, str]:
        """The attribute that has a word, for each word in lower case."""
        fields = {"published": self.published, "unpublished": self.unpublished, "left_out": self.left_out}
        return {word.casefold(): meaning for meaning, words in fields.items() for word in words}


class ReviewMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping of columns to members of a new review, and how the values are written.

    Attributes:
        app: the name of the app that wrote the file; "" for a file with the API's own names.
        recognised_by: lists of columns. A file that has all columns of one of the lists was written by the app.
        columns: the members by the columns' names; "" for a column that is left out. If several columns hold the same
            member, the first one in this order that is not empty counts.
        constants: values of members that the file has no value for.
        publication: the words for published reviews and others.
        yes, no: further words for yes and no.
        rating_scale: the highest rating; ratings are brought to the API's five stars.
        date_format: the order of dates such as 05/06/2026; "" to let the values decide.
        photo_separator: what stands between photos in a cell. Web addresses are also recognised without it.
        shop_reviews: whether a review without a product is about the shop.
        shop_products: product ids that stand for the shop.
        id_prefix: what stands in front of product ids.
    """

    app: str = ""
    recognised_by: tuple[tuple[str, ...], ...] = ()
    columns: dict[str, str] = {}
    constants: dict[str, str | int] = {}
    publication: Publication = Publication()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    rating_scale: int = 5
    date_format: str = ""
    photo_separator: str = "|"
    shop_reviews: bool = False
    shop_products: tuple[str, ...] = ()
    id_prefix: str = ""

    def recognises(self, names: Iterable[str]) -> bool:
        """Whether a file with these columns was written by the app."""
        found = set(map(normalised, names))
        return any(found.issuperset(map(normalised, wanted)) for wanted in self.recognised_by)

    def member_of(self, column: str) -> str | None:
        """What a column holds: a member, "" if it is left out on purpose, or None if the column is not known."""
        key = normalised(column)
        for name, member in self.columns.items():
            if normalised(name) == key:
                return member
        return next((target for target in targets() if normalised(target) == key), None)

    def mapped(self, changes: Sequence[str]) -> ReviewMapping:
        """This mapping, changed by texts of the form `column=member`. They replace what the mapping has for the member.

        Raises:
            ArgumentError: if a text has another form, the member does not exist, or two columns have the same member.
        """
        added: dict[str, str] = {}
        for change in changes:
            column, equals, member = change.rpartition("=")
            column, member = column.strip(), member.strip()
            if not equals or not column:
                raise ArgumentError(f"--map {change!r} has another form than column=member, such as body=content.")
            if member and member not in targets():
                raise ArgumentError(f"--map {change!r}: {_no_member(member)}")
            if member and member != PHOTOS and member in added.values():
                raise ArgumentError(f"--map gives {member} to two columns; leave one of them out.")
            added[column] = member
        keys, members = set(map(normalised, added)), {*added.values()} - {"", PHOTOS}
        kept = {
            column: "" if member in members else member
            for column, member in self.columns.items()
            if normalised(column) not in keys
        }
        return msgspec.structs.replace(self, columns=added | kept)

    def filled(self, values: Sequence[str]) -> ReviewMapping:
        """This mapping with constants from texts of the form `member=value`.

        Raises:
            ArgumentError: if a text has another form, or the member does not exist.
        """
        constants: dict[str, str | int] = dict(self.constants)
        for text in values:
            member, equals, value = text.partition("=")
            if not equals:
                raise ArgumentError(f"--set {text!r} has another form than member=value, such as source=Shop.")
            if member not in members_of_review():
                raise ArgumentError(f"--set {text!r}: {_no_member(member)}")
            constants[member] = value
        return msgspec.structs.replace(self, constants=constants)

    def save(self, path: Path) -> None:
        """Write the mapping to a file that `load` reads. Raises ConfigurationError if the file exists already."""
        lines = ["# A mapping of `trustoo reviews import --save-map`. Use it with --from.", ""]
        tables: list[tuple[str, dict[str, Any]]] = []
        for name, value in msgspec.to_builtins(self).items():
            if isinstance(value, dict):
                tables.append((name, value))
            else:
                lines.append(f"{name} = {_toml(value)}")
        for name, table in tables:
            lines += ["", f"[{name}]", *(f"{_toml(key)} = {_toml(value)}" for key, value in table.items())]
        if path.exists():
            raise ConfigurationError(
                f"{path} exists already. Give another name, or move the file away. To go on with the mapping in the "
                f"file, use --from {path} instead of --save-map, and --map for further columns."
            )
        with oserror_context(path), open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write("\n".join([*lines, ""]))


def load(name: str) -> ReviewMapping:
    """The mapping of an app, or of a file whose name ends with .toml.

    Raises:
        ArgumentError: if there is no such app.
        ConfigurationError: if the file cannot be read, or is not a mapping.
    """
    if name in preset_names():
        return _preset(name)
    if not name.lower().endswith(".toml"):
        raise ArgumentError(f"--from {name}: give {', '.join(preset_names())}, auto, or a file such as my-shop.toml.")
    with oserror_context(Path(name)):
        content = Path(name).read_bytes()
    return _parsed(content.decode("utf-8", "replace"), name)


@cache
def _preset(name: str) -> ReviewMapping:
    return _parsed((PRESETS / f"{name}.toml").read_text("utf-8"), name)


def preset_names() -> list[str]:
    """The names of the apps whose exports are known."""
    return sorted(file.stem for file in PRESETS.glob("*.toml"))


def recognised(names: Iterable[str]) -> ReviewMapping:
    """The mapping of the app that wrote a file with these columns, or that of the API's own names.

    Raises:
        ArgumentError: if the file could be of several apps.
    """
    names = list(names)
    found = {name: mapping for name in preset_names() if (mapping := load(name)).recognises(names)}
    if len(found) > 1:
        apps = " or ".join(mapping.app for mapping in found.values())
        raise ArgumentError(f"The file can be an export of {apps}; use --from {' or --from '.join(found)}.")
    return next(iter(found.values()), ReviewMapping())


def targets() -> tuple[str, ...]:
    """What a column can hold: the members of a new review, and the parts that are no members."""
    return (*members_of_review(), *SPECIAL)


def normalised(name: str) -> str:
    """A column's name without what does not count: upper case, blanks and separators."""
    return "".join(filter(str.isalnum, name.casefold()))


def part_of_review(column: str) -> str | None:
    """The part of a review that a column of this name may hold, or None."""
    key = normalised(column)
    own = next((target for target in targets() if normalised(target) == key), None)
    return own or next((member for member, names in OTHER_NAMES.items() if key in names.split()), None)


def known_names(mapping: ReviewMapping | None, changes: Sequence[str]) -> frozenset[str]:
    """The names by which a table is recognised, `normalised`: those of the mapping and of --map, or of all mappings."""
    mappings = [mapping] if mapping else map(load, preset_names())
    others = " ".join(OTHER_NAMES.values()).split()
    names = [name for known in mappings for name in known.columns]
    names += [change.rpartition("=")[0] for change in changes]
    return frozenset(map(normalised, [*names, *targets(), *others]))


def _parsed(text: str, name: str) -> ReviewMapping:
    try:
        mapping = msgspec.convert(tomllib.loads(text), ReviewMapping)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{name} is not a mapping of columns: {error}.") from error
    for member in [*mapping.columns.values(), *mapping.constants]:
        if member and member not in (members_of_review() if member in mapping.constants else targets()):
            raise ConfigurationError(f"{name}: {_no_member(member)}")
    if mapping.date_format not in ("", *(known.value for known in DateFormat)):
        raise ConfigurationError(f"{name}: date_format is {mapping.date_format!r}; give dmy, mdy, ymd or nothing.")
    if mapping.rating_scale < 1:
        raise ConfigurationError(f"{name}: rating_scale is {mapping.rating_scale}; give the highest rating, such as 5.")
    return mapping


def _no_member(member: str) -> str:
    return f"a review has no {member!r}; its parts are {', '.join(targets())}."


def _toml(value: Any) -> str:
    """A text, number, boolean or list in TOML. Its basic strings have the escapes of JSON, and also escape DEL."""
    return json.dumps(value).replace("\x7f", "\\u007f")
