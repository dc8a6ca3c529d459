"""English settings of the orderings."""

from __future__ import annotations

from evals.puzzles._words import ordinal
from evals.puzzles.order._setting import Setting


def _nth(place: int) -> str:
    return ordinal("en", place + 1)


_LINE = {
    "before": ("{x} goes before {y}", "{y} comes some time after {x}"),
    "directly": ("{y} goes directly after {x}", "as soon as {x} is done, {y} follows"),
    "gap": ("exactly {k} other{s} come{v} between {x} and {y}, whichever of the two is first",),
    "apart": ("{x} and {y} are not next to each other in the order",),
    "mid": ("{x} comes somewhere between {y} and {z}, whichever of those two is first",),
    "odd": ("{x} is in an odd position",),
    "even": ("{x} is in an even position",),
    "mirror": ("as many come before {x} as come after {y}",),
    "end": ("{x} is either the very first or the very last",),
    "later": ("{y} comes exactly {k} place{s} after {x}",),
}
_STEPS = {
    "before": ("{x} has to come before {y}",),
    "wait": ("at least {k} other task{s} must be done between {x} and {y}, and {x} comes first",),
    "apart": ("{x} and {y} must not be done one straight after the other",),
    "if": ("if {x} comes before {y}, then {z} comes before {w}",),
    "xor": ('of the two wishes "{x} before {y}" and "{z} before {w}", exactly one is granted',),
    "mid": ("{x} has to fall between {y} and {z}, in whichever order those two are done",),
    "notat": ("{x} cannot be the {p} task",),
    "gap": ("exactly {k} task{s} lie{v} between {x} and {y}",),
    "either": ("{x} is either the {p} task or the {q}",),
}
_ROUND = {
    "opposite": ("{x} and {y} sit directly opposite each other",),
    "adjacent": ("{x} and {y} are neighbours", "{x} sits next to {y}"),
    "apart": ("{x} and {y} do not sit next to each other",),
    "clockwise": ("going clockwise from {x}, {y} is the {kth} person you come to",),
    "two": ("exactly one person sits between {x} and {y}, going the shorter way round",),
    "both": ("{x} has {y} on one side and {z} on the other",),
    "nearer": ("{x} sits nearer to {y} than to {z}, counting seats the shorter way round",),
    "bigger": ("{x}'s seat number is {k} higher than {y}'s",),
    "seat": ("{x} has either {p} or {q}",),
}
_DESKS = {
    "opposite": ("{x} and {y} face each other directly across the table",),
    "side": ("{x} and {y} sit side by side in the same row",),
    "diagonal": ("{x} and {y} are in different rows, in neighbouring columns",),
    "same": ("{x} and {y} are in the same row",),
    "other": ("{x} and {y} are in different rows",),
    "window": ("{x} is nearer to the window than {y}",),
    "level": ("{x} and {y} are in the same row or in the same column",),
    "first": ("{x} is right by the window",),
    "far": ("{x} is as far from the window as one can sit",),
    "mid": ("{x} is farther from the window than one of {y} and {z}, but nearer than the other",),
    "north": ("{x} is in the north row",),
}
_WEIGHTS = {
    "balance": ("{x} and {y} together exactly balance {z} and {w} together",),
    "heavier": ("{x} and {y} together are heavier than {z} and {w} together",),
    "sum": ("{x} weighs exactly as much as {y} and {z} together",),
    "gt": ("{x} is heavier than {y}",),
    "total": ("{x} and {y} come to {k} kg together",),
    "diff": ("{x} and {y} differ by exactly {k} kg, but nobody noted which is heavier",),
    "beats": ("{x} is heavier than {y} and {z} put together",),
}
_CLAIMS = {
    "at": ("I was {p} to {v}", "I was the {p} to {v}"),
    "at_other": ("{x} was the {p} to {v}",),
    "before": ("{x} {vd} before {y}",),
    "directly": ("{y} {vd} directly after {x}, with nobody in between",),
    "end": ("{x} was either the first or the last to {v}",),
}
_LIARS = {
    "liar": ("{x} is lying",),
    "true": ("{x} is telling the truth",),
    "same": ("{x} and {y} are either both truthful or both lying",),
    "differ": ("exactly one of {x} and {y} is telling the truth",),
    "who": ("{x} has the key",),
    "notwho": ("{x} does not have the key",),
    "whoor": ("either {x} or {y} has the key",),
    "liar_or_who": ("{x} is lying, or {y} has the key, or both",),
    "atleast": ("at least {k} of the {n} of us are lying",),
    "exactly": ("exactly {k} of the {n} of us are lying",),
    "if": ("if {x} is telling the truth, then {y} is lying",),
}

EN: tuple[Setting, ...] = (
    Setting(
        kind="line",
        names=("auth", "billing", "cache", "docs", "export", "feed", "gateway", "hooks", "inbox"),
        intros=(
            (
                "We are moving {n} services to a new cluster, one at a time: {names}. "
                "The order was agreed in a meeting, but the minutes only say this:"
            ),
            (
                "Last night {n} services were restarted one after another: {names}. "
                "From what the engineers on duty remember:"
            ),
            (
                "The change board fixed the order in which {n} services go live "
                "({names}), never two at once. What I have is this:"
            ),
        ),
        clues=_LINE,
        asks=("Reconstruct the order.", "In what order do they go?"),
        form="the services from first to last",
        place=_nth,
        prep="",
    ),
    Setting(
        kind="line",
        names=(
            "Aldgate",
            "Birchwood",
            "Cranley",
            "Denholm",
            "Elmside",
            "Fairmile",
            "Garston",
            "Heathbank",
            "Inverleigh",
        ),
        intros=(
            (
                "A delivery van made {n} stops this morning, each once: {names}. The "
                "driver's sheet is lost, but he recalls:"
            ),
            "The inspector visited {n} branches in one day, {names}, one after another. Her notes say:",
        ),
        clues=_LINE,
        asks=("Work out the order of the visits.", "In what order were they visited?"),
        form="the places from first to last",
        place=_nth,
        prep="",
    ),
    Setting(
        kind="steps",
        names=(
            "degrease",
            "calibrate",
            "leak test",
            "oil change",
            "filter swap",
            "zero check",
            "photo log",
            "seal",
            "recharge",
        ),
        intros=(
            "The yearly service of an instrument has {n} tasks, done one after another: {names}. The manual lays down:",
            (
                "Our apprentice has forgotten the order of the {n} service tasks "
                "({names}). All the foreman will tell him is this:"
            ),
        ),
        clues=_STEPS,
        asks=("Only one order satisfies everything. Which?", "Find the one order that is possible."),
        form="the tasks from first to last",
        place=_nth,
        prep="",
    ),
    Setting(
        kind="steps",
        names=("welcome", "keynote", "awards", "panel", "photo", "quiz", "demo", "film", "raffle"),
        intros=(
            (
                "The programme of our open day has {n} items, one after another: "
                "{names}. Several people have made conditions, and all must be met:"
            ),
            (
                "I have to put {n} items of an evening into order ({names}). These "
                "wishes were made, and I have promised to keep to every one of them:"
            ),
        ),
        clues={kind: tuple(t.replace("task", "item") for t in texts) for kind, texts in _STEPS.items()},
        asks=("There is only one possible programme. Which?",),
        form="the items from first to last",
        place=_nth,
        prep="",
    ),
    Setting(
        kind="round",
        names=("Agnes", "Basil", "Clara", "Derek", "Edna", "Floyd", "Gemma", "Hamid", "Irene"),
        intros=(
            (
                "{names} have dinner at a round table with {n} evenly spaced seats, "
                "numbered clockwise from {first} to {last}, so that {last} is next to "
                "{first}. Afterwards they recall:"
            ),
            (
                "At our round table there are {n} seats at equal distances; they are "
                "numbered clockwise, {first} to {last}, and the last is next to the "
                "first. {names} took one each:"
            ),
        ),
        clues=_ROUND,
        asks=("Who sat where?",),
        form="the names clockwise from seat 1",
        place=lambda p: f"seat {p + 1}",
        prep="in",
    ),
    Setting(
        kind="desks",
        names=("Anil", "Beth", "Cora", "Dirk", "Elsa", "Finn", "Gina", "Hank", "Ines"),
        intros=(
            (
                "Our office has one long table with two rows of desks facing each "
                "other, a north row and a south row of {k} each. Columns are counted "
                "from the window, and the two desks of a column face each other. "
                "{names} have one desk each:"
            ),
            (
                "{names} are moving to a long table: {k} places in the north row, {k} "
                "opposite them in the south row, column 1 by the window. All of these "
                "wishes were met:"
            ),
        ),
        clues=_DESKS,
        asks=("Draw up the seating plan.",),
        form="the north row, then the south row, each from the window",
        place=str,
        prep="at",
    ),
    Setting(
        kind="weights",
        names=("A", "B", "C", "D", "E", "F", "G", "H"),
        intros=(
            (
                "In the store room stand {n} crates, {names}. The weighbridge ticket "
                "gives {n} weights, {values} kg, but not which is which. With a pair "
                "of scales we found out:"
            ),
            "{n} crates, {names}, weigh {values} kg in some order. This much is known:",
        ),
        clues=_WEIGHTS,
        asks=("Put the crates in order of weight.",),
        form="the letters from the lightest crate to the heaviest",
        place=str,
        prep="",
        shown="crate {}",
    ),
    Setting(
        kind="claims",
        verb=("leave", "left"),
        names=("Dora", "Boyd", "Tessa", "Hal", "Gwen", "Sid", "Wes", "Mona"),
        intros=(
            (
                "{names} left the lab last night one at a time. Asked about it today, "
                "each of them said two things, and the camera shows that each told one "
                "truth and one untruth:"
            ),
            (
                "Last night the office emptied one person at a time: {names}, in some "
                "order. Each has made two statements, one of them true and the other "
                "false:"
            ),
        ),
        clues=_CLAIMS,
        asks=("In what order did they leave?",),
        form="the names from the first to leave to the last",
        place=_nth,
        prep="",
        label="what {} says",
    ),
    Setting(
        kind="claims",
        verb=("hand in", "handed in"),
        names=("Ruth", "Ivan", "Kofi", "Lena", "Marco", "Nell", "Oscar", "Pia"),
        intros=(
            (
                "{names} handed in their timesheets at {n} different times. Their "
                "manager asked about the order; each answered with two statements, and "
                "each was right once and wrong once:"
            ),
            (
                "I have {n} timesheets, from {names}, no two handed in together. "
                "Everybody told me two things about the order, one true and one false:"
            ),
        ),
        clues=_CLAIMS,
        asks=("Work out the order.",),
        form="the names from first to last",
        place=_nth,
        prep="",
        label="what {} says",
    ),
    Setting(
        kind="forecasts",
        names=("Red", "Amber", "Blue", "Green", "White", "Black", "Violet"),
        intros=(
            (
                "In the works tug-of-war {n} teams took part: {names}. There were no "
                "ties. Beforehand some people had guessed the whole table from first "
                "to last. Checked afterwards:"
            ),
            (
                "Before the relay with {n} teams ({names}) a few of us wrote down the "
                "finishing order we expected. The umpire, who will not tell us the "
                "result, says only how many places each of us got right:"
            ),
        ),
        clues={"hits": ("{w} wrote {list} and {hit}",)},
        asks=("What was the real order?",),
        form="the teams from first to last",
        place=_nth,
        prep="",
        label="{}'s guess",
    ),
    Setting(
        kind="liars",
        names=("Ada", "Bert", "Cleo", "Doug", "Enid", "Fred", "Gus", "Hope"),
        intros=(
            (
                "One of {names} has the spare key to the store. Of these {n}, some "
                "speak nothing but the truth today and the others nothing but lies. "
                "When the storekeeper asks, they say:"
            ),
            (
                "Somebody took the key to the meeting room: one of {names}. Each of "
                "the {n} either always tells the truth or always lies. Each says one "
                "thing:"
            ),
        ),
        clues=_LIARS,
        asks=("Who is lying, and who has the key?",),
        form=(
            "After the colon name the liars in the order in which they speak, then "
            "a semicolon, then the one who has the key."
        ),
        place=str,
        prep="",
        label="what {} says",
    ),
)
