"""The encoding of a text file: what its byte order mark says, or UTF-8. Any other encoding is asked for, not guessed.

Text of other encodings can be read in several ways without an error, and a wrong reading changes names silently. The
error therefore shows how the file reads in each encoding that is possible, the most plausible first. The order is no
decision: it only saves time.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import IO
from unicodedata import category

from ...errors import ConfigurationError

__all__ = ["encoding_of", "line_breaks"]

Open = Callable[[], IO[bytes]]

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
MOST_READINGS = 4
MOST_EXCERPTS = 3
EXCERPT = 40
"""The length of an excerpt, in characters."""
SAMPLE = 300
"""The number of cells that are compared."""
PUNCTUATION = re.compile(r"(?<!\w)[“‘„«](?=\w)|(?<=[\w.!?])[”’»…]|(?<!\w)[–—€]")
CELLS = re.compile(rb'[^\r\n\t,;"]*[\x80-\xff][^\r\n\t,;"]*')
"""Cells with bytes that the encodings read differently. No character of several bytes contains these separators."""


def encoding_of(file: Path, open_file: Open, given: str | None = None) -> str:
    """The encoding of a text file. The complete file is read with it once, so that no row is used before an error.

    Args:
        file: the file's name, for errors.
        open_file: opens the file's content.
        given: the encoding that the user gave. Default: None, for the file's own.

    Raises:
        ConfigurationError: if the file is not text in this encoding, or if its encoding must be asked for.
    """
    with open_file() as content:
        head = content.read(4096)
    mark = next((name for bytes_, name in MARKS.items() if head.startswith(bytes_)), None)
    encoding = mark or "utf-8"
    if given is not None:
        encoding = _known(given)
        if mark is not None and not encoding.startswith(mark.removesuffix("-sig")):
            raise ConfigurationError(
                f"{file} begins with the byte order mark of {mark.removesuffix('-sig')}, and is not {given}. "
                "Leave --encoding out."
            )
    elif mark is None and head.count(0) > len(head) // 4:
        encoding = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
        raise ConfigurationError(
            f"{file} seems to be UTF-16 text without a byte order mark. Use --encoding {encoding}, or save it as UTF-8."
        )
    if _is_valid(open_file, encoding):
        return encoding
    with open_file() as stream:
        content_bytes = stream.read()
    line, odd = _error(content_bytes, encoding)
    if given or mark:
        raise ConfigurationError(
            f"{file} is not {given or encoding.removesuffix('-sig')} text: line {line} has the bytes {odd}. "
            f"{'Give the right --encoding' if given else 'Export the file again'}, or save it as UTF-8."
        )
    raise ConfigurationError(_question(file, open_file, content_bytes, line, odd))


def line_breaks(text: str) -> int:
    """The number of line breaks in a text: LF, CR, or CR and LF."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def _known(encoding: str) -> str:
    """The usual name of an encoding of text. Raises ConfigurationError."""
    try:
        io.TextIOWrapper(io.BytesIO(), encoding).close()
        codecs.getincrementaldecoder(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise ConfigurationError(
            f"There is no encoding {encoding!r}. Encodings are utf-8, utf-16, cp1252, cp1251, gb18030 and others."
        ) from None


def _is_valid(open_file: Open, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with open_file() as content:
        try:
            while part := content.read(1 << 18):
                decoder.decode(part)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def _error(content: bytes, encoding: str) -> tuple[int, str]:
    """The line of the first bytes that are not text in an encoding, and these bytes."""
    try:
        content.decode(encoding)
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(encoding, "replace")
        return line_breaks(before) + 1, error.object[error.start : max(error.end, error.start + 1)][:4].hex(" ").upper()
    except UnicodeError:
        pass
    return 1, "?"


def _question(file: Path, open_file: Open, content: bytes, line: int, odd: str) -> str:
    """Which encoding? Or what else is wrong with a file that is not UTF-8."""
    if 0 in content:
        return f"{file} is neither text nor a workbook. Export the reviews as CSV, and import that file."
    lines = [part for part in re.split(rb"[\r\n]+", content) if not part.isascii()]
    invalid = [part for part in lines if not _is_utf8(part)]
    if len(lines) > 2 * len(invalid):
        more = f" and {len(invalid) - 1} others" if len(invalid) > 1 else ""
        text = _window(invalid[0].decode("utf-8", "backslashreplace"), r"\x")
        return (
            f'{file} is UTF-8 text, except for line {line}{more}, which has the bytes {odd}: "{text}". '
            "Correct the text there, or export the file again."
        )
    options = "".join(f"\n  --encoding {name} → {excerpts}" for name, excerpts in _readings(open_file, content))
    if not options:
        return f"{file} is not UTF-8 text: line {line} has the bytes {odd}. Save it as UTF-8."
    return (
        f"{file} is not UTF-8 text: line {line} has the bytes {odd}. Run the command again with the encoding that "
        f"reads these cells correctly. If none does, save the file as UTF-8.{options}"
    )


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _readings(open_file: Open, content: bytes) -> list[tuple[str, str]]:
    """Encodings that read the file without an error, with excerpts that differ, the most plausible first."""
    cells = [match[0].strip() for match in islice(CELLS.finditer(content), SAMPLE)]
    found: dict[tuple[str, ...], tuple[float, str]] = {}
    for name, plausible in _candidates().items():
        if _is_valid(open_file, name):
            texts = tuple(cell.decode(name, "replace") for cell in cells)
            if any(category(c) in ("Cc", "Cn", "Co") and not c.isascii() for c in "".join(texts)):
                continue  # control characters, or characters without a meaning
            found.setdefault(texts, (_plausibility(texts, plausible), name))
    best = sorted(found.items(), key=lambda item: -item[1][0])[:MOST_READINGS]  # stable: equal ones as listed
    best = [item for place, item in enumerate(best) if place < 2 or item[1][0] > best[0][1][0] / 2]
    shown = _excerpts([texts for texts, _ in best])
    readings: dict[str, str] = {}
    for excerpts, (_, (_, name)) in zip(shown, best, strict=True):
        readings.setdefault(", ".join(f'"{excerpt}"' for excerpt in excerpts), name)
    return [(name, excerpts) for excerpts, name in readings.items()]


def _excerpts(readings: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Of each reading, excerpts of the first cells that tell the readings apart."""
    chosen: list[tuple[str, ...]] = []
    for texts in zip(*readings, strict=True):
        differing = (place for place, characters in enumerate(zip(*texts, strict=False)) if len({*characters}) > 1)
        start = max(next(differing, 0) - EXCERPT // 2, 0)
        column = tuple(_window(text[start:]) for text in texts)
        if len(set(zip(*chosen, column, strict=True))) > len(set(zip(*chosen, strict=True))):
            chosen.append(column)
        if len(chosen) == MOST_EXCERPTS:
            break
    return [*zip(*chosen, strict=True)] or [() for _ in readings]


def _window(text: str, mark: str = "") -> str:
    """A part of a text that can be shown: from shortly before the mark on."""
    text = "".join(c if c.isprintable() else "�" for c in text)[max(text.find(mark) - EXCERPT // 2, 0) :]
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"


def _plausibility(texts: tuple[str, ...], plausible: re.Pattern[str]) -> float:
    """The share of plausible characters among those beyond ASCII, apart from punctuation in its place."""
    text, _ = PUNCTUATION.subn("", "\n".join(texts))
    number = sum(not c.isascii() for c in text)
    return len(plausible.findall(text)) / number if number else 1.0


def _candidates() -> dict[str, re.Pattern[str]]:
    """Encodings of files with reviews, and what is plausible in their languages. The order decides between equals.

    Encodings with characters of several bytes come first, because text of others is seldom valid in them.
    """
    western = _latin("àáâãäåæçèéêëìíîïñòóôõöøùúûüœ", "ßÿ")
    return {
        "cp949": re.compile(f"[{_characters('euc_kr', 0xB0, 0xC8)}]"),
        "gb18030": re.compile(f"[，。！？、：；（）《》“”{_characters('gb2312', 0xB0, 0xD7)}]"),
        "big5": re.compile(f"[，。！？、：；（）「」{_characters('big5', 0xA4, 0xC6)}]"),
        "cp932": re.compile(f"[ぁ-んァ-ヴー、。！？「」々{_characters('cp932', 0x88, 0x97)}]"),
        "cp1252": western,
        "cp1254": _latin("âçğîöşüû", "ı", "İ"),
        "cp1250": _latin("áâäăąćčçďđéęëěíîĺľłńňóôöőŕřśšşţťúüůűýźžż", "ß"),
        "cp1251": _alphabet("а-яёіїєґ", "А-ЯЁІЇЄҐ"),
        "cp1253": _alphabet("α-ωάέήίόύώϊϋΐΰ", "Α-ΩΆΈΉΊΌΎΏ"),
        "cp1255": _alphabet("א-ת"),
        "cp1256": _alphabet("ء-ي،؟"),
        "cp874": _alphabet("ก-๛"),
        "mac_roman": western,
        "cp850": western,
    }


def _latin(letters: str, small: str = "", large: str = "") -> re.Pattern[str]:
    """Letters with accents stand beside plain letters, and no capital follows a small letter."""
    lower, upper = letters + small, letters.upper() + large
    return re.compile(
        f"(?<=[A-Za-z])[{lower}]|(?<=[A-Z])[{upper}]|(?<![^\\W\\d_])[{lower}{upper}](?=[A-Za-z])|(?<!\\w)[àÀ](?!\\w)"
    )


def _alphabet(lower: str, upper: str = "") -> re.Pattern[str]:
    """Letters of other alphabets stand beside no Latin letters, and no capital follows a small letter."""
    capitals = f"|(?<![A-Za-z{lower}])[{upper}](?![A-Za-z])" if upper else ""
    return re.compile(f"(?<![A-Za-z])[{lower}](?![A-Za-z]){capitals}")


def _characters(encoding: str, first: int, last: int) -> str:
    """The characters of two bytes whose first byte is in this range: those that the encoding lists as common."""
    pairs = (bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))
    return "".join(c for pair in pairs for c in pair.decode(encoding, "ignore") if not c.isascii())
