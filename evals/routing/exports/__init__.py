"""The routing catalog for other programs: one file per format, found by its name.

A format is a module here with `SUFFIX`, a docstring and `render(data, now) -> str`, pure. Adding one is adding a file.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

from evals.records import UsageError


def formats() -> dict[str, str]:
    """Each format's name and what it is for."""
    names = [module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_")]
    return {name: (import_module(f"{__name__}.{name}").__doc__ or "").split("\n", 1)[0] for name in sorted(names)}


def export(name: str, data: Mapping[str, Any], now: datetime) -> str:
    """The catalog in one format, the same text for the same catalog and time. Raises UsageError on an unknown name."""
    if name not in formats():
        raise UsageError(f'unknown format "{name}"; there are: {", ".join(formats())}')
    text: str = import_module(f"{__name__}.{name}").render(data, now)
    return text
