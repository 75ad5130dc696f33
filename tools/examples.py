"""Writes the examples in the docstrings of operations, from the examples in the spec. Tests run them as doctests."""

import json
import re
from keyword import iskeyword
from typing import Any

from tools.spec import Node, Spec

WIDTH = 90
"""The longest line of a call. A longer call has a line for each argument."""
ITEMS = 2
"""The limit in examples of iterations."""


def examples(spec: Spec, operation: Node, fact: Node, models: dict[str, Node]) -> dict[str, list[str]]:
    """The lines of the examples: "call" of an operation, and "iterate" over its items if it is paged.

    {} if a required argument has no example.

    Args:
        operation: the operation in the spec.
        fact: what the templates get of the operation.
        models: what the templates get of the models, by their classes.
    """
    given = _given(spec, operation, fact["arguments"])
    if given is None:
        return {}
    resource, result = f"shop.{operation['tags'][0]}", fact["result"]
    method = f"{resource}.{fact['attribute']}"
    if fact.get("unverified_write"):
        given["unverified"] = True
    item = fact.get("item") or result.removeprefix("builtins.list[").removesuffix("]")
    if item not in models:
        return {"call": _call("" if result == "None" else "result = ", method, given)}
    name, data = _word(item), _sample(spec, operation)
    if item == result:
        shown = _shown(models[item], data, given)
        call = _call(f"{name} = ", method, given)
        return {"call": call + ([f">>> {name}.{shown['attribute']}", repr(_read(shown, data))] if shown else [])}
    is_paged = "item" in fact
    results, listed = ("page", "page.list") if is_paged else (f"{name}s", f"{name}s")
    items = (data["list"] if is_paged else data) if data else []
    shown = _shown(models[item], items[0], given) if items else None
    each = f"{name}.{shown['attribute']}" if shown else f"{name}.to_dict()"
    if shown:
        printed = [f">>> [{each} for {name} in {listed}]", repr([_read(shown, one) for one in items])]
    else:
        printed = [f">>> len({listed})", str(len(items))]
    found = {"call": _call(f"{results} = ", method, given) + printed}
    if is_paged:
        arguments = {one: value for one, value in given.items() if one != "page"} | {"limit": ITEMS}
        loop = _call(f"for {name} in ", f"{resource}.{fact['iteration']}", arguments, ":")
        said = [str(_read(shown, one) if shown else one) for one in items[:ITEMS]]
        found["iterate"] = [*loop, f"...     print({each})", *said]
    return found


def _given(spec: Spec, operation: Node, arguments: list[Node]) -> Node | None:
    """The values of the required arguments, of the first other parameter, and of the plain members of the body.

    None if a required argument has no example.
    """
    bodies = spec.resolve(operation.get("requestBody", {})).get("content", {}).values()
    sent = next((_first(spec, media) for media in bodies), None) or {}
    parameters = {(one["in"], one["name"]): one for one in spec.parameters(operation)}
    given: Node = {}
    for one in arguments:
        of_body, name = one["place"] == "body", one["name"]
        shown, key = (sent, one["wire"]) if of_body else (parameters[one["place"], one["wire"]], "example")
        if key not in shown:
            if one["required"]:
                return None
        elif one["required"] or (not isinstance(shown[key], dict | list) if of_body else not given):
            given[name] = shown[key]
    return given


def _first(spec: Spec, media: Node) -> Any:
    """The first example of a body or a response. None if there is none."""
    return next((spec.resolve(one)["value"] for one in media.get("examples", {}).values()), None)


def _sample(spec: Spec, operation: Node) -> Any:
    """The `data` of the first example of a success."""
    found = _first(spec, spec.success_media(operation))
    return found.get("data") or {} if isinstance(found, dict) else {}


def _shown(model: Node, sample: Node, given: Node) -> Node | None:
    """The member that the example shows: the first with a plain value, if possible none that is an argument too.

    None if there is no such member.
    """
    plain = [
        member
        for member in model["members"]
        if member["format"] not in ("instant", "date-time")
        and isinstance(value := sample.get(member["wire"]), str | int | float)
        and value != ""
    ]
    return next((member for member in plain if member["attribute"] not in given), next(iter(plain), None))


def _read(member: Node, sample: Node) -> Any:
    """A member of a sample, as the model reads it."""
    value = sample.get(member["wire"])
    if value is None:
        return None
    return str(value) if member["is_id"] else float(value) if member["format"] == "decimal" else value


def _call(before: str, method: str, arguments: Node, after: str = "") -> list[str]:
    """The lines of a call."""
    written = [f"{name}={_literal(value)}" for name, value in arguments.items()]
    line = f">>> {before}{method}({', '.join(written)}){after}"
    if len(line) <= WIDTH:
        return [line]
    return [f">>> {before}{method}(", *(f"...     {one}," for one in written), f"... ){after}"]


def _literal(value: Any) -> str:
    """A value as Python source, with double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(key)}: {_literal(one)}' for key, one in value.items())}}}"
    return repr(value)


def _word(name: str) -> str:
    """The last word of the name of a class, such as `review` for CreatedReview."""
    word = (re.findall(r"[A-Z][a-z]+", name) or [name])[-1].lower()
    return f"{word}_" if iskeyword(word) else word
