"""The README's ten lines work as written, against the fake service."""

from pathlib import Path

import pytest
import trustoo
from trustoo.testing import FakeTrustoo

from contract_tests.support.readme import readme_lines


def test_the_readmes_lines_run_as_written(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fake = FakeTrustoo()
    monkeypatch.setattr(trustoo, "Trustoo", lambda **tokens: fake.client(**tokens))
    monkeypatch.chdir(Path(__file__).parents[2])
    exec(readme_lines(**{name: getattr(fake.tokens, name) for name in ("public_token", "private_token")}), {})
    assert capsys.readouterr().out == "5 Pours well and keeps the tea hot.\n"
    assert fake.processed == {"reviews.list": 1, "media.image_upload_credentials": 1, "reviews.create": 1}
    assert len(fake.storage.uploads) == 1
    assert fake.received[-1].json["product_id"] == "8100000000019"
