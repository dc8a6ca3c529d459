"""`evals compare`: the same prompts in two runs: which model became better or worse."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evals.records import UsageError

if TYPE_CHECKING:
    from evals.compare import Change, Compared

_HEADS = ("suite", "model", "category", "before", "after", "change", "95 %", "p adjusted", "would be seen", "verdict")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `compare`."""
    parser.add_argument("before", metavar="A", help="the earlier run: its id or folder")
    parser.add_argument("after", metavar="B", help="the later run of the same suites, judged by the same judges")
    parser.add_argument("--fail-on-regression", action="store_true", help="exit 1 when a model is shown to be worse")
    parser.add_argument(
        "--margin", type=float, default=0.0, metavar="POINTS", help="smaller losses than this do not fail (default 0)"
    )
    parser.add_argument(
        "--rejudge",
        action="store_true",
        help="where the runs were judged otherwise, judge the answers of A again as those of B were",
    )
    parser.add_argument("--budget-usd", metavar="X", help="with --rejudge: stop before this much is spent")
    parser.add_argument("--out", default="outputs", metavar="DIR", help="where runs are kept (default outputs/)")
    parser.add_argument("--markdown", action="store_true", help="Markdown on stdout, fit for a pull-request comment")
    parser.add_argument("--json", action="store_true", help="JSON on stdout")


def main(arguments: argparse.Namespace) -> int:
    """Compare; 1 when --fail-on-regression is given and there is one."""
    from evals.commands._rejudge import bridge
    from evals.commands._runs import read_run
    from evals.compare import compare
    from evals.run import find_run

    if not 0.0 <= arguments.margin <= 100.0:
        raise UsageError("--margin is a number of points between 0 and 100")
    folders = [find_run(name, Path(arguments.out)) for name in (arguments.before, arguments.after)]
    notes: tuple[str, ...] = ()
    if arguments.rejudge:
        folders, notes = bridge(folders[0], folders[1], budget_usd=arguments.budget_usd, typed=arguments.typed)
    elif arguments.budget_usd is not None:
        raise UsageError("--budget-usd caps what --rejudge may spend; without it nothing is asked")
    compared = compare(*(read_run(folder) for folder in folders))
    compared = replace(compared, notes=(*notes, *compared.notes))
    worse = compared.regressions(arguments.margin / 100.0)
    failed = bool(arguments.fail_on_regression and worse)
    if arguments.json:
        named = [{"suite": one.suite, "model": one.model, "category": one.category} for one in worse]
        print(json.dumps({**compared.to_json(), "regressions": named, "failed": failed}, ensure_ascii=False))
    else:
        print(_markdown(compared, worse) if arguments.markdown else _text(compared, worse))
    return 1 if failed else 0


# ------------------------------------------------------------------------------------------- showing
def _row(change: Change) -> list[str]:
    found = change.difference
    interval = "-"
    if found.low is not None and found.high is not None:
        interval = f"{100 * found.low:+.1f} to {100 * found.high:+.1f}"
    return [
        change.suite,
        change.model,
        "(all)" if change.category is None else change.category or "(none)",
        f"{100 * change.before:.1f}",
        f"{100 * change.after:.1f}",
        f"{100 * found.value:+.1f}",
        interval,
        "-" if change.p_adjusted is None else f"{change.p_adjusted:.2g}",
        "-" if change.smallest_gap is None else f"{100 * change.smallest_gap:.1f}",
        change.verdict,
    ]


def _headline(worse: Sequence[Change]) -> str:
    if not worse:
        return "no regression shown"
    named = [f"{one.model} on {one.suite}{'' if one.category is None else f', {one.category}'}" for one in worse]
    return f"worse: {'; '.join(named)}"


def _explained(compared: Compared) -> list[str]:
    false, found = round(100 * (1 - compared.level)), round(100 * compared.power)
    lines = [
        f"Points of win rate, the same prompts paired. Equal runs are called worse at most {false} times in 100.",
        f'"would be seen" is the change that is found in about {found} of 100 such comparisons.',
        "A win rate is relative: when one model falls, those it meets rise.",
    ]
    open_ones = [one for one in compared.slices if one.verdict == "undecided"]
    if open_ones:
        lines.append(
            f"{len(open_ones)} of {len(compared.slices)} comparisons in categories are undecided{_blind(open_ones)}."
        )
    return [*lines, *compared.notes]


def _blind(changes: Sequence[Change]) -> str:
    """What undecided comparisons could have seen, from the keenest to the dullest."""
    gaps = [one.smallest_gap for one in changes if one.smallest_gap is not None]
    if not gaps:
        return ""
    return f"; they would show changes from {100 * min(gaps):.0f} points on, the dullest {_dullest(changes, gaps)}"


def _dullest(changes: Sequence[Change], gaps: Sequence[float]) -> str:
    return f"from {100 * max(gaps):.0f} on" if len(gaps) == len(changes) else "none"


def _shown(compared: Compared) -> list[list[str]]:
    """Every suite, and the categories in which something is shown."""
    return [_row(one) for one in (*compared.changes, *(o for o in compared.slices if o.verdict != "undecided"))]


def _text(compared: Compared, worse: Sequence[Change]) -> str:
    from evals.report import plain_table, visible

    lines = ["SIMULATED: every figure below is invented"] if compared.simulated else []
    lines += [f"{compared.before} -> {compared.after}", "", plain_table(_HEADS, _shown(compared)), ""]
    return "\n".join([*lines, *map(visible, (*_explained(compared), _headline(worse)))])


def _markdown(compared: Compared, worse: Sequence[Change]) -> str:
    from evals.report import code_span, markdown_text

    def cells(row: Sequence[str]) -> str:
        return f"| {' | '.join(map(markdown_text, row))} |"

    lines = [f"Compared with the earlier run: {markdown_text(_headline(worse))}", ""]
    if compared.simulated:
        lines += ["**SIMULATED**: every figure below is invented.", ""]
    lines += [f"{code_span(compared.before)} → {code_span(compared.after)}", "", cells(_HEADS)]
    lines += [f"|{' --- |' * len(_HEADS)}", *map(cells, _shown(compared)), ""]
    return "\n".join([*lines, *(f"- {markdown_text(line)}" for line in _explained(compared))])
