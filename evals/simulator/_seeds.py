"""Numbers that follow from their names: the same in every process, on every machine, in any order of calls."""

from __future__ import annotations

import hashlib
import struct
from statistics import NormalDist

_NORMAL = NormalDist()
_WORD = 4294967296.0


def _key(parts: tuple[object, ...]) -> bytes:
    return "\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")


def uniforms(count: int, *parts: object) -> list[float]:
    """`count` numbers in the open interval (0, 1), decided by `parts` alone."""
    digest = hashlib.shake_128(_key(parts)).digest(4 * count)
    return [(word + 0.5) / _WORD for word in struct.unpack(f"<{count}I", digest)]


def uniform(*parts: object) -> float:
    """One number in (0, 1), decided by `parts` alone."""
    digest = hashlib.blake2b(_key(parts), digest_size=8).digest()
    return (int.from_bytes(digest, "little") + 0.5) / 18446744073709551616.0


def normal(*parts: object) -> float:
    """One standard normal number, decided by `parts` alone."""
    return _NORMAL.inv_cdf(min(max(uniform(*parts), 1e-12), 1 - 1e-12))


def as_normal(draw: float) -> float:
    """The standard normal quantile of a uniform draw."""
    return _NORMAL.inv_cdf(draw)


def digest(*parts: object) -> str:
    """A name of 16 hex digits for `parts`."""
    return hashlib.blake2b(_key(parts), digest_size=8).hexdigest()


def shuffled(items: list[str], *parts: object) -> list[str]:
    """A copy of `items` in an order decided by `parts`."""
    keys = uniforms(len(items), *parts) if items else []
    return [item for _, item in sorted(zip(keys, items, strict=True))]
