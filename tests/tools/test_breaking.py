"""Each kind of change that breaks callers is found where it is, others break nothing: `tools/breaking`."""

import json
import subprocess
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.breaking import python_api, spec
from tools.breaking.__main__ import main
from tools.breaking.annotations import accepts_less, gives_more
from tools.breaking.tree import bumped
from tools.node import NodeMissingError, ToolMissingError
from tools.spec import LOADER

Document = dict[str, Any]
REVIEWS, RATING = "/api/v1/openapi/get_reviews", "/api/v1/openapi/get_rating"
TEXT = (Path(__file__).resolve().parents[2] / "openapi.yaml").read_text(encoding="utf-8")


# ---------------------------------------------------------------- the description


def _schemas(document: Document) -> Document:
    found: Document = document["components"]["schemas"]
    return found


def _parameters(document: Document) -> list[Document]:
    found: list[Document] = document["paths"][REVIEWS]["get"]["parameters"]
    return found


NEW_PARAMETER = {"name": "shade", "in": "query", "schema": {"type": "string"}}

# What is done to the description, and words of the sentence that must tell of it.
BREAKS: dict[str, tuple[Callable[[Document], object], str]] = {
    "an operation is gone": (lambda d: d["paths"].pop(RATING), "`/api/v1/openapi/get_rating` was removed"),
    "an operation is renamed": (
        lambda d: d["paths"]["/api/v1/openapi/get_review"]["get"].update(operationId="reviews.fetch"),
        "changed from 'reviews.get' to 'reviews.fetch'",
    ),
    "a required parameter is new": (
        lambda d: _parameters(d).append(NEW_PARAMETER | {"required": True}),
        "Required `shade` query parameter was added",
    ),
    "a parameter is gone": (lambda d: _parameters(d).pop(2), "`keyword` query parameter was removed"),
    "a member of answers is gone": (lambda d: _schemas(d)["Review"]["properties"].pop("title"), "`title`"),
    "a member of bodies is gone": (
        lambda d: _schemas(d)["CreateReviewRequest"]["properties"].pop("tag"),
        "CreateReviewRequest properties tag: removed",
    ),
    "an enum is narrower": (
        lambda d: _schemas(d)["CreateReviewRequest"]["properties"]["rating"].update(enum=[1, 2, 3]),
        "Enum of `rating` lost values",
    ),
    "a limit is narrower": (
        lambda d: _schemas(d)["CreateReviewRequest"]["properties"]["title"].update(maxLength=100),
        "`maxLength` of `title` changed",
    ),
    "a type changed": (
        lambda d: _schemas(d)["Order"].update(type="array", items={}),
        "'object' to 'array'",
    ),
    "a default changed": (
        lambda d: d["components"]["parameters"]["PageSize"]["schema"].update(default=50),
        "components parameters PageSize schema: default 20 became 50",
    ),
    "a default is new": (
        lambda d: d["components"]["parameters"]["Page"]["schema"].update(default=1),
        "components parameters Page schema: default none became 1",
    ),
    "the service's default changed": (
        lambda d: d["components"]["parameters"]["SortBy"]["schema"].update({"x-default": "b"}),
        'SortBy schema: default "a" of the service became "b"',
    ),
    "the address for tokens changed": (
        lambda d: d["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"].update(
            tokenUrl="https://rapi.trustoo.io/token"
        ),
        'clientCredentials: tokenUrl "https://rapi.trustoo.io/api/v1/openapi/oauth/token" became',
    ),
    "the service has another host": (
        lambda d: d["servers"][0].update(url="https://api.example.com"),
        "Server `https://rapi.trustoo.io` became `https://api.example.com`",
    ),
    "a header of deliveries is renamed": (
        lambda d: d["webhooks"]["delivery"]["post"]["parameters"][2].update(name="Trustoo-Sign"),
        "delivery: header Open-Trustoo-Webhook-Sign is gone",
    ),
    "a write is only inferred": (
        lambda d: d["paths"]["/api/v1/openapi/email_unsubscribe"]["post"].update({"x-evidence": "inferred"}),
        "POST /api/v1/openapi/email_unsubscribe: is only inferred now, so the client refuses it",
    ),
    "a default is gone": (
        lambda d: _schemas(d)["CreateReviewRequest"]["properties"]["is_top"].pop("default"),
        'is_top: default 0 became none',
    ),
}  # fmt: skip

# The same for what breaks nothing, but is no longer "none".
NOTICED: dict[str, tuple[Callable[[Document], object], str]] = {
    "an enum has a new value": (
        lambda d: _schemas(d)["CreateReviewRequest"]["properties"]["rating"].update(enum=[1, 2, 3, 4, 5, 6]),
        "properties rating: new values [6]",
    ),
    "an open list has a new value": (
        lambda d: d["components"]["parameters"]["SortBy"]["schema"].update({"x-known-values": ["a", "b", "c"]}),
        'SortBy schema: new values ["c"]',
    ),
    "an operation is deprecated": (
        lambda d: d["paths"][RATING]["get"].update(deprecated=True), "GET /api/v1/openapi/get_rating: is deprecated",
    ),
    "a parameter is deprecated": (lambda d: _parameters(d)[2].update(deprecated=True), "keyword: is deprecated"),
    "a member is deprecated": (
        lambda d: _schemas(d)["Review"]["properties"]["title"].update(deprecated=True),
        "Review properties title: is deprecated",
    ),
    "a header of deliveries is new": (
        lambda d: d["webhooks"]["delivery"]["post"]["parameters"].append(NEW_PARAMETER | {"in": "header"}),
        "delivery: header shade is new",
    ),
    "a read is only inferred": (
        lambda d: d["paths"][RATING]["get"].update({"x-evidence": "inferred"}), "get_rating: is only inferred now",
    ),
    "a write is documented": (
        lambda d: d["paths"]["/api/v1/openapi/cancel_platform_authorization"]["post"].update(
            {"x-evidence": "documented"}
        ),
        "cancel_platform_authorization: is not inferred any more",
    ),
    "the service's default is known": (
        lambda d: d["components"]["parameters"]["Page"]["schema"].update({"x-default": 1}), "",
    ),
}  # fmt: skip

ADDITIONS: dict[str, Callable[[Document], object]] = {
    "an operation": lambda d: d["paths"].update(
        {"/api/v1/openapi/new": {"get": d["paths"][RATING]["get"] | {"operationId": "reviews.new"}}}
    ),
    "an optional parameter": lambda d: _parameters(d).append(NEW_PARAMETER | {"schema": {"default": "x"}}),
    "a parameter in front": lambda d: _parameters(d).insert(0, NEW_PARAMETER | {"name": "front"}),
    "a member of answers": lambda d: _schemas(d)["Review"]["properties"].update(shade={"type": "string"}),
    "an optional member of bodies": lambda d: _schemas(d)["CreateReviewRequest"]["properties"].update(
        shade={"type": "string", "default": "x"}
    ),
}


def _folder(at: Path, document: Document) -> Path:
    at.mkdir()
    (at / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return at


@pytest.fixture(scope="module")
def document() -> Document:
    """The description, with two defaults that can change."""
    found: Document = yaml.load(TEXT, LOADER)
    found["components"]["parameters"]["PageSize"]["schema"]["default"] = 20
    _schemas(found)["CreateReviewRequest"]["properties"]["is_top"]["default"] = 0
    open_list = {"type": "string", "x-known-values": ["a", "b"], "x-default": "a"}
    found["components"]["parameters"]["SortBy"]["schema"] = open_list
    return found


@pytest.fixture(scope="module")
def broken(document: Document, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """Where and grade by sentence, of all the breaks at once: redocly takes its time."""
    folder, new = tmp_path_factory.mktemp("breaks"), deepcopy(document)
    for change, _ in BREAKS.values():
        change(new)
    found = spec.compare(_folder(folder / "old", document), _folder(folder / "new", new), "v1")
    assert found.verdict == "breaking"
    return {change.what: (change.where, change.grade) for change in found.changes}


@pytest.mark.parametrize("kind", BREAKS)
def test_a_break_of_the_description_is_found(kind: str, broken: dict[str, tuple[str, str]]) -> None:
    noted = {what: grade for what, (_, grade) in broken.items() if BREAKS[kind][1] in what}
    assert set(noted.values()) == {"breaking"}, f"{kind}: {broken}"


def test_a_place_is_the_line_in_its_own_version_of_the_description(
    document: Document, broken: dict[str, tuple[str, str]]
) -> None:
    old = yaml.safe_dump(document, sort_keys=False, allow_unicode=True).splitlines()
    removed = next(where for what, (where, _) in broken.items() if "get_rating` was removed" in what)
    file, line = removed.rsplit(":", 1)
    assert file == "v1:openapi.yaml"
    assert "get_rating" in old[int(line) - 1] or "get_rating" in old[int(line) - 2]
    changed = next(where for what, (where, _) in broken.items() if "PageSize" in what)
    assert changed.startswith("openapi.yaml:")


def test_additions_to_the_description_break_nothing(document: Document, tmp_path: Path) -> None:
    new = deepcopy(document)
    for change in ADDITIONS.values():
        change(new)
    found = spec.compare(_folder(tmp_path / "old", document), _folder(tmp_path / "new", new), "v1")
    assert found.verdict == "additive", found.changes
    assert sum(change.grade == "additive" for change in found.changes) >= len(ADDITIONS)


def test_what_callers_may_notice_is_additive(document: Document, tmp_path: Path) -> None:
    new = deepcopy(document)
    for change, _ in NOTICED.values():
        change(new)
    found = spec.compare(_folder(tmp_path / "old", document), _folder(tmp_path / "new", new), "v1")
    assert found.verdict == "additive", found.changes
    for kind, (_, words) in NOTICED.items():
        assert any(words in change.what and change.grade == "additive" for change in found.changes), kind


def test_words_of_the_description_are_no_change_for_callers(document: Document, tmp_path: Path) -> None:
    new = deepcopy(document)
    _parameters(new)[0]["description"] = "Other words."
    _schemas(new)["SuccessResponse"]["x-evidence"] = "field"
    found = spec.compare(_folder(tmp_path / "old", document), _folder(tmp_path / "new", new), "v1")
    assert found.verdict == "none", found.changes


# ---------------------------------------------------------------- the Python API

CLIENT = '''
from typing import Literal, TypedDict, Unpack


class Settings(TypedDict, total=False):
    timeout: float
    proxy: str | None


class Base(Exception):
    """Public."""


class Failure(Base):
    code: int | None = None


class Client:
    def __init__(self, *, token: str, **settings: Unpack[Settings]) -> None: ...

    def get(self, id: str, *, limit: int = 20, order: Literal["up", "down"] | str | None = None) -> dict[str, int]: ...

    @property
    def name(self) -> str: ...

    def _hidden(self, a: int) -> int: ...


class Inner:
    """Not exported."""


def helper(a: int) -> str: ...
'''
RESOURCE = """
from ...resources import AsyncRawResource, Method, PaginatedMethod, SyncResource
from . import reviews_list


class _Operations:
    list = Method(reviews_list.build, reviews_list.DECODER)


class AsyncReviewsRawResource(_Operations, AsyncRawResource): ...


class ReviewsResource(_Operations, SyncResource):
    iterate = PaginatedMethod(reviews_list.iterate)
"""
OPERATION = """
DECODER = ResponseDecoder[Page](Page)


def build(*, keyword: str, page: int | None = None) -> OperationRequest: ...


def iterate(*, keyword: str, limit: int | None = None) -> PaginationRequest[Review]: ...
"""
FILES = {
    "overlays/trustoo/__init__.py": (
        'from .client import Base, Client, Failure\n\n__all__ = ["Base", "Client", "Failure"]\n'
    ),
    "overlays/trustoo/client.py": CLIENT,
    "overlays/trustoo/_version.py": '__version__ = "0.3.1"\n',
    "generated/trustoo_api/__init__.py": "",
    "generated/trustoo_api/api/__init__.py": "class Resources: ...\n",
    "generated/trustoo_api/api/reviews/__init__.py": RESOURCE,
    "generated/trustoo_api/api/reviews/reviews_list.py": OPERATION,
    "generated/trustoo_api/resources.py": "class Method: ...\nclass SyncResource: ...\nclass AsyncRawResource: ...\n",
}

# In client.py: the old text, the new text, the words of the change.
PYTHON_BREAKS: dict[str, tuple[str, str, str]] = {
    "a class is gone": ("class Failure(Base)", "class Failed(Base)", "trustoo.Failure: gone"),
    "a method is gone": ("def get(", "def _get(", "trustoo.Client.get: gone"),
    "a required argument is new": ("id: str, *,", "id: str, *, shop: str,", "new required argument `shop`"),
    "a default changed": ("limit: int = 20", "limit: int = 50", "default of `limit` was 20, is 50"),
    "an argument is renamed": ("limit: int = 20", "most: int = 20", "argument `limit` is gone"),
    "an argument became required": ("limit: int = 20", "limit: int", "argument `limit` became required"),
    "an argument is passed by name only": ("(self, id: str, *,", "(self, *, id: str,", "is keyword-only"),
    "an argument takes another type": ("id: str,", "id: int,", "argument `id` took str, takes int"),
    "an argument takes less": ("| str | None = None", "= None", "argument `order` took"),
    "a setting is gone": ("    proxy: str | None\n", "", "trustoo.Client.__init__: argument `proxy` is gone"),
    "a setting has another type": ("timeout: float", "timeout: str", "argument `timeout` took float, takes str"),
    "a result has another type": ("dict[str, int]", "dict[str, str]", "returns dict[str, str], was dict[str, int]"),
    "a property may be None": ("name(self) -> str", "name(self) -> str | None", "trustoo.Client.name: is str | None"),
    "an attribute has another type": ("code: int | None", "code: str | None", "trustoo.Failure.code: is str | None"),
    "a property became a method": ("    @property\n", "", "trustoo.Client.name: was a attribute, is a function"),
    "an error is of another family": ("class Failure(Base)", "class Failure(Exception)", "no longer a Base"),
}
PYTHON_ADDITIONS: dict[str, tuple[str, str, str]] = {
    "a method": ("    def _hidden", "    def shown(self) -> None: ...\n\n    def _hidden", "trustoo.Client.shown: new"),
    "an optional argument": ("id: str, *,", "id: str, *, shop: str = '',", "new optional argument `shop`"),
    "a setting": ("    proxy: str", "    retries: int\n    proxy: str", "new optional argument `retries`"),
    "a wider argument": ("id: str,", "id: str | int,", "argument `id` took str, takes str | int"),
    "a narrower result": ("code: int | None", "code: int", "trustoo.Failure.code: is int"),
}
UNNOTICED: dict[str, tuple[str, str]] = {
    "a private method": ("_hidden(self, a: int)", "_hidden(self)"),
    "a class that is not exported": ("class Inner:", "class Other:"),
    "a function that is not exported": ("def helper(a: int)", "def helper(b: int, c: int)"),
    "a value that became known": ('Literal["up", "down"] | str', 'Literal["up", "down", "by name"] | str'),
    "a private base between": ("class Failure(Base)", "class _Mixin(Base): ...\n\n\nclass Failure(_Mixin)"),
}


def _packages(at: Path, changed: dict[str, str] | None = None) -> Path:
    for name, text in (FILES | (changed or {})).items():
        (at / name).parent.mkdir(parents=True, exist_ok=True)
        (at / name).write_text(text, encoding="utf-8")
    return at


def _edited(tmp_path: Path, old: str, new: str) -> tuple[str, dict[str, str]]:
    assert CLIENT.count(old) == 1, old
    changed = {"overlays/trustoo/client.py": CLIENT.replace(old, new)}
    if "class Failed" in new:
        changed["overlays/trustoo/__init__.py"] = FILES["overlays/trustoo/__init__.py"].replace("Failure", "Failed")
    found = python_api.compare(_packages(tmp_path / "old"), _packages(tmp_path / "new", changed), "v1")
    return found.verdict, {change.what: change.grade for change in found.changes}


@pytest.mark.parametrize("kind", PYTHON_BREAKS)
def test_a_break_of_the_python_api_is_found(kind: str, tmp_path: Path) -> None:
    old, new, words = PYTHON_BREAKS[kind]
    verdict, changes = _edited(tmp_path, old, new)
    assert verdict == "breaking"
    assert [grade for what, grade in changes.items() if words in what] == ["breaking"], changes


@pytest.mark.parametrize("kind", PYTHON_ADDITIONS)
def test_an_addition_to_the_python_api_breaks_nothing(kind: str, tmp_path: Path) -> None:
    old, new, words = PYTHON_ADDITIONS[kind]
    verdict, changes = _edited(tmp_path, old, new)
    assert verdict == "additive", changes
    assert [grade for what, grade in changes.items() if words in what] == ["additive"], changes


@pytest.mark.parametrize("kind", UNNOTICED)
def test_what_callers_do_not_see_is_no_change(kind: str, tmp_path: Path) -> None:
    verdict, changes = _edited(tmp_path, *UNNOTICED[kind])
    assert verdict == "none", changes


API = "trustoo_api.api.reviews"
LIST = (f"{API}.AsyncReviewsRawResource.list", f"{API}.ReviewsResource.list")
# In reviews_list.py: the old text, the new text, the methods that change, the words of the breaking change.
METHOD_BREAKS: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "an argument is gone": (", page: int | None = None", "", LIST, "argument `page` is gone"),
    "an argument is renamed": ("page: int", "number: int", LIST, "argument `page` is gone"),
    "an argument became required": ("page: int | None = None", "page: int", LIST, "argument `page` became required"),
    "a required argument is new": (
        "(*, keyword: str, page",
        "(*, a: int, keyword: str, page",
        LIST,
        "new required argument `a`",
    ),
    "an argument takes less": ("page: int | None", "page: int", LIST, "argument `page` took int | None, takes int"),
    "the iteration loses an argument": (
        *(", limit: int | None = None", "", (f"{API}.ReviewsResource.iterate",)),
        "argument `limit` is gone",
    ),
    "the iteration has other items": (
        *("PaginationRequest[Review]", "PaginationRequest[str]", (f"{API}.ReviewsResource.iterate",)),
        "returns Paginator[str], was Paginator[Review]",
    ),
    "the result has another type": (
        *("ResponseDecoder[Page]", "ResponseDecoder[Page | None]", (f"{API}.ReviewsResource.list",)),
        "returns Page | None, was Page",
    ),
    "the raw result has another type": (
        *("ResponseDecoder[Page]", "ResponseDecoder[str]", (f"{API}.AsyncReviewsRawResource.list",)),
        "returns Response[str], was Response[Page]",
    ),
}


@pytest.mark.parametrize("kind", METHOD_BREAKS)
def test_a_break_of_a_resources_method_is_found(kind: str, tmp_path: Path) -> None:
    old, new, methods, words = METHOD_BREAKS[kind]
    assert OPERATION.count(old) == 1, old
    name = "generated/trustoo_api/api/reviews/reviews_list.py"
    changed = {name: OPERATION.replace(old, new)}
    found = python_api.compare(_packages(tmp_path / "old"), _packages(tmp_path / "new", changed), "v1")
    breaks = {c.what: c.where for c in found.changes if c.grade == "breaking" and words in c.what}
    assert [what.partition(":")[0] for what in breaks] == list(methods), found.changes
    line = OPERATION[: OPERATION.index("def iterate" if "iterate" in methods[0] else "def build")].count("\n") + 1
    assert set(breaks.values()) == {f"{name}:{line}"}


def test_a_method_that_is_gone_is_found(tmp_path: Path) -> None:
    name = "generated/trustoo_api/api/reviews/__init__.py"
    changed = {name: RESOURCE.replace("    list = Method(reviews_list.build, reviews_list.DECODER)", "    pass")}
    found = python_api.compare(_packages(tmp_path / "old"), _packages(tmp_path / "new", changed), "v1")
    assert [(c.grade, c.what) for c in found.changes] == [("breaking", f"{method}: gone.") for method in LIST]


def test_resources_are_public_without_being_exported(tmp_path: Path) -> None:
    name = "generated/trustoo_api/api/reviews/reviews_list.py"
    changed = {name: OPERATION.replace("page:", "size:")}
    found = python_api.compare(_packages(tmp_path / "old"), _packages(tmp_path / "new", changed), "v1")
    assert [(c.grade, c.where, c.what) for c in found.changes] == [
        *(("breaking", f"{name}:5", f"{method}: argument `page` is gone.") for method in LIST),
        *(("additive", f"{name}:5", f"{method}: new optional argument `size`.") for method in LIST),
    ]


def test_an_export_that_cannot_be_imported_was_never_public(tmp_path: Path) -> None:
    name = "overlays/trustoo/__init__.py"
    old = {name: FILES[name].replace("Base, Client", "Base, Missing, Client").replace('"Base"', '"Base", "Missing"')}
    found = python_api.compare(_packages(tmp_path / "old", old), _packages(tmp_path / "new"), "v1")
    assert found.verdict == "none", found.changes


def test_a_removed_name_is_placed_in_the_old_version(tmp_path: Path) -> None:
    changed = {"overlays/trustoo/client.py": CLIENT.replace("    def get(", "    def _get(")}
    found = python_api.compare(_packages(tmp_path / "old"), _packages(tmp_path / "new", changed), "v1")
    line = CLIENT.splitlines().index(next(text for text in CLIENT.splitlines() if "def get(" in text)) + 1
    assert found.changes[0].where == f"v1:overlays/trustoo/client.py:{line}"


@pytest.mark.parametrize(
    ("old", "new", "less", "more"),
    [
        ("str", "Optional[str]", False, True),
        ("Union[str, int]", "int | str", False, False),
        ("builtins.list[datetime.datetime]", "list[datetime]", False, False),
        ("Sequence[Literal['a'] | str]", "Sequence[str]", False, False),
        ("Literal['a', 'b']", "Literal['a']", True, False),
        ("'Client'", "Client", False, False),
        ("Sequence[int | str] | None", "Sequence[int] | None", True, True),
        ("Literal[Colour.RED] | str", "Literal[Colour.BLUE] | str", True, True),
        ("Callable[[int], str]", "Callable[[str], str]", True, True),
        ("str", "Any", False, True),
        ("object", "str", True, False),
    ],
)
def test_annotations_are_compared_by_what_they_admit(old: str, new: str, less: bool, more: bool) -> None:
    assert (accepts_less(old, new), gives_more(old, new)) == (less, more)


# ---------------------------------------------------------------- git, versions, exit codes


def _git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, timeout=30)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the description and small packages at version 0.3.1, committed."""
    _packages(tmp_path)
    (tmp_path / "openapi.yaml").write_text(TEXT, encoding="utf-8")
    _git(tmp_path, "init", "--quiet", "--initial-branch=main")
    _git(tmp_path, "add", ".")
    _git(tmp_path, "commit", "--quiet", "--message=one")
    return tmp_path


def _break(repository: Path) -> None:
    broken = CLIENT.replace("limit: int = 20", "limit: int = 50")
    (repository / "overlays/trustoo/client.py").write_text(broken, encoding="utf-8")


def _set_version(repository: Path, version: str) -> None:
    (repository / "overlays/trustoo/_version.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")


def test_without_changes_all_is_well(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["HEAD"], repository) == 0
    assert capsys.readouterr().out.splitlines() == [
        "openapi.yaml since HEAD: none",
        "Python API since HEAD: none",
        "No new version is needed; overlays/trustoo/_version.py says 0.3.1.",
    ]


def test_a_break_needs_a_version_that_says_so(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _break(repository)
    assert main(["HEAD", "--json"], repository) == 1
    noted = capsys.readouterr().out
    found = json.loads(noted)
    assert (found["verdict"], found["version"], found["suggested_version"]) == ("breaking", "0.3.1", "0.4.0")
    assert [each["verdict"] for each in found["comparisons"]] == ["none", "breaking"]
    assert main(["HEAD", "--json"], repository) == 1
    assert capsys.readouterr().out == noted
    _set_version(repository, "0.4.0")
    assert main(["HEAD", "--format=markdown"], repository) == 0
    noted = capsys.readouterr().out
    assert "Breaking changes since 0.3.1 ask for 0.4.0; overlays/trustoo/_version.py says 0.4.0, which is" in noted
    assert "| breaking | `overlays/trustoo/client.py:2" in noted


def test_several_breaks_between_two_releases_need_one_new_version(repository: Path) -> None:
    _git(repository, "tag", "v0.3.1")
    _set_version(repository, "0.4.0")
    _git(repository, "commit", "--quiet", "--all", "--message=two")
    _break(repository)
    assert main(["HEAD"], repository) == 0


def test_the_repository_is_left_as_it_was(repository: Path) -> None:
    _break(repository)
    before = subprocess.run(
        ["git", "-C", str(repository), "status", "--porcelain"], capture_output=True, check=True
    ).stdout
    main(["HEAD"], repository)
    after = subprocess.run(["git", "-C", str(repository), "status", "--porcelain"], capture_output=True, check=True)
    assert after.stdout == before
    assert not (repository / ".git" / "worktrees").exists()


@pytest.mark.parametrize("ref", ["nowhere", "", "-x"])
def test_an_unknown_ref_is_named(ref: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--", ref], repository) == 2
    assert f"{ref!r} names no commit here. Give a tag" in capsys.readouterr().err


def test_a_ref_from_before_the_description_is_refused(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _git(repository, "rm", "--quiet", "--cached", "openapi.yaml")
    _git(repository, "commit", "--quiet", "--message=without")
    assert main(["HEAD"], repository) == 2
    assert "HEAD cannot be compared with: it lacks some of openapi.yaml" in capsys.readouterr().err


def test_a_description_that_redocly_cannot_read_is_refused(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "openapi.yaml").write_text("openapi: [", encoding="utf-8")
    assert main(["HEAD"], repository) == 2
    assert "redocly diff gave no report" in capsys.readouterr().err


@pytest.mark.parametrize("problem", [NodeMissingError("no Node"), ToolMissingError("no redocly"), OSError("no memory")])
def test_a_machine_without_node_or_redocly_is_told_so(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    def fail() -> None:
        raise problem

    monkeypatch.setattr(spec, "find_node", fail)
    assert main(["HEAD"], repository) == 2
    assert f"redocly diff could not be run: {problem}" in capsys.readouterr().err


def test_outside_a_repository_there_is_nothing_to_compare_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["HEAD"], tmp_path) == 2
    assert "not in a git repository" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "breaking", "additive"),
    [((0, 3, 1), (0, 4, 0), (0, 3, 2)), ((1, 2, 3), (2, 0, 0), (1, 3, 0))],
)
def test_versions_follow_the_verdict(
    version: tuple[int, int, int], breaking: tuple[int, int, int], additive: tuple[int, int, int]
) -> None:
    assert bumped(version, "breaking") == breaking
    assert bumped(version, "additive") == additive
    assert bumped(version, "none") == version
