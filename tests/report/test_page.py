"""The HTML page: self-contained, escaped, and the same in a real browser."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from evals.report import render
from evals.report._plots import win_rate_plot
from evals.report._view import read_view
from tests.report.fake_run import MODELS, _json, read, write_run

PAYLOADS = (Path(__file__).parent / "xss.txt").read_text(encoding="utf-8").splitlines()
CHINESE = "学而不思则罔，思而不学则殆"
_FREE_TEXT = (
    "title",
    "license",
    "wire_id",
    "host",
    "base_url",
    "path",
    "family",
    "created_at",
    "version",
    "served_model",
)


class Elements(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def dangers(page: str) -> list[str]:
    """Whatever in a page could run, load, navigate or restyle."""
    forbidden = {
        "script",
        "iframe",
        "img",
        "object",
        "embed",
        "base",
        "form",
        "input",
        "video",
        "audio",
        "foreignobject",
    }
    found = []
    for tag, attributes in Elements(page).tags:
        names = [
            name for name in attributes if name.startswith("on") or name in ("src", "srcdoc", "action", "background")
        ]
        if tag in forbidden or names:
            found.append(f"{tag} {names}")
        if tag == "meta" and attributes.get("http-equiv", "").lower() == "refresh":
            found.append("meta refresh")
        links = [attributes.get(name) or "#" for name in ("href", "xlink:href")]
        found += [f"{tag} to {link}" for link in links if not link.startswith(("#", "data:,"))]
        if re.search(r"url\((?!['\"]?#)|@import|expression", attributes.get("style") or ""):
            found.append(f"{tag} style={attributes['style']}")
    return found


def payload_source(beacon: str) -> Any:
    """Returns a function that gives the payloads in turn, each naming the beacon."""
    state = {"next": 0}

    def following(_: str = "") -> str:
        state["next"] += 1
        return PAYLOADS[state["next"] % len(PAYLOADS)].replace("BEACON", beacon)

    return following


def poisoned(value: Any, following: Any, key: str = "") -> Any:
    """The manifest with a payload in every field that is free text."""
    if isinstance(value, dict):
        return {name: poisoned(entry, following, name) for name, entry in value.items()}
    if isinstance(value, list):
        return [poisoned(entry, following, key) for entry in value]
    return following() if key in _FREE_TEXT or key in ("command", "notes", "warnings") else value


def hostile_runs(folder: Path, beacon: str) -> Iterator[Path]:
    """One run with every payload as a model name, one with every payload in suite names, answers and reasons."""
    following = payload_source(beacon)
    names = [payload.replace("BEACON", beacon) for payload in PAYLOADS]
    suites = [" ".join(names[start : start + 8]) for start in range(0, 40, 8)]
    for number, (models, suite_names, prompts) in enumerate([(names, ["chinese"], 1), (MODELS, suites, 4)]):
        run = write_run(
            folder / str(number), models=models, suites=suite_names, prompts=prompts,
            text=lambda plain: f"{following()}\n{plain}",
        )  # fmt: skip
        for name in ("run.json", "measured.json"):
            plan = read(run, name).get("plan")
            record = poisoned(read(run, name), following)
            _json(run / name, {**record, **({"plan": plan, "notes": names} if plan else {})})
        scores = read(run, "scores.json")
        _json(run / "scores.json", {**scores, "warnings": names})
        render(run)
        yield run


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An ordinary report."""
    run = write_run(tmp_path_factory.mktemp("page") / "run", suites=("chinese", "english"), prompts=12)
    render(run)
    return (run / "report.html").read_text(encoding="utf-8")


def test_the_page_loads_and_runs_nothing(page: str) -> None:
    """One file: a closed policy, no script, no address but anchors, ids used once."""
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert dangers(page) == []
    ids = [attributes["id"] for tag, attributes in Elements(page).tags if "id" in attributes and tag == "section"]
    assert len(ids) == len(set(ids))
    assert Elements(page).tags[0] == ("html", {"lang": "en"})


def test_the_page_has_every_section(page: str) -> None:
    """What the issue lists stands on the page: plot, table, pairs, coverage, outcomes, cost, judges, facts, answers."""
    headings = re.findall(r"<h[23]>(?:<bdi>)?([^<]+?) ?<", page)
    for wanted in (
        *("chinese", "english", "All suites", "Pair by pair", "By category", "Coverage", "Answers by outcome"),
        *("Cost and latency", "Judges and bias", "Run facts", "Prompts, answers and verdicts"),
    ):
        assert wanted in headings
    assert page.count("<svg") == 3
    assert CHINESE in page
    assert "All 24 prompts, <b>the most contested first</b>" in page
    assert "GLM-5 shown first" in page
    assert "SIMULATED" in re.findall(r"<title>([^<]*)", page)[0]


def test_the_page_says_what_it_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More prompts than are shown: the page counts both."""
    from evals.report import _contested, _pages

    monkeypatch.setattr(_pages, "choose", functools.partial(_contested.choose, limit=5))
    run = write_run(tmp_path / "run", prompts=12)
    render(run)
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "5 of 12 prompts, <b>the most contested first</b>: 7 less contested ones are not shown" in page
    assert page.count('<details class="prompt"') == 5


def test_an_incomplete_page_has_no_win_rate(tmp_path: Path) -> None:
    """Too much missing: the reason in words, bounds drawn without a point, no ranking."""
    run = write_run(tmp_path / "run", prompts=24, judge_fails=0.2)
    render(run)
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "No ranking: at most 2 %" in page
    assert '<th scope="col">win rate</th>' not in page
    assert "Worst-case bounds, no ranking" in page
    assert "HTTP 402 Payment Required" in page


def test_a_failed_render_leaves_the_old_page(tmp_path: Path) -> None:
    """A damaged journal is reported with file and line; the page made before stands."""
    from evals.records import InputError

    run = write_run(tmp_path / "run", prompts=4)
    render(run)
    before = (run / "report.html").read_bytes()
    with (run / "judgments.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    with pytest.raises(InputError, match=r"judgments.jsonl:49: damaged record"):
        render(run)
    assert (run / "report.html").read_bytes() == before


@pytest.mark.parametrize("name", ["$\\frac{1}{2}$", "智谱清言", "a<b>&\"'", "$x", "\x1b[2J"])
def test_plot_labels_are_plain_text(tmp_path: Path, name: str) -> None:
    """A name is no formula, no markup and needs no glyph of the drawing library's font."""
    run = write_run(tmp_path / "run", models=(name, "B"), prompts=3)
    view = read_view(read(run, "scores.json"), {}, {})
    svg = win_rate_plot(view.suites[0])
    assert svg == win_rate_plot(view.suites[0])
    assert name.replace("\x1b", "\\x1b") in "".join(Elements(svg).text)
    assert dangers(svg) == []


def test_hostile_texts_are_inert_markup(tmp_path: Path) -> None:
    """Forty payloads in every field: nothing in the page can run, load or navigate; template braces stay braces."""
    for run in hostile_runs(tmp_path, "beacon.invalid"):
        page = (run / "report.html").read_text(encoding="utf-8")
        assert dangers(page) == []
        assert "{{7*7}}" in page
        assert "PWNED" in page


# --------------------------------------------------------------------------------------------- in a browser
class Beacon(ThreadingHTTPServer):
    """Serves pages on loopback and notes every other request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.pages: dict[str, bytes] = {}
        self.hits: list[str] = []
        self.address = f"127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: Beacon

    def do_GET(self) -> None:
        body = self.server.pages.get(self.path)
        if body is None:
            self.server.hits.append(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def beacon() -> Iterator[Beacon]:
    """A beacon server for one test."""
    server = Beacon()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def browse(url: str, profile: Path) -> str:
    """The document as headless Chromium sees it after two seconds of its time."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        reason = "needs a Chromium (Debian: apt-get install chromium)"
        if os.environ.get("EVALS_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --virtual-time-budget=2000 --dump-dom"
    )
    command = [browser, *flags.split(), f"--user-data-dir={profile}", url]
    done = subprocess.run(command, capture_output=True, timeout=120, check=True, env={**os.environ, "no_proxy": "*"})
    return done.stdout.decode()


@pytest.mark.browser
def test_payloads_would_run_unescaped(beacon: Beacon, tmp_path: Path) -> None:
    """The control: the same payloads pasted raw into a page do reach the beacon and change the title."""
    raw = [payload for payload in PAYLOADS[:20] if "refresh" not in payload]  # it would leave the page
    beacon.pages["/raw.html"] = "\n".join(raw).replace("BEACON", beacon.address).encode()
    dom = browse(f"http://{beacon.address}/raw.html", tmp_path / "profile")
    assert "<title>PWNED</title>" in dom
    assert {"/1", "/3", "/5"} <= set(beacon.hits)


@pytest.mark.browser
def test_hostile_texts_run_nothing_in_a_browser(beacon: Beacon, tmp_path: Path) -> None:
    """Served by the server the payloads name: no request but the page, title and elements as made, Chinese shown."""
    for number, run in enumerate(hostile_runs(tmp_path, beacon.address)):
        page = (run / "report.html").read_text(encoding="utf-8")
        beacon.pages[f"/report-{number}.html"] = page.encode()
        dom = browse(f"http://{beacon.address}/report-{number}.html", tmp_path / f"profile-{number}")
        assert beacon.hits == []
        assert dangers(dom) == []
        assert not any(attributes.get("id") == "pwned" for _, attributes in Elements(dom).tags)
        titles = [re.search(r"<title>(.*?)</title>", text, re.DOTALL) for text in (page, dom)]
        assert titles[0] is not None
        assert titles[1] is not None
        assert not titles[1][1].startswith("PWNED")
        assert dom.count("<section") == page.count("<section")
        assert CHINESE in dom
