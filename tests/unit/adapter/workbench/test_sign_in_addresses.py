"""Where somebody is led to, and where they come from."""

from __future__ import annotations

import pytest

from adapter.workbench.sign_in.addresses import caller, own_path


@pytest.mark.parametrize(
    "path",
    (
        *("/", "/workbench", "/workbench/", "/workbench/referrals/12?x=1&y=/a", "/?as=plan"),
        *("/workbench/sign-in/done", "/workbench/evaluate/?sample=a%20b", "/workbench/@x"),
    ),
)
def test_a_page_of_ours_stays(path: str):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    (
        *("https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", ""),
        *("/workbench//evil.example", "/workbench/../fhir", "javascript:alert(1)", "workbench"),
        *("/workbench/\r\nLocation: x", "/fhir/Patient", " /workbench/", "/workbench@evil", "///"),
        *("http:/workbench/", "/workbench/" + "x" * 5000, "/workbench/\x00", "/workbench/é"),
        *("/\t/evil.example", "/workbenches", "/%2f/evil.example", "/.evil.example"),
    ),
)
def test_any_other_leads_to_the_first_page(path: str):
    assert own_path(path) == "/"


@pytest.mark.parametrize(
    ("peer", "told", "found"),
    (
        ("8.8.8.8", "", "8.8.8.8"),
        ("8.8.8.8", "198.51.100.1", "8.8.8.8"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("172.18.0.1", " 198.51.100.1 ", "198.51.100.1"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "1.1.1.1, 2.2.2.2", "127.0.0.1"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.5", "", "203.0.113.5"),
        (None, "", ""),
    ),
)
def test_a_proxy_is_believed_where_it_stands_in_front(peer: str | None, told: str, found: str):
    assert caller(peer, told) == found
