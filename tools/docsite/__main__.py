"""Builds the site. Copies the pages to a directory with the repository's layout, runs Sphinx, checks every link."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tools.docsite import python, reference
from tools.docsite.links import problems
from tools.spec import load

ROOT = Path(__file__).parents[2]
PACKAGES = [str(ROOT / "overlays"), str(ROOT / "generated")]
"""Where Python finds trustoo, because the site's environment has not installed it."""
HERE = Path(__file__).parent
TAKEN = (
    *("docs", "examples", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"),
    "contract_tests/facts/README.md",
    "contract_tests/vectors/README.md",
    "contract_tests/world/README.md",
)
"""Pages of the repository, and files that they link to. Each keeps its place, so that links work as on GitHub."""
REPORT = "contract.html"
HISTORY, KEPT = "contract_tests/report/history.jsonl", 10
"""The kept runs of the contract suite, and how many of them the site shows."""
MUTATION = "contract_tests/mutation/result.json"


def stage(root: Path, folder: Path) -> None:
    """Copy the sources of the site to `folder`. `root` is the repository."""
    shutil.copytree(HERE / "pages", folder, dirs_exist_ok=True)
    for name in TAKEN:
        source, target = root / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copyfile(source, target)
    index = folder / "index.md"
    index.write_text(navigation(index.read_text(encoding="utf-8"), folder), encoding="utf-8")
    spec = load(root / "openapi.yaml")
    for part, pages in {"api": reference.pages(spec), "python": python.pages(spec)}.items():
        (folder / part).mkdir(exist_ok=True)
        for name, text in pages:
            (folder / part / name).write_text(text, encoding="utf-8")
    (folder / "results.md").write_text("\n\n".join(results(root, folder)) + "\n", encoding="utf-8")


def navigation(text: str, folder: Path) -> str:
    """The first page without the patterns that fit no page, such as `docs/job-*`."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.endswith("*\n") or any(folder.glob(line.strip())))


def results(root: Path, folder: Path) -> Iterator[str]:
    """The page with the results of the last runs: the contract suite, mutation testing and the benchmarks."""
    yield "# Results\n\n## Contract suite"
    report = root / "report" / REPORT
    if report.exists():
        (folder / "report").mkdir()
        shutil.copyfile(report, folder / "report" / REPORT)
        made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(report.stat().st_mtime))
        yield f"[The report of the last run](report/{REPORT}), written {made}. The table has the runs that were kept."
    else:
        yield "The table has the runs that were kept. `make contract` and `make docs` add the report of a new run."
    lines = (root / HISTORY).read_text(encoding="utf-8").splitlines()[-KEPT:]
    counted = ("operations", "tests", "cases", "calls")
    runs = [
        [run["date"][:10], f"`{run['commit']}`", *(f"{run[name]:,}" for name in counted)]
        for run in map(json.loads, lines)
    ]
    yield reference.table(["Started", "Commit", "Operations", "Tests passed", "Cases", "Calls"], reversed(runs))
    yield "[The contract suite](docs/contract.md) explains what the tests check, and how to run them."
    kept = json.loads((root / MUTATION).read_text(encoding="utf-8"))
    yield "## Mutation testing"
    yield (
        f"The tests noticed {kept['killed']} of {kept['total']} small mistakes that a tool put into the code, which is "
        f"{kept['killed'] / kept['total']:.1%}. [Mutation testing](docs/mutation.md) lists those that they missed."
    )
    yield "## Benchmarks"
    yield "[Performance](docs/performance.md) compares the client with other clients and libraries."


def build(root: Path, site: Path) -> int:
    """Write the site. Returns the exit code of Sphinx. Any warning is an error."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "pages")
        stage(root, folder)
        command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
        places = ["--conf-dir", str(HERE), "--doctree-dir", f"{temporary}/doctrees", str(folder), str(site)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([*PACKAGES, str(ROOT)])}
        return subprocess.run([*command, *places], env=environment).returncode


def main() -> int:
    """Build the site, then check its links. Returns exit code 1 if a page or a link is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.docsite", description=__doc__)
    parser.add_argument(
        "site", type=Path, nargs="?", default=ROOT / "site", help="the directory to write the site to, default: site/"
    )
    sys.path[:0] = PACKAGES
    site = parser.parse_args().site.absolute()
    shutil.rmtree(site, ignore_errors=True)
    if build(ROOT, site):
        return 1
    found = problems(site)
    print("\n".join(found) or f"{site / 'index.html'}: {len(list(site.rglob('*.html')))} pages, all links work.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
