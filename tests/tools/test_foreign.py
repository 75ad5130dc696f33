"""The check of generators of other projects notices output that lacks known values. `make test-foreign` runs them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.foreign import __main__ as foreign
from tools.spec import LOADER

DOCUMENT: dict[str, Any] = yaml.load(foreign.SPEC.read_bytes(), LOADER)
OUTPUT = "type WebhookTopic = 'review/created' | \"review/updated\""


def test_a_known_value_that_is_missing_in_the_output_is_named() -> None:
    missing = foreign.missing_values(DOCUMENT, OUTPUT)
    assert "review/deleted" in missing
    assert {"ChatWILL", "created-descending", "client_credentials"} <= set(missing)
    assert not {"review/created", "review/updated"} & set(missing)


def test_a_generator_that_sees_no_known_values_fails() -> None:
    with pytest.raises(foreign.UnusableError, match=r"lacks known values: .*review/deleted"):
        foreign.check(lambda _: OUTPUT)


def test_the_generators_are_pinned() -> None:
    manifest = json.loads((foreign.HOME / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((foreign.HOME / "package-lock.json").read_text(encoding="utf-8"))
    for name, version in manifest["dependencies"].items():
        assert lock["packages"][f"node_modules/{name}"]["version"] == version
    requirements = Path(foreign.HOME / "requirements.lock").read_text(encoding="utf-8")
    assert "datamodel-code-generator==" in requirements
    assert "--hash=sha256:" in requirements
