"""Which base URLs may be called: no key over plain http to strangers, no metadata services, no credentials in a URL."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit


def base_url_fault(url: str, *, with_key: bool) -> str | None:
    """What speaks against a base URL, or None. The message never repeats a password.

    Refused: anything but http and https, credentials in the URL, queries and fragments, link-local addresses (cloud
    metadata services) in every spelling, and plain http to a public host when a key would travel over it. Names are
    not resolved.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "not a valid URL"
    if parts.scheme not in ("http", "https"):
        return f"an http:// or https:// URL is wanted, not {parts.scheme or 'a text without a scheme'}"
    if "@" in parts.netloc:
        return "the URL holds credentials (user:password@); put the key into its variable instead"
    if not host or any(char <= " " for char in url.strip()):
        return "the URL names no host" if not host else "the URL holds blanks or control characters"
    if parts.query or parts.fragment:
        return "the URL must end with the path; queries and fragments are not sent"
    address = _address(host)
    if address is not None and address.is_link_local:
        return f"{host} is a link-local address, where clouds keep their metadata service; it is never called"
    if parts.scheme == "http" and with_key and not _is_near(host, address):
        return f"plain http would send the key unprotected to {host}; use https, or no key"
    return None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            # the spellings a resolver accepts as well: 2852039166, 0xa9fea9fe, 169.254.43518
            return ipaddress.IPv4Address(socket.inet_aton(host))
        except OSError:
            return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_near(host: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    """True for loopback and private addresses and for names that cannot be public ones."""
    if address is not None:
        return not address.is_global
    name = host.rstrip(".")
    return "." not in name or name.endswith((".localhost", ".local", ".internal", ".home.arpa"))
