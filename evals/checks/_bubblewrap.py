"""How the sandbox is put together: the bubblewrap command, the Python inside, the id it runs under."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.checks._process import Limits

UNPRIVILEGED_ID = 65534
"""`nobody`: what root becomes before bubblewrap, because no process limit binds the kernel's own root user."""

OLDEST = (0, 8, 0)
"""The first version with --disable-userns."""

INSTALL = (
    "apt-get install bubblewrap (Debian, Ubuntu), dnf install bubblewrap (Fedora), apk add bubblewrap (Alpine); "
    "version 0.8 or newer, Linux only"
)
ALLOW_NAMESPACES = (
    "bubblewrap needs unprivileged user namespaces: on Debian `sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu "
    "23.10 and newer an AppArmor profile for /usr/bin/bwrap with the rule `userns,` (or "
    "`sysctl kernel.apparmor_restrict_unprivileged_userns=0`); in a container run with a seccomp profile that allows "
    "user namespaces, such as `--security-opt seccomp=unconfined --security-opt systempaths=unconfined`"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python for the inside, and the folder that must be visible for it to run (None: /usr is enough)."""

    path: str
    prefix: str | None = None

    def arguments(self, program: str) -> list[str]:
        """The command that runs a program text: isolated, without site packages, in UTF-8."""
        return [self.path, "-I", "-S", "-B", "-X", "utf8", "-c", program]


def interpreters() -> list[Interpreter]:
    """Pythons that may work inside, the one that runs this program first (of a virtual environment: its base)."""
    own = os.path.realpath(sys.executable)
    prefix = os.path.realpath(sys.base_prefix)
    found = [Interpreter(path=own, prefix=None if _below(prefix, "/usr") else prefix)] if _below(own, prefix) else []
    found += [Interpreter(path=path) for path in ("/usr/bin/python3", "/usr/local/bin/python3") if Path(path).exists()]
    return found


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def user_to_become() -> int | None:
    """The id to drop to before bubblewrap, or None when this process has no privileges to drop."""
    return UNPRIVILEGED_ID if hasattr(os, "geteuid") and os.geteuid() == 0 else None


def find_bubblewrap(search_path: str | None = None) -> tuple[str, str]:
    """(path, "") or ("", why not). `search_path` stands in for PATH."""
    if not sys.platform.startswith("linux"):
        return "", f"the sandbox needs Linux, this is {sys.platform}"
    path = shutil.which("bwrap", path=search_path)
    if path is None:
        return "", "bubblewrap is not installed"
    try:
        shown = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        return "", f"{path} does not run: {error}"
    version = tuple(int(part) for part in re.findall(r"\d+", shown)[:3])
    if version < OLDEST:
        return "", f"bubblewrap {shown.strip().rpartition(' ')[2]} is too old"
    return path, ""


def bubblewrap_command(
    bwrap: str, python: Interpreter, program: str, limits: Limits, filter_fd: int, extra: Sequence[str] = ()
) -> list[str]:
    """The whole command line: nothing of the host but /usr and the Python, nothing writable but /tmp and /dev/shm."""
    command = [bwrap, "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"]
    command += ["--clearenv", "--cap-drop", "ALL", "--hostname", "sandbox", "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib32", "lib64", "libx32", "sbin"):
        folder = Path("/", name)
        if folder.is_symlink():
            command += ["--symlink", str(folder.readlink()), str(folder)]
        elif folder.is_dir():
            command += ["--ro-bind", str(folder), str(folder)]
    command += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    if python.prefix is not None:
        command += ["--ro-bind", python.prefix, python.prefix]
    command += ["--proc", "/proc", "--dev", "/dev", "--size", str(limits.shm), "--tmpfs", "/dev/shm"]  # noqa: S108
    command += ["--size", str(limits.tmp), "--tmpfs", "/tmp", "--chdir", "/tmp"]  # noqa: S108
    # the root and /dev are file systems in memory without a size: closed once everything is in place
    command += ["--remount-ro", "/dev", "--remount-ro", "/"]
    command += ["--seccomp", str(filter_fd), *extra, "--"]
    return command + python.arguments(program)
