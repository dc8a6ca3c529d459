"""`evals suites`: what is shipped, its prompts to browse, and fresh batteries to generate."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals import library
from evals.library import find_suites, load_gold, load_suite
from evals.records import Prompt, Suite, UsageError

SHOWN = 20
"""Prompts that `show` prints unless told otherwise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `suites` and of what can follow it."""
    parser.add_argument("--json", action="store_true", help="JSON on stdout")
    kinds = parser.add_subparsers(dest="action", metavar="ACTION", title="actions")
    show = kinds.add_parser("show", help="a suite's prompts with their references, criteria and checks")
    show.add_argument("suite", metavar="SUITE", help="name, folder or file")
    show.add_argument("--category", metavar="C", help="prompts of this category only")
    show.add_argument("--id", metavar="ID", help="this prompt only")
    show.add_argument("--difficulty", type=int, metavar="N", help="prompts of this difficulty (1 to 4) only")
    show.add_argument("--limit", type=int, default=SHOWN, metavar="N", help=f"at most N prompts (default {SHOWN})")
    show.add_argument("--json", action="store_true", help="JSON on stdout, one prompt a line")
    generate = kinds.add_parser("generate", help="a fresh battery of computed problems, to replace one that leaked")
    generate.add_argument("battery", metavar="BATTERY", help="reasoning-hard")
    generate.add_argument("--seed", type=int, required=True, metavar="N", help="the same seed gives the same battery")
    generate.add_argument("--out", default=".", metavar="DIR", help="folder to make the suite's folder in (default .)")


def main(arguments: argparse.Namespace) -> int:
    """List, show or generate; returns the exit code."""
    if arguments.action == "show":
        return _show(arguments)
    if arguments.action == "generate":
        return _generate(arguments)
    return _list(arguments)


# --------------------------------------------------------------------------------------------- list
def _list(arguments: argparse.Namespace) -> int:
    suites = [load_suite(str(path)) for _, path in find_suites()]
    if arguments.json:
        print(json.dumps([_facts(suite) for suite in suites], ensure_ascii=False))
        return 0
    from evals.report import plain_table

    heads = ["suite", "title", "prompts", "with checks", "hard", "gold pairs", "language", "judged by", "version"]
    rows = [
        [
            suite.name,
            suite.title,
            len(suite.prompts),
            _share(sum(bool(prompt.checks) for prompt in suite.prompts), len(suite.prompts)),
            _share(sum((prompt.difficulty or 0) >= 3 for prompt in suite.prompts), len(suite.prompts)),
            _gold_count(suite),
            suite.language,
            suite.definition,
            f"v{suite.version}",
        ]
        for suite in suites
    ]
    print(plain_table(heads, rows))
    for suite in suites:
        print(f"\n{suite.name}: {suite.title}\n")
        print(plain_table(["category", "title", "prompts", "with checks", "difficulty 1/2/3/4"], _categories(suite)))
    return 0


def _facts(suite: Suite) -> dict[str, Any]:
    return {
        "suite": suite.name,
        "title": suite.title,
        "version": suite.version,
        "hash": suite.hash,
        "language": suite.language,
        "definition": suite.definition,
        "prompts": len(suite.prompts),
        "with_checks": sum(bool(prompt.checks) for prompt in suite.prompts),
        "gold_pairs": _gold_count(suite),
        "license": suite.license,
        "description": suite.description,
        "categories": {name: sum(p.category == name for p in suite.prompts) for name in suite.categories},
    }


def _categories(suite: Suite) -> list[list[Any]]:
    rows = []
    for name, title in suite.categories.items():
        inside = [prompt for prompt in suite.prompts if prompt.category == name]
        levels = Counter(prompt.difficulty for prompt in inside)
        checked = sum(bool(prompt.checks) for prompt in inside)
        rows.append([name, title, len(inside), checked, "/".join(str(levels[level]) for level in (1, 2, 3, 4))])
    return rows


def _gold_count(suite: Suite) -> int:
    return len(load_gold(suite)) if (Path(suite.path) / "gold.jsonl").is_file() else 0


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


# --------------------------------------------------------------------------------------------- show
def _show(arguments: argparse.Namespace) -> int:
    suite = load_suite(arguments.suite)
    prompts = _chosen(suite, arguments)
    shown = prompts[: arguments.limit]
    if arguments.json:
        for prompt in shown:
            print(json.dumps(_record(prompt), ensure_ascii=False))
        return 0
    _print_text(f"{suite.name} v{suite.version}: {suite.title}\n{suite.description}\n")
    for prompt in shown:
        _print_text(_page(prompt))
    left = len(prompts) - len(shown)
    if left:
        print(f"... and {left} more; --limit {len(prompts)} shows all")
    return 0


def _print_text(text: str) -> None:
    """Line by line, so that nothing in a prompt can move the cursor or colour the terminal."""
    from evals.report import visible

    print("\n".join(visible(line) for line in text.split("\n")))


def _chosen(suite: Suite, arguments: argparse.Namespace) -> list[Prompt]:
    if arguments.category and arguments.category not in {prompt.category for prompt in suite.prompts}:
        known = ", ".join(suite.categories or sorted({prompt.category for prompt in suite.prompts}))
        raise UsageError(f'suite "{suite.name}" has no category "{arguments.category}"; there are: {known}')
    found = [
        prompt
        for prompt in suite.prompts
        if arguments.category in (None, prompt.category)
        and arguments.id in (None, prompt.id)
        and arguments.difficulty in (None, prompt.difficulty)
    ]
    if not found:
        raise UsageError(f"no such prompt; all of them: python -m evals suites show {suite.name}")
    return found


def _record(prompt: Prompt) -> dict[str, Any]:
    return {
        "id": prompt.id,
        "category": prompt.category,
        "lang": prompt.lang,
        "difficulty": prompt.difficulty,
        "messages": list(prompt.messages),
        "reference": {"text": prompt.reference, "answer": prompt.answer},
        "checks": list(prompt.checks),
        "rubric": list(prompt.rubric),
    }


def _page(prompt: Prompt) -> str:
    parts = [f"── {prompt.id} · {prompt.category} · difficulty {prompt.difficulty}", prompt.question]
    if prompt.reference:
        parts += ["· reference ·", prompt.reference]
    parts += _lines("criteria", prompt.rubric)
    parts += _lines("checks", [f"{c['type']} {json.dumps(c['args'], ensure_ascii=False)[:300]}" for c in prompt.checks])
    return "\n".join(parts) + "\n"


def _lines(title: str, lines: Sequence[str]) -> list[str]:
    return [f"· {title} ·", *(f"  - {line}" for line in lines)] if lines else []


# --------------------------------------------------------------------------------------------- generate
def _generate(arguments: argparse.Namespace) -> int:
    from evals import puzzles

    folder = Path(arguments.out) / arguments.battery
    if folder.exists():
        raise UsageError(f"{folder} is there already; choose another folder with --out")
    puzzles.write_suite(folder, arguments.battery, arguments.seed)
    problems = library.check_paths([str(folder)])
    assert not problems, problems
    print(f"{folder}: {len(load_suite(str(folder)).prompts)} prompts; next: python -m evals run --suite {folder}")
    return 0
