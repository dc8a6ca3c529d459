"""Programs that try to get out of the sandbox or to wear the host down, and how to tell that they were stopped.

Run by itself (`python -m tests.checks.attacks`) it prints the outcome of each as JSON, so that another user can run it.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.checks import Limits, Sandbox

TIMEOUT_S = 1.0
WALL_S = 2 * TIMEOUT_S + 3

# An attack that finds itself on the host does nothing: some of these would do harm there.
_GUARD = """
import os, sys
if os.uname().nodename != "sandbox" or os.getpid() > 100:
    print("ESCAPED: not in the sandbox"); sys.exit(99)
"""
_HELP = """
import os, sys, time
def escaped(what=""):
    sys.stdout.write("ESCAPED " + str(what)[:200] + "\\n"); sys.stdout.flush()
"""
_SYSCALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def call(x86, arm, *args):
    return libc.syscall(x86 if os.uname().machine == "x86_64" else arm, *args)
"""


@dataclass(frozen=True, kw_only=True)
class Attack:
    """`code` prints ESCAPED when it got what it wanted. `ends` are the ways its run may end (none: any).

    A `harmless` one may also run unprotected, to show that it works where nothing stops it.
    """

    name: str
    code: str
    ends: tuple[str, ...] = ()
    harmless: bool = False


def _fill(folder: str, megabytes: int) -> str:
    return f"""
written = 0
try:
    for n in range({megabytes} // 16):
        with open("{folder}/f%d" % n, "wb") as file:
            file.write(b"x" * (16 * 1024 * 1024)); written += 16
except OSError as error:
    print(error)
if written > 100: escaped(written)
"""


TWENTY = (
    Attack(
        name="fork bomb",
        code="""
made = 0
try:
    while made < 2000:
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        made += 1
except OSError as error:
    print(made, error)
if made > 200: escaped(made)
""",
    ),
    Attack(name="memory bomb", code="held = []\nwhile True: held.append(b'x' * 50_000_000)", ends=("exited", "memory")),
    Attack(name="endless output", code="while True: os.write(1, b'x' * 65536)", ends=("output",)),
    Attack(name="processor loop", code="while True: pass", ends=("exited", "time")),
    Attack(
        name="read ssh keys",
        code="for p in FACTS['secrets']:\n  try: escaped(open(p).read(6))\n  except OSError: pass",
        harmless=True,
    ),
    Attack(
        name="key from the environment",
        code="text = str(os.environ) + open('/proc/self/environ').read()\nif FACTS['canary'] in text: escaped()",
    ),
    Attack(
        name="connect to loopback",
        code="""
import socket
try:
    socket.create_connection(("127.0.0.1", FACTS["port"]), timeout=1); escaped()
except OSError as error:
    print(error)
""",
        harmless=True,
    ),
    Attack(
        name="write outside",
        code="""
for path in (FACTS["folder"] + "/planted", "/usr/planted", "/etc/planted", "/planted", "/dev/planted"):
    try:
        open(path, "w").close(); escaped(path); os.unlink(path)
    except OSError: pass
try:
    open("/proc/sys/kernel/hostname", "r+").close(); escaped("sysctl")
except OSError: pass
""",
    ),
    Attack(name="SIGTERM to the parent", code="os.kill(os.getppid(), 15); os.kill(1, 9); time.sleep(0.2)"),
    Attack(name="kill everything", code="os.kill(-1, 15)\ntime.sleep(0.1)\nos.kill(-1, 9)"),
    Attack(
        name="daemonised child",
        code="""
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/usr/bin/sleep", [FACTS["mark"], "120"])
    os._exit(0)
time.sleep(0.2)
""",
    ),
    Attack(name="fill the disk", code=_fill("/tmp", 512)),
    Attack(
        name="five children of 350 MB",
        code="""
for _ in range(5):
    if os.fork() == 0:
        held = b"x" * (350 * 1024 * 1024); time.sleep(60); os._exit(0)
time.sleep(60)
""",
        ends=("memory",),
    ),
    Attack(name="fill /dev/shm", code=_fill("/dev/shm", 512)),
    Attack(
        name="a million small files",
        code="""
for n in range(1_000_000):
    os.close(os.open("/tmp/%d" % n, os.O_CREAT | os.O_WRONLY))
escaped()
""",
        ends=("files", "exited"),
    ),
    Attack(
        name="symlink out",
        code="""
os.symlink(FACTS["folder"], "/tmp/out")
try:
    open("/tmp/out/planted", "w").write("x"); escaped()
except OSError: pass
for link in ("/proc/self/root", "/proc/1/root", "/proc/self/cwd", "/proc/1/cwd"):
    try: escaped(open(link + FACTS["secrets"][0]).read())
    except OSError: pass
""",
    ),
    Attack(
        name="environment of process 1",
        code="""
try:
    if FACTS["canary"].encode() in open("/proc/1/environ", "rb").read(): escaped()
except OSError: pass
""",
    ),
    Attack(
        name="ptrace",
        code=_SYSCALL
        + """
child = os.fork()
if child == 0:
    time.sleep(3); os._exit(0)
for target in (child, os.getppid(), 1):
    if call(101, 117, 16, target, 0, 0) == 0: escaped(target)
if call(101, 117, 0, 0, 0, 0) == 0: escaped("traceme")
""",
    ),
    Attack(
        name="nested user namespace",
        code=_SYSCALL
        + """
if call(272, 97, 0x10000000) == 0: escaped("unshare")
if call(56, 220, 0x10000000 | 17, 0, 0, 0, 0) >= 0: escaped("clone")
import subprocess
for command in (["/usr/bin/unshare", "-U", "true"], ["/usr/bin/bwrap", "--unshare-user", "--bind", "/", "/", "true"]):
    try:
        if subprocess.run(command, capture_output=True).returncode == 0: escaped(command)
    except OSError: pass
""",
    ),
    Attack(
        name="typing into the terminal",
        code="""
import fcntl, pty
fds = [0, 1, 2]
try: fds.append(os.open("/dev/tty", os.O_RDWR))
except OSError: pass
try: fds.extend(pty.openpty())
except OSError: pass
for fd in fds:
    try:
        fcntl.ioctl(fd, 0x5412, b"x"); escaped(fd)
    except OSError: pass
""",
    ),
)

FURTHER = (
    Attack(name="kernel keyring", code=_SYSCALL + "if call(250, 219, 0, -3, 1) != -1: escaped()"),
    Attack(
        name="keys by add_key",
        code=_SYSCALL + "if call(248, 217, b'user', b'k', b'v', 1, -3) != -1: escaped()",
    ),
    Attack(
        name="vsock and netlink",
        code="""
import socket
for family in (40, 16, 38, 17):
    try: socket.socket(family, socket.SOCK_STREAM if family == 40 else socket.SOCK_RAW); escaped(family)
    except OSError: pass
""",
    ),
    Attack(
        name="System V shared memory",
        code=_SYSCALL + "if call(29, 194, 0, 1 << 20, 0o1600) >= 0: escaped()",
    ),
    Attack(name="io_uring", code=_SYSCALL + "if call(425, 425, 8, bytes(200)) >= 0: escaped()"),
    Attack(name="fill the root folder", code=_fill("", 512)),
    Attack(name="fill /dev", code=_fill("/dev", 512)),
    Attack(
        name="mount",
        code=_SYSCALL + "if call(165, 40, b'none', b'/tmp', b'tmpfs', 0, 0) == 0: escaped()",
    ),
    Attack(
        name="raise the limits",
        code="""
import resource
for name in ("RLIMIT_NPROC", "RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE"):
    try:
        resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY,) * 2); escaped(name)
    except (OSError, ValueError): pass
""",
    ),
    Attack(
        name="memory file",
        code=_SYSCALL + "if call(319, 279, b'x', 0) >= 0: escaped()",
        harmless=True,
    ),
    Attack(name="root inside", code="if 0 in (os.getuid(), os.geteuid(), os.getgid()): escaped()"),
    Attack(
        name="abstract sockets of the host",
        code="""
import socket
try:
    socket.socket(socket.AF_UNIX).connect("\\0" + FACTS["mark"]); escaped()
except OSError: pass
""",
        harmless=True,
    ),
    Attack(name="holding the pipes open", code="if os.fork() == 0: os.setsid()\ntime.sleep(60)", ends=("time",)),
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an attack. `overrun_s` is how long it ran beyond the wall clock limit."""

    name: str
    blocked: bool
    why: str
    overrun_s: float


async def run_attack(attack: Attack, sandbox: Sandbox) -> Outcome:
    """Run it, then look at the host."""
    mark = f"evals-mark-{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder, socket.socket() as listener, socket.socket(socket.AF_UNIX) as local:
        secrets = _secrets(folder)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        if sys.platform == "linux":
            local.bind("\0" + mark)
            local.listen()
        facts: dict[str, Any] = {
            "folder": folder,
            "secrets": secrets,
            "canary": os.environ.get("EVALS_CANARY", ""),
            "port": listener.getsockname()[1],
            "mark": mark,
        }
        guard = "" if attack.harmless else _GUARD
        code = f"FACTS = {facts!r}\n{guard}{_HELP}\n{attack.code}"
        began = time.monotonic()
        ended = await sandbox.run({"mode": "output", "blocks": [code], "stdin": ""}, timeout_s=TIMEOUT_S)
        took = time.monotonic() - began
        await asyncio.sleep(0.05)
        found = []
        if b"ESCAPED" in ended.stdout:
            found.append(ended.stdout[-200:].decode(errors="replace"))
        if attack.ends and ended.reason not in attack.ends:
            found.append(f"ended by {ended.reason}")
        found += _traces(folder, mark)
    return Outcome(name=attack.name, blocked=not found, why="; ".join(found), overrun_s=max(0.0, took - WALL_S))


def _traces(folder: str, mark: str) -> list[str]:
    """What the attack left on the host."""
    found = []
    if sorted(path.name for path in Path(folder).iterdir()) != ["id_rsa"]:
        found.append("wrote outside")
    if Path(folder, "id_rsa").read_text(encoding="utf-8") != "secret":
        found.append("changed a file outside")
    if survivors(mark):
        found.append("left a process behind")
    return found


def _secrets(folder: str) -> list[str]:
    Path(folder).chmod(0o777)
    own = Path(folder, "id_rsa")
    own.write_text("secret", encoding="utf-8")
    own.chmod(0o644)
    return [str(own), "/etc/passwd", "/etc/shadow", str(Path.home() / ".ssh" / "id_rsa"), "/etc/ssh/ssh_host_rsa_key"]


def survivors(mark: str) -> list[int]:
    """Processes of the host whose command line carries the mark (the harness itself does not)."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            try:
                if (folder / "cmdline").read_bytes().split(b"\0")[0] == mark.encode():
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


async def run_all(attacks: Sequence[Attack]) -> list[Outcome]:
    """Each attack in turn in a fresh sandbox of the default limits."""
    sandbox = Sandbox(processes=1, limits=Limits())
    probe = await sandbox.probe()
    assert probe.works, str(probe)
    return [await run_attack(attack, sandbox) for attack in attacks]


if __name__ == "__main__":
    os.environ["EVALS_CANARY"] = "canary-5f1c"
    done = asyncio.run(run_all(TWENTY + FURTHER))
    print(json.dumps({"user": os.geteuid(), "outcomes": [vars(outcome) for outcome in done]}))
