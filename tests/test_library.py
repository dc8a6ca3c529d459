"""The library: shipped and foreign suites, judge definitions, hashes, limits, and `check` with every fault."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.catalog import load_catalog
from evals.library import check_paths, find_definitions, find_suites, load_definition, load_suite
from evals.records import InputError, Suite, UsageError

CANARY = "1b7c1f3e-0000-4000-8000-000000000000"
SUITE_TOML = f"""\
name = "small"
title = "小套"
version = 2
language = "zh"
definition = "pairwise-zh"
max_tokens = 512
temperature = 0.2
license = "Apache-2.0"
canary = "{CANARY}"
description = "A suite for tests."

[categories]
one = "一"
two = "二"
"""


def record(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A sound record; a change to `...` removes the key."""
    whole = {
        "id": f"zh-one-{number:04d}",
        "suite": "small",
        "category": "one",
        "lang": "zh",
        "difficulty": 3,
        "messages": [{"role": "user", "content": f"第{number}题\u2028请作答"}],
        "reference": {"text": "一个完整的答案。\n007", "answer": "42"},
        "checks": [{"type": "exact", "args": {"value": "007"}}],
        "rubric": ["准确"],
        "tags": ["t"],
        "source": {"kind": "written"},
        "license": "Apache-2.0",
        "canary": CANARY,
        "version": 1,
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not ...}


def jsonl(*rows: Any) -> str:
    """Lines of JSON; a text stands for itself."""
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Writes a suite folder called small and works beside it."""
    monkeypatch.chdir(tmp_path)

    def write(*rows: Any, toml: str = SUITE_TOML) -> str:
        (tmp_path / "small").mkdir(exist_ok=True)
        (tmp_path / "small/suite.toml").write_text(toml, encoding="utf-8")
        (tmp_path / "small/prompts.jsonl").write_text(jsonl(*rows), encoding="utf-8", newline="\n")
        return "./small"

    return write


def faults(path: str) -> list[str]:
    return [str(problem) for problem in check_paths([path], load_catalog=load_catalog)]


# ------------------------------------------------------------------------------------------------ shipped data
def test_everything_shipped_is_sound() -> None:
    """Every suite, judge definition and the catalog pass the check."""
    assert check_paths([], load_catalog=load_catalog) == []
    assert check_paths([str(Path(load_catalog(None).path))], load_catalog=load_catalog) == []


def test_every_shipped_suite_loads_with_references_and_a_definition() -> None:
    """What `--suite NAME` needs is there for each of them."""
    definitions = dict(find_definitions())
    assert definitions
    for name, path in find_suites():
        suite = load_suite(name)
        assert suite.name == path.name
        assert suite.definition in definitions
        assert all(prompt.reference and prompt.category in suite.categories for prompt in suite.prompts)


def test_nothing_heavy_is_imported() -> None:
    """Help and check start fast: `datasets` and its like wait until a data set is asked for."""
    code = (
        "import sys, evals.library, evals.catalog, evals.importers; from evals.library import check_paths;"
        "check_paths([]); heavy = {'datasets', 'pandas', 'openai', 'scipy', 'pyarrow', 'numpy'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------------------------------------ reading a suite
def test_a_folder_becomes_a_suite(folder: Callable[..., str]) -> None:
    """Settings, texts and special characters arrive unchanged."""
    suite = load_suite(folder(record(1), record(2, category="two")))
    assert (suite.name, suite.title, suite.version, suite.definition) == ("small", "小套", 2, "pairwise-zh")
    assert (suite.params.max_tokens, suite.params.temperature, suite.canary) == (512, 0.2, CANARY)
    first = suite.prompts[0]
    assert first.text == "第1题\u2028请作答"
    assert (first.reference, first.answer, first.rubric) == ("一个完整的答案。\n007", "42", ("准确",))
    assert first.checks == ({"type": "exact", "args": {"value": "007"}},)
    assert load_suite("small/prompts.jsonl") == suite


def test_the_hash_covers_what_decides_and_not_how_it_is_written(folder: Callable[..., str]) -> None:
    """Formatting, order, tags and titles leave it alone; text, reference, rubric, id, parameters and judge do not."""
    base = load_suite(folder(record(1), record(2))).hash
    spaced = json.dumps(record(1), indent=None, separators=(" , ", " : "), sort_keys=True)
    same = [
        load_suite(folder(spaced, record(2))).hash,
        load_suite(folder(record(2), record(1))).hash,
        load_suite(folder(record(1, tags=["other"], difficulty=1), record(2))).hash,
        load_suite(folder(record(1), record(2), toml=SUITE_TOML.replace("小套", "別名"))).hash,
    ]
    assert set(same) == {base}
    other = [
        load_suite(folder(record(1, messages=[{"role": "user", "content": "别的"}]), record(2))).hash,
        load_suite(folder(record(1, reference={"text": "别的", "answer": "42"}), record(2))).hash,
        load_suite(folder(record(1, reference={"text": "一个完整的答案。", "answer": ""}), record(2))).hash,
        load_suite(folder(record(1, rubric=["切题"]), record(2))).hash,
        load_suite(folder(record(1), record(3))).hash,
        load_suite(folder(record(1))).hash,
        load_suite(folder(record(1), record(2), toml=SUITE_TOML.replace("512", "513"))).hash,
        load_suite(folder(record(1), record(2), toml=SUITE_TOML.replace("pairwise-zh", "reference-zh"))).hash,
    ]
    assert base not in other
    assert len(set(other)) == len(other)


def test_a_limit_is_spread_over_the_categories(folder: Callable[..., str]) -> None:
    """A small run covers every category, in file order, and is another suite by its hash."""
    rows = [record(n, category="one") for n in range(1, 8)] + [record(n, category="two") for n in (8, 9)]
    spec = folder(*rows)
    whole = load_suite(spec)
    few = load_suite(spec, limit=4)
    assert [prompt.id[-1] for prompt in few.prompts] == ["1", "2", "8", "9"]
    assert Counter(p.category for p in load_suite(spec, limit=6).prompts) == {"one": 4, "two": 2}
    assert load_suite(spec, limit=99) == whole
    assert few.hash != whole.hash
    with pytest.raises(UsageError, match="--limit"):
        load_suite(spec, limit=0)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("chinse", 'unknown suite "chinse"; did you mean "chinese"?'),
        ("zzz", "shipped: "),
        ("./none", "./none: there is no such file or folder"),
        ("none.jsonl", "there is no such file"),
        ("", 'unknown suite ""'),
    ],
)
def test_an_unknown_suite_is_named_with_the_nearest(spec: str, message: str) -> None:
    """A misspelt name finds its suite; a path that is not there is said."""
    with pytest.raises(UsageError, match=re.escape(message)):
        load_suite(spec)


# ------------------------------------------------------------------------------------------------ faulty records
@pytest.mark.parametrize(
    ("row", "message"),
    [
        (record(2, licence="x", license=...), 'unknown key "licence"; did you mean "license"?'),
        (record(2, license=...), 'missing key "license"'),
        (record(2, id="zh-one-0001"), 'duplicate id "zh-one-0001" (first on line 1)'),
        (record(2, id="ZH_1"), '"id" must be small letters'),
        (
            record(2, id=7),
            "such as zh-amount-0007, not a number",
        ),
        (record(2, suite="other"), '"suite" is "other" but suite.toml says "small"'),
        (record(2, canary="x"), '"canary" is "x" but suite.toml says'),
        (record(2, category="on"), 'unknown category "on"; did you mean "one"?'),
        (record(2, category="xyz"), 'unknown category "xyz" (not in [categories] of suite.toml)'),
        (record(2, category=["one"]), '"category" must be a category of suite.toml, not a list'),
        (record(2, lang="fr"), '"lang" must be one of zh, en, mixed'),
        (record(2, difficulty=5), '"difficulty" must be a whole number from 1 to 4'),
        (record(2, difficulty=True), '"difficulty" must be a whole number from 1 to 4, not true/false'),
        (record(2, messages=[]), "messages: the list is empty"),
        (record(2, messages="x"), '"messages" must be a list of messages'),
        (record(2, messages=[{"role": "user", "content": " \n"}]), "messages[0]: empty prompt"),
        (record(2, messages=[{"role": "usr", "content": "x"}]), '"role" must be one of'),
        (record(2, messages=[{"role": "user"}]), 'exactly the keys "role" and "content"'),
        (record(2, messages=[{"role": "user", "content": 7}]), '"content" must be a text or a list of parts'),
        (record(2, messages=[{"role": "assistant", "content": "x"}]), "the last one must be the user's"),
        (record(2, messages=["x"]), "messages[0] must be an object, not a text"),
        (record(2, messages=[{"role": "user", "content": [{"type": "image_url"}]}]), "an image part needs"),
        (record(2, reference=...), 'missing key "reference"'),
        (record(2, reference={"text": "", "answer": ""}), "reference: empty text"),
        (record(2, reference={"text": "x"}), 'reference: "answer" must be a text; it is missing'),
        (record(2, reference={"text": "x", "answer": 42}), 'reference: "answer" must be a text'),
        (record(2, reference={"text": "x", "answer": "", "note": 1}), 'reference: unknown key "note"'),
        (record(2, rubric=[""]), '"rubric" must be a list of texts'),
        (record(2, checks=[{"args": {}}]), '"checks" must be a list of'),
        (record(2, version=0), '"version" must be'),
        ("", "blank line; remove it"),
        ("[]", "not a list"),
        ("{", "not valid JSON"),
        ('{"id": NaN}', "NaN is not a JSON value"),
        ('{"id": "a", "id": "b"}', 'duplicate key "id"'),
        ('{"difficulty": ' + "9" * 5000 + "}", "a number of 5000 digits"),
        ('{"id": ' + "[" * 100_000, "nested deeper than"),
        ('{"id": "\\ud800"}', "lone surrogate"),
    ],
)
def test_each_faulty_record_names_file_line_and_fault(folder: Callable[..., str], row: Any, message: str) -> None:
    """One bad line among good ones gives problems on its line alone, without a traceback."""
    path = folder(record(1), row, record(3))
    found = faults(path)
    assert any(message in fault for fault in found), found
    assert all(fault.startswith("small/prompts.jsonl:2: ") for fault in found), found
    with pytest.raises(InputError, match=re.escape("small/prompts.jsonl:2: ")):
        load_suite(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('name = "small"', 'name = "big"', 'suite.toml:1: "name" is "big" but the folder is called small'),
        ("version = 2", "version = '2'", 'suite.toml:3: "version" must be a whole number'),
        ("max_tokens = 512", "max_token = 512", 'suite.toml:6: unknown key "max_token"; did you mean "max_tokens"?'),
        ("max_tokens = 512\n", "", 'suite.toml:1: missing key "max_tokens"'),
        ("temperature = 0.2", "temperature = 7", 'suite.toml:7: "temperature" must be a number from 0 to 2'),
        (
            "pairwise-zh",
            "pairwise-hz",
            'suite.toml:5: unknown judge definition "pairwise-hz"; did you mean',
        ),
        ('language = "zh"', 'language = "de"', 'suite.toml:4: "language" must be one of'),
        ("[categories]", "[categories", "suite.toml:12: not valid TOML"),
        ('one = "一"', "one = 1", 'suite.toml:13: "one" must be a text, not 1'),
    ],
)
def test_each_faulty_setting_names_its_line(folder: Callable[..., str], old: str, new: str, message: str) -> None:
    """The settings of a suite are checked as strictly as its records."""
    found = faults(folder(record(1), toml=SUITE_TOML.replace(old, new)))
    assert any(message in fault for fault in found), found


def test_all_faults_of_all_files_come_in_one_pass(folder: Callable[..., str], tmp_path: Path) -> None:
    """Settings, records and other paths are reported together."""
    path = folder(record(1, lang="x", version=0), record(1), "{", toml=SUITE_TOML.replace("pairwise-zh", "nope"))
    (tmp_path / "foreign.jsonl").write_text('{"id": "a"}\n', encoding="utf-8")
    problems = check_paths([path, "foreign.jsonl"])
    assert [(problem.path, problem.line) for problem in problems] == [
        ("small/suite.toml", 5),
        ("small/prompts.jsonl", 1),
        ("small/prompts.jsonl", 1),
        ("small/prompts.jsonl", 2),
        ("small/prompts.jsonl", 3),
        ("foreign.jsonl", 1),
    ]


def test_an_empty_suite_is_a_fault(folder: Callable[..., str]) -> None:
    """An empty file would make a run of nothing."""
    assert faults(folder()) == ["small/prompts.jsonl: empty file; a suite needs at least one prompt"]


def test_a_suite_without_its_prompts_is_a_fault(folder: Callable[..., str], tmp_path: Path) -> None:
    """Settings alone are not a suite."""
    path = folder(record(1))
    (tmp_path / "small/prompts.jsonl").unlink()
    assert "cannot be read" in faults(path)[0]


@pytest.mark.slow
def test_a_hundred_thousand_lines_are_checked_in_seconds(folder: Callable[..., str]) -> None:
    """The aim is 2 s; the bound leaves room for a busy machine."""
    rows = [record(n, id=f"zh-one-{n:06d}") for n in range(100_000)]
    path = folder(*rows[:-1], record(1, id="zh-one-000000"))
    start = time.process_time()
    found = check_paths([path])
    assert time.process_time() - start < 6
    assert [(problem.line, "duplicate" in problem.message) for problem in found] == [(100_000, True)]


# ------------------------------------------------------------------------------------------------ foreign files
def foreign(tmp_path: Path, text: str, **options: Any) -> Suite:
    path = tmp_path / "mine.jsonl"
    path.write_text(text, encoding="utf-8", newline="\n")
    return load_suite(str(path), **options)


@pytest.mark.parametrize(
    ("row", "reference", "answer"),
    [
        ({"id": "a", "prompt": "q"}, "", ""),
        ({"id": 7, "prompt": "q", "reference": "r", "answer": 42}, "r", "42"),
        ({"id": "a", "messages": [{"role": "user", "content": "q"}], "reference": {"text": "r"}}, "r", ""),
        ({"id": "a", "prompt": "q", "reference": {"answer": "007"}, "other": [1]}, "", "007"),
        ({"id": "a", "prompt": "q", "reference": None, "difficulty": "hard"}, "", ""),
    ],
)
def test_a_foreign_file_needs_id_and_prompt_only(
    tmp_path: Path, row: dict[str, Any], reference: str, answer: str
) -> None:
    """The rest is optional, and other columns are none of our business."""
    suite = foreign(tmp_path, jsonl(row))
    prompt = suite.prompts[0]
    assert (suite.name, prompt.suite, prompt.id, prompt.text) == ("mine", "mine", str(row["id"]), "q")
    assert (prompt.reference, prompt.answer) == (reference, answer)


def test_a_column_map_reads_any_names(tmp_path: Path) -> None:
    """Dotted paths reach into objects and lists; a map for other inputs is passed over; ids are made where none are."""
    rows = [{"q": {"zh": ["无", "问"]}, "gold": "007"}, {"q": {"zh": ["无", "问二"]}, "gold": "2024-05-01"}]
    columns = {"prompt": "q.zh.1", "reference": "gold", "text": "elsewhere"}
    suite = foreign(tmp_path, jsonl(*rows), column_map=columns)
    assert [(p.text, p.reference) for p in suite.prompts] == [("问", "007"), ("问二", "2024-05-01")]
    assert [p.id.partition("-")[0] for p in suite.prompts] == ["00000", "00001"]
    assert len({p.id for p in suite.prompts}) == 2


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        (jsonl({"prompt": "q"}), {}, 'mine.jsonl:1: "id" is missing'),
        (jsonl({"id": "a"}), {}, 'mine.jsonl:1: neither "messages" nor "prompt" here'),
        (jsonl({"id": "a", "prompt": ""}), {}, "mine.jsonl:1: empty prompt"),
        (jsonl({"id": "a", "prompt": 3}), {}, "mine.jsonl:1: prompt must be a text, not a number"),
        (
            jsonl({"id": "a", "prompt": "q"}, {"id": "a", "prompt": "q"}),
            {},
            '2: duplicate id "a" (first on line 1)',
        ),
        (jsonl({"id": 1, "prompt": "q"}, {"id": "1", "prompt": "q"}), {}, 'mine.jsonl:2: duplicate id "1"'),
        (jsonl({"id": "a", "prompt": "q", "refrence": "r"}), {}, 'unknown key "refrence"; did you mean "reference"?'),
        (jsonl({"id": "a\x1b", "prompt": "q"}), {}, '"id" must be a printable text'),
        (jsonl({"q": "x", "a": 1}), {"prompt": "question"}, 'no column "question" for prompt; the columns are: q, a'),
        (jsonl({"q": "x"}, {"q": "y"}), {"prompt": "p"}, "(so in 2 rows)"),
        (jsonl({"q": "x"}), {"prompt": "q", "id": "n"}, 'no column "n" for id'),
        (jsonl({"q": "x", "n": None}), {"prompt": "q", "id": "n"}, '"id" is missing'),
        (jsonl({"q": "x", "r": [1]}), {"prompt": "q", "reference": "r"}, "reference must be a text, not a list"),
        ("", {}, "mine.jsonl: empty"),
        ('{"id": "a", "prompt": "q"}\n{"id": "b", "prompt": NaN}\n', {}, "mine.jsonl:2: NaN"),
    ],
)
def test_each_faulty_foreign_row_names_its_place(
    tmp_path: Path, text: str, columns: dict[str, str], message: str
) -> None:
    """A wrong column fails with the columns present, once and not for each row."""
    with pytest.raises(InputError) as caught:
        foreign(tmp_path, text, column_map=columns)
    assert message in str(caught.value)
    assert len(caught.value.problems) <= 2


def test_a_misspelt_field_of_a_map_is_refused(tmp_path: Path) -> None:
    """It would otherwise be passed over in silence."""
    with pytest.raises(UsageError, match='unknown field "promt"; did you mean "prompt"'):
        foreign(tmp_path, jsonl({"q": "x"}), column_map={"promt": "q"})


def test_a_chinese_foreign_suite_gets_the_chinese_judge(tmp_path: Path) -> None:
    """Where every prompt says it is Chinese, the default judge definition is too."""
    row = {"id": "a", "prompt": "问"}
    assert foreign(tmp_path, jsonl({**row, "lang": "zh"})).definition == "pairwise-zh"
    assert foreign(tmp_path, jsonl(row)).definition == "pairwise-en"


# ------------------------------------------------------------------------------------------------ judge definitions
JUDGE = """\
name = "mine"
version = 3
kind = "pairwise"
language = "en"
title = "Mine"
uses_reference = false
system = "You compare {two} answers: {}"
template = \"\"\"
{question}
{answer_1} {answer_2}
Reply A, B or equal: {"winner": "A", "code": "{code}"}
\"\"\"
reask = "Again, please."

[params]
max_tokens = 100
temperature = 0

[verdicts]
A = "first"
B = "second"
"equal" = "tie"
"""


def judge(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_definition_is_read(tmp_path: Path) -> None:
    """Name, verdicts and parameters arrive; braces outside the closed set are literal text."""
    found = load_definition(judge(tmp_path, JUDGE))
    assert (found.label, found.verdicts) == ("mine@3", {"A": "first", "B": "second", "equal": "tie"})
    assert (found.params.max_tokens, found.params.temperature) == (100, 0.0)
    assert '{"winner": "A"' in found.template
    again = load_definition(judge(tmp_path, JUDGE.replace('"Mine"', '"Other title"')))
    assert again.hash == found.hash
    assert load_definition(judge(tmp_path, JUDGE.replace("Again", "Once more"))).hash != found.hash


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('name = "mine"', 'name = "yours"', 1, "must agree"),
        ("version = 3", "version = 1.5", 2, '"version" must be a whole number'),
        ("pairwise", "pairwize", 3, '"kind" must be one of "pairwise", "pointwise", "checklist", not "pairwize"'),
        ('title = "Mine"\n', "", 1, 'missing key "title"'),
        ("reask", "reaks", 13, 'unknown key "reaks"; did you mean "reask"?'),
        ("{question}\n", "\n", 8, "must hold {question} exactly once, not 0 times"),
        ("{answer_1} {answer_2}", "{answer_1} {answer_1} {answer_2}", 8, "{answer_1} exactly once, not 2 times"),
        ("{code}", "{cod}", 11, "holds {cod}; did you mean {code}?"),
        (
            "{question}\n",
            "{question} {reference}\n",
            8,
            "holds {reference}; take it out, or write uses_reference = true",
        ),
        ("uses_reference = false", "uses_reference = true", 8, "must hold {reference} exactly once"),
        ("{question}\n", "{question} {rubric} {rubric}\n", 8, "{rubric} at most once"),
        ("{two}", "{answer_1}", 7, '"system" holds {answer_1}'),
        ("Again", "{code}", 13, '"reask" holds {code}'),
        ('"equal" = "tie"', '"equal" = "first"', 19, 'no verdict means "tie"'),
        ('"equal" = "tie"', '"equal" = "draw"', 22, '"equal" must be one of "first", "second", "tie"'),
        ("max_tokens = 100", "max_tokens = 0", 16, "at least 1"),
    ],
)
def test_each_faulty_definition_names_its_line(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    """A judge that could not be understood is refused before it is paid."""
    with pytest.raises(InputError) as caught:
        load_definition(judge(tmp_path, JUDGE.replace(old, new, 1)))
    found = [(problem.line, problem.message) for problem in caught.value.problems]
    assert any(at == line and message in said for at, said in found), found


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("pairwise-hz", 'unknown judge definition "pairwise-hz"; did you mean "pairwise-zh"?'),
        ("none.toml", "there is no such file"),
    ],
)
def test_an_unknown_definition_is_named_with_the_nearest(spec: str, message: str) -> None:
    """As with suites."""
    with pytest.raises(UsageError, match=re.escape(message)):
        load_definition(spec)


# ------------------------------------------------------------------------------------------------ check
def test_check_tells_catalogs_judges_and_suites_apart(folder: Callable[..., str], tmp_path: Path) -> None:
    """A folder is searched; other tools' files in it are left alone, broken ones are not."""
    folder(record(1))
    judge(tmp_path, JUDGE.replace("version = 3", "version = 0"))
    (tmp_path / "models.toml").write_text("[hosts.x]\nbase_ur = 'y'\n[models]\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n", encoding="utf-8")
    (tmp_path / "broken.toml").write_text("x = \n", encoding="utf-8")
    (tmp_path / "judges").mkdir()
    (tmp_path / "judges/mine.toml").write_text(JUDGE.replace("Again", "{code}"), encoding="utf-8")
    found = [fault.split(": ")[0] for fault in faults(".")]
    assert found == ["broken.toml:1", "judges/mine.toml:13", "mine.toml:2", "models.toml:2"]


@pytest.mark.parametrize("path", ["nothing-here", "chinse"])
def test_check_of_a_path_that_is_not_there(path: str) -> None:
    """A misspelt path must not count as sound."""
    with pytest.raises(UsageError, match=path):
        check_paths([path])


def test_check_of_a_folder_without_anything_to_check(tmp_path: Path) -> None:
    """Nor must a folder in which nothing was found."""
    with pytest.raises(UsageError, match="nothing to check"):
        check_paths([str(tmp_path)])
