"""`evals.route`: which model a request goes to, and why. Standard library only, so that a gateway may import it.

The routes written in the catalog are answered as they stand: they change by `evals publish` alone. A preset, or a
need that the written route does not meet, is decided anew from the rows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from evals.records import UsageError
from evals.routing._decide import (
    ANY,
    COMPLEXITIES,
    EVERY_TASK,
    PRESETS,
    Cell,
    Needs,
    Standing,
    cell_of,
    in_order,
    is_expired,
    obstacle,
    place_of,
    standings,
    utc_now,
)

SHIPPED = Path(__file__).with_name("default.json")
LOCAL = Path("routing.json")
SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a request goes. `evidence`: "measured", "ab", "impression" (somebody's rating, n = 0) or "none".

    `fallbacks` are the models to try next, in order. `reasons` tell in words how the answer came about. `warning` is
    set when the evidence is expired, simulated or an impression only.
    """

    model: str
    host: str
    region: str | None
    cell: Cell
    evidence: str
    n: int
    run: str | None
    fallbacks: tuple[str, ...]
    reasons: tuple[str, ...]
    warning: str

    def __str__(self) -> str:
        return self.model

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "model": self.model,
            "host": self.host,
            "region": self.region,
            "task": self.cell.task,
            "complexity": self.cell.complexity,
            "image": self.cell.image,
            "evidence": self.evidence,
            "n": self.n,
            "run": self.run,
            "fallbacks": list(self.fallbacks),
            "reasons": list(self.reasons),
            "warning": self.warning,
        }


def route(
    task: str,
    complexity: str = ANY,
    image: bool = False,
    *,
    preset: str | None = None,
    needs: Needs | None = None,
    catalog: str | os.PathLike[str] | None = None,
    now: datetime | None = None,
) -> Route:
    """The model for a task ("chinese", "code", ...) at a complexity ("low", "medium", "high", "any").

    `catalog` is a routing file; without it ./routing.json, else the shipped one. Raises UsageError on a complexity or
    preset that does not exist, an unreadable catalog, or when no model in it can take the request.
    """
    return route_in(read_quickly(catalog), task, complexity, image=image, preset=preset, needs=needs, now=now)


def route_in(
    data: Mapping[str, Any],
    task: str,
    complexity: str = ANY,
    *,
    image: bool = False,
    preset: str | None = None,
    needs: Needs | None = None,
    now: datetime | None = None,
) -> Route:
    """As `route`, in a catalog that is already read."""
    if complexity not in (*COMPLEXITIES, ANY):
        raise UsageError(f'unknown complexity "{complexity}"; there are: {", ".join((*COMPLEXITIES, ANY))}')
    if preset is not None and preset not in PRESETS:
        raise UsageError(f'unknown preset "{preset}"; there are: {", ".join(PRESETS)}')
    now = now or utc_now()
    needs = needs or Needs()
    asked = Cell(task=task, complexity=complexity, image=image)
    reasons: list[str] = []
    tasks = {entry["task"] for entry in (*data.get("rows", ()), *data.get("routes", ()))}
    if task not in tasks:
        reasons.append(f'nothing is known of the task "{task}"; known: {", ".join(sorted(tasks - {EVERY_TASK}))}')
    for cell in asked.wider():
        written = written_route(data, cell)
        if preset is None and written is not None:
            found = _as_written(data, cell, written, needs, now, reasons)
        else:
            found = _decided(data, cell, preset or "balanced", needs, now, reasons) if written or preset else None
        if found is not None:
            return found
    raise UsageError(
        f"no model of the catalog can take {asked}: {'; '.join(reasons) or 'it holds no route for it'}"
        "\nsee the models and what they lack with: evals route --explain"
    )


def written_route(data: Mapping[str, Any], cell: Cell) -> Mapping[str, Any] | None:
    """The route written for exactly this cell."""
    return next((entry for entry in data.get("routes", ()) if cell_of(entry) == cell), None)


def incumbent(data: Mapping[str, Any], cell: Cell) -> Mapping[str, Any] | None:
    """The written route that answers for a cell now: its own or that of the nearest wider cell."""
    return next((found for wide in cell.wider() if (found := written_route(data, wide)) is not None), None)


def _as_written(
    data: Mapping[str, Any],
    cell: Cell,
    written: Mapping[str, Any],
    needs: Needs,
    now: datetime,
    reasons: list[str],
) -> Route | None:
    offers = {place_of(offer): offer for offer in data.get("offers", ())}
    rows, outside = standings(data, cell, needs, now)
    own = next((standing for standing in rows if place_of(standing.row) == place_of(written)), None)
    bare = own or _bare(written)
    reason = obstacle(cell, bare, offers.get(place_of(written), {}), needs)
    order = [standing for standing in in_order(rows, written.get("preset") or "balanced") if standing is not own]
    if own is None and not reason:
        reason = dict(outside).get(written["model"], "")
    if reason:
        reasons.append(f"{cell}: {written['model']} is passed over, {reason}")
        return _made(cell, order[0], order[1:], data, now, reasons, "decided") if order else None
    fallbacks = [*(standing.model for standing in order), *_wider_models(data, cell, written["model"])]
    reasons.append(f"{cell}: {written.get('reason') or 'written in the catalog'}")
    figures = (own.row.get("quality") or own.row.get("accepted") if own else None) or {}
    return Route(
        model=written["model"],
        host=written["host"],
        region=written.get("region"),
        cell=cell,
        evidence=str(written["evidence"]),
        n=int(figures.get("n") or 0) if written["evidence"] != "impression" else 0,
        run=written.get("run"),
        fallbacks=tuple(dict.fromkeys(name for name in fallbacks if name != written["model"])),
        reasons=tuple(reasons),
        warning=_warning(data, str(written["evidence"]), expired=is_expired(figures, now)),
    )


def _bare(written: Mapping[str, Any]) -> Standing:
    """A written route whose model has no row in the cell."""
    return Standing(
        model=written["model"],
        host=written["host"],
        region=written.get("region"),
        evidence="none",
        quality=None,
        cost=None,
        list_price=None,
        p99_s=None,
        pool=None,
        row=written,
    )


def _decided(
    data: Mapping[str, Any], cell: Cell, preset: str, needs: Needs, now: datetime, reasons: list[str]
) -> Route | None:
    inside, outside = standings(data, cell, needs, now)
    reasons += [f"{cell}: {model} is passed over, {reason}" for model, reason in outside]
    order = in_order(inside, preset)
    if not order:
        return None
    return _made(cell, order[0], order[1:], data, now, reasons, preset)


def _made(
    cell: Cell,
    first: Standing,
    rest: Sequence[Standing],
    data: Mapping[str, Any],
    now: datetime,
    reasons: list[str],
    preset: str,
) -> Route:
    quality = first.row.get("quality") or {}
    bound = "nothing measured" if first.quality is None else f"quality at least {first.quality:.3f}"
    if first.evidence == "impression":
        rating = first.row["rating"]
        bound = f"rated {rating['stars']} of {rating['of']}, not measured"
    cost = "price unknown" if first.list_price is None else f"${first.list_price} per million output tokens"
    if first.cost is not None:
        cost = f"${first.cost} per accepted answer"
    reasons.append(f"{cell}: {preset}: {bound}, {cost}")
    return Route(
        model=first.model,
        host=first.host,
        region=first.region,
        cell=cell,
        evidence=first.evidence,
        n=int(quality.get("n") or 0) if first.evidence != "impression" else 0,
        run=quality.get("run"),
        fallbacks=tuple(
            dict.fromkeys([*(standing.model for standing in rest), *_wider_models(data, cell, first.model)])
        ),
        reasons=tuple(reasons),
        warning=_warning(data, first.evidence, expired=is_expired(quality, now)),
    )


def _wider_models(data: Mapping[str, Any], cell: Cell, model: str) -> list[str]:
    """The models of the wider cells' routes, then of every other route for the same kind of request."""
    found = [written_route(data, wide) for wide in cell.wider()]
    found += [entry for entry in data.get("routes", ()) if entry["image"] == cell.image]
    return [entry["model"] for entry in found if entry is not None and entry["model"] != model]


def _warning(data: Mapping[str, Any], evidence: str, *, expired: bool) -> str:
    lines = []
    if data.get("simulated"):
        lines.append("SIMULATED: every measured figure in this catalog is invented")
    if evidence == "impression":
        lines.append("an impression, not a measurement (n = 0)")
    if expired:
        lines.append("the evidence has expired; measure again")
    return "; ".join(lines)


# --------------------------------------------------------------------------------------------- the file
_read: dict[str, tuple[tuple[int, int, int], Mapping[str, Any]]] = {}


def find_catalog(path: str | os.PathLike[str] | None) -> Path:
    """The routing file that holds: the one named, else ./routing.json, else the shipped one."""
    return Path(path) if path is not None else LOCAL if LOCAL.is_file() else SHIPPED


def read_quickly(path: str | os.PathLike[str] | None) -> Mapping[str, Any]:
    """A catalog as plain values, read again only when the file changed. Raises UsageError."""
    found = find_catalog(path)
    try:
        status = found.stat()
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        known = _read.get(str(found))
        if known is not None and known[0] == stamp:
            return known[1]
        data = json.loads(found.read_bytes())
    except OSError as error:
        raise UsageError(f"{found}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{found}: not valid JSON: {error}; restore {found.name}.bak or mend it") from None
    check_version(data, found)
    _read[str(found)] = stamp, data
    return data  # type: ignore[no-any-return]


def check_version(data: Any, path: Path) -> None:
    """Raises UsageError on anything but a routing catalog of a schema this program knows."""
    if not isinstance(data, dict) or data.get("kind") != "routing-catalog":
        raise UsageError(f'{path}: not a routing catalog ("kind": "routing-catalog" is missing)')
    schema = data.get("schema")
    if not isinstance(schema, int) or schema < 1:
        raise UsageError(f'{path}: "schema" must be a number from 1')
    if schema > SCHEMA:
        raise UsageError(
            f"{path}: schema {schema} is newer than this program knows ({SCHEMA}); upgrade routing-evals"
            " (nothing was read or written)"
        )
