"""Evidence for routing between language models: judged win rates with honest intervals."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`evals.load_run`, without paying for it at import."""
    if name == "load_run":
        from evals.frames import load_run

        return load_run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
