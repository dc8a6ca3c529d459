"""`compare --rejudge`: the answers of one run judged again as those of the other were, in a run of its own.

The rule: the earlier run's answers are judged as the later run's were, since what judged last is likeliest still there.
Where the later run's definition is not what it was, or the earlier run's prompts are not, the later run's answers are
judged as the earlier's were. Where the judge itself has changed under its name since (another snapshot answers now),
the other run's answers are judged again too. Nothing is asked of the models that are compared.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import store
from evals.records import IncompleteError, Plan, UsageError, content_hash

if TYPE_CHECKING:
    from evals.planning import Prepared, Settings

_LONGEST_ID = 100


def bridge(
    before: Path, after: Path, *, budget_usd: str | None, typed: Sequence[str]
) -> tuple[list[Path], tuple[str, ...]]:
    """The two folders to compare in place of these, judged alike, and what was done about it in sentences.

    A bridge has a name made from both runs': asked for again it is taken up where it stopped, and complete it costs
    nothing. Raises UsageError when the answers cannot be compared whoever judges them, or neither run can be judged as
    the other was, IncompleteError when verdicts failed.
    """
    from evals.commands._runs import read_run
    from evals.compare import asked_alike, judged_otherwise

    folders = [before, after]
    runs = read_run(before), read_run(after)
    asked_alike(*runs)  # nothing is paid for what could not be compared then
    if judged_otherwise(*runs) is None:
        return folders, ()
    whys = []
    for place in (0, 1):
        source, target = folders[place], folders[1 - place]
        why = _rejudge(source, target, budget_usd, typed)
        if why is None:
            break
        whys.append(f"the answers of {source} cannot be judged as those of {target} were: {why}")
    else:
        raise UsageError("\n".join(whys))
    notes = [f"the answers of {source} were judged again as those of {target} were, in {_place(source, target)}"]
    folders[place] = _place(source, target)
    if judged_otherwise(*(read_run(folder) for folder in folders)) is not None:
        why = _rejudge(target, target, budget_usd, typed)
        if why is not None:
            raise UsageError(f"the judge has changed since, and {target} cannot be judged again: {why}")
        notes.append(f"the judge has changed since: the answers of {target} were judged again too")
        folders[1 - place] = _place(target, target)
    return folders, tuple(notes)


def _place(source: Path, target: Path) -> Path:
    """The folder of a bridge, beside the run whose answers it holds."""
    name = f"{source.name}-as-{target.name}"
    return source.with_name(name if len(name) <= _LONGEST_ID else f"rejudged-{content_hash(name)[:16]}")


def _rejudge(source: Path, target: Path, budget_usd: str | None, typed: Sequence[str]) -> str | None:
    """Judge one run's answers as the other's were; a sentence when that cannot be, before anything is asked."""
    from evals import run
    from evals.commands.plan import headline
    from evals.planning import prepare
    from evals.progress import Bars

    ours, theirs = (store.read_json(folder / store.MANIFEST) for folder in (source, target))
    if Plan.from_json(theirs["plan"]).orders == "recorded":
        return "its verdicts were recorded elsewhere"
    settings, folder = _settings(source, ours, theirs, budget_usd), _place(source, target)
    there = folder / store.MANIFEST
    try:
        prepared = prepare(settings, env=os.environ, resumed=store.read_json(there) if there.exists() else None)
    except UsageError as error:
        return str(error)
    why = _changed(prepared, source, ours, theirs)
    if why is not None:
        return why

    def announce(made: Prepared) -> None:
        print(f"judging again, into {folder}: {headline(made)}", file=sys.stderr)

    watcher = Bars(quiet=True)
    command = ["evals", *typed]
    options: dict[str, Any] = {"env": os.environ, "watcher": watcher, "command": command, "announce": announce}
    run.execute(settings, folder, stages=frozenset({"judge"}), **options)
    coverage = run.score_run(folder)["coverage"]
    if not coverage["complete"]:
        raise IncompleteError(
            f"{folder}: {coverage['missing']} of {coverage['planned']} pair scores are missing; the same command asks "
            "for them again"
        )
    return None


def _settings(source: Path, ours: Any, theirs: Any, budget_usd: str | None) -> Settings:
    """The source's suites, models and answers with the target's judging. Models of one run only are left out."""
    from evals.planning import Settings

    mine, judging = (Settings.from_json(manifest["settings"]) for manifest in (ours, theirs))
    labels = {suite["definition"] for suite in theirs["suites"]}
    named = next(iter(labels)).rpartition("@")[0] if len(labels) == 1 else None
    shared = {suite["name"] for suite in theirs["suites"]}
    models = tuple(model for model in ours["plan"]["models"] if model in theirs["plan"]["models"])
    baseline = mine.baseline or judging.baseline
    return replace(
        mine,
        suite=tuple(suite["spec"] for suite in ours["suites"] if suite["name"] in shared),
        models=models,
        baseline=baseline if baseline in models else None,
        judge=judging.judge,
        definition=judging.definition or named,
        panel=judging.panel,
        repeats=judging.repeats,
        trust_checks=judging.trust_checks,
        catalog=judging.catalog,
        base_url=judging.base_url,
        budget_usd=budget_usd,
        responses=(str(source / store.RESPONSES),),
        judgments=(),
        simulate=bool(ours["plan"]["simulated"]),
        controls=0,
        noise_check=0.0,
        calibrate=False,
        find_best=False,
    )


def _changed(prepared: Prepared, source: Path, ours: Any, theirs: Any) -> str | None:
    """What is not as it was, as a sentence."""
    from evals.commands._runs import prompt_hashes
    from evals.suites import asked_hash

    if prepared.simulate != bool(ours["plan"]["simulated"]):
        return "its judges cannot be reached"
    known = prompt_hashes(source)
    hashes = {suite["name"]: suite["hash"] for suite in ours["suites"]}
    for suite in prepared.suites:
        now = {prompt.id: asked_hash(prompt, suite.params) for prompt in suite.prompts}
        if suite.hash != hashes[suite.name] and now != known.get(suite.name):
            return f"the prompts of {suite.name} are not those it was asked any more"
        definition = prepared.definitions[suite.name]
        if theirs["definitions"].get(definition.label) != definition.hash:
            return f"the definition {definition.name} is not what it was; restore it, or run both again"
    return None
