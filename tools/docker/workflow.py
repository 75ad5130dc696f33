"""Runs the `run:` steps of a workflow of GitHub's, as a runner would run them."""

import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import yaml

# https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
SHELLS = {None: ("bash", "-e"), "bash": ("bash", "--noprofile", "--norc", "-eo", "pipefail")}


@dataclass(frozen=True)
class Step:
    """One `run:` step, with the values of its expressions.

    Attributes:
        condition: the expression of `if`, which is evaluated when the step's turn comes.
        environment: the variables of the workflow, the job and the step.
    """

    text: str
    condition: str
    shell: tuple[str, ...]
    environment: Mapping[str, str]


class Workflow:
    """A reusable workflow with one job, called with inputs. The others have their defaults."""

    def __init__(self, path: Path, **inputs: str) -> None:
        """Raises ValueError for an input that the workflow does not have, or another number of jobs."""
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        declared: dict[str, Any] = document[True]["workflow_call"]["inputs"]  # YAML 1.1 reads `on` as true
        if unknown := inputs.keys() - declared.keys():
            raise ValueError(f"{path.name} has no input {', '.join(sorted(unknown))}.")
        [self._job] = document["jobs"].values()
        self._environment: dict[str, Any] = {**document.get("env", {}), **self._job.get("env", {})}
        self._inputs = {**{name: given["default"] for name, given in declared.items()}, **inputs}

    def steps(self) -> Iterator[Step]:
        """The `run:` steps in their order."""
        for step in self._job["steps"]:
            if "run" in step:
                environment = {**self._environment, **step.get("env", {})}
                yield Step(
                    text=self._filled(step["run"]),
                    condition=str(step.get("if", "success()")),
                    shell=SHELLS[step.get("shell")],
                    environment={name: self._filled(str(value)) for name, value in environment.items()},
                )

    def run(self, folder: Path, summary: Path) -> Iterator[tuple[Step, int | None, float]]:
        """Run each step in a checkout. Yields its exit code and seconds; None as code if its condition is false.

        Every step whose condition names a state of the job runs, `failure()` too, so that each is tried.
        """
        for step in self.steps():
            started = time.monotonic()
            code = None
            if self._value(step.condition, folder):
                # A step's own text is all that the shell gets. The file's name replaces the runner's {0}.
                environment = {**os.environ, **step.environment, "CI": "true", "GITHUB_STEP_SUMMARY": str(summary)}
                script = summary.with_name("step.sh")
                script.write_text(step.text, encoding="utf-8")
                code = subprocess.run([*step.shell, str(script)], cwd=folder, env=environment, check=False).returncode
            yield step, code, time.monotonic() - started

    def _filled(self, text: str) -> str:
        return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(self._value(found[1])), text)

    def _value(self, expression: str, folder: Path = Path()) -> Any:
        """The value of an expression. GitHub's && and || are Jinja's `and` and `or`; the rest used here is alike."""
        text = re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", expression).replace("&&", " and ").replace("||", " or ")
        known = {
            "inputs": self._inputs,
            "always": lambda: True,
            "failure": lambda: True,
            "success": lambda: True,
            "hashFiles": lambda pattern: "some" if any(folder.glob(pattern)) else "",
        }
        strict = jinja2.Environment(undefined=jinja2.StrictUndefined)
        return strict.compile_expression(text, undefined_to_none=False)(known)
