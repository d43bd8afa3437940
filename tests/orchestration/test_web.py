"""The web server answers its own host and pages only."""

import asyncio

import pytest

from orchestration.web import OwnOrigin, own_hosts


def status(hosts, kind="http", **headers):
    """The status of a request; 200 where it reached the server."""

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent = []

    async def send(message):
        sent.append(message)

    listed = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(OwnOrigin(app, hosts)({"type": kind, "headers": listed}, None, send))
    return sent[0].get("status") or sent[0]["code"]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"host": "127.0.0.1:3000"}, 200),
        ({"host": "localhost:3000"}, 200),
        ({"host": "LocalHost:3000", "origin": "http://localhost:3000"}, 200),
        ({"host": "[::1]:3000", "origin": "http://[::1]:3000"}, 200),
        ({"host": "127.0.0.1:3000", "origin": "https://evil.example"}, 403),
        ({"host": "127.0.0.1:3000", "origin": "null"}, 403),
        ({"host": "127.0.0.1:3000", "origin": "http://127.0.0.1:8080"}, 403),
        ({"host": "127.0.0.1:3000", "origin": "http://127.0.0.1:3000.evil.example"}, 403),
        ({"host": "evil.example:3000"}, 403),  # a name that was bound to this machine's address
        ({"host": "evil.example"}, 403),
        ({}, 403),
        ({"host": "ledger.example.com", "origin": "https://ledger.example.com"}, 200),
        ({"host": "ledger.example.com:8443"}, 200),
    ],
)
def test_only_its_own_host_and_origin(headers, expected):
    hosts = own_hosts("127.0.0.1", 3000, ["ledger.example.com", ""])
    assert status(hosts, **headers) == expected
    assert status(hosts, "websocket", **headers) == {200: 200, 403: 1008}[expected]


def test_an_address_of_its_own_is_not_every_address():
    assert own_hosts("0.0.0.0", 80) == {"localhost:80", "127.0.0.1:80", "[::1]:80"}
    assert own_hosts("10.0.0.5", 3000) == {"10.0.0.5:3000"}
    assert own_hosts("::1", 3000) >= {"[::1]:3000", "localhost:3000"}
