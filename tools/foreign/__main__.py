"""Generates types from openapi.yaml with generators of other projects, and checks that they can be used.

python -m tools.foreign install     install the generators that tools/foreign pins
python -m tools.foreign             generate and check, without a network
"""

import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from tools.node import ROOT, NodeMissingError, child_environment, find_node
from tools.spec import LOADER, Node, is_of_values

HOME = ROOT / "tools" / "foreign"
SPEC = ROOT / "openapi.yaml"
MODULES = HOME / "node_modules"
VENV = ROOT / ".venv-foreign"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
COMPILER = (
    "typescript/bin/tsc",
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--target",
    "es2022",
    "--module",
    "preserve",
)
USE = """
from models import CreateReviewRequest, ReviewsListResponse, WebhookCreateRequest

review = {"rating": 5, "author": "A", "product_id": 7, "commented_at": "2026-05-14 08:30:00"}
for source in ("ChatWILL", "a new source"):
    CreateReviewRequest.model_validate({**review, "source": source, "media": [{"url": "u"}]})
WebhookCreateRequest.model_validate({"topic": "a new topic", "url": "https://example.com"})
page = {"page": {"page": 1}, "list": [{"id": 7, "media": None, "source": "a new source", "new": 1}]}
ReviewsListResponse.model_validate({"code": 0, "message": "m", "request_id": "r", "data": page})
"""
"""Values that were never seen are accepted, beside those that were."""


class UnusableError(Exception):
    """A generator refused openapi.yaml, or wrote something that cannot be used."""


def install() -> None:
    """Install the pinned generators. Raises NodeMissingError, CalledProcessError."""
    npm = find_node().npm
    if npm is None:
        raise NodeMissingError("Node is there, but npm is not.")
    subprocess.run([*npm, "ci"], cwd=HOME, env=child_environment(), check=True)
    venv.create(VENV, clear=True, with_pip=True)
    requirements = ("--require-hashes", "-r", str(HOME / "requirements.lock"))
    subprocess.run([str(PYTHON), "-m", "pip", "install", "--quiet", *requirements], check=True)


def openapi_typescript(folder: Path) -> str:
    """Types in one TypeScript file."""
    target = folder / "schema.ts"
    _node("openapi-typescript/bin/cli.js", str(SPEC), "--output", str(target))
    _node(*COMPILER, str(target))
    return target.read_text(encoding="utf-8")


def hey_api(folder: Path) -> str:
    """A TypeScript client, with its types in one file."""
    _node("@hey-api/openapi-ts/bin/run.js", "--input", str(SPEC), "--output", str(folder), "--no-log-file")
    types = folder / "types.gen.ts"
    _node(*COMPILER, str(types))
    return types.read_text(encoding="utf-8")


def datamodel_code_generator(folder: Path) -> str:
    """Pydantic models in one Python module."""
    target = folder / "models.py"
    options = (
        "--input-file-type",
        "openapi",
        "--output-model-type",
        "pydantic_v2.BaseModel",
        "--formatters",
        "builtin",
    )
    _run(PYTHON, "-m", "datamodel_code_generator", "--input", SPEC, "--output", target, "--disable-warnings", *options)
    (folder / "use.py").write_text(USE, encoding="utf-8")
    _run(PYTHON, folder / "use.py")
    return target.read_text(encoding="utf-8")


GENERATORS: Sequence[Callable[[Path], str]] = (openapi_typescript, hey_api, datamodel_code_generator)


def missing_values(document: Node, text: str) -> list[str]:
    """The known values of the spec that the generated text does not have."""
    return [
        value
        for schema in document["components"]["schemas"].values()
        if is_of_values(schema)
        for variant in schema.get("anyOf", ())
        for value in variant.get("enum", ())
        if f'"{value}"' not in text and f"'{value}'" not in text
    ]


def check(generator: Callable[[Path], str]) -> None:
    """Generate and check. Raises UnusableError."""
    with tempfile.TemporaryDirectory() as folder:
        text = generator(Path(folder))
    if missing := missing_values(yaml.load(SPEC.read_bytes(), LOADER), text):
        raise UnusableError(f"the output lacks known values: {', '.join(missing)}")


def _node(script: str, *arguments: str) -> None:
    _run(find_node().executable, MODULES / script, *arguments)


def _run(*command: object) -> None:
    line = [str(part) for part in command]
    done = subprocess.run(line, cwd=HOME, env=child_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnusableError(f"{Path(line[1]).name} {' '.join(line[2:4])} failed:\n{done.stdout}{done.stderr}")


def main(arguments: Sequence[str]) -> int:
    """Install, or check all generators. Returns the exit code."""
    if list(arguments) == ["install"]:
        install()
        return 0
    if shutil.which(str(PYTHON)) is None or not MODULES.is_dir():
        print("The generators are not installed: run `make test-foreign`.", file=sys.stderr)
        return 1
    failed = False
    for generator in GENERATORS:
        name = generator.__name__.replace("_", "-")
        try:
            check(generator)
            print(f"{name}: the output of openapi.yaml can be used")
        except UnusableError as problem:
            print(f"{name}: {problem}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
