"""A stored run as a comparison takes it: its verdicts folded, and what they depend on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals import store
from evals.compare import RunScores, SuiteScores
from evals.records import Judgment, Plan, PlannedPair, PlannedSuite, UsageError
from evals.score import Places, fold


def read_run(folder: Path) -> RunScores:
    """A stored run with its verdicts folded. Raises UsageError when there are none, InputError on damage."""
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
