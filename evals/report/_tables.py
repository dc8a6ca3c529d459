"""The tables of a run as text: for the terminal, and as Markdown for a pull-request comment."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from evals.report._best import NOTE, SEQUENCE, best_sentence
from evals.report._cells import UNKNOWN, Table, percent, span
from evals.report._checks import (
    check_table,
    contradiction_sentence,
    sandbox_sentence,
    suite_checks,
)
from evals.report._judging import bias_line, control_lines, judging_blocks
from evals.report._neutral import clip, code_span, columns, markdown_text, visible
from evals.report._order import needed_cell, order_notes, p_cell, rank_cell, told_apart, unseen_in_categories
from evals.report._routing import routing_blocks
from evals.report._stages import stage_sentence, stage_table
from evals.report._view import MeasuredRow, ModelRow, PairRow, Rate, SuiteView, View

WIDTH = 100
"""Columns the terminal tables aim at; long names can take them to 120."""

_NAME_WIDTH = 24
_PAIR_NAME_WIDTH = 17
_HEADING_WIDTH = 60
_PLOT_WIDTHS = (11, 31)
_PAIRS_SHOWN = 28
_REASONS_SHOWN = 2

SIMULATED = "answers, verdicts, times and prices come from the embedded simulator, not from real models"

PAIRS_LEGEND = (
    "“adj. p”: of “neither is better”, Holm over the pairs of a table, while each interval stands for itself; "
    "“detectable ±”: the points of difference that so many prompts show four times in five (less may be there unseen); "
    "“n needed”: the prompts that would, were the difference exactly as observed"
)

Name = Callable[[str], str]
Row = TypeVar("Row")


# --------------------------------------------------------------------------------------------- the two documents
def terminal_document(view: View) -> str:
    """What `run` prints at the end: tables per suite, pairs, coverage, warnings, cost. No control character in it."""
    blocks = [f"*** SIMULATED *** {SIMULATED}"] if view.simulated else []
    for suite in view.shown_suites:
        lines = [_title(view, suite, heading), _wrapped(basis(view, suite, heading))]
        if not suite.complete:
            lines.append(_wrapped(why_unranked(view, suite)))
        apart = told_apart(suite, lambda model: clip(model, _NAME_WIDTH))
        blocks.append("\n".join([*lines, "", _fitted(view, suite), *(["", _wrapped(apart)] if apart else [])]))
        if suite.pairs:
            blocks.append(f"Pairs, {_title(view, suite, heading)}\n\n{_terminal_pairs(suite)}")
        if suite.complete and suite.differences:
            title = f"Differences against {heading(str(view.baseline))}, points, {_title(view, suite, heading)}"
            table = difference_table(suite, lambda model: clip(model, _PAIR_NAME_WIDTH)).terminal()
            blocks.append(f"{title}\n\n{table}")
        if (checks := suite_checks(view, suite)) is not None:
            table = check_table(suite, checks, lambda model: clip(model, _NAME_WIDTH)).terminal()
            blocks.append(f"Checks, {_title(view, suite, heading)}\n\n{table}")
    for part in judging_blocks(view, lambda model: clip(model, _PAIR_NAME_WIDTH), brief=True):
        lines = [_wrapped(visible(sentence)) for sentence in part.sentences]
        rows = [part.table.terminal(), ""] if part.table.rows else []
        blocks.append("\n".join([f"{part.title}{_mark(view)}", "", *rows, *lines]))
    blocks.append("\n".join(_wrapped(f"{label}: {text}") for label, text in closing_lines(view, brief=True)))
    return "\n\n".join(blocks)


def markdown_document(view: View, categories: Callable[[SuiteView], Table]) -> str:
    """The same tables for a pull-request comment, and win rates by category. Names cannot act as markup."""
    mark = _mark(view)
    blocks = [f"# Win rates: {', '.join(code_span(suite.name) for suite in view.suites)}{mark}"]
    if view.simulated:
        blocks.append(f"> **SIMULATED**: {SIMULATED}.")
    for suite in view.shown_suites:
        blocks += [f"## {_title(view, suite, code_span)}", basis(view, suite, code_span)]
        if not suite.complete:
            blocks.append(f"{markdown_text(why_unranked(view, suite))}")
        blocks.append(model_table(view, suite, code_span).markdown())
        blocks += [apart] if (apart := told_apart(suite, code_span)) else []
        if suite.pairs:
            blocks += [f"### Pairs{mark}", pair_table(suite, code_span, shown=_PAIRS_SHOWN).markdown()]
            blocks += [more] if (more := _more_pairs(suite)) else []
        if suite.complete and suite.differences:
            title = f"### Differences against {code_span(str(view.baseline))}, percentage points{mark}"
            blocks += [title, difference_table(suite, code_span).markdown()]
        if (checks := suite_checks(view, suite)) is not None:
            blocks += [f"### Checks passed{mark}", check_table(suite, checks, code_span).markdown()]
        if suite.complete and suite.categories:
            blocks += [f"### Win rate by category, %{mark}", categories(suite).markdown()]
            blocks += [unseen] if (unseen := unseen_in_categories(suite)) else []
    for part in (*routing_blocks(view, code_span), *judging_blocks(view, code_span)):
        blocks.append(f"## {part.title}{mark}")
        blocks += [part.table.markdown()] if part.table.rows else []
        blocks.append("\n".join(f"- {markdown_text(sentence)}" for sentence in part.sentences))
    if view.stages:
        blocks += [f"## Calls and cost by stage{mark}", stage_table(view).markdown()]
    blocks.append("\n".join(f"- {label}: {markdown_text(text)}" for label, text in closing_lines(view)))
    blocks.append(f"Run {code_span(view.run_id)}")
    return "\n\n".join(blocks) + "\n"


def why_unranked(view: View, suite: SuiteView) -> str:
    """Why there is no ranking, as one or two sentences."""
    reasons = suite.reasons or view.overall.reasons or ("another suite of this run misses more",)
    if len(reasons) > _REASONS_SHOWN:
        reasons = (*reasons[:_REASONS_SHOWN], f"and {len(reasons) - _REASONS_SHOWN} more models miss too much")
    return visible(
        f"No ranking: at most {100 * view.max_missing:g} % of a model's planned scores may be missing, "
        f"but {'; '.join(reasons)}. The bounds count every missing score as lost, then as won."
    )


def closing_lines(view: View, *, brief: bool = False) -> list[tuple[str, str]]:
    """Coverage, order flips, answers that are none, controls, warnings, cost: (what, sentence) pairs.

    `brief`, for a terminal: controls that are green take one line, and so do the biases that show and a suite's judges.
    """
    lines = [("best model", best_sentence(view)), ("intervals", NOTE)] if view.best is not None else []
    if view.baseline:
        row = f"the row of {view.baseline} is its mean over all it met, every other row is against it alone"
        lines.append(("baseline", f"{row}: compare it with them in the table of pairs"))
    lines.append(("coverage", coverage_sentence(view)))
    if view.flips[1]:
        lines.append(("order flips", flip_sentence(view)))
    lines += [("separability", line) for suite in view.shown_suites if (line := _separability(view, suite))]
    if alike := _each_suite_alike(view):
        lines.append(("every suite weighing the same", alike))
    if not_ok := _not_ok(view):
        lines.append(("answers not ok", not_ok))
    lines += [("no judge asked", ruled) for ruled in _by_rule(view)]
    lines += [("judge", line) for line in _trusted(view, brief=brief)]
    if contradictions := contradiction_sentence(view):
        lines.append(("checks and judge", contradictions))
    if sandbox := sandbox_sentence(view):
        lines.append(("warning", sandbox))
    lines += [("note", str(note)) for note in view.manifest.get("notes") or ()]
    lines += control_lines(view, brief=brief)
    lines += [("biases", leans)] if brief and (leans := bias_line(view)) else []
    lines += _order_lines(view)
    lines += [("warning", warning) for warning in view.warnings]
    if view.unknown_outcomes:
        unknown = f"{view.unknown_outcomes:,} calls were in flight when a run stopped; each may have been paid twice"
        lines.append(("warning", unknown))
    wall = f" in {view.wall_s:,.1f} s" if view.wall_s is not None else ""
    stages = stage_sentence(view) if brief else ""  # else a table says it
    lines.append(("cost in USD", f"{view.total}{wall}{stages}"))
    if any(row.cost.invented for row in view.measured):
        lines.append(("cost with *", "computed from the simulator's invented prices"))
    if any(has_scores(suite) for suite in view.shown_suites if suite.complete):
        scored = "mean score on the judge's scale, on n prompts; answers that are none have no score"
        lines.append(("score", f"{scored}. The win rates follow from who scored higher on a prompt"))
    if any(row.p_adjusted is not None for suite in view.shown_suites if suite.complete for row in suite.pairs):
        lines.append(("pairs", PAIRS_LEGEND))
    if any(row.top.value is not None for suite in view.suites for row in suite.models if suite.complete):
        lines.append(("top %", "share of prompts on which no other model scores higher: ties for all / split"))
    return [(label, visible(text)) for label, text in lines]


def _by_rule(view: View) -> list[str]:
    """What was decided without a judge."""
    empty = view.verdicts.get("rule_no_answer")
    lines = [f"{empty:,} verdicts follow from an answer that is none"] if empty else []
    if view.by_checks or (view.manifest.get("plan") or {}).get("trust_checks"):
        lines.append(f"{view.by_checks:,} of {view.planned:,} pairs decided by checks")
    return lines


def _order_lines(view: View) -> list[tuple[str, str]]:
    found = []
    for suite in view.shown_suites:
        where = f"{heading(suite.name)}: " if len(view.suites) > 1 else ""
        found += [("ranking", where + note) for note in order_notes(suite)]
    return found


def coverage_sentence(view: View) -> str:
    """Judged of planned."""
    share = f" ({100 * view.judged / view.planned:.1f} %)" if view.planned else ""
    missing = view.planned - view.judged
    return f"{view.judged:,} of {view.planned:,} planned pair scores judged{share}" + (
        f", {missing:,} missing" if missing else ""
    )


def flip_sentence(view: View) -> str:
    """How often the swapped order changed the winner, and how often the answer shown first won."""
    flips, of = view.flips
    text = f"{flips:,} of {of:,} judged pairs with a winner named change it when the order is swapped"
    return f"{text} ({100 * flips / of:.1f} %)" + (
        f"; the answer shown first won {percent(view.first_shown)} %" if view.first_shown is not None else ""
    )


# --------------------------------------------------------------------------------------------- tables
def model_table(view: View, suite: SuiteView, name: Name, *, plot: int = 0) -> Table:
    """One row per model. `plot` is the width of the interval drawing; 0 leaves it out.

    When too much is missing there is no win rate and no order: bounds and judged / planned only.
    """
    table: list[tuple[str, str, Callable[[ModelRow], str]]] = [("model", "left", lambda row: name(row.model))]
    if suite.complete:
        if has_ranks(suite):
            table.append(("rank", "right", rank_cell))
        table.append(("win %", "right", lambda row: percent(row.rate.value)))
        table.append((interval_header(suite), "left", lambda row: span(row.rate.low, row.rate.high)))
        if not plot and has_lengths(suite):
            table.append(("at equal length %", "right", equal_length_cell))
        if plot:
            table.append((axis(plot), "left", lambda row: drawing(row.rate, plot)))
        table.append(("W/T/L", "right", _wtl))
    else:
        table.append(("bounds %", "left", lambda row: span(*row.bounds)))
        if plot:
            bounds = lambda row: drawing(Rate(low=row.bounds[0], high=row.bounds[1]), plot, marks="╞═╡●")  # noqa: E731
            table.append((axis(plot), "left", bounds))
    table.append(("judged", "right", _judged))
    if suite.complete and has_scores(suite):
        table.append(("score (n)", "right", lambda row: score_cell(row.score, row.scored)))
    if suite.complete and any(row.top.value is not None for row in suite.models):
        table.append(("top %", "right", lambda row: f"{_round(row.top)}/{_round(row.top_strict)}"))
    table.append(("not ok", "right", lambda row: str(row.not_ok)))
    if view.measured:
        table.append(("cost $", "right", lambda row: _cost(view.answering(row.model, suite.name))))
        table.append(("p50 s", "right", lambda row: _latency(view.answering(row.model, suite.name))))
    return _table(table, suite.models)


def has_ranks(suite: SuiteView) -> bool:
    """True where the models are ranked."""
    return suite.complete and any(row.rank is not None for row in suite.models)


def has_lengths(suite: SuiteView) -> bool:
    """True where win rates at equal length are known."""
    return suite.complete and any(row.equal_length.value is not None for row in suite.models)


def equal_length_cell(row: ModelRow) -> str:
    """The win rate had all answers been of one length, with its interval."""
    rate = row.equal_length
    text = percent(rate.value)
    return f"{text} ({span(rate.low, rate.high).strip()})" if rate.has_interval else text


def has_scores(suite: SuiteView) -> bool:
    """True where judges scored answers one at a time."""
    return any(row.score is not None for row in suite.models)


def score_cell(score: float | None, prompts: int) -> str:
    """A mean score on the judge's scale, and on how many prompts it rests."""
    return UNKNOWN if score is None else f"{score:.2f} ({prompts})"


def pair_table(suite: SuiteView, name: Name, *, shown: int | None = None) -> Table:
    """One row per pair, the rate being that of the first-named; the first `shown` of them."""
    table: list[tuple[str, str, Callable[[PairRow], str]]] = [
        ("pair", "left", lambda row: f"{name(row.first)} v {name(row.second)}")
    ]
    if suite.complete:
        table.append(("win %", "right", lambda row: percent(row.rate.value)))
        table.append((interval_header(suite), "left", lambda row: span(row.rate.low, row.rate.high)))
        table.append(("W/T/L", "right", _wtl))
    else:
        table.append(("bounds %", "left", lambda row: span(*row.bounds)))
    table.append(("judged", "right", _judged))
    if suite.complete:
        table.append(("flipped %", "right", lambda row: percent(row.flip_rate)))
        table.append(("adj. p", "right", lambda row: p_cell(row.p_adjusted)))
        table.append(("detectable ±", "right", lambda row: percent(row.mde)))
        table.append(("n needed", "right", needed_cell))
    return _table(table, suite.pairs[:shown])


def difference_table(suite: SuiteView, name: Name) -> Table:
    """Paired differences of two models' win rates against the shared baseline, in percentage points."""
    return _table(
        [
            ("pair", "left", lambda row: f"{name(row.first)} - {name(row.second)}"),
            ("difference", "right", lambda row: f"{100 * row.value:+.1f}"),
            (interval_header(suite), "left", lambda row: span(row.low, row.high, signed=True)),
            ("adj. p", "right", lambda row: p_cell(row.p_adjusted)),
            ("detectable ±", "right", lambda row: percent(row.mde)),
            ("n needed", "right", needed_cell),
        ],
        suite.differences,
    )


def _table(shape: list[tuple[str, str, Callable[[Row], str]]], rows: Iterable[Row]) -> Table:
    headers, align, cells = zip(*shape, strict=True)
    return Table(headers=headers, align=align, rows=tuple(tuple(cell(row) for cell in cells) for row in rows))


def _fitted(view: View, suite: SuiteView) -> str:
    """The model table with the interval drawing as wide as the terminal's width leaves room for."""
    name = lambda model: clip(model, _NAME_WIDTH)  # noqa: E731
    narrow, wide = _PLOT_WIDTHS
    smallest = model_table(view, suite, name, plot=narrow).terminal()
    room = WIDTH - max(columns(line) for line in smallest.split("\n"))
    plot = min(wide, narrow + max(0, room))
    return model_table(view, suite, name, plot=plot - 1 + plot % 2).terminal()  # odd: 50 % is a whole column


def _terminal_pairs(suite: SuiteView) -> str:
    table = pair_table(suite, lambda model: clip(model, _PAIR_NAME_WIDTH), shown=_PAIRS_SHOWN).terminal()
    return "\n".join(filter(None, [table, _more_pairs(suite)]))


def _more_pairs(suite: SuiteView) -> str:
    """What a pair table leaves out: a pull-request comment and a terminal hold only so much."""
    more = len(suite.pairs) - _PAIRS_SHOWN
    return f"… and {more} more pairs in report.html" if more > 0 else ""


# --------------------------------------------------------------------------------------------- cells and words
def axis(width: int) -> str:
    """The header over interval drawings: 0, 50 and 100 % at their places."""
    line = [" "] * width
    middle = (width - 1) // 2
    for start, mark in ((0, "0"), (middle - 1, "50"), (width - 3, "100")):
        line[start : start + len(mark)] = mark
    return "".join(line)


def drawing(rate: Rate, width: int, *, marks: str = "├─┤●") -> str:
    """An interval on a fixed axis from 0 to 100 %, like `├──●──┤`; `┊` stands at 50 %."""
    line = [" "] * width
    line[(width - 1) // 2] = "┊"
    if rate.low is not None and rate.high is not None:
        low, high = _place(rate.low, width), _place(rate.high, width)
        line[low : high + 1] = marks[1] * (high + 1 - low)
        line[low], line[high] = (marks[0], marks[2]) if low < high else ("│", "│")
    if rate.value is not None:
        line[_place(rate.value, width)] = marks[3]
    return "".join(line)


def _place(share: float, width: int) -> int:
    return min(max(round(share * (width - 1)), 0), width - 1)


def heading(name: str) -> str:
    """A name short enough for a heading."""
    return clip(name, _HEADING_WIDTH)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def _title(view: View, suite: SuiteView, name: Name) -> str:
    return f"{'all suites' if suite is view.overall else name(suite.name)}{_mark(view)}"


def _mark(view: View) -> str:
    return " · SIMULATED" if view.simulated else ""


def basis(view: View, suite: SuiteView, name: Name) -> str:
    """What a table rests on, in one line: prompts, opponents, judges, definition."""
    if view.baseline:
        against = f"against {name(view.baseline)}"
    elif len(suite.pairs) == len(suite.models) * (len(suite.models) - 1) // 2 or not suite.pairs:
        against = "each against all others" if view.best is None else "each against those still in the search"
    else:
        common = set.intersection(*({pair.first, pair.second} for pair in suite.pairs))
        against = f"against {name(next(iter(common)))}" if len(common) == 1 else f"{len(suite.pairs)} recorded pairs"
    judges = ", ".join(name(judge) + _weight(view, judge) for judge in view.judges) or "none"
    plan = view.manifest.get("plan") or {}
    if plan.get("repeats", 1) > 1 and plan.get("orders") == "both":
        judges += f", each verdict {plan['repeats']} times"
    facts = [f"{suite.prompts} prompt{'s' * (suite.prompts != 1)}", against, f"judged by {judges}"]
    return " · ".join([*facts, name(suite.definition)] if suite.definition else facts)


def _weight(view: View, judge: str) -> str:
    return f" (weight {view.weights[judge]:g})" if judge in view.weights else ""


def interval_header(suite: SuiteView) -> str:
    """What the intervals are: of a fixed number of prompts (CI), or of a search that stops by what it sees (CS)."""
    if not suite.models:
        return "CI"
    sequential = any(row.rate.method == SEQUENCE for row in suite.models)
    return f"{100 * suite.models[0].rate.level:g} % {'CS' if sequential else 'CI'}"


def _judged(row: ModelRow | PairRow) -> str:
    return f"{row.judged}/{row.planned}"


def _wtl(row: ModelRow | PairRow) -> str:
    return f"{row.wins}/{row.ties}/{row.losses}"


def _round(rate: Rate) -> str:
    return UNKNOWN if rate.value is None else f"{100 * rate.value:.0f}"


def _cost(measured: MeasuredRow | None) -> str:
    return UNKNOWN if measured is None else measured.cost.short


def _latency(measured: MeasuredRow | None) -> str:
    value = None if measured is None else measured.latency.get("p50")
    return UNKNOWN if value is None else f"{value:.2f}"


def _each_suite_alike(view: View) -> str:
    """The win rates over several suites when each suite counts the same; the table over all weighs prompts."""
    rows = [(row.model, row.each_suite_alike) for row in view.overall.models if row.each_suite_alike.has_interval]
    if not view.overall.complete:
        return ""
    return ", ".join(f"{model} {percent(rate.value)} % ({span(rate.low, rate.high).strip()})" for model, rate in rows)


def _separability(view: View, suite: SuiteView) -> str:
    if suite.separability is None or not suite.complete:
        return ""
    apart, pairs = suite.separability
    where = f", {heading(suite.name)}" * (len(view.suites) > 1)
    return f"{apart} of {pairs} pairs of models have win rates whose intervals do not overlap{where} (not a test)"


def _trusted(view: View, *, brief: bool) -> list[str]:
    """What is known of each judge; `brief` takes the judges of a suite, and suites without calibrations, together."""
    entries = list(view.manifest.get("calibration") or ())
    if not brief or len(entries) == 1:
        return [_trust(entry) for entry in entries]
    known: dict[str, list[str]] = {}
    bare: dict[str, list[str]] = {}
    for entry in entries:
        if entry["status"] == "none":
            bare.setdefault(entry["suite"], []).append(entry["judge"])
        else:
            known.setdefault(entry["suite"], []).append(_accuracy_of(entry))
    alike: dict[tuple[str, ...], list[str]] = {}
    for suite, judges in bare.items():
        alike.setdefault(tuple(judges), []).append(suite)
    return [
        *(f"on the gold pairs of {suite} right: {'; '.join(found)}" for suite, found in known.items()),
        *(
            f"{', '.join(judges)} on {', '.join(suites)}: UNTRUSTED, no calibration; make them: python -m evals run "
            f"--run-id {view.run_id} --calibrate"
            for judges, suites in alike.items()
        ),
    ]


def _accuracy_of(entry: Mapping[str, Any]) -> str:
    accuracy = Rate.read((entry.get("quality") or {}).get("accuracy"))
    shown = f"{entry['judge']} {percent(accuracy.value)} % ({span(accuracy.low, accuracy.high).strip()})"
    state = "" if entry["trusted"] else " UNTRUSTED, stale" if entry["status"] == "stale" else " UNTRUSTED"
    return shown + state


def _trust(entry: Mapping[str, Any]) -> str:
    """What is known of a judge on a suite, and whether that is enough."""
    who = f"{entry['judge']} on {entry['suite']}"
    if entry["status"] == "none":
        again = entry.get("command") or f"python -m evals calibrate --judge {entry['judge']} --suite {entry['suite']}"
        return f"{who}: UNTRUSTED, no calibration; make one: {again}"
    accuracy = Rate.read((entry.get("quality") or {}).get("accuracy"))
    shown = f"right on {percent(accuracy.value)} % of the gold pairs ({span(accuracy.low, accuracy.high).strip()})"
    if entry["trusted"]:
        return f"{who}: {shown}"
    again = f"; make it anew: {entry['command']}" if entry["status"] == "stale" and entry.get("command") else ""
    return f"{who}: UNTRUSTED, {shown}; {'; '.join(entry['reasons'])}{again}"


def _not_ok(view: View) -> str:
    parts = []
    for row in view.overall.models:
        found = [f"{count} {status}" for status, count in row.statuses.items() if count and status != "ok"]
        if found:
            parts.append(f"{row.model} {', '.join(found)}")
    return "; ".join(parts)
