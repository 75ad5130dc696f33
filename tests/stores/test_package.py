"""`trustoo.stores` needs a package only for the class that uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest
import trustoo.stores

PACKAGES = ("cryptography", "redis", "sqlalchemy")


def test_importing_the_stores_imports_none_of_their_packages() -> None:
    code = f"import sys, trustoo.stores, trustoo.testing; print([name for name in {PACKAGES!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("RedisTokenStore", "redis", "redis"),
        ("AsyncSqlTokenStore", "sqlalchemy", "sql"),
        ("EncryptedStore", "cryptography", "encryption"),
    ],
)
def test_a_package_that_is_missing_is_named(name: str, package: str, extra: str) -> None:
    code = f"import sys; sys.modules[{package!r}] = None\nfrom trustoo.stores import {name}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    message = f'{name} needs the package {package}: pip install "trustoo[{extra}]".'
    assert done.stderr.splitlines()[-1].endswith(f"ConfigurationError: {message}")


def test_all_names_can_be_imported_and_no_others() -> None:
    for name in trustoo.stores.__all__:
        assert getattr(trustoo.stores, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Other'"):
        trustoo.stores.Other  # noqa: B018
