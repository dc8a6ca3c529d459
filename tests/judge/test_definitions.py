"""Definitions of every kind: the shipped ones, the ones of the guide, and what is said of each mistake."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.library import check_paths, find_definitions, load_definition
from evals.records import InputError
from tests.driving import Outcome, evals
from tests.making import ROOT

__all__ = ["evals"]  # the fixture

GUIDE = (ROOT / "docs/judges.md").read_text(encoding="utf-8")
EXAMPLES = {re.search(r'name = "(.*)"', text)[1]: text for text in re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)}  # type: ignore[index]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_kind_is_shipped_in_both_languages() -> None:
    """Each shipped definition is sound, and each kind has a Chinese and an English one."""
    found = [load_definition(str(path)) for _, path in find_definitions()]
    kinds = {(one.kind, one.language) for one in found}
    assert kinds == {(kind, language) for kind in ("pairwise", "pointwise", "checklist") for language in ("zh", "en")}
    for one in found:
        assert one.alone == (one.kind != "pairwise")
        assert bool(one.dimensions) == (one.kind == "pointwise")
        if one.kind == "pointwise":
            assert (one.scale, one.uses_reference, len(one.dimensions)) == ((1, 10), True, 4)
            example = re.search(r'"scores": \{(.*?)\}', one.template)
            assert example
            assert re.findall(r'"(\w+)"', example[1]) == list(one.dimensions), "the example names the dimensions"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_guide_are_sound(tmp_path: Path, name: str) -> None:
    """Whoever copies an example has a judge."""
    assert check_paths([str(write(tmp_path, name, EXAMPLES[name]))]) == []


def test_the_guide_has_an_example_of_each_kind() -> None:
    """One for each kind, so that the test above covers them."""
    assert [re.search(r'kind = "(.*)"', text)[1] for text in EXAMPLES.values()] == [  # type: ignore[index]
        "pointwise",
        "checklist",
        "pairwise",
    ]


def place(text: str, part: str) -> int:
    """The line on which a text first stands."""
    return text[: text.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("name", "old", "new", "at", "message"),
    [
        ("helpdesk", '"pointwise"', '"pointwize"', "kind", 'must be one of "pairwise", "pointwise", "checklist"'),
        ("helpdesk", "scale = [1, 5]\n", "", "name", 'missing key "scale" (the lowest and the highest score'),
        ("helpdesk", "[1, 5]", "[5, 1]", "scale", "goes from 5 to 1; the first number is the lowest score"),
        ("helpdesk", "[1, 5]", "5", "scale", '"scale" must be the lowest and the highest score, two whole numbers'),
        ("helpdesk", "[1, 5]", "[1, 2.5]", "scale", '"scale" must be the lowest and the highest score'),
        ("helpdesk", "[1, 5]", "[true, 5]", "scale", '"scale" must be the lowest and the highest score'),
        ("helpdesk", "scale", "scales", "scales", 'unknown key "scales"; did you mean "scale"?'),
        (
            "helpdesk",
            "[dimensions]",
            "[dimension]",
            "[dimension]",
            'unknown key "dimension"; did you mean "dimensions"',
        ),
        (
            "helpdesk",
            "[dimensions]",
            "[dimensions]\n[other]",
            "[dimensions]",
            "[dimensions] is empty; name at least one",
        ),
        ("helpdesk", "tone =", '"Tone!" =', '"Tone!"', 'dimension "Tone!": the name stands in the reply'),
        ("helpdesk", '"polite, plain and short"', "3", "tone =", '"tone" must be a text, not 3'),
        ("helpdesk", "{answer}", "{answer_1}", "{answer_1}", "holds {answer_1}, which a pointwise judge does not have"),
        ("helpdesk", "{answer}\n", "", "template", "must hold {answer} exactly once, not 0 times"),
        ("helpdesk", "{dimensions}", "{dimension}", "{dimension}", "holds {dimension}; did you mean {dimensions}?"),
        ("helpdesk", '"score": 3, ', "", "template", 'never shows the field "score" that a pointwise reply must have'),
        ("helpdesk", '"scores": {', '"marks": {', "template", 'never shows the field "scores"'),
        (
            "helpdesk",
            "{question}",
            "{question} {reference}",
            "template",
            "holds {reference}; take it out, or write uses_reference = true",
        ),
        ("helpdesk", "[params]", "[verdicts]\n1 = 'tie'\n[params]", "[verdicts]", 'belongs to kind "pairwise"'),
        ("helpdesk", "with the JSON", "{code} with the JSON", "reask", '"reask" holds {code}'),
        ("helpdesk", 'name = "helpdesk"', 'name = "desk"', "name", "they must agree"),
        (
            "points",
            "{criteria}",
            "{rubric}",
            "{rubric}",
            "holds {rubric}, which a checklist judge does not have; it has",
        ),
        ("points", '"met": [true, false], ', "", "template", 'never shows the field "met"'),
        ("points", "version = 1", "version = 1\nscale = [1, 5]", "scale", '"scale" belongs to kind "pointwise"'),
        ("points", "{criteria}", "{criteria} {criteria}", "template", "{criteria} exactly once, not 2 times"),
        (
            "points",
            'kind = "checklist"\n',
            "",
            "name",
            'missing key "kind" (one of "pairwise", "pointwise", "checklist")',
        ),
        ("shorter", '"winner": "tie"', '"best": "tie"', "template", 'never shows the field "winner"'),
        ("shorter", "{answer_2}", "{answer}", "{answer}", "holds {answer}, which a pairwise judge does not have"),
        ("shorter", 'tie = "tie"', "", "[verdicts]", 'no verdict means "tie"'),
        ("shorter", "[params]", "[dimensions]\na = 'b'\n[params]", "[dimensions]", 'belongs to kind "pointwise"'),
    ],
)
def test_each_mistake_has_its_line_and_a_hint(
    tmp_path: Path, name: str, old: str, new: str, at: str, message: str
) -> None:
    """A faulty file is refused with file:line before anything is paid."""
    assert old in EXAMPLES[name]
    text = EXAMPLES[name].replace(old, new, 1)
    path = write(tmp_path, name, text)
    found = check_paths([str(path)])
    assert any(one.line == place(text, at) and message in one.message for one in found), list(map(str, found))
    assert all(one.path == str(path) for one in found)


_Mistake = tuple[str, str, str, str]
"""The example, what is replaced in it, by what, and what stands on the line of the mistake then."""
_MISTAKES: list[tuple[_Mistake, str]] = [
    # the file's own keys: missing, of another type, unknown, in the wrong place
    (("helpdesk", 'name = "helpdesk"\n', "", "version"), 'missing key "name" (a text); write name = "helpdesk"'),
    (
        ("helpdesk", 'name = "helpdesk"', 'name = "desk"', "name"),
        '"name" is "desk" but the file is called helpdesk.toml; they must agree: write name = "helpdesk"',
    ),
    (
        ("helpdesk", "version = 1\n", "", "name"),
        'missing key "version" (a whole number of at least 1); write version = 1',
    ),
    (
        ("helpdesk", "version = 1", 'version = "1"', "version"),
        '"version" must be a whole number of at least 1, not "1"; write version = 1',
    ),
    (
        ("helpdesk", "version = 1", "version = 1.5", "version"),
        '"version" must be a whole number of at least 1, not 1.5; write version = 1',
    ),
    (
        ("helpdesk", "version = 1", "version = 0", "version"),
        '"version" must be a whole number of at least 1, not 0; write version = 1',
    ),
    (("helpdesk", 'language = "en"\n', "", "name"), 'missing key "language" (one of "zh", "en", "mixed")'),
    (("helpdesk", '"en"', '"fr"', "language"), '"language" must be one of "zh", "en", "mixed", not "fr"'),
    (
        ("helpdesk", '"pointwise"', '"rubric"', "kind"),
        '"kind" must be one of "pairwise", "pointwise", "checklist", not "rubric"',
    ),
    (
        ("helpdesk", '"Help desk replies, 1 to 5"', '" "', "title"),
        '"title" must be a text, not " "; write title = "a line for lists"',
    ),
    (
        ("helpdesk", "uses_reference = false\n", "", "name"),
        'missing key "uses_reference" (true or false); write uses_reference = false',
    ),
    (
        ("helpdesk", "= false", '= "no"', "uses_reference"),
        '"uses_reference" must be true or false, not "no"; write uses_reference = false',
    ),
    (("helpdesk", 'system = """', 'sytem = """', "sytem"), 'unknown key "sytem"; did you mean "system"?'),
    (
        ("points", 'reask = """\nReply with the JSON object alone: "met" and "code".\n"""\n', "", "name"),
        'missing key "reask" (a text); write reask = """Reply with the JSON object alone."""',
    ),
    (
        ("points", 'reask = """\nReply with the JSON object alone: "met" and "code".\n"""\n', "reask = 3\n", "reask"),
        '"reask" must be a text, not 3; write reask = """Reply with the JSON object alone."""',
    ),
    (
        ("points", "version = 1", 'version = 1\nmodel = "x"', "model"),
        'unknown key "model"; the judge\'s model is chosen by --judge',
    ),
    (
        ("points", "version = 1", "version = 1\nweights = [3, 1]", "weights"),
        'unknown key "weights"; a criterion of a prompt that starts with "[must] " weighs three times',
    ),
    (
        ("points", "version = 1", "version = 1\nmax_tokens = 5", "max_tokens"),
        'unknown key "max_tokens"; it belongs below [params]',
    ),
    (
        ("shorter", 'reask = """', '[notes]\nreask = """', "[notes]"),
        '"reask" below [notes]: keys of the judge itself stand above the first [table]',
    ),
    # [params]
    (
        ("points", "[params]\nmax_tokens = 600\ntemperature = 0\n", "", "name"),
        'missing key "params" (a table); write [params] and below it max_tokens = 1024',
    ),
    (
        ("points", "max_tokens = 600\n", "", "[params]"),
        'missing key "max_tokens" (a whole number of at least 1); write max_tokens = 1024',
    ),
    (
        ("points", "= 600", "= -600", "max_tokens"),
        '"max_tokens" must be a whole number of at least 1, not -600; write max_tokens = 1024',
    ),
    (
        ("points", "temperature = 0", "temperature = 3", "temperature"),
        '"temperature" must be a number from 0 to 2, not 3; write temperature = 0',
    ),
    (
        ("points", "temperature = 0", "top_p = 1", "top_p"),
        'unknown key "top_p"; only max_tokens and temperature are sent',
    ),
    # pointwise: scale, pass mark, dimensions
    (
        ("helpdesk", "[1, 5]", "[5, 1]", "scale"),
        '"scale" goes from 5 to 1; the first number is the lowest score: write [1, 5]',
    ),
    (
        ("helpdesk", "[1, 5]", "[3, 3]", "scale"),
        '"scale" goes from 3 to 3; the first number is the lowest score: write [3, 7] or the like',
    ),
    (
        ("helpdesk", "[1, 5]", "[1, 5000]", "scale"),
        (
            '"scale" must be the lowest and the highest score, two whole numbers from -1000 to 1000, not a list; '
            "write scale = [1, 10]"
        ),
    ),
    (
        ("helpdesk", "pass = 4", "pass = 1", "pass"),
        '"pass" must be a score above 1 and up to 5, the lowest that will do, not 1',
    ),
    (
        ("helpdesk", "pass = 4", "pass = 7", "pass"),
        '"pass" must be a score above 1 and up to 5, the lowest that will do, not 7',
    ),
    (
        ("points", "pass = 1", 'pass = "all"', "pass"),
        '"pass" must be a share above 0 and up to 1 (1: every criterion met), not "all"',
    ),
    (
        ("shorter", "version = 1", "version = 1\npass = 1", "pass"),
        '"pass" belongs to kind "pointwise" and "checklist", and "kind" is "pairwise"; leave it out',
    ),
    (
        ("helpdesk", "tone =", "Good-Tone =", "Good-Tone"),
        'dimension "Good-Tone": the name stands in the reply, so use small letters, digits and _: good_tone',
    ),
    (
        ("helpdesk", '"polite, plain and short"', '""', "tone ="),
        '"tone" must be a text, not ""; write tone = "what the judge should look at"',
    ),
    (
        ("helpdesk", '"tone": 4', '"manner": 4', '{"scores"'),
        '"template" shows "scores" with solution, manner, and [dimensions] has solution, tone',
    ),
    (
        ("helpdesk", ', "tone": 4', "", '{"scores"'),
        '"template" shows "scores" with solution, and [dimensions] has solution, tone',
    ),
    (
        ("helpdesk", '"tone": 4', '"tone": 8', '{"scores"'),
        '"template" shows a "tone" of 8, which is not on the scale from 1 to 5',
    ),
    (
        ("helpdesk", '"score": 3', '"score": 0', '{"scores"'),
        '"template" shows a "score" of 0, which is not on the scale from 1 to 5',
    ),
    (
        ("helpdesk", '"tone": 4', '"tone": "4/5"', '{"scores"'),
        '"template" shows "tone": "4/5"; numbers stand without quotes: "tone": 7',
    ),
    (
        ("helpdesk", '"score": 3', '"overall": 3', "template"),
        '"template" never shows the field "score" that a pointwise reply must have; show the reply, as in ',
    ),
    # checklist
    (
        ("points", "[true, false]", '["yes", "no"]', '{"met"'),
        '"template" shows "met" as ["yes", "no"]; it is a list such as [true, false]',
    ),
    (
        ("points", "[true, false]", "true", '{"met"'),
        '"template" shows "met" as true; it is a list such as [true, false]',
    ),
    # pairwise: verdicts
    (
        ("shorter", '[verdicts]\n1 = "first"\n2 = "second"\ntie = "tie"\n', "", "name"),
        (
            'missing key "verdicts" (a table); write [verdicts] and below it 1 = "first", 2 = "second", tie = '
            '"tie", a line each'
        ),
    ),
    (("shorter", '1 = "first"', '1 = "win"', "1 = "), '"1" must be one of "first", "second", "tie", not "win"'),
    (
        ("shorter", 'tie = "tie"', 'tie = "tie"\nTIE = "first"', "TIE"),
        '"TIE" and "tie" are one verdict, as case and blanks do not count; keep one',
    ),
    (
        ("shorter", 'tie = "tie"', 'tie = "tie"\n" " = "tie"', '" " ='),
        'a verdict is empty; write the value of "winner", such as tie = "tie"',
    ),
    (
        ("shorter", 'tie = "tie"', "", "[verdicts]"),
        'no verdict means "tie"; a judge must be able to say all three: add tie = "tie"',
    ),
    (
        ("shorter", '1 = "first"', 'A = "first"', "{question}"),
        '"template" never tells the judge to say A, which means "first" in [verdicts]',
    ),
    (
        ("shorter", '"winner": "tie"', '"winner": "draw"', '{"winner"'),
        '"template" shows the winner "draw", and [verdicts] has 1, 2, tie',
    ),
    # the template and the texts beside it
    (("helpdesk", "{question}\n", "", "template"), '"template" must hold {question} exactly once, not 0 times'),
    (("helpdesk", "{code}", "the code", "template"), '"template" must hold {code} exactly once, not 0 times'),
    (
        ("helpdesk", "= false", "= true", "template"),
        '"template" must hold {reference} exactly once, or write uses_reference = false',
    ),
    (("helpdesk", "{answer}", "{ answer }", "{ answer }"), '"template" holds { answer }; did you mean {answer}?'),
    (("helpdesk", "{answer}", "{Answer}", "{Answer}"), '"template" holds {Answer}; did you mean {answer}?'),
    (
        ("helpdesk", "{answer}", "{{answer}}", "{{answer}}"),
        '"template" holds {{answer}}; write {answer}, braces are not doubled',
    ),
    (
        (
            "points",
            '"code": "..."} with one true or false for each criterion in order; "code" is',
            "} The code is",
            "template",
        ),
        '"template" never shows the field "code" that a checklist reply must have; show the reply, as in ',
    ),
    (
        ("helpdesk", "one at a time.", "such as {answer}.", "system"),
        '"system" holds {answer}, which is filled in "template" only; take it out',
    ),
    # TOML itself
    (
        ("helpdesk", '"pointwise"', '"pointwise', "kind"),
        'a text ends on its line; one over several lines stands between """ and """',
    ),
    (
        ("helpdesk", '"pointwise"', "pointwise", "kind"),
        'a text stands in straight quotes ("…"), true and false in small letters',
    ),
    (
        ("helpdesk", "= false", "= False", "uses_reference"),
        'a text stands in straight quotes ("…"), true and false in small letters',
    ),
    (("helpdesk", "version = 1", "version: 1", "version"), "write key = value"),
    (
        ("helpdesk", "version = 1", "{ version = 1 }", "{ version"),
        "a line is key = value, a [table] or a # comment; a key that is not ASCII stands in quotes",
    ),
    (("helpdesk", "version = 1", "version = 1\nversion = 2", "version = 2"), "stands twice in its table; keep one"),
    (
        ("helpdesk", "tone =", 'solution = "x"\ntone =', 'solution = "x"'),
        "this key stands twice in its table; keep one",
    ),
    (
        ("helpdesk", "[dimensions]", "[params]\n[dimensions]", "[params]\n[dimensions]"),
        "this table stands twice; put all its keys under one [header]",
    ),
]


@pytest.mark.parametrize(("mistake", "message"), _MISTAKES)
def test_every_mistake_says_what_to_write(tmp_path: Path, mistake: _Mistake, message: str) -> None:
    """The whole message, from its beginning or to its end, on the line where the mistake is."""
    name, old, new, at = mistake
    assert old in EXAMPLES[name]
    text = EXAMPLES[name].replace(old, new, 1)
    found = check_paths([str(write(tmp_path, name, text))])
    told = [one for one in found if one.message.startswith(message) or one.message.endswith(message)]
    assert [one.line for one in told] == [place(text, at)], list(map(str, found))


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "nothing in it; begin with an example from docs/judges.md"),
        (b"\n# a comment\n", 1, "nothing in it; begin with an example from docs/judges.md"),
        ('name = "x"\ntitle = "评审"\n'.encode("gbk"), 2, "not UTF-8; save the file as UTF-8"),
        ('name = "x"\n'.encode("utf-16"), 1, "not UTF-8; save the file as UTF-8"),
        (b'name = "x"\nreask = """\nonce more', 3, "a text is never closed"),
        (
            b'{"name": "x"}',
            1,
            "a line is key = value, a [table] or a # comment; a key that is not ASCII stands in quotes",
        ),
    ],
)
def test_files_that_hold_no_judge(tmp_path: Path, content: bytes, line: int, message: str) -> None:
    """One message, not one for each key that is missing."""
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    [found] = check_paths([str(path)])
    assert (found.line, message in found.message) == (line, True), found.message


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("helpdesk", '{"solution": 3, "tone": 4}', '{"solution": 3, ...}'),
        ("helpdesk", '{"solution": 3, "tone": 4}', "{…}"),
        ("helpdesk", "pass = 4\n", ""),
        ("points", "[true, false]", "[true, false, ...]"),
        ("shorter", '"winner": "tie"', '"winner": "..."'),
        ("shorter", '"winner": "tie"', '"winner": "1" | "2" | "tie"'),
        ("shorter", "{question}", 'Braces {"a": {}} and {x} are text.\n{question}'),
    ],
)
def test_what_is_no_mistake(tmp_path: Path, name: str, old: str, new: str) -> None:
    """A template may leave its example open, and hold braces of its own."""
    assert old in EXAMPLES[name]
    assert check_paths([str(write(tmp_path, name, EXAMPLES[name].replace(old, new, 1)))]) == []


def test_the_pass_mark_decides_no_verdict(tmp_path: Path) -> None:
    """Another mark leaves stored verdicts valid."""
    one = load_definition(str(write(tmp_path, "helpdesk", EXAMPLES["helpdesk"])))
    text = EXAMPLES["helpdesk"].replace("pass = 4", "pass = 3.5")
    other = load_definition(str(write(tmp_path, "helpdesk", text)))
    assert (one.pass_mark, other.pass_mark, one.hash == other.hash) == (4.0, 3.5, True)


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_steps_of_the_guide_work_as_they_stand(evals: Callable[..., Outcome], name: str) -> None:
    """Copy an example, then paste the commands: checked, run and calibrated on the simulator."""
    Path("my-judge.toml").write_text(EXAMPLES[name].replace(f'name = "{name}"', 'name = "my-judge"'), encoding="utf-8")
    [steps] = [text for text in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) if "my-judge.toml" in text]
    words = [shlex.split(line) for line in steps.strip().split("\n")]
    assert [line[:4] for line in words] == [
        ["python", "-m", "evals", command] for command in ("check", "run", "calibrate")
    ]
    for line in words:
        done = evals(*line[3:])
        assert done.code == 0, done.err
    assert "80 of 80 gold pairs judged" in done.out


def test_what_decides_is_in_the_hash(tmp_path: Path) -> None:
    """Scale, dimensions, their order and words change the hash; the title does not."""
    text = EXAMPLES["helpdesk"]
    lines = 'solution = "would the steps solve the customer\'s problem?"', 'tone = "polite, plain and short"'
    changed = [
        text.replace("[1, 5]", "[1, 6]"),
        text.replace("polite, plain", "plain, polite"),
        text.replace("\n".join(lines), "\n".join(reversed(lines))),
    ]
    same = text.replace("Help desk replies", "Replies")
    hashes = [load_definition(str(write(tmp_path, "helpdesk", one))).hash for one in (text, same, *changed)]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4


def test_all_mistakes_are_told_in_one_pass(tmp_path: Path) -> None:
    """Five faults, five lines, in the order of the file."""
    text = EXAMPLES["helpdesk"].replace("version = 1", "version = 0").replace("[1, 5]", "[5, 1]")
    text = text.replace("{answer}", "").replace("max_tokens = 600", 'max_tokens = "many"').replace("tone =", "Tone =")
    with pytest.raises(InputError) as caught:
        load_definition(str(write(tmp_path, "helpdesk", text)))
    lines = [problem.line for problem in caught.value.problems]
    assert len(lines) == 5
    assert lines == sorted(lines)
