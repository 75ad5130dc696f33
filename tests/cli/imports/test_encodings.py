"""The encoding of a file is what its mark says, or UTF-8; another one is asked for with readings to choose from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from trustoo.errors import ConfigurationError

from tests.cli.conftest import Machine
from tests.cli.imports.files import opened

NAMES = {
    "cp1252": ["Zoë Müller", "Größe passt", "très bon – “super”"],
    "cp1250": ["Łukasz Żółty", "świetny produkt", "Małgorzata"],
    "cp1251": ["Иван Петров", "Отличный чайник"],
    "cp1254": ["Ayşe Yılmaz", "çok güzel"],
    "mac_roman": ["Zoë Müller", "Größe", "René"],
    "cp850": ["Zoë Müller", "Größe", "René"],
    "gb18030": ["张三", "质量不错，推荐购买"],
    "big5": ["王小明", "品質很好，推薦購買"],
    "cp932": ["山田太郎", "とても良い商品です。"],
    "cp949": ["김철수", "아주 좋아요"],
}


def made(folder: Path, content: bytes) -> Path:
    file = folder / "in.csv"
    file.write_bytes(content)
    return file


def encoded(encoding: str, authors: list[str]) -> bytes:
    return ("rating,author\r\n" + "".join(f'5,"{author}"\r\n' for author in authors)).encode(encoding)


def refusal(file: Path, encoding: str | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        opened(file, encoding=encoding)
    return str(caught.value).removeprefix(str(file))


def options(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^  --encoding (\S+) → (.+)$", text, re.MULTILINE)


def authors(file: Path, encoding: str | None = None) -> list[str]:
    return [values["author"] for _, values in opened(file, encoding=encoding).lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_recognised(tmp_path: Path, encoding: str) -> None:
    file = made(tmp_path, encoded(encoding, ["Zoë", "张三 \U0001f600"]))
    assert authors(file) == ["Zoë", "张三 \U0001f600"]


@pytest.mark.parametrize("encoding", NAMES)
def test_the_right_encoding_of_common_languages_is_offered_first(tmp_path: Path, encoding: str) -> None:
    file = made(tmp_path, encoded(encoding, NAMES[encoding]))
    text = refusal(file)
    assert text.startswith(" is not UTF-8 text: line ")
    name, excerpts = options(text)[0]
    assert name == encoding
    assert NAMES[encoding][0] in excerpts
    assert authors(file, name) == NAMES[encoding]


@pytest.mark.parametrize("encoding", NAMES)
def test_readings_differ_and_each_is_what_its_encoding_reads(tmp_path: Path, encoding: str) -> None:
    file = made(tmp_path, encoded(encoding, NAMES[encoding]))
    found = options(refusal(file))
    assert 1 <= len(found) <= 4
    assert len({excerpts for _, excerpts in found}) == len(found)
    for name, excerpts in found:
        read = authors(file, name)
        shown = re.findall(r'"(.*?)"(?:, |$)', excerpts)
        assert shown
        assert all(any(part in author.replace("\xa0", "�") for author in read) for part in shown)


def test_typographic_quotes_alone_are_read_as_those_of_windows(tmp_path: Path) -> None:
    file = made(tmp_path, encoded("cp1252", ["It’s great", "“Wow” – don’t wait…"]))
    assert options(refusal(file))[0] == ("cp1252", '"It’s great"')


def test_readings_with_control_characters_are_not_offered(tmp_path: Path) -> None:
    """Shift JIS has no character for 0xFF, though its decoder accepts it."""
    found = options(refusal(made(tmp_path, b"rating,author\n5,\xff\n")))
    assert "cp1251" in dict(found)
    assert "cp932" not in dict(found)


def test_a_difference_late_in_a_long_cell_is_shown(tmp_path: Path) -> None:
    text = "und noch ein langer Satz ohne Umlaute " * 5
    shown = options(refusal(made(tmp_path, encoded("cp1252", [f"{text} sehr schön {text}"]))))
    assert shown[0][0] == "cp1252"
    assert "sehr schön" in shown[0][1]
    assert len(shown[0][1]) < 80


def test_the_given_encoding_is_used_strictly(tmp_path: Path) -> None:
    content = encoded("cp1252", ["Zoë"] * 3) + b"5,\x81\r\n"
    assert refusal(made(tmp_path, content), "cp1252") == (
        " is not cp1252 text: line 5 has the bytes 81. Give the right --encoding, or save it as UTF-8."
    )
    assert refusal(made(tmp_path, b"rating,author\r5,a\r5,\xff\r"), "UTF8") == (
        " is not UTF8 text: line 3 has the bytes FF. Give the right --encoding, or save it as UTF-8."
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf8", "UTF-8"])
def test_a_mark_is_no_part_of_the_first_name(tmp_path: Path, encoding: str) -> None:
    quoted = '"rating","author"\n5,Zoë\n'
    assert opened(made(tmp_path, quoted.encode("utf-8-sig")), encoding=encoding).names == ("rating", "author")
    little = b"\xff\xfe" + quoted.encode("utf-16-le")
    assert opened(made(tmp_path, little), encoding="utf-16-le").names == ("rating", "author")


def test_a_mark_and_another_encoding_are_told(tmp_path: Path) -> None:
    assert refusal(made(tmp_path, encoded("utf-8-sig", ["Zoë"])), "cp1252") == (
        " begins with the byte order mark of utf-8, and is not cp1252. Leave --encoding out."
    )


@pytest.mark.parametrize("encoding", ["klingon", "hex", "rot13", "a\0b", ""])
def test_an_unknown_encoding_is_told(tmp_path: Path, encoding: str) -> None:
    assert refusal(made(tmp_path, b"rating\n5\n"), encoding).startswith(f"There is no encoding {encoding!r}.")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_told(tmp_path: Path, encoding: str) -> None:
    file = made(tmp_path, encoded(encoding, ["Zoë"]))
    assert f"Use --encoding {encoding}" in refusal(file)
    assert authors(file, encoding) == ["Zoë"]


def test_few_lines_of_another_encoding_are_named(tmp_path: Path) -> None:
    good = encoded("utf-8", ["Zoë", "Łódź", "张三", "René"])
    text = refusal(made(tmp_path, good + "5,Größe\r\n".encode("cp1252")))
    assert text.startswith(' is UTF-8 text, except for line 6, which has the bytes F6: "5,Gr\\xf6\\xdfe"')
    assert options(text) == []


def test_a_file_with_a_mark_that_is_cut_is_told(tmp_path: Path) -> None:
    text = refusal(made(tmp_path, encoded("utf-16", ["Zoë", "Ada"])[:-7]))
    assert text.startswith(" is not utf-16 text: line 3 has the bytes")
    text = refusal(made(tmp_path, encoded("utf-8-sig", ["Zoë", "Ada"]) + b"5,\xc3"))
    assert text.startswith(" is not utf-8 text: line 4 has the bytes C3")


def test_an_error_late_in_the_file_is_found_before_any_row_is_read(tmp_path: Path) -> None:
    content = encoded("utf-8", ["Ada"] * 60_000) + "5,Zoë\r\n".encode("cp1252")
    assert "line 60002 has the bytes EB" in refusal(made(tmp_path, content))


def test_each_encoding_that_is_offered_has_a_line_of_its_own(machine: Machine) -> None:
    machine.write("in.csv", "rating,author\n5,Zoë Müller\n".encode("cp1252"))
    done = machine.run("reviews", "import", "in.csv", "--check")
    assert done.code == 2
    assert '  --encoding cp1252 → "Zoë Müller"' in done.err.splitlines()
