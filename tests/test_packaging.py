"""The wheel and the sdist: what they carry, and that an installed wheel works from an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.driving import ROOT, records

pytestmark = pytest.mark.slow


def run(*words: str | Path, cwd: Path, **env: str) -> str:
    """Run a command in a bare environment; returns its stdout, fails with its stderr."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    done = subprocess.run([*map(str, words)], cwd=cwd, env={**bare, **env}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both distributions, built with the packages that are installed; the wheel is built from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> dict[str, bytes]:
    """The wheel's files."""
    (path,) = built.glob("routing_evals-*-py3-none-any.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sdist(built: Path) -> dict[str, bytes]:
    """The sdist's files, without the folder they all stand in."""
    (path,) = built.glob("routing_evals-*.tar.gz")
    with tarfile.open(path) as archive:
        members = [member for member in archive if member.isfile()]
        return {m.name.partition("/")[2]: file.read() for m in members if (file := archive.extractfile(m)) is not None}


def shipped(folder: str) -> dict[str, bytes]:
    """The files of a data folder of the checkout."""
    return {str(p.relative_to(ROOT)): p.read_bytes() for p in (ROOT / folder).rglob("*") if p.is_file()}


@pytest.mark.parametrize("folder", ["prompts", "judges"])
def test_both_carry_the_data(folder: str, wheel: dict[str, bytes], sdist: dict[str, bytes]) -> None:
    """Every suite and judge definition, byte for byte."""
    data = shipped(folder)
    assert len(data) >= 4
    for name, content in data.items():
        assert wheel[f"evals/_data/{name}"] == content
        assert sdist[name] == content


def test_the_wheel_carries_the_whole_package_and_nothing_else(wheel: dict[str, bytes]) -> None:
    """Every module, the catalog and the templates; no tests, no outputs, no caches."""
    wanted = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "evals").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "_data" not in path.parts
    }
    inside = {name for name in wheel if ".dist-info/" not in name and not name.startswith("evals/_data/")}
    assert inside == wanted
    assert "evals/models.toml" in inside
    assert {name.split("/")[2] for name in wheel if name.startswith("evals/_data/")} == {"prompts", "judges"}


def test_the_sdist_can_be_built_and_tested(sdist: dict[str, bytes]) -> None:
    """It has what `make setup` and `make test` read, and no run of ours."""
    for name in ("pyproject.toml", "Makefile", "README.md", "LICENSE", "requirements.lock", "requirements-dev.lock"):
        assert name in sdist
    assert "tests/test_packaging.py" in sdist
    assert not [name for name in sdist if name.startswith(("outputs/", ".venv/", ".git/")) or name.endswith(".pyc")]


def test_neither_names_this_machine(wheel: dict[str, bytes], sdist: dict[str, bytes]) -> None:
    """No path of the checkout or of its environment, no address in a lock."""
    for name, content in (wheel | sdist).items():
        assert not [place for place in (ROOT, Path(sys.prefix)) if f"{place}/".encode() in content], name
        if name.endswith(".lock"):
            assert b"://" not in content, name
            assert b"--hash=sha256:" in content, name


def test_metadata(wheel: dict[str, bytes]) -> None:
    """Name, version, licence, the supported Pythons, the run-time packages and the command."""
    from evals import __version__

    (name,) = (name for name in wheel if name.endswith(".dist-info/METADATA"))
    facts = Parser().parsestr(wheel[name].decode())
    assert (facts["Name"], facts["Version"]) == ("routing-evals", __version__)
    assert (facts["License-Expression"], facts["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    required = [line for line in facts.get_all("Requires-Dist", []) if "extra ==" not in line]
    needed = {re.split(r"[^\w-]", line)[0] for line in required}
    assert {"datasets", "jsonlines", "openai", "pandas", "scipy", "tqdm"} <= needed
    assert not needed & {"pytest", "mypy", "hypothesis"}
    entry = wheel[name.replace("METADATA", "entry_points.txt")].decode()
    assert "evals = evals.cli:main" in entry


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; the run-time packages are those of this one, seen through a path file."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=built)
    python = folder / "bin" / "python"
    (path,) = built.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", python]
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", path, cwd=built)
    site = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=built).strip())
    (site / "packages-of-the-developer.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder / "bin"


def test_an_installed_wheel_works_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    """`check`, the listings and a small simulated run, with the wheel's own code and data."""
    where = run(installed / "python", "-c", "import evals; print(evals.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert "ok: all" in run(installed / "evals", "check", cwd=tmp_path)
    listed = run(installed / "evals", "suites", cwd=tmp_path)
    assert all(path.name in listed for path in (ROOT / "prompts").iterdir() if path.is_dir())
    assert "pairwise-zh" in run(installed / "evals", "judges", cwd=tmp_path)
    assert not list(tmp_path.iterdir()), "a listing leaves nothing behind"
    words = ["run", "--suite", "chinese", "--limit", "4", "--simulate", "--quiet", "--controls", "0", "--run-id", "one"]
    assert "SIMULATED" in run(installed / "python", "-m", "evals", *words, cwd=tmp_path)
    folder = tmp_path / "outputs/one"
    assert len(records(folder / "responses.jsonl")) == 16
    assert (folder / "report.html").stat().st_size > 10_000
    assert str(ROOT) not in (folder / "run.json").read_text(encoding="utf-8")
