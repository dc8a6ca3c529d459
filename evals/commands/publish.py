"""`evals publish`: what a run changes in the routing catalog; `--apply` writes it."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evals import routing
from evals.routing._decide import PRESETS, utc_now
from evals.routing._route import LOCAL


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `publish`."""
    parser.add_argument("run", metavar="RUN", help="a run's id or folder, or the folder of an A/B test")
    parser.add_argument("--apply", action="store_true", help="write the changes (default: show them)")
    parser.add_argument("--routing", metavar="FILE", help="routing catalog (default ./routing.json, else the shipped)")
    parser.add_argument(
        "--by",
        choices=("complexity", "task"),
        default="complexity",
        help="what is decided apart: each class of complexity (default), or whole tasks",
    )
    parser.add_argument("--task", metavar="T,T", help="only these suites of the run (default: all)")
    parser.add_argument("--margin", type=float, default=3.0, metavar="POINTS", help="points that count (default 3)")
    parser.add_argument("--saving", type=float, default=10.0, metavar="PERCENT", help="saving that counts (default 10)")
    parser.add_argument("--preset", choices=tuple(PRESETS), default="balanced", help="gate among several winners")
    parser.add_argument(
        "--allow-untrusted", action="store_true", help="publish though no calibration speaks for the judge"
    )
    parser.add_argument("--picture", metavar="FILE", help="also draw quality against cost as SVG")
    parser.add_argument("--out", default="outputs", metavar="DIR", help="where runs are kept (default outputs/)")
    parser.add_argument("--json", action="store_true", help="the changes as JSON")


def main(arguments: argparse.Namespace) -> int:
    """Show the diff, write it when asked to; 1 when the run is refused."""
    from evals.commands._comment import comment

    policy = routing.Policy(
        margin=arguments.margin / 100,
        saving=arguments.saving / 100,
        preset=arguments.preset,
        allow_untrusted=arguments.allow_untrusted,
    )
    evidence = _evidence(arguments)
    # the shipped file is never written: what is published starts a file of your own
    target = Path(arguments.routing or LOCAL)
    made: list[routing.Proposal] = []

    def change(catalog: dict[str, Any]) -> dict[str, Any]:
        made.append(routing.propose(catalog, evidence, policy, utc_now()))
        return dict(made[-1].catalog)

    def start() -> dict[str, Any]:
        return routing.new_catalog(simulated=evidence.simulated)

    if arguments.apply:
        routing.update(target, change, start=start)
    else:
        change(routing.load(target) if target.exists() else start())
    proposal = made[-1]
    if arguments.json:
        print(json.dumps(_plain(proposal), ensure_ascii=False, default=str))
    else:
        print(comment(proposal, target=str(target), applied=arguments.apply and not proposal.refused))
    if arguments.picture and not proposal.refused:
        from evals.report import frontier_svg

        Path(arguments.picture).write_text(frontier_svg(proposal.catalog, utc_now()), encoding="utf-8")
    return 1 if proposal.refused else 0


def _evidence(arguments: argparse.Namespace) -> routing.Evidence:
    from evals import run
    from evals.routing import _ab as ab

    for folder in (Path(arguments.run), Path(arguments.out) / arguments.run):
        if (folder / ab.PLAN).is_file():
            plan = ab.read_plan(folder)
            return ab.trial_evidence(plan, ab.read_test(plan, ab.read_outcomes(folder / ab.OUTCOMES, plan)), utc_now())
    tasks = [task for task in (arguments.task or "").split(",") if task]
    return routing.read_evidence(run.find_run(arguments.run, Path(arguments.out)), by=arguments.by, tasks=tasks)


def _plain(proposal: routing.Proposal) -> dict[str, Any]:
    return {
        "run": proposal.run,
        "simulated": proposal.simulated,
        "refused": proposal.refused,
        "changes": [
            {
                **{name: value for name, value in asdict(change).items() if name != "duels"},
                "cell": str(change.cell or ""),
            }
            for change in proposal.changes
        ],
        "check": proposal.check and proposal.check.to_json(proposal.run),
        "notes": list(proposal.notes),
    }
