"""Which addresses a download may connect to: told when the connection is made, on every hop."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from pathlib import Path
from typing import Any

import pytest

from recorder import LivePipelineRecorder
from recorder.downloads import guard as address_guard
from recorder.downloads.errors import DownloadError
from recorder.downloads.guard import AddressGuard, refused_reason

PUBLIC = [
    "1.1.1.1",
    "93.184.216.34",
    "8.8.8.8",
    "2606:4700:4700::1111",
    "2a00:1450:4001:800::200e",
    "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8",
]
REFUSED = [
    ("127.0.0.1", "loopback"),
    ("127.255.0.1", "loopback"),
    ("::1", "loopback"),
    ("0.0.0.0", "unspecified"),
    ("::", "unspecified"),
    ("10.0.0.1", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("169.254.169.254", "link-local"),
    ("fe80::1", "link-local"),
    ("fd00:ec2::254", "private"),
    ("fc00::1", "private"),
    ("fec0::1", "private"),
    ("100.64.0.1", "not public"),
    ("100.100.100.200", "not public"),
    ("168.63.129.16", "metadata"),
    ("192.0.0.192", "not public"),
    ("198.18.0.1", "private"),
    ("192.0.2.1", "private"),
    ("203.0.113.1", "private"),
    ("0.1.2.3", "private"),
    ("224.0.0.1", "multicast"),
    ("ff02::1", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "reserved"),
    ("2001:db8::1", "private"),
    ("100::1", "reserved"),
    ("::ffff:127.0.0.1", "loopback in IPv6"),
    ("::ffff:10.0.0.1", "private in IPv6"),
    ("::ffff:169.254.169.254", "link-local in IPv6"),
    ("::127.0.0.1", "loopback in IPv6"),
    ("::10.1.2.3", "private in IPv6"),
    ("64:ff9b::10.0.0.1", "private in IPv6"),
    ("64:ff9b::169.254.169.254", "link-local in IPv6"),
    ("64:ff9b:1::7f00:1", "not public"),
    ("64:ff9b:1::808:808", "not public"),  # whose prefix length is the site's choice
    ("64:ff9b:1:a9fe:a9:fe00:808:808", "not public"),
    ("2002:7f00:1::", "loopback in IPv6"),
    ("2002:a00:1::1", "private in IPv6"),
    ("2001:0:7f00:1::1", "loopback in IPv6"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert refused_reason(ipaddress.ip_address(address)) is None


@pytest.mark.parametrize(("address", "reason"), REFUSED)
def test_refused_addresses(address: str, reason: str) -> None:
    assert (refused_reason(ipaddress.ip_address(address)) or "").startswith(reason)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "LOCALHOST",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
    ],
)
def test_loopback_by_any_name_is_refused_and_not_contacted(downloading: Any, host: str) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    recorder = downloading.recorder(trusted_hosts=[])
    result = recorder.download_and_save_from_url_sync(f"http://{host}:{server.port}/?key=secret", "image", "c")
    message = downloading.assert_failed(recorder, result, "AddressRefused")
    assert "trusted_hosts" in message and "secret" not in message
    assert server.connections == 0


@pytest.mark.parametrize(
    ("trusted", "url_host", "allowed"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1:{port}", "127.0.0.1", True),
        ("127.0.0.1:1", "127.0.0.1", False),
        ("localhost", "127.0.0.1", False),
        ("127.0.0.1", "localhost", False),
        ("LocalHost", "localhost", True),
        ("localhost:{port}", "LOCALHOST", True),
        ("127.0.0.2", "127.0.0.1", False),
        ("host", "localhost", False),
    ],
)
def test_trusted_hosts_are_named_as_the_url_names_them(downloading: Any, trusted: str, url_host: str, allowed: bool) -> None:
    server = downloading.server(downloading.response(downloading.sample("picture.png")))
    recorder = downloading.recorder(trusted_hosts=[trusted.format(port=server.port)])
    saved = recorder.download_and_save_from_url_sync(f"http://{url_host}:{server.port}/", "image", "c")
    assert (saved is not None) is allowed
    assert server.connections == int(allowed)


@pytest.mark.parametrize(
    ("entry", "parsed"),
    [
        ("Host", ("host", None)),
        ("host:80", ("host", 80)),
        ("::1", ("::1", None)),
        ("[::1]", ("::1", None)),
        ("[::1]:8188", ("::1", 8188)),
        ("host.", ("host", None)),
        (" host ", ("host", None)),
    ],
)
def test_the_forms_of_a_trusted_host(entry: str, parsed: tuple[str, int | None]) -> None:
    assert AddressGuard.of([entry]).trusted == {parsed}


@pytest.mark.parametrize(
    "entry",
    [
        "", ".", "http://host", "host/path", "host:port", "host:", "host:0", "host:65536", "[::1]8188", "a:b:c", "user@host",
        "*", "*.host", "a, b", "a\tb", 3, None,
    ],
)  # fmt: skip
def test_what_is_no_trusted_host_is_named(entry: Any) -> None:
    with pytest.raises(ValueError, match="trusted_hosts") as caught:
        AddressGuard.of([entry])
    assert repr(entry) in str(caught.value)


@pytest.mark.parametrize(
    ("hosts", "error"),
    [("localhost", TypeError), (b"localhost", TypeError), (None, TypeError), ([3], TypeError),
     (["ok", "http://host"], ValueError), ([""], ValueError)],
)  # fmt: skip
def test_wrong_trusted_hosts_are_refused_before_anything_is_made(tmp_path: Path, hosts: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="trusted_hosts") as caught:
        LivePipelineRecorder("run", base_path=tmp_path, trusted_hosts=hosts)
    named = hosts[-1] if error is ValueError else hosts
    assert repr(named) in str(caught.value) and not list(tmp_path.iterdir())


def test_a_guard_for_one_server_lets_no_other_be_reached() -> None:
    guard = AddressGuard(frozenset({("127.0.0.1", 8188)}), only_trusted=True)
    assert asyncio.run(guard.addresses("127.0.0.1", 8188)) == ["127.0.0.1"]
    for host, port in (("127.0.0.1", 8189), ("1.1.1.1", 8188)):
        with pytest.raises(DownloadError, match="refused to leave the configured server"):
            asyncio.run(guard.addresses(host, port))


def test_one_str_is_no_list_of_hosts() -> None:
    with pytest.raises(ValueError, match="trusted_hosts must be a list"):
        AddressGuard.of("localhost")


def test_a_redirect_to_a_private_address_is_refused(downloading: Any) -> None:
    inner = downloading.server(downloading.response(downloading.sample("picture.png")))
    for target in (
        f"http://localhost:{inner.port}/",
        f"http://127.0.0.1:{inner.port}/",
        f"//[::1]:{inner.port}/",
    ):
        outer = downloading.server(downloading.response(status="302 Found", Location=target))
        recorder = downloading.recorder(trusted_hosts=[f"127.0.0.1:{outer.port}"])
        assert recorder.download_and_save_from_url_sync(outer.url, "image", "c") is None
        assert downloading.errors(recorder)[-1]["error_type"] == "AddressRefused"
        assert outer.connections == 1
    assert inner.connections == 0


def answer_names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Make the name service give these addresses in turn; the names that it was asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, *arguments: Any, **options: Any) -> list[Any]:
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::1", "127.0.0.1"], ["10.0.0.1", "::ffff:127.0.0.1"], ["fe80::1%lo"]])
def test_a_name_that_resolves_to_private_addresses_is_refused(
    downloading: Any, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    server = downloading.server(b"")
    asked = answer_names(monkeypatch, addresses)
    recorder = downloading.recorder()
    result = recorder.download_and_save_from_url_sync(f"http://images.example:{server.port}/", "image", "c")
    assert "images.example" in downloading.assert_failed(recorder, result, "AddressRefused")
    assert (asked, server.connections) == (["images.example"], 0)


def test_the_connection_goes_to_the_address_that_was_checked(downloading: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a public address for the check, a private one for whoever asks again."""
    public = downloading.server(downloading.response(downloading.sample("picture.png")), host="127.0.0.2")
    private = downloading.server(downloading.response(b"secret"), port=public.port)
    monkeypatch.setattr(
        address_guard,
        "refused_reason",
        lambda address: None if str(address) == "127.0.0.2" else refused_reason(address),
    )
    asked = answer_names(monkeypatch, ["127.0.0.2"], ["127.0.0.1"])
    recorder = downloading.recorder(trusted_hosts=[])
    assert recorder.download_and_save_from_url_sync(f"http://images.example:{public.port}/", "image", "c")
    assert (asked, public.connections, private.connections) == (["images.example"], 1, 0)
    assert public.requests[0].headers["host"] == f"images.example:{public.port}"


@pytest.mark.parametrize("addresses", [["127.0.0.1", "127.0.0.3", "127.0.0.2"], ["127.0.0.2", "127.0.0.3", "127.0.0.1"]])
def test_of_several_addresses_the_allowed_ones_are_tried(
    downloading: Any, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    public = downloading.server(downloading.response(downloading.sample("picture.png")), host="127.0.0.2")
    private = downloading.server(downloading.response(b"secret"), port=public.port)
    monkeypatch.setattr(
        address_guard,
        "refused_reason",
        lambda address: None if str(address) in ("127.0.0.2", "127.0.0.3") else refused_reason(address),
    )
    answer_names(monkeypatch, addresses)  # nobody listens on 127.0.0.3
    recorder = downloading.recorder(trusted_hosts=[])
    assert recorder.download_and_save_from_url_sync(f"http://images.example:{public.port}/", "image", "c")
    assert (public.connections, private.connections) == (1, 0)
