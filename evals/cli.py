"""The command line: arguments in, one call, output and an exit code. No rule of the domain lives here.

Exit codes: 0 done; 1 finished but incomplete or refused; 2 wrong use or bad input; 3 a fault of ours (with traceback);
130 interrupted.
"""

from __future__ import annotations

import argparse
import difflib
import io
import json
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from evals import __version__
from evals.records import EvalsError, UsageError

Command = Callable[[argparse.Namespace], int]
DEFAULT_OUT = "outputs"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; `argv` is without the program's name."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without Chinese shows escapes
    try:
        arguments = _parse(list(sys.argv[1:] if argv is None else argv))
        command: Command = arguments.command
        code = command(arguments)
        if sys.stdout is not None:  # None when the shell closed it (`>&-`)
            sys.stdout.flush()
    except EvalsError as error:
        _complain(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not a fault, but nothing more can be printed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModuleNotFoundError as error:
        if (error.name or "evals").split(".")[0] == "evals":
            return _fault()
        _complain(UsageError(f"{error}\nuse the Python of the set-up: . .venv/bin/activate (made by: make setup)"))
        return 2
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 2
    except Exception:  # noqa: BLE001 - the one place where a fault of ours ends: traceback and exit code 3
        return _fault()
    return code


def _fault() -> int:
    import traceback

    traceback.print_exc()
    print("\nThis is a fault of routing-evals, not of your input. What was stored is intact.", file=sys.stderr)
    return 3


def _complain(error: EvalsError) -> None:
    from evals.report import visible

    print("\n".join(visible(line) for line in f"error: {error}".split("\n")), file=sys.stderr)


# --------------------------------------------------------------------------------------------- commands
def _run(arguments: argparse.Namespace) -> int:
    from evals import run

    out = Path(arguments.out)
    settings, folder = _settings_and_folder(arguments, out)
    return _call_and_report(arguments, settings, folder, run.STAGES)


def _plan(arguments: argparse.Namespace) -> int:
    from evals.commands import plan

    return plan.main(arguments, _settings_and_folder(arguments, Path(arguments.out))[0])


def _stage(arguments: argparse.Namespace) -> int:
    """`collect RUN` and `judge RUN`: one stage of a stored run, with the settings it was started with."""
    from evals import run, store
    from evals.planning import Settings

    folder = run.find_run(arguments.run, Path(arguments.out))
    stored = Settings.from_json(store.read_json(folder / store.MANIFEST)["settings"])
    settings = _with_options(stored, arguments)
    if arguments.name == "collect":
        failed = _call(arguments, settings, folder, frozenset({"collect"}))
        if failed:
            print(f"{failed} calls failed; to make them again: python -m evals collect {folder}", file=sys.stderr)
        if arguments.json:
            print(json.dumps({"run": str(folder), "failed": failed}, ensure_ascii=False))
        else:
            print(f"{folder}: answers are stored; next: python -m evals judge {folder}")
        return 1 if failed else 0
    return _call_and_report(arguments, settings, folder, frozenset({"judge"}))


def _score(arguments: argparse.Namespace) -> int:
    from evals import run

    folder = run.find_run(arguments.run, Path(arguments.out))
    if arguments.labels:
        new = run.import_labels(folder, arguments.labels, column_map=arguments.map, by_class=arguments.labels_by_class)
        print(f"{new} new labels stored", file=sys.stderr)
    elif arguments.map or arguments.labels_by_class:
        raise UsageError("--map and --labels-by-class say how --labels is to be read; name the file with --labels")
    run.score_run(folder)
    return _render_and_print(arguments, folder)


def _report(arguments: argparse.Namespace) -> int:
    from evals import run, store

    folder = run.find_run(arguments.run, Path(arguments.out))
    if not all((folder / name).exists() for name in (store.SCORES, store.MEASURED)):
        raise UsageError(f"{folder} holds no scores yet; first: python -m evals score {shlex.quote(str(folder))}")
    return _render_and_print(arguments, folder)


def _judges(arguments: argparse.Namespace) -> int:
    from evals import library

    rows = []
    for name, path in library.find_definitions():
        definition = library.load_definition(str(path))
        shown = "yes" if definition.uses_reference else "no"
        rows.append([name, definition.title, definition.kind, definition.language, shown, f"v{definition.version}"])
    return _print_table(arguments, ["definition", "title", "kind", "language", "sees reference", "version"], rows)


def _module(arguments: argparse.Namespace) -> int:
    """A command that lives in `evals.commands`: the module of its name has `add_arguments` and `main`."""
    code: int = import_module(f"evals.commands.{arguments.name}").main(arguments)
    return code


def _simulate(arguments: argparse.Namespace) -> int:
    from evals.simulator import command

    return command.main(arguments)


# --------------------------------------------------------------------------------------------- running
def _settings_and_folder(arguments: argparse.Namespace, out: Path) -> tuple[Any, Path]:
    """The settings of a new run, or those of the stored run that `--run-id` takes up again."""
    from evals import run, store
    from evals.planning import Settings

    settings = Settings()
    if arguments.preset and not arguments.suite:
        arguments.suite = (arguments.preset,)  # from where the set lies
    if arguments.run_id:
        folder = run.run_folder(out, arguments.run_id)
        if (folder / store.MANIFEST).exists():
            settings = Settings.from_json(store.read_json(folder / store.MANIFEST)["settings"])
        elif not arguments.suite:
            raise UsageError(f'there is no run "{arguments.run_id}" in {out} to take up; name a --suite to start it')
        return _with_options(settings, arguments), folder
    settings = _with_options(settings, arguments)
    folder = out / run.new_run_id(settings, datetime.now().astimezone())
    number = 2
    while folder.exists():
        folder = folder.with_name(f"{folder.name.rsplit('.', 1)[0]}.{number}")
        number += 1
    return settings, folder


def _with_options(settings: Any, arguments: argparse.Namespace) -> Any:
    """The settings with every option that was typed; what was not typed stays as it is."""
    from dataclasses import fields, replace

    typed = {
        item.name: getattr(arguments, item.name)
        for item in fields(settings)
        if getattr(arguments, item.name, None) is not None
    }
    return replace(settings, **typed)


def _call(arguments: argparse.Namespace, settings: Any, folder: Path, stages: frozenset[str]) -> int:
    """Make the missing calls of some stages; returns how many answers failed."""
    from evals import run
    from evals.progress import Bars

    watcher = Bars(quiet=arguments.quiet)
    try:
        command = ["evals", *arguments.typed]
        options: dict[str, Any] = {"env": os.environ, "watcher": watcher, "command": command, "announce": None}
        if not arguments.quiet:
            options["announce"] = lambda prepared: _announce(prepared, folder.parent)
        if settings.find_best and stages == run.STAGES:
            import_module("evals.rounds").find_best(settings, folder, **options)
        else:
            run.execute(settings, folder, stages=stages, **options)
    except EvalsError as error:
        if not isinstance(error, UsageError):
            print(f"stopped; take it up again with: {_again(folder)}", file=sys.stderr)
        raise
    return watcher.failed


def _announce(prepared: Any, out: Path) -> None:
    from evals.calibrating import uncalibrated
    from evals.commands.plan import headline

    print(headline(prepared, uncalibrated(prepared, out)), file=sys.stderr)


def _again(folder: Path) -> str:
    """The command that takes a run up again, as it can be pasted."""
    out = "" if folder.parent == Path(DEFAULT_OUT) else f" --out {shlex.quote(str(folder.parent))}"
    return f"python -m evals run --run-id {folder.name}{out}"


def _call_and_report(arguments: argparse.Namespace, settings: Any, folder: Path, stages: frozenset[str]) -> int:
    from evals import run

    _call(arguments, settings, folder, stages)
    run.score_run(folder)
    return _render_and_print(arguments, folder)


def _render_and_print(arguments: argparse.Namespace, folder: Path) -> int:
    from evals import report, store

    report.render(folder)
    scores = store.read_json(folder / store.SCORES)
    measured = store.read_json(folder / store.MEASURED)
    complete = bool(scores["coverage"]["complete"])
    if arguments.json:
        files = {name: str(folder / name) for name in report.FILES}
        print(
            json.dumps({"run": str(folder), "scores": scores, "measured": measured, "files": files}, ensure_ascii=False)
        )
    else:
        print(report.terminal_summary(scores, measured, store.read_json(folder / store.MANIFEST)))
        print(f"\nreport: {folder / 'report.html'}")
    if not complete:
        print(f"incomplete; to make the missing calls: {_again(folder)}", file=sys.stderr)
    return 0 if complete else 1


def _print_table(arguments: argparse.Namespace, heads: list[str], rows: list[list[Any]]) -> int:
    if arguments.json:
        print(json.dumps([dict(zip(heads, row, strict=True)) for row in rows], ensure_ascii=False))
        return 0
    from evals.report import plain_table

    print(plain_table(heads, rows))
    return 0


# --------------------------------------------------------------------------------------------- arguments
class _Parser(argparse.ArgumentParser):
    """argparse that offers the nearest name, and raises instead of exiting."""

    def __init__(self, **options: Any) -> None:
        options |= {"allow_abbrev": False, "formatter_class": argparse.RawDescriptionHelpFormatter}
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the nearest known name and where to look."""
        if "invalid choice" in message and "'" in message:
            wrong = message.split("'")[1]
            known = [name for action in self._actions for name in (action.choices or ())]
            near = difflib.get_close_matches(wrong, [str(name) for name in known], n=1)
            if near:
                message = f'unknown command or value "{wrong}"; did you mean "{near[0]}"?'
        raise UsageError(f"{message}\nsee: {self.prog} --help")

    def unknown(self, words: Sequence[str]) -> NoReturn:
        """Raise UsageError for words that no option took."""
        flag = words[0].partition("=")[0]
        known = [option for action in self._actions for option in action.option_strings]
        near = difflib.get_close_matches(flag, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise UsageError(f"unknown argument {flag}{hint}\nsee: {self.prog} --help")


def _parse(argv: list[str]) -> argparse.Namespace:
    parser, commands = _build_parser()
    arguments, rest = parser.parse_known_args(argv)
    if arguments.name is None:
        parser.print_help()
        raise SystemExit(0)
    if rest:
        commands[arguments.name].unknown(rest)
    arguments.typed = argv
    return arguments


def _build_parser() -> tuple[_Parser, dict[str, _Parser]]:
    parser = _Parser(
        prog="python -m evals",
        description="""Which model is good enough for which work, at what price: win rates with honest intervals.

examples:
  python -m evals run --suite chinese                     no key needed: the embedded simulator answers
  EVALS_BASE_URL=https://gateway.example/v1 EVALS_API_KEY=... python -m evals run --suite chinese,code
  python -m evals run --suite chinese --models deepseek-v4-flash,THUDM/glm-5 --limit 20
  python -m evals run --run-id chinese-20260102-030405    take up an interrupted run
  python -m evals report chinese-20260102-030405          rebuild its tables and page, no network""",
    )
    parser.add_argument("--version", action="version", version=f"routing-evals {__version__}")
    group = parser.add_subparsers(dest="name", metavar="COMMAND", title="commands", parser_class=_Parser)
    commands: dict[str, _Parser] = {}

    def add(name: str, command: Command, text: str) -> _Parser:
        examples = "\n".join(f"  python -m evals {name}{rest}" for rest in _EXAMPLES[name])
        made: _Parser = group.add_parser(name, help=text, description=f"{text}\n\nexamples:\n{examples}")
        made.set_defaults(command=command)
        commands[name] = made
        return made

    _add_run(add("run", _run, "ask every model, judge the answers, print win rates"))
    planning = add("plan", _plan, "what such a run would ask, cost and be able to see; sends nothing")
    import_module("evals.commands.plan").add_arguments(planning)
    _add_run(planning)
    for name, text in (
        ("collect", "make the missing answers of a stored run"),
        ("judge", "make the missing verdicts of a stored run, then score and report"),
    ):
        stage = add(name, _stage, text)
        stage.add_argument("run", metavar="RUN", help="run id or folder")
        _add_where(stage)
        _add_calling(stage)
        _add_output(stage)
    for name, command, text in (
        ("score", _score, "compute a stored run's scores again (no network), then report"),
        ("report", _report, "rebuild a stored run's table, CSV, Markdown and page (no network)"),
    ):
        stage = add(name, command, text)
        stage.add_argument("run", metavar="RUN", help="run id or folder")
        if name == "score":
            _add_labels(stage)
        _add_where(stage)
        _add_output(stage)
    checking = add("check", _module, "check suites, judge definitions and catalogs, offline")
    import_module("evals.commands.check").add_arguments(checking)
    listing = add("judges", _judges, "list the judge definitions there are")
    listing.add_argument("--json", action="store_true", help="JSON on stdout")
    for name, text in (
        ("suites", "list the suites there are, show their prompts, generate fresh ones"),
        ("calibrate", "measure a judge on a suite's gold pairs"),
        ("compare", "two runs of the same prompts: which model became better or worse"),
        ("models", "list the models of the catalog, their stars, and what public price catalogs say"),
        ("publish", "what a run changes in the routing catalog; --apply writes it"),
        ("route", "which model a request goes to, and why"),
        ("export", "the routing catalog for a real router: litellm, csv, prometheus"),
        ("cost", "what a month of traffic costs per model and as routed"),
        ("ab", "test a new model on live traffic: plan, split, read"),
    ):
        import_module(f"evals.commands.{name}").add_arguments(add(name, _module, text))
    _add_simulate(add("simulate", _simulate, "serve the embedded simulator to any OpenAI client"))
    return parser, commands


def _add_run(parser: _Parser) -> None:
    parser.add_argument(
        "--suite", type=_names, metavar="NAME[,NAME]", help="shipped name, folder, .jsonl or hf:owner/name"
    )
    parser.add_argument("--models", type=_names, metavar="A,B", help="candidates (default: the catalog's)")
    parser.add_argument("--baseline", metavar="MODEL", help="compare all with this one (default: all pairs)")
    parser.add_argument("--limit", type=int, metavar="N", help="only N prompts, spread over the categories")
    parser.add_argument("--samples", type=int, metavar="K", help="answers per prompt and model (default 1)")
    judging = parser.add_argument_group("judging")
    judging.add_argument(
        "--judge",
        type=_names,
        metavar="MODEL[,MODEL]",
        help="judges in order (default: the catalog's); with --panel MODEL=2 counts twice",
    )
    judging.add_argument("--definition", metavar="NAME", help="judge definition (default: the suite's)")
    judging.add_argument(
        "--panel", type=int, metavar="K", help="judges per pair, of families not in the pair (default 1)"
    )
    judging.add_argument(
        "--repeats", type=int, metavar="N", help="ask for each verdict N times and take the mean (default 1)"
    )
    judging.add_argument(
        "--controls", type=int, metavar="N", help="prompts for each control arm, 0 for none (default 10)"
    )
    judging.add_argument(
        "--noise-check", type=float, metavar="SHARE", help="share of pairs judged twice to see the noise (default 0)"
    )
    judging.add_argument(
        "--trust-checks",
        action="store_true",
        default=None,
        help="ask no judge where one answer passes its prompt's objective checks and the other fails",
    )
    judging.add_argument(
        "--calibrate",
        action="store_true",
        default=None,
        help="measure the judges that need it on the suite's gold pairs first",
    )
    judging.add_argument(
        "--find-best",
        action="store_true",
        default=None,
        help="only find the best model: ask in rounds, drop who cannot be it, stop when one is left",
    )
    judging.add_argument("--max-missing", type=float, metavar="SHARE", help="largest missing share (default 0.02)")
    recorded = parser.add_argument_group("recorded input")
    recorded.add_argument(
        "--responses", nargs="+", metavar="FILE", help="recorded answers; only missing ones are called"
    )
    recorded.add_argument("--judgments", nargs="+", metavar="FILE", help="recorded verdicts; nothing is judged anew")
    recorded.add_argument("--preset", metavar="NAME", help="a public set by name, such as gsm8k or vicuna80")
    recorded.add_argument("--map", action=_Map, metavar="FIELD=COLUMN", help="a column's name; may be repeated")
    parser.add_argument("--run-id", metavar="ID", help="name of the run; an existing one is taken up again")
    parser.add_argument("--seed", type=int, metavar="N", help="seed of everything drawn at random (default 0)")
    _add_where(parser)
    _add_calling(parser)
    _add_output(parser)


def _add_where(parser: _Parser) -> None:
    parser.add_argument("--out", default=DEFAULT_OUT, metavar="DIR", help="where runs are kept (default outputs/)")


def _add_calling(parser: _Parser) -> None:
    calling = parser.add_argument_group("calling")
    calling.add_argument("--concurrency", type=int, metavar="N", help="requests in flight over all models (default 64)")
    calling.add_argument("--budget-usd", metavar="X", help="stop before this much is spent")
    calling.add_argument("--catalog", metavar="FILE", help="another model catalog")
    calling.add_argument("--base-url", metavar="URL", help="one gateway for all models (else EVALS_BASE_URL)")
    calling.add_argument("--simulate", action="store_true", default=None, help="use the embedded simulator")
    calling.add_argument(
        "--unsafe-local-exec",
        action="store_true",
        default=None,
        help="run the code of answers without a sandbox, with all your rights; the report says so",
    )


def _add_labels(parser: _Parser) -> None:
    labels = parser.add_argument_group("people's labels")
    labels.add_argument(
        "--labels",
        nargs="+",
        metavar="FILE",
        help="labels by judges human:NAME on the run's prompts: corrects the rates",
    )
    labels.add_argument("--map", action=_Map, metavar="FIELD=COLUMN", help="a column's name; may be repeated")
    labels.add_argument(
        "--labels-by-class",
        action="store_true",
        help="the labelled prompts were chosen by verdict or label, not drawn at random",
    )


def _add_output(parser: _Parser) -> None:
    parser.add_argument("--json", action="store_true", help="scores as JSON on stdout instead of tables")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")


def _add_simulate(parser: _Parser) -> None:
    from evals.simulator import command

    command.add_arguments(parser)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError(f"a name is wanted, not {text!r}")
    return names


class _Map(argparse.Action):
    """Collects `field=column` pairs into a mapping."""

    def __call__(self, parser: Any, namespace: argparse.Namespace, value: Any, _: str | None = None) -> None:
        name, equals, column = str(value).partition("=")
        if not (equals and name and column):
            parser.error(f"--map wants field=column, not {value!r}")
        setattr(namespace, self.dest, {**(getattr(namespace, self.dest) or {}), name: column})


_EXAMPLES: dict[str, tuple[str, ...]] = {
    "run": (
        " --suite chinese",
        " --suite chinese,english --models deepseek-v4-flash,THUDM/glm-5 --limit 20",
        " --suite my.jsonl --base-url http://127.0.0.1:4000/v1 --judge deepseek-v4-pro",
        " --suite code --budget-usd 5 --catalog my-models.toml",
        " --suite chinese --find-best",
        " --run-id chinese-20260102-030405",
        " --suite q.jsonl --preset vicuna80 --responses answer_*.jsonl --judgments review_*.jsonl",
    ),
    "plan": (
        " --suite chinese --models deepseek-v4-flash,THUDM/glm-5",
        " --suite chinese --like chinese-20260102-030405",
    ),
    "collect": (" chinese-20260102-030405", " outputs/chinese-20260102-030405 --concurrency 16"),
    "judge": (" chinese-20260102-030405", " chinese-20260102-030405 --budget-usd 5"),
    "score": (
        " chinese-20260102-030405",
        " chinese-20260102-030405 --json",
        " chinese-20260102-030405 --labels labels.jsonl",
    ),
    "report": (" chinese-20260102-030405",),
    "check": ("", " my-suite/ judges/mine.toml my-models.toml", " routing.json"),
    "suites": (
        "",
        " show chinese --category dialect",
        " show my.jsonl --limit 5 --json",
        " generate reasoning-hard --seed 7 --out my-suites",
    ),
    "calibrate": (
        " --judge deepseek-v4-pro --suite chinese",
        " --judge deepseek-v4-pro --suite english --definition pointwise-en --json",
        " --judge deepseek-v4-pro --suite chinese --definition my-judge.toml --simulate",
    ),
    "compare": (
        " chinese-20260102-030405 chinese-20260109-030405",
        " old new --fail-on-regression --margin 3 --markdown",
        " old new --rejudge --budget-usd 5",
    ),
    "judges": ("", " --json"),
    "models": (
        "",
        " --stars",
        " diff model_prices_and_context_window.json",
        " import model_prices_and_context_window.json --apply",
    ),
    "publish": (
        " chinese-20260102-030405",
        " chinese-20260102-030405 --apply --routing routing.json",
        " chinese-20260102-030405 --by task --picture frontier.svg",
    ),
    "route": (
        " --task chinese --complexity high",
        " --task code --complexity low --explain",
        " --image --context 200000 --preset economy --json",
    ),
    "export": (" --format litellm --output config.yaml", " --format csv", " --format prometheus"),
    "cost": (
        "",
        " --unit tokens --volume 10M,1B --month 2026-09",
        " --mix reasoning:high=8,chinese=30 --prompt-tokens 2000 --cached 1500",
    ),
    "ab": (
        " plan glm-code --challenger THUDM/glm-5 --task code --a-day 20000",
        " split glm-code request-1 request-2",
        " read glm-code",
    ),
    "simulate": (" --port 8000", " --truth --suite chinese", " --port 8000 --rate-limit 0.05 --server-error 0.05"),
}
"""What follows each command's name in its examples; they stand before the options."""
