"""Mutants of the generator's templates: conditions turned round, loops cut short, lines and parts left out."""

import re
from collections.abc import Iterator

from contract_tests.mutation.mutant import Edit, Mutant, make

COMMENT = re.compile(r"\{#(?s:.*?)#\}|(?:^ *|  )# .*$", re.MULTILINE)  # Jinja's and Python's
# Docstrings and the tidying of imports: nothing that runs comes from them.
PROSE = re.compile(
    r"\{% macro (?:(?:iterate_)?docstring|described|example|returns|imports_for)\(.*?\{%-? endmacro %\}", re.DOTALL
)
STRINGS = re.compile(r'"""(?:.|\n)*?"""|^@dataclass.*$', re.MULTILINE)
# (operator, what is found, what replaces its first group)
RULES: tuple[tuple[str, str, str], ...] = (
    ("negate-condition", r"\{%-? (?:el)?if (.+?) %\}", r"not (\1)"),
    ("negate-filter", r"\{%-? for .+? in .+? if (.+?) %\}", r"not (\1)"),
    ("first-item-only", r"\{%-? for \w+ in ((?:(?! if )[^%()])+?)(?: if .+?)? %\}", r"(\1)[:1]"),
    ("drop-optional", r"required_properties( \+ [\w.\[\]]+optional_properties)", ""),
    ("drop-required", r"([\w.\[\]]+required_properties \+ )", ""),
    ("drop-line", r"^ *((?!self,)(?:[\w]+=)?[\w.]+,)$", ""),
    ("drop-line", r"^( *(?:[\w.{} ]+\(p\) \}\}=\{\{.+|extra_\w+=\w+),)$", ""),
    ("negate-comparison", r"( == )", " != "),
    ("negate-comparison", r"( != )", " == "),
    ("and-or", r"( and )", " or "),
    ("and-or", r"( or )", " and "),
    ("drop-not", r"\b(not )", ""),
    ("negate-membership", r"\b(?:if|and|or|not) [^%]*?(?<! not)( in )", " not in "),
    ("true-false", r"\b(True)\b", "False"),
    ("true-false", r"\b(False)\b", "True"),
    ("drop-await", r"\b(await )\w", ""),
    ("wrong-variant", r"(\.parsed)$", ""),
)


def candidates(file: str, source: str) -> Iterator[Mutant]:
    """Every mutant of these kinds that a template can have."""
    quiet = [match.span() for pattern in (COMMENT, PROSE) for match in pattern.finditer(source)]
    quiet += [match.span() for match in STRINGS.finditer(source)]
    for operator, pattern, text in RULES:
        for found in re.finditer(pattern, source, re.MULTILINE):
            if not any(begin <= found.start() < end for begin, end in quiet):
                edit = Edit(*found.span(1), text.replace(r"\1", found[1]))
                yield make("templates", file, source, operator, [edit], None)
