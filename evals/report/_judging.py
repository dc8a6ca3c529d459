"""What a run says of its judges: win rates corrected by people's labels, the panel, and where judges lean."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.report._cells import UNKNOWN, Table, percent, span
from evals.report._view import Rate, View

Name = Callable[[str], str]

_TITLES = {
    "position-flips": "winner changes with the order",
    "position-first-shown": "answer shown first wins",
    "length": "longer answer wins",
    "self-preference": "given to its own family",
    "re-run-noise": "changes when asked again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A table with a title, and sentences that stand under it."""

    title: str
    table: Table
    sentences: tuple[str, ...] = ()


_SAME = "same"
"""The arm that shows one answer twice."""
_NO_BIAS = {"position-first-shown": 0.5, "length": 0.5, "self-preference": 0.0}
"""Where a bias would stand that there is none of."""
_CAVEATS = {"length": "; no bias where longer is also better"}
"""What else a share off its place can mean."""


def judging_blocks(view: View, name: Name, *, brief: bool = False) -> list[Block]:
    """The parts that the scores hold, in the order they are read; `brief` leaves the biases to `bias_line`."""
    found = [
        _corrected(view.judging.get("pairs") or (), name),
        *_panel(view.judging.get("panel") or {}, name),
        None if brief else _biases(view.judging.get("biases") or ()),
    ]
    return [block for block in found if block is not None]


def bias_line(view: View) -> str:
    """The biases whose interval excludes "no bias", in one sentence; "" when none does."""
    return "; ".join(
        f"{_TITLES[row['name']]} {percent(row['value'])} % ({_interval(row).strip()}{_CAVEATS.get(row['name'], '')})"
        for row in view.judging.get("biases") or ()
        if (fair := _NO_BIAS.get(row["name"])) is not None
        and row["low"] is not None
        and not row["low"] <= fair <= row["high"]
    )


def control_lines(view: View, *, brief: bool) -> list[tuple[str, str]]:
    """Each control arm; one line for all when `brief` and every one is complete and in order."""
    arms = view.controls
    if brief and arms and not any(map(_in_doubt, arms)):
        return [("controls", f"all {len(arms)} arms green{_could_still_win(arms)}")]
    return [("control", _control(arm)) for arm in arms]


def _could_still_win(arms: Sequence[Mapping[str, Any]]) -> str:
    """What green leaves open: few prompts show no small weakness. The arm of equal answers has another scale."""
    rates = [Rate.read(arm["win_rate"]) for arm in arms if arm["arm"] != _SAME and arm.get("win_rate")]
    highs = [rate.high for rate in rates if rate.high is not None]
    return f"; so few prompts do not rule out that one wins {percent(max(highs))} %" if highs else ""


def _in_doubt(arm: Mapping[str, Any]) -> bool:
    planned = arm.get("planned") or 0
    return bool(arm.get("red")) or not planned or (arm.get("judged") or 0) < planned


def _control(control: Mapping[str, Any]) -> str:
    """A control arm that wins more than its preset is red: the judge can be led."""
    arm, found = str(control.get("arm", "")), control.get("win_rate")
    rate = Rate.read(found if isinstance(found, Mapping) or found is None else {"value": found})
    wins, fault = f"{arm} wins", "can be led"
    if arm == _SAME:
        wins, fault = f"{arm}: of two equal answers the one shown first wins", "goes by place"
    state = f"RED: the judge {fault}" if control.get("red") else "green"
    within = f"{span(rate.low, rate.high).strip()}, " if rate.has_interval else ""
    judged = f"{control.get('judged', 0)}/{control.get('planned', 0)} judged"
    return f"{wins} {percent(rate.value)} % ({within}{judged}), {state}"


def _corrected(pairs: Sequence[Mapping[str, Any]], name: Name) -> Block | None:
    labelled = [pair for pair in pairs if pair.get("corrected")]
    if not labelled:
        return None
    rows, sentences = [], []
    for pair in labelled:
        raw, corrected = Rate.read(pair["win_rate"]), pair["corrected"]
        who = f"{name(pair['first'])} v {name(pair['second'])}"
        right = Rate.read(corrected)
        worth = corrected.get("rho2")
        rows.append(
            (
                who,
                percent(raw.value),
                span(raw.low, raw.high),
                "refused" if "refused" in corrected else percent(right.value),
                span(right.low, right.high),
                str(corrected["labels"]),
                UNKNOWN if worth is None else f"{worth:.2f}",
                str(corrected["method"]),
            )
        )
        if "refused" in corrected:
            sentences.append(f"{pair['first']} v {pair['second']} is not corrected: {corrected['refused']}")
    heads = ("pair", "raw %", "interval", "corrected %", "interval", "labels", "worth", "method")
    align = ("left", "right", "left", "right", "left", "right", "right", "left")
    sentences.append("“worth”: so many labels one verdict of the judge is worth (rho squared)")
    table = Table(headers=heads, align=align, rows=tuple(rows))
    return Block(title="Corrected by people's labels", table=table, sentences=tuple(sentences))


def _panel(panel: Mapping[str, Any], name: Name) -> list[Block]:
    if not panel:
        return []
    judges = [
        (
            name(row["judge"]),
            str(row["judged"]),
            *_cells(row["flip_rate"]),
            *_cells(row["first_shown"]),
        )
        for row in panel["judges"]
    ]
    heads = ("judge", "scores", "flips %", "interval", "first shown %", "interval")
    alpha = panel["alpha"]
    agreement = "Krippendorff's alpha is not defined: everybody always said the same, or nobody judged with another."
    if alpha["value"] is not None:
        agreement = (
            f"Krippendorff's alpha {alpha['value']:.2f} ({alpha['low']:.2f} to {alpha['high']:.2f}) "
            f"on {alpha['n']:,} prompts: 1 is perfect agreement, 0 what chance gives."
        )
    first = Block(
        title="Panel",
        table=Table(headers=heads, align=("left", "right", "right", "left", "right", "left"), rows=tuple(judges)),
        sentences=(agreement, str(panel["sentence"])),
    )
    models = [row["model"] for row in panel["left_out"][0]["models"]]
    rows = [
        (name(row["judge"]), *(_moved(entry) for entry in row["models"]))
        for row in panel["left_out"]
        if any(entry["win_rate"] for entry in row["models"])
    ]
    second = Block(
        title="Win rates without one judge, %",
        table=Table(
            headers=("without", *map(name, models)), align=("left", *("right" for _ in models)), rows=tuple(rows)
        ),
        sentences=("in brackets: by how many points they move, on the prompts that others judged too",),
    )
    return [first, second] if rows else [first]


def _cells(record: Mapping[str, Any] | None) -> tuple[str, str]:
    rate = Rate.read(record)
    return percent(rate.value), span(rate.low, rate.high)


def _moved(entry: Mapping[str, Any]) -> str:
    if entry["win_rate"] is None:
        return UNKNOWN
    return f"{percent(entry['win_rate']['value'])} ({100 * entry['change']:+.1f})"


def _biases(biases: Sequence[Mapping[str, Any]]) -> Block | None:
    if not biases:
        return None
    rows = [
        (_TITLES.get(row["name"], row["name"]), percent(row["value"]), _interval(row), str(row["n"]))
        for row in biases
        if row["value"] is not None
    ]
    return Block(
        title="Where the judge leans",
        table=Table(
            headers=("bias", "%", "95 % CI", "prompts"), align=("left", "right", "left", "right"), rows=tuple(rows)
        ),
        sentences=tuple(str(row["sentence"]) for row in biases),
    )


def _interval(row: Mapping[str, Any]) -> str:
    return span(row["low"], row["high"], signed=row["name"] == "self-preference")
