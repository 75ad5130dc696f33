"""A release is refused unless tag, version and changelog agree and the version says what breaks: `tools/release.py`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import release
from tools.breaking import __main__ as comparison

CHANGELOG = "# Changelog\n\n## 0.2.0 (2026-11-30)\n\n- New.\n\n## 0.1.0 (2026-11-01)\n\n- Old.\n"


def git(root: Path, *arguments: str) -> None:
    name = ("-c", "user.name=Example", "-c", "user.email=example@example.com")
    subprocess.run(["git", "-C", str(root), *name, *arguments], check=True, capture_output=True)


def write(root: Path, version: str, changelog: str = CHANGELOG) -> None:
    file = root / "overlays" / "trustoo" / "_version.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    (root / "CHANGELOG.md").write_text(changelog, encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository without a release, whose next commit is 0.2.0."""
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "--quiet")
    write(root, "0.1.0")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "-m", "Old")
    write(root, "0.2.0")
    git(root, "commit", "--quiet", "-am", "New")
    return root


def test_a_release_that_agrees_gives_the_changelogs_section(project: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    assert release.main(["v0.2.0", "--notes", str(notes)], project) == 0
    assert notes.read_text(encoding="utf-8") == "- New.\n"


@pytest.mark.parametrize("tag", ["v0.2.1", "0.2.0", "v0.1.0"])
def test_another_tag_than_the_versions_is_refused(project: Path, tag: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main([tag], project) == 1
    assert capsys.readouterr().err == (
        f"The tag is {tag}, and the version in overlays/trustoo/_version.py makes it v0.2.0.\n"
    )


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("", "no section ## 0.2.0"),
        ("## 0.2.0 (unreleased)\n\n- New.\n", "must date the section"),
        ("## 0.2.0\n\n- New.\n", "must date the section"),
        ("## 0.2.0 (2026-11-31)\n\n- New.\n", "must date the section"),
        ("## 0.2.0 (2026-11-30)\n\n", "says nothing of 0.2.0"),
        ("## 0.2.01 (2026-11-30)\n\n- New.\n", "no section ## 0.2.0"),
    ],
)
def test_a_changelog_that_does_not_tell_the_release_is_refused(
    project: Path, section: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(project, "0.2.0", f"# Changelog\n\n{section}\n## 0.1.0 (2026-11-01)\n\n- Old.\n")
    assert release.main(["v0.2.0"], project) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("verdict", "code"), [(0, 0), (1, 1), (2, 1)])
def test_what_breaks_since_the_release_before_decides(
    project: Path, monkeypatch: pytest.MonkeyPatch, verdict: int, code: int
) -> None:
    git(project, "tag", "v0.1.0", "HEAD^")
    git(project, "tag", "v0.2.0")
    requested: list[object] = []

    def compare(arguments: list[str], root: Path) -> int:
        requested.append((arguments, root))
        return verdict

    monkeypatch.setattr(comparison, "main", compare)
    assert release.main(["v0.2.0"], project) == code
    assert requested == [(["v0.1.0"], project)]
