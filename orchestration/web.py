"""Dagster's web server, which answers only requests that are meant for it.

The server has no login: whoever reaches it may launch a run, and so could a page of another site in the browser of
somebody who has it open. So a request must name the own host of the server, and one that comes from a page must come
from its own pages. `python -m orchestration.web` takes the options of `dagster-webserver`, `... dev` those of `dg dev`.
"""

import os
import sys
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

HOSTS_VARIABLE = "HELIOLEDGER_UI_HOSTS"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
REFUSED = (
    "This server answers only its own address; {what} is another. 本服务只响应自己的地址。\n"
    f"Behind a proxy, name the host that people use: --allowed-host, or {HOSTS_VARIABLE}.\n"
)


class OwnOrigin:
    """Refuses what names another host, or comes from a page of another origin (RFC 9110 Host, RFC 6454 Origin)."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]):
        self._app = app
        self._hosts = {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not (what := self._foreign(scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await PlainTextResponse(REFUSED.format(what=what), status_code=403)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def _foreign(self, scope: Scope) -> str:
        """The host or origin that is not ours; empty when all are."""
        headers: dict[bytes, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.lower(), []).append(value.decode("latin-1"))
        for host in headers.get(b"host") or [""]:
            if not self._is_own(host):
                return f"the host {host!r}"
        for origin in headers.get(b"origin", []):
            if not self._is_own(urlsplit(origin).netloc):
                return f"the origin {origin!r}"
        return ""

    def _is_own(self, host: str) -> bool:
        """By host and port; one that is named without a port, as behind a proxy, is ours at any."""
        host = host.lower()
        name = host if host.endswith("]") else host.rsplit(":", 1)[0]
        return host in self._hosts or name in self._hosts


def own_hosts(host: str, port: str | int, more: Collection[str] = ()) -> set[str]:
    """What the Host header of a request to this server says. An address of this machine goes by all its names."""
    named = {f"[{host}]" if ":" in host else host}
    if named & {*LOOPBACK, "0.0.0.0", "[::]"}:
        named |= set(LOOPBACK)
    named -= {"0.0.0.0", "[::]"}
    return {*(f"{name}:{port}" for name in named), *(name for name in more if name)}


def _option(arguments: list[str], names: tuple[str, ...], default: str) -> str:
    for place, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name in names:
            return value or arguments[place + 1]
    return default


def serve(arguments: list[str]) -> None:
    """Run the web server. Override of Dagster 1.13: the middleware that it is built with."""
    from dagster_webserver import cli, webserver

    host = _option(arguments, ("--host", "-h"), "127.0.0.1")
    port = _option(arguments, ("--port", "-p"), "3000")
    hosts = own_hosts(host, port, os.environ.get(HOSTS_VARIABLE, "").split(","))
    built_with = webserver.DagsterWebserver.build_middleware

    def build_middleware(server: Any) -> list[Middleware]:
        return [Middleware(OwnOrigin, hosts=hosts), *built_with(server)]

    webserver.DagsterWebserver.build_middleware = build_middleware  # type: ignore[method-assign]
    cli.cli(arguments, auto_envvar_prefix="DAGSTER_WEBSERVER")


def develop(arguments: list[str]) -> None:
    """Run `dg dev` with this web server in place of Dagster's. Override of Dagster 1.13: how it starts its children."""
    from dagster._cli import dev
    from dagster_dg_cli.cli.dev import dev_command

    start = dev.open_ipc_subprocess

    def started(command: list[str], **options: Any) -> Any:
        return start(["orchestration.web" if word == "dagster_webserver" else word for word in command], **options)

    dev.open_ipc_subprocess = started
    dev_command(arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == ["dev"]:
        develop(sys.argv[2:])
    else:
        serve(sys.argv[1:])
