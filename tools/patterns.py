"""Translates the regular expressions of the spec, which are ECMAScript's, to Python's."""

import re

_TOKENS = re.compile(
    r"""
    \\[dDwW]                        # classes of ASCII characters, as Python has them under (?a)
    | \\[tnrfv0](?![0-9])
    | \\[^a-zA-Z0-9]                 # an escaped sign
    | \[\^?(?:\\[dDwWtnrfv]|\\[^a-zA-Z0-9]|[^\]\\\[])+\]
    | \(\?: | \((?!\?) | \)
    | [*+?]\?? | \{[0-9]+(?:,[0-9]*)?\}\??
    | \$
    | [^\\\[\](){}*+?$]
    """,
    re.VERBOSE | re.DOTALL,
)


def python_pattern(pattern: str) -> str:
    """The same expression for Python's `re`. Raises ValueError for a part that means something else."""
    pieces, position = [], 0
    while position < len(pattern):
        found = _TOKENS.match(pattern, position)
        if found is None:
            raise ValueError(f"{pattern[position:]!r} is not a part that Python and ECMAScript read alike")
        # Python's $ also matches before a line break at the end. Its dot and theirs leave out other line breaks.
        pieces.append({"$": r"\Z", ".": r"[^\n\r\u2028\u2029]"}.get(found[0], found[0]))
        position = found.end()
    try:
        re.compile(translated := f"(?a){''.join(pieces)}")
    except re.error as error:
        raise ValueError(str(error)) from error
    return translated
