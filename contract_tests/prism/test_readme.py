"""The README's ten lines work as written, against the mock; only the image goes to a storage of ours."""

from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from trustoo import upload
from trustoo.testing import FakeTrustoo

from contract_tests.support.readme import readme_lines
from contract_tests.support.shop import TOKENS, Shops


def test_the_readmes_lines_run_as_written(
    shops: Shops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = FakeTrustoo().storage
    monkeypatch.setattr(upload, "httpx", SimpleNamespace(Client=lambda proxy: httpx.Client(transport=storage)))
    monkeypatch.setenv("TRUSTOO_BASE_URL", shops.base_url)
    monkeypatch.chdir(tmp_path)
    Path("kettle.jpg").write_bytes(b"\xff\xd8\xffEXAMPLE")
    exec(readme_lines(**TOKENS["hmac"]), {})
    assert capsys.readouterr().out == "5 Pours well and keeps the tea hot.\n"
    assert len(storage.uploads) == 1
