"""The files of a report: CSV, Markdown, and the HTML page written prompt by prompt."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup, escape

from evals.records import Plan
from evals.report._best import NOTE, best_sentence
from evals.report._cells import UNKNOWN, Table, percent, span
from evals.report._checks import (
    CAPTION,
    check_category_table,
    check_table,
    contradiction_sentence,
    contradiction_table,
    sandbox_sentence,
    suite_checks,
)
from evals.report._contested import Choice, choose, pages
from evals.report._frames import category_frame, csv_bytes, latency_frame, winrates
from evals.report._judging import judging_blocks
from evals.report._neutral import code_span, prose, visible
from evals.report._order import order_notes, rank_cell, told_apart, unseen_in_categories
from evals.report._plots import win_rate_plot
from evals.report._routing import routing_blocks, started
from evals.report._stages import stage_table
from evals.report._tables import (
    SIMULATED,
    basis,
    closing_lines,
    coverage_sentence,
    difference_table,
    flip_sentence,
    has_lengths,
    has_ranks,
    has_scores,
    heading,
    interval_header,
    markdown_document,
    pair_table,
    why_unranked,
)
from evals.report._view import CategoryRow, PairRow, Rate, SuiteView, View, read_view
from evals.store import MANIFEST, MEASURED, SCORES, StoreError, read_json, write_atomic

_MATRIX_MODELS = 24
"""More models than this do not fit a matrix anyone can read; the list of pairs stays."""


def render_files(run_dir: Path) -> None:
    """See `evals.report.render`."""
    manifest = read_json(run_dir / MANIFEST)
    view = read_view(read_json(run_dir / SCORES), read_json(run_dir / MEASURED), manifest)
    write_atomic(run_dir / "winrates.csv", csv_bytes(winrates(view)))
    write_atomic(run_dir / "report.md", markdown_document(view, _category_table).encode())
    _write_page(run_dir, view, Plan.from_json(manifest["plan"]))


def _write_page(run_dir: Path, view: View, plan: Plan) -> None:
    """Stream the page into a new file beside the old one, then replace it: memory stays flat, readers see a whole."""
    choice = choose(run_dir, plan)
    shown = _ranked(plan, view)
    stream = (
        _environment()
        .get_template("report.html.j2")
        .stream(**_context(view, choice), pages=pages(run_dir, shown, choice))
    )
    stream.enable_buffering(64)
    new = run_dir / ".report.html.new"
    try:
        with new.open("wb") as file:
            for part in stream:
                file.write(part.encode())
        new.replace(run_dir / "report.html")
    except OSError as error:
        raise StoreError(f"{run_dir / 'report.html'}: {error.strerror or error}; the run itself is stored") from error
    finally:
        new.unlink(missing_ok=True)


def _ranked(plan: Plan, view: View) -> Plan:
    """The plan with its models in the order of the ranking, so that answers stand as the tables do."""
    place = {row.model: number for number, row in enumerate(view.overall.models)}
    return replace(plan, models=tuple(sorted(plan.models, key=lambda model: place.get(model, len(place)))))


# --------------------------------------------------------------------------------------------- template
def _environment() -> jinja2.Environment:
    """Escapes everything; hidden characters of every plain text are made visible on the way out."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("evals.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "percent": percent,
        "score": lambda value: "–" if value is None else f"{value:.2f}",
        "span": _span,
        "prose": lambda text: Markup(escape(prose(text))),  # noqa: S704  (escaped right here)
        "seconds": lambda value: "–" if _unknown(value) else f"{value:.2f}",
        "count": lambda value: "–" if _unknown(value) else f"{value:,}",
        "fit": lambda name: "short" if len(name) <= 14 else "long" if len(name) > 24 else "",
        "rank": rank_cell,
        "words": lambda text: text.replace("_", " "),
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
    }
    return environment


def _finalize(value: Any) -> Any:
    return visible(value) if type(value) is str else value


def _unknown(value: Any) -> bool:
    return value is None or bool(pd.isna(value))


def _span(low: float | None, high: float | None) -> str:
    return span(low, high).strip()


def _context(view: View, choice: Choice) -> dict[str, Any]:
    measured = latency_frame(view)
    return {
        "view": view,
        "titles": ", ".join(heading(suite.name) for suite in view.suites),
        "several": len(view.suites) > 1,
        "simulated_note": SIMULATED,
        "leads": [lead(view, suite) for suite in view.suites[:4]] if view.best is None else _best(view),
        "suites": [_suite_context(view, suite) for suite in view.shown_suites],
        "coverage": coverage_sentence(view),
        "verdicts": _verdicts(view),
        "alerts": [
            line for line in closing_lines(view) if line[0] in ("baseline", "judge", "warning", "control", "note")
        ],
        "flips": flip_sentence(view) if view.flips[1] else "",
        "statuses": list(dict.fromkeys(status for row in view.overall.models for status in row.statuses)),
        "costs": measured.to_dict("records"),
        "stages": stage_table(view),
        "judges": choice.judges,
        "judging": judging_blocks(view, visible),
        "routing": routing_blocks(view, visible),
        "frontiers": _frontiers(view),
        "facts": _facts(view),
        "hosts": [_host(name, facts) for name, facts in (view.manifest.get("models") or {}).items()],
        "choice": choice,
        "check_caption": CAPTION,
        "contradictions": contradiction_sentence(view),
        "contradicting": contradiction_table(view, visible),
        "sandbox": sandbox_sentence(view),
    }


def _frontiers(view: View) -> list[Markup]:
    if view.routing is None or not view.complete:
        return []
    from evals.report._frontier import page_plots

    return [Markup(plot) for plot in page_plots(view.routing, started(view))]  # noqa: S704  (as the win-rate plot)


def _best(view: View) -> list[str]:
    return [f"{best_sentence(view)}.", f"{NOTE}."]


def _verdicts(view: View) -> str:
    """What became of the planned verdicts: `960 planned, 954 ok, 6 rule no answer`."""
    counts = {"planned": view.verdicts.get("planned", 0), **view.verdicts}
    parts = [f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count]
    return ", ".join(parts)


def _suite_context(view: View, suite: SuiteView) -> dict[str, Any]:
    checks = suite_checks(view, suite)
    return {
        "view": suite,
        "name": "All suites" if suite is view.overall else heading(suite.name),
        "basis": basis(view, suite, visible),
        "why": "" if suite.complete else why_unranked(view, suite),
        "plot": Markup(win_rate_plot(suite)),  # noqa: S704  (matplotlib's own markup, texts escaped by its writer)
        "missing": any(row.judged < row.planned for row in suite.models),
        "level": interval_header(suite),
        "has_scores": has_scores(suite),
        "has_ranks": has_ranks(suite),
        "has_lengths": has_lengths(suite),
        "apart": told_apart(suite, visible),
        "order_notes": order_notes(suite),
        "has_top": any(row.top.value is not None for row in suite.models),
        "matrix": _matrix(suite),
        "pairs": pair_table(suite, visible),
        "differences": difference_table(suite, visible),
        "categories": _category_heat(suite),
        "unseen": unseen_in_categories(suite),
        "checks": check_table(suite, checks, visible) if checks else None,
        "checks_by_category": check_category_table(suite, checks, visible)
        if checks and "categories" in checks
        else None,
    }


def lead(view: View, suite: SuiteView) -> str:
    """The result of a suite in one or two sentences that do not claim more than the intervals allow."""
    rows = [row for row in suite.models if row.rate.value is not None]
    if not suite.complete or not rows:
        return f"{heading(suite.name)}: no ranking; too many scores are missing." if not suite.complete else ""
    best = rows[0]
    level = f"{100 * best.rate.level:g}\u00a0%"
    text = f"{heading(suite.name)}: {heading(best.model)} wins {percent(best.rate.value)}\u00a0% of its comparisons"
    if best.rate.has_interval:
        text += f" ({level} interval {_span(best.rate.low, best.rate.high)})"
    if len(rows) < 2 or view.baseline:
        return f"{text}."
    direct = _between(suite, best.model, rows[1].model)
    if direct is None or not direct.has_interval:
        return f"{text}."
    text += f", ahead of {heading(rows[1].model)}. Head to head the two stand at {percent(direct.value)}\u00a0%"
    text += f" ({_span(direct.low, direct.high)})"
    clear = direct.low is not None and direct.low > 0.5
    return text + (
        ", the whole interval above 50\u00a0%." if clear else ": the interval holds 50\u00a0%, too close to call."
    )


# --------------------------------------------------------------------------------------------- matrices
def _matrix(suite: SuiteView) -> dict[str, Any]:
    names = [row.model for row in suite.models][:_MATRIX_MODELS]
    cells = {(pair.first, pair.second): _pair_cell(suite, pair, pair.rate) for pair in suite.pairs}
    cells |= {(pair.second, pair.first): _pair_cell(suite, pair, _mirrored(pair.rate)) for pair in suite.pairs}
    lines = [{"name": row, "cells": [cells.get((row, column)) for column in names]} for row in names]
    return {"columns": names, "lines": lines}


def _pair_cell(suite: SuiteView, pair: PairRow, rate: Rate) -> dict[str, Any]:
    read = suite.complete and rate.value is not None
    first, second = (pair.first, pair.second) if rate is pair.rate else (pair.second, pair.first)
    title = f"{first} against {second}: {pair.judged} of {pair.planned} prompts judged"
    if read and pair.flip_rate is not None:
        title += f", {percent(pair.flip_rate)} % flipped with the order"
    counts = {"judged": pair.judged, "planned": pair.planned}
    if not read and pair.bounds[0] is not None:
        title += f"; bounds of {pair.first}: {_span(*pair.bounds)} %"
    return {"rate": rate if read else None, "title": title, **counts, **_heat(rate)}


def _mirrored(rate: Rate) -> Rate:
    """The same comparison seen from the other side."""
    low, high = (None if end is None else 1.0 - end for end in (rate.high, rate.low))
    return replace(rate, value=None if rate.value is None else 1.0 - rate.value, low=low, high=high)


def _between(suite: SuiteView, first: str, second: str) -> Rate | None:
    for pair in suite.pairs:
        if (pair.first, pair.second) == (first, second):
            return pair.rate
        if (pair.first, pair.second) == (second, first):
            return _mirrored(pair.rate)
    return None


def _heat(rate: Rate) -> dict[str, Any]:
    """How a cell is coloured: towards one tone above 50 %, towards the other below, at most 60 % of full strength."""
    distance = 0.0 if rate.value is None else rate.value - 0.5
    return {"tone": "--high" if distance >= 0 else "--low", "share": round(abs(distance) * 120)}


def _category_heat(suite: SuiteView) -> dict[str, Any] | None:
    if not suite.categories:
        return None
    frame = category_frame(suite)
    rows = {(cell.category, cell.model): cell for cell in suite.categories}
    return {
        "columns": list(frame.columns),
        "lines": [
            {
                "name": suite.category_titles.get(category) or category or "(none)",
                "note": _category_note([rows.get((category, model)) for model in frame.columns]),
                "cells": [_category_cell(rows.get((category, model))) for model in frame.columns],
            }
            for category in frame.index
        ],
    }


def _category_note(cells: list[CategoryRow | None]) -> str:
    return f"n = {max((cell.rate.n for cell in cells if cell), default=0)}"


def _category_cell(cell: CategoryRow | None) -> dict[str, Any] | None:
    if cell is None or cell.rate.value is None:
        return None
    title = f"{cell.model}, {cell.category}: {percent(cell.rate.value)} % ({_span(cell.rate.low, cell.rate.high)})"
    title = f"{title}, {cell.judged} of {cell.planned} scores judged"
    return {"rate": cell.rate, "mark": cell.mark, "title": title, **_heat(cell.rate)}


def _category_table(suite: SuiteView) -> Table:
    """Win rates by category for Markdown."""
    frame = category_frame(suite)
    counts = {cell.category: cell.rate.n for cell in reversed(suite.categories)}
    cells = {
        (cell.category, cell.model): f"{percent(cell.rate.value)} {cell.mark}".strip() for cell in suite.categories
    }
    rows = tuple(
        (
            code_span(suite.category_titles.get(category) or category or "(none)"),
            str(counts[category]),
            *(cells.get((category, model), UNKNOWN) for model in frame.columns),
        )
        for category in frame.index
    )
    headers = ("category", "n", *(code_span(model) for model in frame.columns))
    return Table(headers=headers, align=("left", *["right"] * (len(headers) - 1)), rows=rows)


# --------------------------------------------------------------------------------------------- run facts
def _facts(view: View) -> list[tuple[str, str]]:
    manifest = view.manifest
    catalog = manifest.get("catalog") or {}
    settings = manifest.get("settings") or {}
    facts = [
        ("run", view.run_id),
        ("command", shlex.join(str(word) for word in manifest.get("command") or ())),
        ("version", str(manifest.get("version") or "")),
        ("started", str(manifest.get("created_at") or "")),
        ("seed", str(manifest.get("seed", ""))),
        *(("suite", _suite_fact(suite)) for suite in view.suites),
        *((f"judge definition {name}", f"hash {value}") for name, value in (manifest.get("definitions") or {}).items()),
        ("catalog", f"{catalog.get('path', '')}, hash {catalog.get('hash', '')}" if catalog else ""),
        ("settings", ", ".join(f"{name} {_plain(value)}" for name, value in settings.items() if value)),
        ("interval", next((row.rate.method for row in view.overall.models if row.rate.method), "")),
        *(("note", str(note)) for note in manifest.get("notes") or ()),
    ]
    return [(label, text) for label, text in facts if text]


def _plain(value: Any) -> str:
    """A setting in words: the items of a list, "yes" for what was asked for."""
    if isinstance(value, Mapping):
        return " ".join(f"{key}={part}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(str(part) for part in value)
    return "yes" if value is True else str(value)


def _suite_fact(suite: SuiteView) -> str:
    parts = [suite.name, f"version {suite.version}" if suite.version else "", f"{suite.prompts} prompts"]
    parts += [f"licence {suite.license}" if suite.license else "", f"hash {suite.hash}" if suite.hash else ""]
    return ", ".join(part for part in parts if part)


def _host(name: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    prices = facts.get("prices") or {}
    mark = " (invented)" if prices.get("invented") else ""
    amounts = {side: prices.get(f"{side}_usd_per_mtok") for side in ("input", "output")}
    return {
        "name": name,
        **{key: str(facts.get(key) or "") for key in ("family", "wire_id", "host", "base_url")},
        **{side: "" if amount is None else f"{amount}{mark}" for side, amount in amounts.items()},
    }
