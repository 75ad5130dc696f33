"""The walk of docs/changing-api.md with its own commands, which take too long for every change. `make test-long`.

pytest does not collect this file by itself, because of its name.
"""

from pathlib import Path

import pytest

from tests.tools.test_regeneration import add, blocks, copy, make

__all__ = ["copy"]
pytestmark = pytest.mark.timeout(500)  # seconds, for a busy machine


def test_a_field_and_an_operation_take_a_block_each_and_two_commands(copy: Path) -> None:
    add(copy, *blocks())
    commands = ["generate"], ["contract", "ONLY=reviews.create"], ["contract", "ONLY=reviews.replies"]
    for command in commands:
        done = make(copy, *command, "CASES=3", "SEED=1")
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr
