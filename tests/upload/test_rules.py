"""Forms go to https hosts and nowhere else; each exception is opened by its own name, and a list closes the rest."""

from __future__ import annotations

from typing import Any

import pytest
from trustoo import ConfigurationError, Trustoo, UploadError
from trustoo.upload import StorageRules

HOST = "https://img.example.com"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (HOST, HOST),
        (f"{HOST}/", f"{HOST}/"),
        ("//img.example.com", HOST),
        ("//img.example.com/", f"{HOST}/"),
        ("HTTPS://IMG.example.com", "HTTPS://IMG.example.com"),
        ("https://img.example.com.", "https://img.example.com."),
        ("https://1a.example.com", "https://1a.example.com"),
        ("https://a.xn--fiqs8s", "https://a.xn--fiqs8s"),
        ("https://xn--80ak6aa92e.com", "https://xn--80ak6aa92e.com"),
        ("https://a_b-c.example.com", "https://a_b-c.example.com"),
    ],
)
def test_a_plain_https_host_is_allowed(host: str, url: str) -> None:
    assert StorageRules().check(host) == url


EXCEPTIONS = {
    "http": ["http://img.example.com", "HTTP://img.example.com/"],
    "ip_address": [
        *("https://127.0.0.1", "https://127.1", "https://2130706433", "https://0x7f000001", "https://0x7f.1"),
        *(
            "https://017700000001",
            "https://[::1]",
            "https://[fe80::1%25eth0]",
            "https://10.0.0.1.",
            "https://1.2.3.0x4",
        ),
    ],
    "user_info": [
        "https://EXAMPLE@img.example.com",
        "https://EXAMPLE:EXAMPLE@img.example.com",
        "https://@img.example.net",
    ],
    "port": ["https://img.example.com:8443", "https://img.example.com:443"],
    "path": ["https://img.example.com/bucket", "https://img.example.com//x", "https://img.example.com/a/"],
}
CASES = [(name, host) for name, hosts in EXCEPTIONS.items() for host in hosts]


@pytest.mark.parametrize(("name", "host"), CASES)
def test_each_exception_is_allowed_only_by_its_own_option(name: str, host: str) -> None:
    others: dict[str, Any] = {other: True for other in EXCEPTIONS if other != name}
    for rules in (StorageRules(), StorageRules(**others)):
        with pytest.raises(UploadError, match=rf"\({name}=True allows it\).*Nothing was sent") as caught:
            rules.check(host)
        assert "EXAMPLE" not in str(caught.value)
    given: Any = {name: True}
    assert StorageRules(**given).check(host) == host


def test_the_message_names_every_rule_that_a_url_breaks() -> None:
    url = "http://127.0.0.1:8000"
    said = (
        r"which is plain http \(http=True allows it\), is an IP address \(ip_address=True allows it\), has a port "
        r"\(port=True allows it\) and is not one of the allowed hosts img\.example\.com\. Nothing was sent"
    )
    with pytest.raises(UploadError, match=said):
        StorageRules(hosts=("img.example.com",)).check(url)
    assert StorageRules(hosts=("127.0.0.1",), http=True, ip_address=True, port=True).check(url) == url


@pytest.mark.parametrize(
    "host",
    [
        *("", "img.example.com", "ftp://img.example.com", "https://", "https:///path", "file:///etc/passwd"),
        *("https://img.example.com:port", "https://[::1", "https://img.example.com?a=b", "https://a.test/?"),
        *("https://img.example.com#c", "https://a.test/#", "https://img.example.com\\@evil.test"),
        *("https://img.example.com\r\nX: y", "https://img example.com", "https://ımg.example.com", "https:a.test"),
        *("javascript:alert(1)", "https://.", "https://img.example.com:99999"),
    ],
)
def test_no_option_allows_an_invalid_url(host: str) -> None:
    everything = StorageRules(None, http=True, ip_address=True, user_info=True, port=True, path=True)
    for rules in (StorageRules(), everything):
        with pytest.raises(UploadError, match="Nothing was sent"):
            rules.check(host)


@pytest.mark.parametrize(
    "host",
    [
        *(
            "https://xn--a",
            "https://xn--a.example.com",
            "https://a..b",
            "https://a.example.com..",
            "https://.example.com",
        ),
        *(f"https://{'a' * 64}.com", f"https://{'a.' * 150}com", "https://*.com", "https://a,b.com", "https://[v1.a]"),
        *("https://-.io", "https://-a.example.com", "https://img.example.com;x", "https://img.example.com&x"),
        *("https://127.0.0.%31", "https://loc%61lhost", "https://127.0.0.1%20", "https://a:b@xn--a"),
    ],
)
def test_a_host_that_no_library_can_use_is_an_upload_error(host: str) -> None:
    everything = StorageRules(None, http=True, ip_address=True, user_info=True, port=True, path=True)
    for rules in (StorageRules(), everything, StorageRules((".example.com", "a..b", "xn--a"), user_info=True)):
        with pytest.raises(UploadError, match="Nothing was sent"):
            rules.check(host)


PRIVATE = [
    *("localhost", "localhost.", "LOCALHOST", "redis", "metadata", "metadata.google.internal", "img.local", "a.lan"),
    *("kubernetes.default.svc", "x.svc.cluster.local", "a.localhost", "img.home.arpa", "a.corp", "a.intranet"),
    *("img.example", "img.test", "img.invalid", "x.onion", "a.localdomain", "a.home", "a.private"),
]


@pytest.mark.parametrize("name", PRIVATE)
def test_a_name_of_a_private_network_needs_to_be_in_the_list(name: str) -> None:
    everything = StorageRules(None, http=True, ip_address=True, user_info=True, port=True, path=True)
    for rules in (StorageRules(), everything):
        with pytest.raises(UploadError, match=r"private network \(hosts=.* allows it\)\. Nothing was sent"):
            rules.check(f"https://{name}")
    listed = StorageRules(hosts=(name.lower().rstrip("."),))
    assert listed.check(f"https://{name}") == f"https://{name}"


@pytest.mark.parametrize(
    ("host", "is_taken"),
    [
        ("https://img.example.com", True),
        ("https://IMG.Example.Com", True),
        ("https://img.example.com.", True),
        ("https://a.cdn.example.net", True),
        ("https://a.b.cdn.example.net", True),
        ("https://cdn.example.net", False),
        ("https://evilcdn.example.net", False),
        ("https://img.example.com.evil.test", False),
        ("https://x.img.example.com", False),
    ],
)
def test_a_list_allows_its_hosts_and_names_below_a_dot(host: str, is_taken: bool) -> None:
    rules = StorageRules(hosts=("IMG.example.com", ".cdn.example.net"))
    if is_taken:
        assert rules.check(host) == host
    else:
        with pytest.raises(UploadError, match=r"not one of the allowed hosts IMG\.example\.com, \.cdn\.example\.net"):
            rules.check(host)


def test_an_empty_list_allows_no_host() -> None:
    with pytest.raises(UploadError, match="not one of the allowed hosts"):
        StorageRules(hosts=()).check(HOST)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"hosts": "img.example.com"}, {"hosts": (5,)}, {"timeout": 0}, {"timeout": -1}, {"timeout": True}),
        *({"timeout": float("inf")}, {"timeout": float("nan")}, {"timeout": "60"}),
    ],
)
def test_invalid_rules_are_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="StorageRules"):
        StorageRules(**wrong)


def test_a_client_accepts_only_storage_rules() -> None:
    wrong: Any = {"hosts": ()}
    with pytest.raises(ConfigurationError, match="storage_rules must be StorageRules, not dict"):
        _ = Trustoo(access_token="EXAMPLE", storage_rules=wrong).media
