"""The README's ten lines work as written, against the mock; only the image goes to a storage of ours."""

from pathlib import Path

import httpx
import pytest
from trustoo.testing import FakeTrustoo, StorageResponse
from trustoo.transport.httpx import HttpxTransport

from contract_tests.support.readme import readme_lines
from contract_tests.support.shop import TOKENS, Shops


def test_the_readmes_lines_run_as_written(
    shops: Shops, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = FakeTrustoo().storage
    storage.respond_next(StorageResponse.no_content())  # the mock's credentials are nobody's, so they cannot be judged
    posting = HttpxTransport(httpx.Client(transport=storage))
    monkeypatch.setattr("trustoo.client.storage_transport", lambda *_: posting)
    monkeypatch.setenv("TRUSTOO_BASE_URL", shops.base_url)
    monkeypatch.chdir(Path(__file__).parents[2])
    exec(readme_lines(**TOKENS["hmac"]).replace("img.trustoo.io", "img.example.com"), {})  # the host of the mock
    assert capsys.readouterr().out == "5 Pours well and keeps the tea hot.\n"
    assert storage.forms == 1
