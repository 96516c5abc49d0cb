"""Whether a request comes from the machine that the server runs on, by a name of that machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED")


def is_local(environ: Mapping[str, Any]) -> bool:
    """Whether the other end of the connection is this machine.

    REMOTE_ADDR decides, the one before a middleware such as ProxyFix changed it too. What a header
    says of a client elsewhere can only take the right away, never give it.
    """
    before = environ.get("werkzeug.proxy_fix.orig") or {}
    ends = [environ.get("REMOTE_ADDR"), *([before["REMOTE_ADDR"]] if before else [])]
    return all(_is_loopback(end) for end in [*ends, *_forwarded(environ)]) and _names_us(environ)


def is_same_site(environ: Mapping[str, Any]) -> bool:
    """Whether a page of this server sent the request, as far as the browser says."""
    site = environ.get("HTTP_SEC_FETCH_SITE", "same-origin")
    origin = environ.get("HTTP_ORIGIN")
    host = environ.get("HTTP_HOST", "")
    same = origin in (None, "null") or origin.partition("://")[2] == host
    return site in ("same-origin", "none") and same


def _forwarded(environ: Mapping[str, Any]) -> Iterator[str]:
    for name in _FORWARDED:
        for part in str(environ.get(name, "")).split(","):
            if part.strip():
                yield part.strip().removeprefix("for=").strip('"[]')


def _names_us(environ: Mapping[str, Any]) -> bool:
    """Whether the Host is a name of this machine: another one may have been made to point here."""
    host = str(environ.get("HTTP_HOST") or environ.get("SERVER_NAME") or "").lower()
    name = host.partition("]")[0].strip("[") if host.startswith("[") else host.partition(":")[0]
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(address: str | None) -> bool:
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)
