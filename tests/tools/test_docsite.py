"""The pages that are written for the site say what the description says, and a wrong link in the site is found."""

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import pytest
import trustoo
from trustoo_api.api.reviews import ReviewsResource

from tools.docsite import copies, python, reference
from tools.docsite.__main__ import HISTORY, MUTATION, navigation, results
from tools.docsite.links import problems
from tools.spec import Spec, load

ROOT = Path(__file__).parents[2]
SPEC = load(ROOT / "openapi.yaml")
API = dict(reference.pages(SPEC))
PYTHON = dict(python.pages(SPEC))


def section(operation: str) -> str:
    """The section of an operation in the page of its tag."""
    found = re.search(
        rf"^## {re.escape(operation)}\n(.*?)(?=^\(call-[a-z-]*\)=\n## |\Z)",
        API[f"{operation.split('.')[0]}.md"],
        re.M | re.S,
    )
    assert found is not None, f"{operation} has no section"
    return found[1]


@pytest.mark.parametrize("operation", SPEC.by_id)
def test_an_operations_section_has_all_its_statements(operation: str) -> None:
    path, method, node = SPEC.by_id[operation]
    text = section(operation)
    assert f"`{method.upper()} {path}` [{node['x-evidence']}]" in text
    for scope in [
        *node.get("x-scopes-inferred", ()),
        *(s for need in node["security"] for s in need.get("oauth2", ())),
    ]:
        assert scope in text
    rows = text.split("\n### Responses\n")[0].split("\n### Body\n")[0].splitlines()
    for parameter in map(SPEC.resolve, node.get("parameters", ())):
        (row,) = [line for line in rows if line.startswith(f"| `{parameter['name']}`")]
        assert f"[{parameter['x-evidence']}]{{" in row
        assert all(f"(#source-{source})" in row for source in parameter["x-source"])
        assert ("**required**" in row) == parameter.get("required", False)
    for name in SPEC.body_members(node):
        assert f"| `{name}`" in text
    for status, response in node["responses"].items():
        assert f"**HTTP {status}** [{SPEC.resolve(response)['x-evidence']}]" in text


def test_what_is_known_less_well_has_a_grade_of_its_own() -> None:
    def row(operation: str, name: str) -> str:
        return next(line for line in section(operation).splitlines() if line.startswith(f"| `{name}`"))

    assert "; form [inferred]" in row("reviews.list", "product_ids")
    assert "; meaning [inferred]" in row("reviews.create", "tag")
    assert "; meaning" not in row("reviews.create", "product_id")
    assert "Scope by topic [documented]" in section("webhooks.create")
    assert "Scope by topic [inferred]" in section("webhooks.update")


def test_what_is_signed_has_its_rule_and_its_grade() -> None:
    text = API["credentials.md"]
    assert "append `|` and the body" in text
    assert "## What is signed\n\n[field]" in text


@pytest.mark.parametrize("operation", SPEC.by_id)
def test_an_operations_section_leads_to_its_method(operation: str) -> None:
    target = re.search(r"{py:meth}`shop\.(\S+)\(\) <(\S+)\.(\w+)\.(\w+)>`", section(operation))
    assert target is not None
    assert target[1] == operation
    assert callable(getattr(getattr(import_module(target[2]), target[3]), target[4]))


def test_every_known_value_is_in_the_pages() -> None:
    text = "".join(API.values())
    for value in ("ChatWILL", "customer_event/created", "created-descending", "refresh_token"):
        assert f'`"{value}"`' in text
    assert "Only `1`, `2`, `3`, `4`, `5`." in text


def test_a_member_has_its_own_grade_where_it_has_one() -> None:
    rows = API["schemas.md"].split("## OAuthTokenRequest\n")[1].split("\n## ")[0].splitlines()
    grade = {row.split("`")[1]: row.split("{.evidence .", 1)[1].split("}")[0] for row in rows if row.startswith("| `")}
    assert grade["client_id"] == "documented"
    assert grade["scope"] == "example"


def test_a_sample_is_shown_as_indented_json() -> None:
    shown = reference.example("A review", {"rating": 5, "author": "Zoë"})
    assert shown == 'A review:\n\n```json\n{\n  "rating": 5,\n  "author": "Zoë"\n}\n```'


def test_codes_schemas_and_sources_are_all_there() -> None:
    document = SPEC.document
    assert all(f"| {code} | {about['meaning']}" in API["codes.md"] for code, about in document["x-codes"].items())
    assert all(f"\n## {name}\n" in API["schemas.md"] for name in document["components"]["schemas"])
    assert all(f"(source-{name})=" in API["sources.md"] for name in document["x-sources"])


def test_an_argument_is_described_with_the_type_that_python_takes() -> None:
    def row(operation: str, name: str) -> str:
        return next(line for line in section(operation).splitlines() if line.startswith(f"| `{name}`"))

    assert "| str or int | Shopify id of the product" in row("reviews.create", "product_id")
    assert "| str or datetime or date |" in row("reviews.create", "commented_at")
    assert "| [CreateReviewReply](#schema-createreviewreply) or dict |" in row("reviews.create", "reply")


@pytest.mark.parametrize("operation", SPEC.by_id)
def test_the_arguments_have_the_names_of_the_parameters_and_members(operation: str) -> None:
    _, _, node = SPEC.by_id[operation]
    described = {*(SPEC.resolve(one)["name"] for one in node.get("parameters", ())), *SPEC.body_members(node)}
    assert reference.types_of(SPEC, operation).keys() - described <= {"self", "extra_query", "extra_body", "unverified"}


def test_a_statement_without_marks_around_it_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no marks"):
        reference.Marks.of({"name": "EXAMPLE"})


def test_every_public_name_is_in_the_python_reference() -> None:
    text = "".join(PYTHON.values())
    for module in ("trustoo", *(f"trustoo.{part}" for part in python.PARTS)):
        for name in __import__(module, fromlist=["__all__"]).__all__:
            documented = re.search(rf":: trustoo[a-z._]*\.{name}$", text, re.M)
            assert documented or name == "__version__", f"{module}.{name} is on no page"
    assert "autoclass:: trustoo.OutcomeUnknownError" in PYTHON["errors.rst"]
    assert trustoo.__all__


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        (str | int | None, "str or int"),
        (Literal["a", "b"] | str | None, "str"),
        (bool | Literal[0, 1] | None, "bool or 0 or 1"),
        (Iterable[str | int] | None, "iterable of (str or int)"),
        (Mapping[str, Any] | None, "dict"),
    ],
)
def test_a_type_is_said_in_a_few_words(annotation: Any, said: str) -> None:
    assert python.short(annotation) == said


def test_the_arguments_of_a_call_have_types_known_values_and_marks() -> None:
    create = ReviewsResource.create
    text = "\n".join(python.described(create, [*inspect.cleandoc(create.__doc__ or "").split("\n"), ""]))
    assert "    rating (int, required): Number of stars" in text
    assert "    title (str): Headline of the review. (:documented:`documented`; meaning :inferred:`inferred`)" in text
    assert "Known values: `'CSV uploaded'`, `'AliExpress'`" in text
    assert ":doc:`/docs/errors` lists" in text
    sort_by = "\n".join(python.described(ReviewsResource.list, ["Reviews.", "", "Args:", "    sort_by: Order.", ""]))
    assert "    sort_by (str): Order. Known values: `'created-ascending'`, `'created-descending'`." in sort_by
    assert python.plain_signature(ReviewsResource.get) == "(*, id, extra_query=None)"
    assert python.plain_signature(trustoo.Trustoo) is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ('<a href="other.html#there">', None),
        ('<a href="https://example.com/">', None),
        ('<a href="#here"><p id="here">', None),
        ('<link rel="search" href="other.html">', None),
        ('<link rel="alternate" href="https://example.com/a.md">', None),
        ('<a href="missing.html">', "missing.html leads nowhere"),
        ('<a href="other.html#gone">', "other.html#gone: there is no such place in that page"),
        ('<a href="#gone">', "#gone: there is no such place in that page"),
        ('<a href="../outside.html">', "../outside.html leads out of the site"),
        ('<img src="https://example.com/a.png">', "loads https://example.com/a.png from elsewhere"),
        ('<script src="//example.com/a.js"></script>', "loads //example.com/a.js from elsewhere"),
        ('<link rel="stylesheet" href="https://example.com/a.css">', "loads https://example.com/a.css from elsewhere"),
        ('<link rel="preconnect" href="https://example.com">', "loads https://example.com from elsewhere"),
        ('<form action="https://example.com/find">', "loads https://example.com/find from elsewhere"),
    ],
)
def test_a_wrong_address_in_a_site_is_found(tmp_path: Path, body: str, problem: str | None) -> None:
    (tmp_path / "index.html").write_text(body, encoding="utf-8")
    (tmp_path / "other.html").write_text('<p id="there">', encoding="utf-8")
    assert problems(tmp_path) == ([f"index.html: {problem}"] if problem else [])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[there](other.html.md#there)", None),
        ("[here](#here)", None),
        ("`[code](missing.md)`", None),
        ("[elsewhere](https://example.com/)", None),
        ("[gone](missing.html.md)", "index.html.md: missing.html.md leads nowhere"),
        ("[gone](other.html.md#gone)", "index.html.md: other.html.md#gone: there is no such place in that page"),
        ("| a |\n| --- |\n| ![picture](missing.svg) |", "index.html.md: missing.svg leads nowhere"),
    ],
)
def test_a_wrong_link_in_a_copy_is_found(tmp_path: Path, text: str, problem: str | None) -> None:
    for name, anchor in (("index", "here"), ("other", "there")):
        (tmp_path / f"{name}.html").write_text(f'<p id="{anchor}">', encoding="utf-8")
        (tmp_path / f"{name}.html.md").write_text(f"# {name}", encoding="utf-8")
    (tmp_path / "index.html.md").write_text(text, encoding="utf-8")
    (tmp_path / "llms.txt").write_text("- [A](index.html.md)\n- [B](other.html.md): text\n", encoding="utf-8")
    assert problems(tmp_path) == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("quickstart.html", "quickstart.html.md"),
        ("../index.html#jobs", "../index.html.md#jobs"),
        ("#here", "#here"),
        ("../_downloads/report.html", "../_downloads/report.html"),
        ("../_images/bars.svg", "../_images/bars.svg"),
        ("https://example.com/index.html", "https://example.com/index.html"),
    ],
)
def test_a_link_to_a_page_becomes_a_link_to_its_copy(address: str, to: str) -> None:
    assert copies.to_copy(address, "docs/errors", {"index", "docs/errors", "docs/quickstart"}) == to


def test_llms_txt_has_a_title_a_summary_and_sections_of_links() -> None:
    sections = {"Start": [("Quick start", "docs/quickstart.html.md", "Ten minutes.")], "More": [("A", "a.html.md", "")]}
    text = copies.llms_txt("trustoo", "A client.", sections)
    assert text == (
        "# trustoo\n\n> A client.\n\n## Start\n\n- [Quick start](docs/quickstart.html.md): Ten minutes.\n\n"
        "## More\n\n- [A](a.html.md)\n"
    )


@pytest.mark.parametrize(
    ("paragraph", "first"),
    [
        ("One page. The next.", "One page."),
        ("It uses trustoo.oauth and 3.11. Then more.", "It uses trustoo.oauth and 3.11."),
        ("These are the steps:", "These are the steps"),
        ("", ""),
    ],
)
def test_a_page_is_described_by_its_first_sentence(paragraph: str, first: str) -> None:
    assert copies.sentence(paragraph) == first


def test_llms_txt_lists_each_copy_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<p>", encoding="utf-8")
    (tmp_path / "index.html.md").write_text("# Copy", encoding="utf-8")
    (tmp_path / "llms.txt").write_text("- [Gone](gone.html.md)\n", encoding="utf-8")
    assert problems(tmp_path) == ["llms.txt: gone.html.md leads nowhere", "llms.txt: does not list index.html.md"]


@pytest.mark.parametrize(
    ("style", "problem"),
    [
        (
            "a { background: url(https://example.com/a.png) }",
            "site.css: loads https://example.com/a.png from elsewhere",
        ),
        ('@import "https://example.com/a.css";', "site.css: loads https://example.com/a.css from elsewhere"),
        ("a { background: url(data:image/png;base64,AA==) }", None),
    ],
)
def test_a_style_that_loads_from_elsewhere_is_found(tmp_path: Path, style: str, problem: str | None) -> None:
    (tmp_path / "index.html").write_text("<p>", encoding="utf-8")
    (tmp_path / "site.css").write_text(style, encoding="utf-8")
    assert problems(tmp_path) == ([problem] if problem else [])


def test_the_navigation_has_optional_pages_once_they_exist(tmp_path: Path) -> None:
    (tmp_path / "speed-of-uploads.md").touch()
    assert navigation("first\nspeed*\nmutation*\n", tmp_path) == "first\nspeed*\n"


def test_the_results_have_the_kept_runs_and_the_report_that_exists(tmp_path: Path) -> None:
    root, folder = tmp_path / "root", tmp_path / "pages"
    for made in (root / "report", (root / HISTORY).parent, (root / MUTATION).parent, folder):
        made.mkdir(parents=True)
    run = {"date": "2026-01-02T03:04:05+00:00", "operations": 27, "tests": 7000, "cases": 60000, "calls": 65000}
    runs = [json.dumps({**run, "commit": commit}) for commit in ("EXAMPLE-first", "EXAMPLE-last")]
    (root / HISTORY).write_text("\n".join(runs), encoding="utf-8")
    (root / MUTATION).write_text('{"killed": 30, "total": 40}', encoding="utf-8")
    assert "`make contract` and `make docs` add the report" in "".join(results(root, folder))
    (root / "report" / "contract.html").write_text("EXAMPLE report", encoding="utf-8")
    text = "".join(results(root, folder))
    assert "(report/contract.html)" in text
    assert "| 2026-01-02 | `EXAMPLE-last` | 27 | 7,000 | 60,000 | 65,000 |\n| 2026-01-02 | `EXAMPLE-first` |" in text
    assert "30 of 40 small mistakes that a tool put into the code, which is 75.0%" in text
    assert (folder / "report" / "contract.html").read_text(encoding="utf-8") == "EXAMPLE report"


def test_a_folder_without_a_page_is_no_site(tmp_path: Path) -> None:
    assert problems(tmp_path) == [f"{tmp_path}: there is no page"]


def test_a_changed_description_is_in_the_reference() -> None:
    text = (ROOT / "openapi.yaml").read_bytes().replace(b"Text to look for.", b"EXAMPLE changed text.")
    assert "EXAMPLE changed text." in dict(reference.pages(Spec(text)))["reviews.md"]
