"""Evidence for routing between language models: judged win rates with honest intervals."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`evals.load_run` and `evals.route`, without paying for them at import."""
    if name == "load_run":
        return import_module("evals.frames").load_run
    if name == "route":
        return import_module("evals.routing._route").route
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
