"""The examples of README.md are right."""

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from trustoo import NO_RETRIES, NetworkError, ResponseDecodeError
from trustoo.transport import Headers, HTTPResponse

from contract_tests.support.servers import served
from contract_tests.world.client import Client


def test_a_page_that_never_ends_is_an_error(client_of: Callable[..., Client]) -> None:
    shop = client_of(lambda request: HTTPResponse(200, Headers([]), b'{"code": 0'))
    with pytest.raises(ResponseDecodeError):
        shop.call(lambda client: client.reviews.list())


def test_a_server_that_hangs_up_is_an_error(connect: Callable[..., Client]) -> None:
    with served(lambda talk: talk.hear()) as server, pytest.raises(NetworkError):
        connect(server.address, retry=NO_RETRIES).call(lambda client: client.reviews.list())


@pytest.mark.parametrize("example", [test_a_page_that_never_ends_is_an_error, test_a_server_that_hangs_up_is_an_error])
def test_the_readme_shows_the_example(example: Callable[..., None]) -> None:
    assert inspect.getsource(example) in Path(__file__).with_name("README.md").read_text(encoding="utf-8")
