"""Scores into routes: the routing catalog, what a run changes in it, and who answers a request.

`route` is standard library only. The rest loads with its first use: nothing here is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evals.routing._route import Route, find_catalog, route, route_in

if TYPE_CHECKING:
    from evals.routing._catalog import load, loose_ends, new_catalog, problems, update
    from evals.routing._evidence import Evidence, read_evidence
    from evals.routing._glance import glance
    from evals.routing._publish import Change, Policy, Proposal, propose
    from evals.routing._stars import stars

__all__ = [
    "Change",
    "Evidence",
    "Policy",
    "Proposal",
    "Route",
    "find_catalog",
    "glance",
    "load",
    "loose_ends",
    "new_catalog",
    "problems",
    "propose",
    "read_evidence",
    "route",
    "route_in",
    "stars",
    "update",
]

_WHERE = {
    "_catalog": ("load", "loose_ends", "new_catalog", "problems", "update"),
    "_evidence": ("Evidence", "read_evidence"),
    "_publish": ("Change", "Policy", "Proposal", "propose"),
    "_glance": ("glance",),
    "_stars": ("stars",),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
