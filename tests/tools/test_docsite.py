"""The pages that are written for the site say what the description says, and a wrong link in the site is found."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import trustoo

from tools.docsite import python, reference
from tools.docsite.__main__ import navigation, results
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
    ("body", "problem"),
    [
        ('<a href="other.html#there">', None),
        ('<a href="https://example.com/">', None),
        ('<a href="#here"><p id="here">', None),
        ('<link rel="search" href="other.html">', None),
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


def test_the_results_have_the_report_and_the_pictures_that_exist(tmp_path: Path) -> None:
    root, folder = tmp_path / "root", tmp_path / "pages"
    for made in (root / "report", root / "benchmarks" / "results", folder):
        made.mkdir(parents=True)
    assert "was not run" in "".join(results(root, folder))
    (root / "report" / "contract.html").write_text("EXAMPLE report", encoding="utf-8")
    (root / "benchmarks" / "results" / "read_speed.svg").write_text("EXAMPLE picture", encoding="utf-8")
    text = "".join(results(root, folder))
    assert "(report/contract.html)" in text
    assert "![read speed](read_speed.svg)" in text
    assert (folder / "report" / "contract.html").read_text(encoding="utf-8") == "EXAMPLE report"
    assert (folder / "read_speed.svg").is_file()


def test_a_folder_without_a_page_is_no_site(tmp_path: Path) -> None:
    assert problems(tmp_path) == [f"{tmp_path}: there is no page"]


def test_the_reference_is_written_from_the_description_alone() -> None:
    text = (ROOT / "openapi.yaml").read_bytes().replace(b"Text to look for.", b"EXAMPLE changed text.")
    assert "EXAMPLE changed text." in dict(reference.pages(Spec(text)))["reviews.md"]
