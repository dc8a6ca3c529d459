"""What the checks say, beside the win rates: pass rates by model and category, and where they contradict the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from evals.report._cells import Table, percent, span
from evals.report._view import Rate, SuiteView, View

Name = Callable[[str], str]

CAPTION = (
    "An answer passes when all checks of its prompt pass. “strict” takes it as it stands; “loose” forgives what a "
    "reader would, such as emphasis, a polite first line or full-width digits. An answer that is none fails."
)


def suite_checks(view: View, suite: SuiteView) -> Mapping[str, Any] | None:
    """The checks of one suite (or of all), None when none of its prompts carries one."""
    checks: Mapping[str, Any] = view.checks or {}
    if suite is view.overall:
        return checks or None
    found = [part for part in checks.get("suites", ()) if part["suite"] == suite.name]
    return found[0] if found and found[0]["prompts"] else None


def check_table(suite: SuiteView, checks: Mapping[str, Any], name: Name) -> Table:
    """One row per model, in the suite's order: passed (loose, with its interval, and strict), checked, missing."""
    rows = []
    for record in _in_order(suite, checks["models"]):
        loose, strict = Rate.read(record["loose"]), Rate.read(record["strict"])
        rows.append(
            (
                name(record["model"]),
                percent(loose.value),
                span(loose.low, loose.high),
                percent(strict.value),
                f"{record['checked']}/{record['planned']}",
                ", ".join(f"{count} {why.replace('_', ' ')}" for why, count in record["missing"].items()) or "0",
            )
        )
    heads = ("model", "passed %", "95 % CI", "strict %", "checked", "missing")
    return Table(headers=heads, align=("left", "right", "right", "right", "right", "left"), rows=tuple(rows))


def check_category_table(suite: SuiteView, checks: Mapping[str, Any], name: Name) -> Table:
    """Share passed (loose) by category and model, each with its interval."""
    models = [row.model for row in suite.models]
    rows = []
    for category in checks["categories"]:
        by_model = {record["model"]: Rate.read(record["loose"]) for record in category["models"]}
        rates = [by_model.get(model, Rate()) for model in models]
        cells = [f"{percent(rate.value)} ({span(rate.low, rate.high).strip()})" for rate in rates]
        title = suite.category_titles.get(category["category"]) or category["category"]
        rows.append((name(title), str(category["prompts"]), *cells))
    return Table(
        headers=("category", "prompts", *map(name, models)),
        align=("left", "right", *("right" for _ in models)),
        rows=tuple(rows),
    )


def contradiction_sentence(view: View) -> str:
    """How often the judge prefers the answer that fails; "" when nothing could be compared."""
    found = (view.checks or {}).get("contradictions") or {}
    if not found.get("compared"):
        return ""
    share = Rate.read(found["share"])
    return (
        f"in {found['against']:,} of {found['compared']:,} comparisons where one answer passes its checks and the "
        f"other does not, the judge prefers the one that fails ({percent(share.value).strip()} %, each prompt "
        f"weighing the same, {span(share.low, share.high).strip()})"
    )


def contradiction_table(view: View, name: Name) -> Table:
    """The contradictions that are named, the judge's clearest first."""
    listed: Iterable[Mapping[str, Any]] = ((view.checks or {}).get("contradictions") or {}).get("listed") or ()
    rows = [
        (
            name(entry["suite"]),
            name(entry["prompt_id"]),
            name(entry["passed"]),
            name(entry["failed"]),
            f"{entry['score_of_passed']:.2f}",
        )
        for entry in listed
    ]
    heads = ("suite", "prompt", "passes", "fails, yet preferred", "judge's score of the one that passes")
    return Table(headers=heads, align=("left", "left", "left", "left", "right"), rows=tuple(rows))


def sandbox_sentence(view: View) -> str:
    """What the code of answers ran in; "" when no check runs code."""
    sandbox = str(view.manifest.get("sandbox") or "")
    if sandbox.startswith("unavailable"):
        return f"code of answers was not run, so its checks are missing ({sandbox})"
    if sandbox.startswith("none"):
        return f"UNSAFE: {sandbox}"
    return ""


def _in_order(suite: SuiteView, records: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    place = {row.model: number for number, row in enumerate(suite.models)}
    return sorted(records, key=lambda record: place.get(record["model"], len(place)))
