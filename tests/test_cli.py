"""The command line: help, bad input, exit codes, what goes to which stream."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.cli import main
from evals.store import RunFolder
from tests.driving import (
    Outcome,
    Stub,
    command,
    environment,
    evals,
    manifest,
    records,
    serving,
    write_catalog,
    write_suite,
)

__all__ = ["evals"]  # the fixture

GOLDEN = Path(__file__).parent / "golden"
COMMANDS = (
    *("", "run", "plan", "collect", "judge", "score", "report", "check", "judges", "suites", "calibrate", "compare"),
    *("models", "publish", "route", "export", "cost", "ab", "simulate"),
)
Evals = Callable[..., Outcome]


# ------------------------------------------------------------------------------------------------ help
@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_as_in_the_golden_file(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command's help stays as it is, fits 110 columns and shows examples before options."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    assert main([*name.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    path = GOLDEN / f"help{'_' + name if name else ''}.txt"
    if os.environ.get("EVALS_UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")
    assert max(map(len, shown.splitlines())) <= 110
    assert 0 < shown.index("\nexamples:\n") < shown.index("\noptions:\n")
    if name:
        assert f"\n  python -m evals {name}" in shown


def test_every_command_has_a_golden_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The list of commands in this file is the one that `--help` shows."""
    assert main([]) == 0
    listed = re.findall(r"^    (\w+)(?: {2,}\S|\n {6,}\S)", capsys.readouterr().out, flags=re.MULTILINE)
    assert tuple(listed) == COMMANDS[1:]


def test_examples_of_the_help_are_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """Every example in every help is accepted by the parser."""
    from evals.cli import _parse

    examples = [
        line.split("   ")[0].split("python -m evals ")[1].split()
        for path in GOLDEN.glob("help*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("  ") and "python -m evals " in line
    ]
    assert len(examples) >= 20
    for words in examples:
        assert _parse(words).name == words[0]


def test_version(evals: Evals) -> None:
    """The distribution's name and version."""
    done = evals("--version")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"routing-evals \d+\.\d+\.\d+\n", done.out)


# ------------------------------------------------------------------------------------------------ bad input
SMALL = ("--suite", "s.jsonl", "--catalog", "c.toml", "--controls", "0")
BAD: dict[str, tuple[str, list[str]]] = {
    # words: what the message must say
    "rn": ("rn", ["unknown command", 'did you mean "run"?', "--help"]),
    "flag": ("run --suite chinese --modles a,b", ["--modles", "did you mean --models?", "run --help"]),
    "abbreviated flag": ("run --suite chinese --sim", ["--sim", "run --help"]),
    "stray word": ("run chinese", ["unknown argument chinese"]),
    "no suite": ("run", ["no suite named", "evals suites"]),
    "suite": ("run --suite chinse", ['"chinse"', 'did you mean "chinese"?']),
    "suite file": ("run --suite nothing.jsonl", ["nothing.jsonl", "no such file"]),
    "suite twice": ("run --suite chinese,chinese", ['"chinese" is named twice']),
    "no prompts": ("run --suite empty.jsonl", ["empty.jsonl", "at least one prompt"]),
    "model": ("run --suite chinese --models glm5,deepseek-v4-flash", ['"glm5"', 'did you mean "THUDM/glm-5"?']),
    "judge": ("run --suite chinese --judge deepseek-v4-prp", ['did you mean "deepseek-v4-pro"?', "--base-url"]),
    "two unknown": ("run --suite chinese --models glm5,qwen --judge k2.5", ['"glm5"', '"qwen"']),
    "one model": ("run --suite chinese --models THUDM/glm-5", ["at least two models", "--models a,b"]),
    "judge is candidate": (
        "run --suite chinese --models THUDM/glm-5,moonshot/k2.5 --judge THUDM/glm-5",
        ["THUDM/glm-5 v moonshot/k2.5", "no family judges itself", "--judge"],
    ),
    "judge of the family": (
        "run --suite chinese --models deepseek-v4-flash,moonshot/k2.5 --judge deepseek-v4-pro",
        ["deepseek-v4-flash v moonshot/k2.5", "no family judges itself"],
    ),
    "panel": ("run --suite chinese --panel 4", ["not enough judges", "--judge"]),
    "baseline": (
        "run --suite chinese --models THUDM/glm-5,moonshot/k2.5 --baseline x",
        ['--baseline "x"', "not among --models"],
    ),
    "definition": ("run --suite chinese --definition pairwise-zz", ['did you mean "pairwise-zh"?']),
    "catalog": ("run --suite chinese --catalog no.toml", ["no.toml", "No such file"]),
    "preset": ("run --suite s.jsonl --preset vicuna8", ['did you mean "vicuna80"?']),
    "responses": ("run --suite s.jsonl --responses no.jsonl", ["no.jsonl", "no such file"]),
    "both verdicts": ("run --suite s.jsonl --judgments r.jsonl --judge a", ["leave out --judge"]),
    "map": ("run --suite s.jsonl --map prompt", ["--map wants field=column"]),
    "map field": ("run --suite s.jsonl --map prmpt=x", ['"prmpt"', 'did you mean "prompt"?']),
    "limit": ("run --suite chinese --limit 0", ["--limit must be at least 1"]),
    "number": ("run --suite chinese --limit ten", ["--limit", "'ten'"]),
    "samples": ("run --suite chinese --samples 0", ["--samples must be at least 1"]),
    "concurrency": ("run --suite chinese --concurrency -3", ["--concurrency must be at least 1"]),
    "missing share": ("run --suite chinese --max-missing 2", ["--max-missing is a share between 0 and 1"]),
    "missing nan": ("run --suite chinese --max-missing nan", ["--max-missing is a share between 0 and 1"]),
    "budget": ("run --suite chinese --budget-usd five", ["--budget-usd wants an amount", '"five"']),
    "negative budget": ("run --suite chinese --budget-usd=-1", ["--budget-usd wants an amount"]),
    "endless budget": ("run --suite chinese --budget-usd Infinity", ["--budget-usd wants an amount"]),
    "base url": ("run --suite chinese --base-url ftp://h/v1", ["--base-url", "http:// or https://"]),
    "credentials": ("run --suite chinese --base-url http://me:hunter2@h/v1", ["--base-url", "credentials"]),
    "metadata service": ("run --suite chinese --base-url http://169.254.169.254/v1", ["link-local"]),
    "run id": ("run --suite chinese --run-id ../up", ['"../up"', "letters, digits"]),
    "run id without run": ("run --run-id nope", ['no run "nope"', "--suite"]),
    "stored run": ("report nope", ['no run "nope"', "outputs"]),
    "stage of nothing": ("judge nope", ['no run "nope"']),
    "below a file": ("run --suite chinese --limit 1 --simulate --out a-file/x", ["a-file/x", "cannot write", "--out"]),
    "check": ("check nope.toml", ["nope.toml", "no such file"]),
    "empty names": ("run --suite chinese --models ,", ["--models", "a name is wanted"]),
    "port": ("simulate --port x", ["--port"]),
    "port out of range": ("simulate --port 65536", ["--port must lie between 0 and 65535"]),
    "truth of one": ("simulate --truth --suite english --models THUDM/glm-5", ["at least two models"]),
    "fault rates": ("simulate --hang 0.7 --html 0.7", ["add up to at most 1"]),
    "latency": ("simulate --latency soon", ['"soon"', "lognormal:MEDIAN,SIGMA"]),
    "replies": ("simulate --replies bad-replies.jsonl", ["bad-replies.jsonl:2", '"model"']),
    "suite to simulate": ("simulate --suite chinse", ['did you mean "chinese"?']),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_before_any_call(case: str, evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2, one message with what, where and the next step; no traceback, no output, no run, no call."""
    from evals import gateway

    Path("a-file").touch()
    Path("empty.jsonl").touch()
    Path("r.jsonl").write_text("{}\n", encoding="utf-8")
    Path("bad-replies.jsonl").write_text('{"model": "m", "prompt": "p", "text": "t"}\n{}\n', encoding="utf-8")
    write_suite(Path("s.jsonl"))
    monkeypatch.setattr(gateway, "Gateway", None)  # whoever gets as far as a call fails with exit 3
    words, parts = BAD[case]
    done = evals(*words.split())
    assert (done.code, done.out) == (2, "")
    assert "error: " in done.err
    assert "Traceback" not in done.err
    for part in parts:
        assert part in done.err
    assert "hunter2" not in done.err
    assert not Path("outputs").exists()


BAD_SUITE = [
    '{"id": "a", "prompt": "one"}',
    '{"id": "b"}',
    "{not json",
    '{"id": "a", "prompt": "two"}',
    '{"id": "c", "prompt": ""}',
    '["d"]',
    '{"id": "e", "prompt": NaN}',
]


@pytest.mark.parametrize("words", ["run --catalog c.toml --suite bad.jsonl", "check bad.jsonl"])
def test_all_bad_lines_of_a_suite_in_one_pass(words: str, evals: Evals) -> None:
    """Every bad line by `file:line`; a duplicate id names the line it was first on."""
    write_catalog(Path("c.toml"))
    Path("bad.jsonl").write_text("\n".join(BAD_SUITE) + "\n", encoding="utf-8")
    with serving(Stub()) as stub:
        done = evals(*words.split(), env={"EVALS_BASE_URL": stub.url})
        assert stub.total == 0
    assert (done.code, done.out) == (2, "")
    assert [n for n in range(1, 8) if f"bad.jsonl:{n}: " in done.err] == [2, 3, 4, 5, 6, 7]
    assert re.search(r'bad\.jsonl:4: duplicate id "a" \(first on line 1\)', done.err)


def test_all_faults_of_a_catalog_in_one_pass(evals: Evals) -> None:
    """Unknown keys, a price that is none, an unknown host and role: each by its line, nearest names offered."""
    good = write_catalog(Path("c.toml")).read_text(encoding="utf-8").splitlines()
    changes = {
        'candidates = ["alpha", "beta-two"]': 'candidates = ["alpha", "beta-too"]',
        'family = "alpha"': 'famly = "alpha"',
        'input_usd_per_mtok = "1"': 'input_usd_per_mtok = "cheap"',
        '[models."judge-two".hosts.gateway]': '[models."judge-two".hosts.gatway]',
    }
    bad = [changes.get(line, line) for line in good]
    Path("bad.toml").write_text("\n".join(bad) + "\n", encoding="utf-8")
    expected = [
        (bad.index('candidates = ["alpha", "beta-too"]') + 1, "beta-two"),
        (bad.index('famly = "alpha"') + 1, "family"),
        (bad.index('input_usd_per_mtok = "cheap"') + 1, "input_usd_per_mtok"),
        (bad.index('[models."judge-two".hosts.gatway]') + 1, "gateway"),
    ]
    for words in ("check bad.toml", "run --suite chinese --catalog bad.toml", "models --catalog bad.toml"):
        done = evals(*words.split())
        assert (done.code, done.out) == (2, "")
        for line, said in expected:
            assert any(f"bad.toml:{line}: " in row and said in row for row in done.err.splitlines()), (line, done.err)


# ------------------------------------------------------------------------------------------------ who can be reached
def test_some_reachable_and_some_not(evals: Evals) -> None:
    """Exit 2 names those out of reach and the variables to set; the simulator is not mixed in."""
    done = evals("run", "--suite", "chinese", "--limit", "1", env={"DEEPSEEK_API_KEY": "sk-0123456789abcdef"})
    assert done.code == 2
    assert "THUDM/glm-5: set EVALS_API_KEY or ZHIPUAI_API_KEY" in done.err
    assert "deepseek-v4-flash:" not in done.err
    assert "never mixed in" in done.err
    assert "--simulate" in done.err
    assert not Path("outputs").exists()


@pytest.mark.parametrize("value", ["sk-with blank", "sk-non-ascii-é", "sk-line\nend"])
def test_unusable_keys(value: str, evals: Evals) -> None:
    """A key that cannot be a header is refused by the name of its variable, and not shown."""
    done = evals("run", "--suite", "chinese", "--base-url", "https://h/v1", env={"EVALS_API_KEY": value})
    assert done.code == 2
    assert "EVALS_API_KEY" in done.err
    assert value not in done.err


def test_nothing_reachable_is_simulated_and_stays_so(evals: Evals) -> None:
    """A key alone is no endpoint: the simulator, and it says so first; real models never go on with such a run."""
    key = {"EVALS_API_KEY": "sk-0123456789abcdef"}
    done = evals("run", "--suite", "chinese", "--limit", "1", "--quiet", "--run-id", "sim", env=key)
    assert done.code == 0, done.err
    assert done.err.startswith("SIMULATED: ")
    assert "EVALS_BASE_URL" in done.err
    assert "SIMULATED" in done.out.splitlines()[0]
    before = Path("outputs/sim/responses.jsonl").read_bytes()
    with serving(Stub()) as stub:
        done = evals("run", "--run-id", "sim", "--limit", "2", "--base-url", stub.url)
        assert stub.total == 0
    assert done.code == 2
    assert "this run was simulated" in done.err
    assert Path("outputs/sim/responses.jsonl").read_bytes() == before


# ------------------------------------------------------------------------------------------------ run folders
@pytest.fixture
def stored(evals: Evals) -> Path:
    """A finished run of two models on three prompts, made against a stub."""
    write_catalog(Path("c.toml"))
    write_suite(Path("s.jsonl"))
    with serving(Stub()) as stub:
        done = evals("run", *SMALL, "--run-id", "one", "--quiet", "--base-url", stub.url)
        assert done.code == 0, done.err
        assert stub.total == 12
    return Path("outputs/one")


def test_streams_and_files(stored: Path, evals: Evals) -> None:
    """Results on stdout, nothing else; every file of the contract; the path of the page is the last line."""
    done = evals("report", "one")
    assert (done.code, done.err) == (0, "")
    assert done.out.rstrip().endswith("report: outputs/one/report.html")
    names = "run.json responses.jsonl judgments.jsonl scores.json measured.json winrates.csv report.md report.html"
    assert all((stored / name).stat().st_size for name in names.split())
    assert manifest(stored)["state"] == "complete"
    assert manifest(stored)["simulated"] is False


def test_score_and_report_rebuild_the_same_bytes(stored: Path, evals: Evals) -> None:
    """Without a network, and byte for byte."""
    names = ("scores.json", "measured.json", "winrates.csv", "report.md", "report.html")
    before = {name: (stored / name).read_bytes() for name in names}
    for name in names:
        (stored / name).unlink()
    assert evals("score", "one").code == 0
    assert {name: (stored / name).read_bytes() for name in names} == before
    for name in names[2:]:
        (stored / name).unlink()
    assert evals("report", stored).code == 0
    assert {name: (stored / name).read_bytes() for name in names} == before


def test_a_run_without_scores(stored: Path, evals: Evals) -> None:
    """`report` of a run that was stopped before scoring names the command that comes first."""
    (stored / "scores.json").unlink()
    done = evals("report", "one")
    assert (done.code, done.out) == (2, "")
    assert "python -m evals score outputs/one" in done.err


def test_json_on_stdout(stored: Path, evals: Evals) -> None:
    """`--json` prints one JSON document: scores, figures and the files' paths."""
    done = evals("report", "one", "--json")
    said = json.loads(done.out)
    assert (done.code, done.err) == (0, "")
    assert said["scores"] == json.loads((stored / "scores.json").read_bytes())
    assert {Path(path).name for path in said["files"].values()} == {"winrates.csv", "report.md", "report.html"}
    for name in ("suites", "judges", "models"):
        assert json.loads(evals(name, "--json").out)


def test_quiet_shows_no_bars(stored: Path, evals: Evals) -> None:
    """The bars are on stderr, and not there at all with `--quiet`."""
    with serving(Stub()) as stub:
        loud = evals("run", *SMALL, "--base-url", stub.url)
        quiet = evals("run", *SMALL, "--base-url", stub.url, "--quiet")
    assert "answers : 100%" in loud.err
    assert "verdicts: 100%" in loud.err
    assert quiet.err == ""
    assert "100%|" not in loud.out + quiet.out


def test_runs_of_one_second_get_folders_of_their_own(evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs started at the same moment do not share a folder."""
    from evals import run

    write_catalog(Path("c.toml"))
    write_suite(Path("s.jsonl"))
    monkeypatch.setattr(run, "new_run_id", lambda settings, now: "s-20260102-030405")
    with serving(Stub()) as stub:
        for _ in range(3):
            assert evals("run", *SMALL, "--quiet", "--base-url", stub.url).code == 0
        assert stub.total == 36
    assert len(list(Path("outputs").glob("*/run.json"))) == 3


def test_folder_in_use(stored: Path, evals: Evals) -> None:
    """A second writer is refused and told who holds the run; nothing is called and nothing changes."""
    before = {path.name: path.read_bytes() for path in stored.iterdir() if path.name != ".lock"}
    with RunFolder(stored), serving(Stub()) as stub:
        done = evals("run", "--run-id", "one", "--limit", "3", "--base-url", stub.url)
        assert stub.total == 0
    assert done.code == 2
    assert f"pid {os.getpid()}" in done.err
    assert {path.name: path.read_bytes() for path in stored.iterdir() if path.name != ".lock"} == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--suite", "chinese"], ["--suite s.jsonl", "another run"]),
        (["--seed", "7"], ["--seed 0", "--seed 7"]),
        (["--simulate"], ["real models", "another run"]),
    ],
)
def test_a_run_id_stands_for_one_experiment(stored: Path, options: list[str], said: list[str], evals: Evals) -> None:
    """Another suite, seed or kind of models under the id of a stored run is refused, and its files stay."""
    before = {path.name: path.read_bytes() for path in stored.iterdir()}
    done = evals("run", "--run-id", "one", *options)
    assert (done.code, done.out) == (2, "")
    assert all(part in done.err for part in said), done.err
    assert {path.name: path.read_bytes() for path in stored.iterdir()} == before


def test_a_run_may_grow(stored: Path, evals: Evals) -> None:
    """More prompts or models under the same id: only what is missing is called."""
    write_suite(Path("s.jsonl"), 4)
    with serving(Stub()) as stub:
        done = evals("run", "--run-id", "one", "--base-url", stub.url, "--quiet")
        assert done.code == 0, done.err
        assert stub.calls == {"alpha": 1, "beta-two": 1, "judge-one": 2}
    assert len(records(stored / "responses.jsonl")) == 8


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("run.json", "{", "run.json: damaged"),
        ("run.json", '{"schema": 99}', "newer than this program"),
        ("scores.json", "[]", "not a JSON object"),
    ],
)
def test_damaged_run_files(stored: Path, name: str, text: str, said: str, evals: Evals) -> None:
    """A damaged file of a run folder is named, without a traceback."""
    (stored / name).write_text(text, encoding="utf-8")
    done = evals("report", "one")
    assert done.code == 2
    assert said in done.err


def test_damage_in_the_middle_of_a_journal(stored: Path, evals: Evals) -> None:
    """`file:line`, and neither repair nor call."""
    path = stored / "responses.jsonl"
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1][:40]
    path.write_bytes(b"\n".join(lines))
    for words in ("score one", "run --run-id one --base-url http://127.0.0.1:9/v1"):
        done = evals(*words.split())
        assert done.code == 2
        assert "responses.jsonl:2: " in done.err
    assert path.read_bytes() == b"\n".join(lines)


# ------------------------------------------------------------------------------------------------ streams that close
@pytest.mark.parametrize("closed", ["pipe", "descriptor"])
def test_output_that_nobody_reads(closed: str) -> None:
    """A reader that goes away, or a closed stdout, is no fault of ours: no traceback."""
    if closed == "pipe":
        read, write = os.pipe()
        os.close(read)
        child = subprocess.run(command("suites"), stdout=write, stderr=subprocess.PIPE, env=environment(), check=False)
        os.close(write)
        assert child.returncode == 1
    else:
        words = ["sh", "-c", 'exec "$@" >&-', "sh", *command("suites")]
        child = subprocess.run(words, stderr=subprocess.PIPE, env=environment(), check=False)
        assert child.returncode == 0
    assert child.stderr == b""


@pytest.mark.parametrize("coding", ["ascii", "latin-1", "gbk"])
def test_terminals_that_cannot_show_everything(
    coding: str, stored: Path, evals: Evals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a terminal has no character for is shown as an escape; nothing is a fault of ours."""
    for words in (["judges"], ["report", "one"]):
        screen = io.TextIOWrapper(io.BytesIO(), encoding=coding)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", screen)
            done = evals(*words)
        assert (done.code, done.err) == (0, "")
        screen.seek(0)
        assert len(screen.read()) > 100


def test_a_fault_of_ours_has_a_traceback(evals: Evals, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 3, and it says whose fault it is."""
    from evals.commands import suites

    monkeypatch.setattr(suites, "find_suites", lambda: 1 / 0)
    done = evals("suites")
    assert (done.code, done.out) == (3, "")
    assert "ZeroDivisionError" in done.err
    assert "fault of routing-evals" in done.err


def test_errors_are_shown_without_control_characters(evals: Evals) -> None:
    """What a user or a file brings cannot move the cursor."""
    done = evals("run", "--suite", "\x1b[2Jchinese")
    assert done.code == 2
    assert "\x1b" not in done.err
