"""Pages in the vendor's own forms: what is read of them, and what is reported."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.tools.conftest import API, DATA, before_order_list, comparer, document, drift_of_file, dumped, lines, said
from tools.drift import page
from tools.drift.__main__ import main
from tools.drift.comparing import Comparer
from tools.drift.findings import Finding, lines_of, tidy
from tools.drift.reading import parse, read

SECRETS = ("EXAMPLE-signature", "EXAMPLE-policy", "EXAMPLE-callback", "EXAMPLE-security-token", "EXAMPLE-token")


def report_of(text: str, **options: bool) -> list[Finding]:
    findings, problems = comparer().compare(parse(text.encode(), "page.txt"), **options)
    assert problems == []
    return tidy(findings, lines())


def fixture(name: str) -> str:
    return (DATA / name).read_text(encoding="utf-8")


def test_a_page_that_says_what_the_description_says_has_no_drift(capsys: pytest.CaptureFixture[str]) -> None:
    assert drift_of_file("pages/image_credentials.txt") == []
    assert main([str(DATA / "pages")]) == 0
    assert capsys.readouterr().out == "1 document compared, no drift\n"


def test_each_change_of_a_copied_page_is_reported() -> None:
    findings = drift_of_file("image_credentials_changed.txt")
    assert said(findings) == [
        ("scopes-changed", "scopes are write_media, ours write_reviews"),
        ("example-type", "example of response 200: data.expire is integer, ours string"),
        ("example-member", "example of response 200: data.security_token is unknown to ours, string"),
        (
            "page-newer",
            "page image-credentials was modified on 2026-11-02, ours was read in its version of 2026-06-24",
        ),
    ]
    assert findings[2].pointer == "#/components/schemas/ImageUploadCredentials/properties"
    assert findings[2].suggestion.split("\n") == [
        "security_token:",
        "  type: string",
        "  x-evidence: example",
        "  x-source: [image-credentials]",
    ]
    assert findings[3].suggestion == "modified: '2026-11-02'"


def test_the_page_of_a_guessed_path_documents_it_with_all_it_says() -> None:
    findings = drift_of_file("video_upload_url.txt")
    assert {name for finding in findings for name in finding.operations} == {"media.video_upload_url"}
    assert said(findings)[:6] == [
        (
            "path-documented",
            f"path is now documented: GET {API}media/video_address; ours was inferred: GET {API}get_video_upload_url"
            " (same title 'Get Video Upload URL')",
        ),
        ("parameter-added", "parameter file_name (query, required) is new"),
        ("parameter-added", "parameter kind (query, optional) is new"),
        ("member-added", "response 200: data.expire is new, integer or null"),
        ("member-added", "response 200: data.headers is new, object"),
        ("member-added", "response 200: data.upload_url is new and required, string"),
    ]
    assert {finding.kind for finding in findings[6:] if finding.is_drift} == {
        "documented",
        "scopes-documented",
        "page-read",
    }
    assert "anyOf:" in findings[2].suggestion
    assert "enum: [short, long]" in findings[2].suggestion
    assert findings[4].suggestion.split("\n")[:4] == [
        "headers:",
        "  type: object",
        "  properties:",
        "    token: {type: string}",
    ]


def test_a_markdown_page_is_read_by_its_openapi_block() -> None:
    spec = before_order_list()
    found, problems = Comparer(spec).compare(read(DATA / "order_list.md").documents)
    findings = tidy(found, lines_of(dumped(spec).decode()))
    assert problems == []
    assert said(findings) == [
        ("values-changed", 'parameter type: listed values changed: new "7"'),
        ("limit-changed", "parameter page_size: maximum is 100, ours none"),
        ("member-added", "response 200: data.list[].email is new, string"),
        ("member-added", "response 200: data.list[].id is new, string"),
        (
            "documented",
            "data.page, data.page.page, data.page.page_size, data.page.total_page, data.page.count:"
            " documented, ours was field",
        ),
        ("credentials-documented", "credentials are documented: HMAC, OAuth2; ours was inferred"),
        ("scopes-documented", "scopes are documented: read_orders; ours knew none"),
        ("page-read", "page order-list was never read and is readable here"),
        ("not-confirmed", "response 200: time is not published, ours was example"),
    ]
    assert findings[7].suggestion == "page: 'https://apidoc.trustoo.io/api-900000001'\nread: complete"


def test_a_page_that_is_not_in_the_table_of_sources_is_suggested_with_its_address() -> None:
    text = fixture("order_list.md").replace("Get Order List", "Orders of a Shop").replace("900000001", "900000009")
    [finding] = [finding for finding in report_of(text) if finding.kind == "page-read"]
    assert finding.text == "page 'Orders of a Shop' is not in x-sources"
    assert yaml.safe_load(finding.suggestion) == {
        "orders-of-a-shop": {
            "page": "https://apidoc.trustoo.io/api-900000009",
            "title": "Orders of a Shop",
            "modified": "unknown",
            "read": "complete",
        }
    }
    unplaced = [f for f in report_of(text.replace("900000009", "")) if f.kind == "page-read"]
    assert [yaml.safe_load(f.suggestion)["orders-of-a-shop"]["page"] for f in unplaced] == ["ADDRESS"]


def test_the_openapi_block_is_found_among_other_blocks() -> None:
    text = fixture("order_list.md")
    around = f"```bash\ncurl https://example.com\n```\n\n{text}\n```json\n{{}}\n```\n"
    assert said(report_of(around)) == said(report_of(text)) != []


def moved(title: str, path: str, method: str = "GET") -> str:
    return f"{title}\n\n{method}\n{API}{path}\nText\n\nRequest\n\nResponses\n\n🟢200\nModified at 2026-10-01 08:00:00\n"


@pytest.mark.parametrize(
    ("title", "path", "method", "operation"),
    [
        ("Get Video Upload URL", "video_credentials", "GET", "media.video_upload_url"),
        ("Cancel Platform Authorization", "oauth/cancel", "POST", "platform.cancel"),
        ("Update Shop Webhook", "webhook/update", "POST", "webhooks.update"),
        ("Get Customer Exclusion List", "exclusions", "GET", "customers.exclusions"),
        ("Delete Shop Webhook", "webhook/delete", "POST", "webhooks.delete"),
        ("Customer exclusions", "customer_exclusions", "GET", "customers.exclusions"),
    ],
)
def test_a_moved_page_of_a_guess_is_not_taken_for_a_new_operation(
    title: str, path: str, method: str, operation: str
) -> None:
    [finding] = [f for f in report_of(moved(title, path, method)) if f.kind == "path-documented"]
    assert finding.operations == (operation,)
    assert finding.text.startswith(f"path is now documented: {method} {API}{path}; ")
    assert "operation-new" not in {f.kind for f in report_of(moved(title, path, method))}


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("Get Question List", "get_questions"),
        ("Get Review Replies", "get_review_replies"),
        ("Get Customer List", "get_customers"),
        ("Get Shop Plan", "get_shop_plan"),
    ],
)
def test_a_new_operation_is_not_taken_for_an_old_one(title: str, path: str) -> None:
    [finding] = report_of(moved(title, path))
    assert (finding.kind, finding.text) == ("operation-new", f"GET {API}{path} is new: {title}")
    assert f"{API}{path}:" in finding.suggestion


def test_only_a_complete_input_makes_other_operations_gone() -> None:
    text = fixture("pages/image_credentials.txt")
    assert report_of(text) == []
    gone = [finding.operations for finding in report_of(text, complete=True) if finding.kind == "operation-gone"]
    assert ("reviews.list",) in gone
    assert ("media.image_upload_credentials",) not in gone


def test_a_page_without_its_request_part_makes_no_parameter_gone() -> None:
    text = f"Get Order List\n\nGET\n{API}get_orders\nText\n\nResponses\n\n200\n"
    assert not any(finding.kind == "parameter-gone" for finding in report_of(text))
    whole = text.replace("Responses", "Request\n\nResponses")
    assert sum(finding.kind == "parameter-gone" for finding in report_of(whole)) == 8
    [published] = parse(text.encode(), "page.txt")
    assert published.notes == ("the page has no part named Request, so nothing is concluded from missing parameters",)


def test_an_older_version_of_a_page_is_a_note() -> None:
    text = fixture("pages/image_credentials.txt").replace("2026-06-24 04", "2026-05-24 04")
    [finding] = report_of(text)
    assert (finding.kind, finding.is_drift) == ("page-older", False)


TABLE = """List
GET
/things

Request

Path Params
id
string
required
Header Params
X-Kind
enum<string>
optional
Allowed values: a, b
Body Params application/json
name
string
required
<= 40 characters
string of any kind
size
integer <int64>
optional
>= 1
<= 9
tags
array[string]
optional
lines
array [object {2}]
required
sku
string
required
count
integer | null
optional
note
string
nullable
Example
{"name": "x"}

Responses

🟢200
application/json
code
integer
required
🔴400
application/json
Example
{
    "code": 3,
    "list": [
        404
    ]
}
"""


def test_tables_are_read_with_types_need_limits_and_nesting() -> None:
    found = page.parse(TABLE)
    assert found is not None
    operation = found.document["paths"]["/things"]["get"]
    assert operation["parameters"] == [
        {"name": "id", "in": "path", "required": True, "schema": {"type": ["string"]}},
        {"name": "X-Kind", "in": "header", "required": False, "schema": {"type": ["string"], "enum": ["a", "b"]}},
    ]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {
        "type": "object",
        "required": ["name", "lines"],
        "properties": {
            "name": {"type": ["string"], "maxLength": 40},
            "size": {"type": ["integer"], "minimum": 1, "maximum": 9},
            "tags": {"type": ["array"], "items": {"type": ["string"]}},
            "lines": {
                "type": ["array"],
                "items": {
                    "type": ["object"],
                    "properties": {"sku": {"type": ["string"]}, "count": {"type": ["integer", "null"]}},
                    "required": ["sku"],
                },
            },
            "note": {"type": ["string", "null"]},
        },
    }
    assert list(operation["responses"]) == ["200", "400"]
    assert found.notes == []


def test_folded_members_are_compared_by_name_and_said_so() -> None:
    text = fixture("video_upload_url.txt").replace("object {1}", "object {9}")
    [published] = parse(text.encode(), "page.txt")
    assert published.notes == (
        "response 200: members are folded on the page, so only names were compared; copy it unfolded",
    )
    added = [finding.text for finding in report_of(text) if finding.kind == "member-added"]
    assert added == [
        f"response 200: {name} is listed, at a depth that the copy does not show"
        for name in ("expire", "headers", "token", "upload_url")
    ]


def test_line_ends_and_byte_order_marks_make_no_difference(tmp_path: Path) -> None:
    text = fixture("image_credentials_changed.txt")
    expected = said(report_of(text))
    for encoding, ends in (("utf-8-sig", "\r\n"), ("utf-16", "\n"), ("utf-8", "\r")):
        (tmp_path / "page.txt").write_bytes(text.replace("\n", ends).encode(encoding))
        inputs = read(tmp_path)
        assert inputs.unusable == []
        findings, _ = comparer().compare(inputs.documents)
        assert said(tidy(findings, lines())) == expected


def test_a_folder_is_read_whole_whatever_forms_it_mixes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(DATA, tmp_path / "in")
    (tmp_path / "in" / "deep").mkdir()
    (tmp_path / "in" / "deep" / "export.json").write_text(json.dumps(document()), encoding="utf-8")
    (tmp_path / "in" / "deep" / "export.yaml").write_bytes(dumped(document()))
    (tmp_path / "in" / ".notes").write_text("Remember the milk", encoding="utf-8")
    assert main([str(tmp_path / "in"), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert {Path(finding["origin"]).name for finding in report["findings"]} == {
        "image_credentials_changed.txt",
        "video_upload_url.txt",
        "order_list.md",
    }
    [unread] = report["unusable"]
    assert Path(unread["file"]).name == ".notes"
    assert "expected an OpenAPI 3.0 or 3.1 export" in unread["reason"]


def test_no_value_of_an_example_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    values = [*SECRETS, "1781682923", "img.example.com", "shopper@example.com", "EXAMPLE.mp4"]
    texts = [path.read_text(encoding="utf-8") for path in DATA.rglob("*") if path.is_file()]
    assert all(any(value in text for text in texts) for value in values), "the fixtures have what must not be shown"
    main([str(DATA)])
    main([str(DATA), "--json"])
    shown = capsys.readouterr().out
    assert "security_token" in shown
    assert [value for value in values if value in shown] == []


def test_listed_values_of_a_secret_are_not_shown() -> None:
    copy: dict[str, Any] = document()
    copy["components"]["schemas"]["OAuthTokenRequest"]["properties"]["client_secret"]["enum"] = [
        "EXAMPLE-a",
        "EXAMPLE-b",
    ]
    findings, _ = comparer().compare(parse(dumped(copy), "export.yaml"))
    [changed] = [finding for finding in findings if finding.kind == "values-changed"]
    assert changed.text == "body: client_secret: listed values changed"
    assert "EXAMPLE" not in changed.suggestion
