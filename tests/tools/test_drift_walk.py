"""The walk of a changed page of the vendor to a green change, in a temporary copy with the commands that people use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.tools.conftest import API, ROOT, Node
from tests.tools.doc_site import serving, vendor_pages
from tests.tools.test_regeneration import copy, make

__all__ = ["copy"]


def test_the_job_that_may_write_runs_no_code_of_the_pages() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "drift.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    writers = [job for job in workflow["jobs"].values() if "write" in job["permissions"].values()]
    readers = [job for job in workflow["jobs"].values() if job not in writers]
    assert [len(writers), len(readers)] == [1, 1]
    lines = "\n".join(step.get("run", "") for step in writers[0]["steps"])
    assert "git apply" in lines
    assert "--include=openapi.yaml" in lines
    assert not {"make", "python", "pip", "bash", "sh"} & set(lines.split())
    assert any("tools.drift --apply" in step.get("run", "") for step in readers[0]["steps"])


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    line = ["git", *identity, *arguments]
    return subprocess.run(line, cwd=folder, check=True, capture_output=True, text=True).stdout


def change(export: Node) -> None:
    """A new filter, a new member of answers, and a removed parameter."""
    filters = export["paths"][API + "get_reviews"]["get"]["parameters"]
    filters.append({"name": "language", "in": "query", "schema": {"type": "string", "maxLength": 5}})
    filters[:] = [parameter for parameter in filters if parameter["name"] != "is_store_review"]
    export["components"]["schemas"]["Their Rating"]["properties"]["median"] = {"type": "integer"}


@pytest.mark.timeout(600)
def test_a_changed_page_becomes_a_green_change(copy: Path) -> None:
    git(copy, "init", "--quiet")
    git(copy, "add", "openapi.yaml", "overlays", "generated", "docs")
    git(copy, "commit", "--quiet", "--message=Before")
    with serving() as site:
        pages = vendor_pages(change)
        wanted = ("get_reviews:", "get_rating:")
        site.publish({name: text for name, text in pages.items() if any(API + word in text for word in wanted)})
        done = make(copy, "drift", f"FROM={site.address}", "APPLY=1", "DRIFT=--rate=10")
    assert done.returncode == 0, done.stdout + done.stderr

    # What is clear is written and generated, and the verdict is shown.
    document = yaml.safe_load((copy / "openapi.yaml").read_text(encoding="utf-8"))
    names = [parameter.get("name") for parameter in document["paths"][API + "get_reviews"]["get"]["parameters"]]
    assert "language" in names
    median = document["components"]["schemas"]["Rating"]["properties"]["median"]
    assert (median["type"], median["x-evidence"]) == ("integer", "documented")
    assert "median: int" in (copy / "generated/trustoo_api/models/rating.py").read_text(encoding="utf-8")
    assert "openapi.yaml since HEAD: additive" in done.stdout

    # What needs a person is a question, and nothing was done about it.
    _, _, questions = done.stdout.partition(" to decide\n")
    assert "reviews.list: parameter is_store_review (query) is not published" in questions
    assert "is_store_review" in names

    # The state is complete: marks, tables and generated code are right.
    assert make(copy, "check-generated").returncode == 0
    assert make(copy, "check-evidence").returncode == 0
    changed = git(copy, "diff", "--name-only").split()
    assert {name.partition("/")[0] for name in changed} == {"openapi.yaml", "docs", "generated"}
