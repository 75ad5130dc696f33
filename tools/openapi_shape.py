"""The form of `openapi.yaml` as JSON Schema: which parts are objects, lists and texts, and which must be there.

The tools rely on this form. It is what OpenAPI 3.1 says and what this project's spec has besides.
"""

from typing import Any

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
COUNT = {"type": "integer", "minimum": 0}
NUMBER = {"type": "number"}
SCHEMA = {"$ref": "#/$defs/schema"}
MARKS = {"x-evidence": TEXT, "x-source": TEXTS, "description": TEXT, "deprecated": {"type": "boolean"}}


def _map(values: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values, **more}


def _object(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def _or_reference(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "if": {"required": ["$ref"]}, "else": schema}


EXAMPLES = _map(_or_reference({"type": "object"}))
MEDIA = _map(_object("schema", schema=SCHEMA, examples=EXAMPLES))
PARAMETER = _or_reference(
    {
        "type": "object",
        "properties": {
            "name": TEXT,
            "in": TEXT,
            "required": {"type": "boolean"},
            "schema": SCHEMA,
            "examples": EXAMPLES,
            "style": TEXT,
            "explode": {"type": "boolean"},
            **MARKS,
        },
    }
)
RESPONSE = _or_reference(_object(content=MEDIA, headers=_map({"type": "object"}), **MARKS))
BODY = _or_reference(_object("content", content=MEDIA, required={"type": "boolean"}))
OPERATION = _object(
    operationId=TEXT,
    tags=TEXTS,
    summary=TEXT,
    security={"type": "array", "items": _map(TEXTS)},
    parameters={"type": "array", "items": PARAMETER},
    requestBody=BODY,
    responses=_map(RESPONSE),
    **MARKS,
)
SPEC: dict[str, Any] = {
    **_object(
        *("openapi", "info", "servers", "tags", "paths", "components", "x-codes"),
        openapi=TEXT,
        info=_object("title", "version", title=TEXT, version=TEXT),
        servers={"type": "array", "items": _object("url", url=TEXT)},
        tags={"type": "array", "items": _object("name", "description", name=TEXT, description=TEXT)},
        paths=_map(
            {"type": "object", "properties": dict.fromkeys(("get", "put", "post", "delete", "patch"), OPERATION)}
        ),
        components=_object(
            *("schemas", "securitySchemes"),
            schemas=_map(SCHEMA),
            parameters=_map(PARAMETER),
            responses=_map(RESPONSE),
            requestBodies=_map(BODY),
            examples=_map({"type": "object"}),
            securitySchemes=_map(_object(), required=["publicToken", "sign", "timestamp"])
            | {"properties": dict.fromkeys(("publicToken", "sign", "timestamp"), _object("name", name=TEXT))},
        ),
        **{"x-codes": _map(_object("meaning", meaning=TEXT))},
    ),
    "$defs": {
        "schema": {
            "type": ["object", "boolean"],
            "properties": {
                "$ref": TEXT,
                "type": {"anyOf": [TEXT, TEXTS]},
                "properties": _map(SCHEMA),
                "additionalProperties": SCHEMA,
                "items": SCHEMA,
                "required": TEXTS,
                "enum": {"type": "array", "minItems": 1},
                **{word: {"type": "array", "items": SCHEMA, "minItems": 1} for word in ("anyOf", "oneOf", "allOf")},
                **dict.fromkeys(("format", "pattern", "title"), TEXT),
                **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), COUNT),
                **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), NUMBER),
                **MARKS,
            },
        }
    },
}
