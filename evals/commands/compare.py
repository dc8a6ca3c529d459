"""`evals compare`: the same prompts in two runs: which model became better or worse."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import store
from evals.records import Judgment, Plan, PlannedPair, PlannedSuite, UsageError

if TYPE_CHECKING:
    from evals.compare import Change, Compared, RunScores

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


# ------------------------------------------------------------------------------------------- reading
def read_run(folder: Path) -> RunScores:
    """A stored run with its verdicts folded. Raises UsageError when there are none, InputError on damage."""
    from evals.compare import RunScores, SuiteScores
    from evals.score._places import Places
    from evals.score._verdicts import fold

    manifest = store.read_json(folder / store.MANIFEST)
    plan = Plan.from_json(manifest["plan"])
    places = Places(plan)
    judgments = (Judgment.from_json(record) for _, _, record in store.iter_records(folder / store.JUDGMENTS))
    folded, _ = fold(places, judgments, [])
    served = _served(folder)
    prompts = prompt_hashes(folder)
    suites = {}
    for suite in plan.suites:
        numbers = places.prompt[suite.name]
        scores = {}
        for number, pair in enumerate(places.pairs):
            turned = pair.first > pair.second  # the order in which a run was given its models says nothing
            found = {prompt: folded.score(number, place) for prompt, place in numbers.items()}
            scores[_sides(pair)] = {
                prompt: 1.0 - score if turned else score for prompt, score in found.items() if score is not None
            }
        suites[suite.name] = SuiteScores(
            hash=suite.hash,
            judging=_judging(suite, manifest["definitions"], plan),
            judges={
                _sides(pair): tuple(f"{served.get(name, name)}{_weight(plan, name)}" for name in pair.judges)
                for pair in places.pairs
            },
            categories=dict(zip(suite.prompt_ids, suite.categories, strict=True)),
            scores=scores,
            families={p: name for p, name in zip(suite.prompt_ids, suite.families, strict=False) if name},
            prompts=prompts.get(suite.name, {}),
        )
    if not any(score for suite in suites.values() for score in suite.scores.values()):
        raise UsageError(f"{folder} holds no verdict yet; first: python -m evals judge {folder}")
    return RunScores(name=str(folder), simulated=_simulated(folder, plan), baseline=plan.baseline, suites=suites)


def prompt_hashes(folder: Path) -> dict[str, dict[str, str]]:
    """Of each suite of a run the hash of each prompt as asked; nothing for a run that did not store them."""
    found: dict[str, dict[str, str]] = {}
    for _, _, record in store.iter_records(folder / store.PROMPTS):
        if "hash" in record:
            found.setdefault(record["suite"], {})[record["id"]] = record["hash"]
    return found


def _sides(pair: PlannedPair) -> tuple[str, str]:
    return (pair.first, pair.second) if pair.first <= pair.second else (pair.second, pair.first)


def _weight(plan: Plan, judge: str) -> str:
    return f" (weight {plan.weights.get(judge, 1.0):g})" if plan.weights else ""


def _judging(suite: PlannedSuite, hashes: Mapping[str, str], plan: Plan) -> str:
    asked = f"{suite.definition or 'recorded verdicts'} {hashes.get(suite.definition, '')[:8]}".strip()
    return f"{asked}, objective checks trusted" if plan.trust_checks else asked


def _served(folder: Path) -> dict[str, str]:
    """Each judge with the models that answered in its name: another snapshot is another judge."""
    path = folder / store.MEASURED
    models: Mapping[str, Any] = store.read_json(path)["models"] if path.exists() else {}
    return {
        name: f"{name} (served as {', '.join(facts['served_model'])})"
        for name, facts in models.items()
        if set(facts["served_model"]) - {name}
    }


def _simulated(folder: Path, plan: Plan) -> bool:
    path = folder / store.SCORES
    return bool(store.read_json(path)["simulated"]) if path.exists() else plan.simulated


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
    from evals.report._neutral import code_span, markdown_text

    def cells(row: Sequence[str]) -> str:
        return f"| {' | '.join(map(markdown_text, row))} |"

    lines = [f"Compared with the earlier run: {markdown_text(_headline(worse))}", ""]
    if compared.simulated:
        lines += ["**SIMULATED**: every figure below is invented.", ""]
    lines += [f"{code_span(compared.before)} → {code_span(compared.after)}", "", cells(_HEADS)]
    lines += [f"|{' --- |' * len(_HEADS)}", *map(cells, _shown(compared)), ""]
    return "\n".join([*lines, *(f"- {markdown_text(line)}" for line in _explained(compared))])
