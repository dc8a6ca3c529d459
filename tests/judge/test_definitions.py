"""Definitions of every kind: the shipped ones, the ones of the guide, and what is said of each mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evals.library import check_paths, find_definitions, load_definition
from evals.records import InputError
from tests.making import ROOT

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
        ("helpdesk", '"score": 3, ', "", "template", 'never names the field "score" that a pointwise reply must have'),
        ("helpdesk", '"scores": {', '"marks": {', "template", 'never names the field "scores"'),
        ("helpdesk", "{question}", "{question} {reference}", "template", "{reference} not at all"),
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
        ("points", '"met": [true, false], ', "", "template", 'never names the field "met"'),
        ("points", "version = 1", "version = 1\nscale = [1, 5]", "scale", '"scale" belongs to kind "pointwise"'),
        ("points", "{criteria}", "{criteria} {criteria}", "template", "{criteria} exactly once, not 2 times"),
        (
            "points",
            'kind = "checklist"\n',
            "",
            "name",
            'missing key "kind" (one of "pairwise", "pointwise", "checklist")',
        ),
        ("shorter", '"winner": "tie"', '"best": "tie"', "template", 'never names the field "winner"'),
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
