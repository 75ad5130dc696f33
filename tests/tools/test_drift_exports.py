"""A whole export in the vendor's own words: other names, titles and credentials, an envelope without alternatives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.tools.conftest import API, Node, as_3_0, comparer, document, drift_of, dumped, without_marks
from tools.drift.reading import parse
from tools.drift.sources import Sources

TITLES = {
    "oauth.authorize": "OAuth2 Merchant Authorization",
    "oauth.authorize_url": "Get OAuth2 Authorization URL",
    "oauth.token": "OAuth2 Get / Refresh Access Token",
    "oauth.revoke": "Revoke Token",
    "platform.disconnect": "Disconnect Platform Authorization",
    "platform.authorization_info": "Get Shop Authorization Info",
    "platform.installation_status": "Get Shop Installation Status",
    "platform.cancel": "Cancel Platform Authorization",
    "webhooks.create": "Create Shop Webhook",
    "webhooks.update": "Update Shop Webhook",
    "webhooks.delete": "Delete Shop Webhook",
    "webhooks.list": "Get Shop Webhooks",
    "reviews.get": "Get Review Detail",
    "reviews.list": "Get Review List",
    "reviews.create": "Create Review",
    "reviews.delete": "Delete Review",
    "reviews.rating": "Get Rating",
    "media.video_upload_url": "Get Video Upload URL",
    "media.image_upload_credentials": "Get Image Upload Credentials",
    "orders.list": "Get Order List",
    "customer_events.list": "Get Customer Event List",
    "customers.unsubscribe": "Email Unsubscribe",
    "customers.exclude": "Create Customer Exclusion",
    "customers.include": "Delete Customer Exclusion",
    "customers.exclusions": "Get Customer Exclusion List",
}
SCHEMES = {
    "apikey-header-Public-Token": {"type": "apiKey", "in": "header", "name": "Public-Token"},
    "bearer": {"type": "http", "scheme": "bearer"},
}


def exported(moved: dict[str, str] | None = None) -> Node:
    """The spec as the vendor's doc tool would export it; `moved` gives operations another path."""
    source = document()
    paths: Node = {}
    for path, item in source["paths"].items():
        for method, node in item.items():
            name = node.pop("operationId")
            if name not in TITLES:
                continue
            spoken = [scope for need in node["security"] for scope in need.get("oauth2", ())]
            names = {"sign": "HMAC signature", "oauth2": "OAuth2 Bearer Token", "merchantSession": "merchant JWT"}
            words = [words for key, words in names.items() if any(key in need for need in node["security"])]
            lines = [f"Authentication: {' OR '.join(words) or 'none'}"]
            lines += [f"Scope: {', '.join(spoken)}"] if spoken else []
            node |= {
                "summary": TITLES[name],
                "description": "\n".join(lines),
                "tags": [],
                "x-apidog-status": "released",
            }
            node["security"] = [{"apikey-header-Public-Token": []}, {"bearer": []}]
            node["responses"].pop("4XX")
            for response in node["responses"].values():
                for media in response.get("content", {}).values():
                    media["schema"] = media["schema"]["anyOf"][0]
                    media.pop("examples")
            paths.setdefault((moved or {}).get(name, path), {})[method] = node
    source |= {"openapi": "3.0.1", "paths": paths, "webhooks": {}}
    source["components"]["securitySchemes"] = SCHEMES
    export: Node = renamed(as_3_0(without_marks(source)))
    return export


def renamed(node: Any) -> Any:
    """The same with other names of the schemas."""
    if isinstance(node, dict):
        prefix = "#/components/schemas/"
        copy = {key: renamed(value) for key, value in node.items()}
        if isinstance(copy.get("$ref"), str) and copy["$ref"].startswith(prefix):
            copy["$ref"] = f"{prefix}Their {copy['$ref'].removeprefix(prefix)}"
        if isinstance(copy.get("schemas"), dict):
            copy["schemas"] = {f"Their {name}": schema for name, schema in copy["schemas"].items()}
        return copy
    return [renamed(value) for value in node] if isinstance(node, list) else node


def test_an_export_in_other_words_changes_nothing_but_grades() -> None:
    findings = drift_of(exported())
    kinds = {finding.kind for finding in findings}
    assert kinds == {"documented", "credentials-documented", "page-read", "not-published", "not-confirmed", "narrower"}
    guides = [finding.operations for finding in findings if finding.kind == "not-published"]
    assert sorted(guides) == [("tokens.private",), ("tokens.public",)]
    bare = ("oauth.token", "reviews.create")  # ours takes their responses without an envelope too
    assert sorted(finding.text for finding in findings if finding.kind in ("not-confirmed", "narrower")) == [
        "response 200: access_token is not published, ours was documented",
        "response 200: code is required, ours optional",
        "response 200: id is not published, ours was field",
        "response 200: message is required, ours optional",
        "response 200: refresh_token is not published, ours was documented",
        "response 200: request_id is required, ours optional",
    ]
    assert all(finding.operations == bare for finding in findings if finding.kind == "narrower")


def test_guessed_paths_that_moved_are_documented_and_neither_new_nor_gone() -> None:
    moved = {
        "media.video_upload_url": API + "media/video",
        "platform.cancel": API + "oauth/cancel",
        "webhooks.update": API + "webhook/change",
        "customers.exclusions": API + "exclusions",
        "reviews.delete": API + "review/remove",
    }
    findings = drift_of(exported(moved))
    paths = {finding.operations[0]: finding for finding in findings if finding.kind == "path-documented"}
    assert paths.keys() == moved.keys()
    assert all(moved[name] in finding.suggestion for name, finding in paths.items())
    assert not {finding.kind for finding in findings} & {"operation-new", "operation-gone", "path-changed"}


def test_all_paths_under_another_prefix_are_changed_and_neither_new_nor_gone() -> None:
    ours = document()["paths"]
    names = {node["operationId"]: path for path, item in ours.items() for node in item.values()}
    findings = drift_of(exported({name: path.replace("/v1/", "/v2/") for name, path in names.items()}))
    moved = {finding.operations[0] for finding in findings if finding.kind in ("path-changed", "path-documented")}
    assert moved == set(TITLES)
    assert not {finding.kind for finding in findings} & {"operation-new", "operation-gone"}


def test_the_source_of_a_suggestion_is_the_newest_page_of_that_title() -> None:
    [finding] = [f for f in drift_of(exported()) if f.kind == "documented" and f.text.startswith("parameter keyword")]
    assert finding.suggestion == "x-evidence: documented\nx-source: [review-list]"


def test_formal_credentials_count_where_the_text_names_none() -> None:
    copy = exported()
    settings: dict[str, list[dict[str, list[str]]]] = {
        "get_orders": [{"apikey-header-Public-Token": []}, {"bearer": []}],  # ours: HMAC or OAuth2
        "oauth/disconnect": [{"bearer": []}],  # ours: OAuth2
        "oauth/authorize": [{"bearer": []}],  # ours: the merchant's session, in the same header
        "get_rating": [{"bearer": []}],  # ours: HMAC or OAuth2
    }
    for path, needs in settings.items():
        [node] = copy["paths"][API + path].values()
        node |= {"description": "", "security": needs}
    [changed] = [finding for finding in drift_of(copy) if finding.kind == "credentials-changed"]
    assert changed.text == "credentials are bearer token, ours HMAC, OAuth2 (documented)"
    assert changed.operations == ("reviews.rating",)


def test_parameters_of_a_path_are_those_of_its_operations() -> None:
    copy = document()
    item = copy["paths"][API + "get_review"]
    item["parameters"] = item["get"].pop("parameters")
    [published] = parse(dumped(copy), "export.yaml")
    assert drift_of(published.document) == []


def test_the_json_among_other_media_types_is_what_is_compared() -> None:
    copy = document()
    content = copy["paths"][API + "create_review"]["post"]["requestBody"]["content"]
    [body] = content.values()
    content.clear()
    content |= {
        "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"other": {}}}},
        "application/json; charset=x": None,
        "application/json": body,
    }
    assert [(f.kind, f.text) for f in drift_of(copy) if f.kind != "page-read"] == [
        (
            "content-changed",
            "body: media types are application/json, application/x-www-form-urlencoded, ours application/json",
        )
    ]


def test_the_newest_page_is_cited_wherever_it_stands_in_the_table() -> None:
    [call, *_] = [call for call in comparer().ours if call.identifier == "orders.list"]
    titled = replace(call, title="Get Order List")
    table = {
        "old": {"page": "https://example.com/api-1", "title": "Get Order List, older", "read": "part"},
        "new": {"page": "https://example.com/api-12", "title": "Get Order List", "read": "none"},
    }
    assert Sources(table).of(titled) == "new"
    assert Sources(table).of(replace(titled, page="api-1")) == "old"
    assert Sources(table).of(replace(titled, title="Get Orders")) is None


def test_where_a_page_confirms_some_members_only_those_are_to_be_marked() -> None:
    copy = exported()
    for name in ("review_title", "verified"):
        del copy["components"]["schemas"]["Their Review"]["properties"][name]
    marks = [f for f in drift_of(copy) if f.pointer == "#/components/schemas/Review" and f.kind == "documented"]
    assert [f.operations for f in marks] == [("reviews.get",), ("reviews.list",)]  # each has a page of its own to cite
    finding = marks[0]
    assert finding.text.endswith("documented, ours was field; not confirmed: review_title, verified")
    assert finding.suggestion.startswith("properties:\n  author:\n    x-evidence: documented\n")
    assert "review_title" not in finding.suggestion
