"""The system call filter of the sandbox, as a classic BPF program that bubblewrap loads.

Namespaces and dropped capabilities hold most of the line; the filter closes what they leave open: the kernel keyring
(not part of any namespace), tracing, new namespaces, memory that no limit counts (memfd, System V), sockets that
reach beyond the network namespace (vsock), typing into the terminal, and large kernel interfaces no answer needs.
Sources: linux/seccomp.h, linux/filter.h, linux/audit.h and the tables of system call numbers of the kernel.
"""

from __future__ import annotations

import platform
import struct
from dataclasses import dataclass

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND = 0, 4, 16, 24
"""Offsets into `struct seccomp_data`; arguments are read by their lower half (both machines are little-endian)."""
_NEW_NAMESPACE = 0x7E020000
_FAMILIES = (1, 2, 10)
"""AF_UNIX, AF_INET, AF_INET6: the network namespace holds them in."""
_TERMINAL = (0x5412, 0x541C)
"""TIOCSTI and TIOCLINUX type into a terminal."""

# The numbers from 424 on are the same everywhere: io_uring, the new mount calls, pidfd_getfd, memfd_secret.
_COMMON = (425, 426, 427, 428, 429, 430, 431, 432, 433, 438, 440, 442, 447)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    audit: int
    clone: int
    ioctl: int
    socket: int
    refused: dict[str, int]
    highest: int | None = None


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        clone=56,
        ioctl=16,
        socket=41,
        highest=0x40000000,  # the x32 numbers begin here
        refused={
            "ptrace": 101,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,
            "bpf": 321,
            "perf_event_open": 298,
            "userfaultfd": 323,
            "unshare": 272,
            "setns": 308,
            "mount": 165,
            "umount2": 166,
            "pivot_root": 155,
            "chroot": 161,
            "kexec_load": 246,
            "open_by_handle_at": 304,
            "memfd_create": 319,
            "shmget": 29,
            "msgget": 68,
            "semget": 64,
            "syslog": 103,
            "personality": 135,
        },
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        clone=220,
        ioctl=29,
        socket=198,
        refused={
            "ptrace": 117,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "add_key": 217,
            "request_key": 218,
            "keyctl": 219,
            "bpf": 280,
            "perf_event_open": 241,
            "userfaultfd": 282,
            "unshare": 97,
            "setns": 268,
            "mount": 40,
            "umount2": 39,
            "pivot_root": 41,
            "chroot": 51,
            "kexec_load": 104,
            "open_by_handle_at": 265,
            "memfd_create": 279,
            "shmget": 194,
            "msgget": 186,
            "semget": 190,
            "syslog": 116,
            "personality": 92,
        },
    ),
}
_CLONE3 = 435


def filter_program(machine: str | None = None) -> bytes | None:
    """The filter for this kind of machine, or None where its system call numbers are not known here."""
    known = _MACHINES.get(machine or platform.machine())
    if known is None:
        return None
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, known.audit, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if known.highest is not None:
        steps += [_step(_AT_LEAST, known.highest, 0, 1), _step(_RETURN, _KILL)]
    for number in (*known.refused.values(), *_COMMON):
        steps += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ERRNO | _EPERM)]
    # its flags lie in memory a filter cannot read; the C library falls back to clone
    steps += [_step(_EQUAL, _CLONE3, 0, 1), _step(_RETURN, _ERRNO | _ENOSYS)]
    steps += [
        _step(_EQUAL, known.clone, 0, 4),
        _step(_LOAD, _FIRST),
        _step(_ANY_BIT, _NEW_NAMESPACE, 0, 1),
        _step(_RETURN, _ERRNO | _EPERM),
        _step(_RETURN, _ALLOW),
        _step(_EQUAL, known.socket, 0, 6),
        _step(_LOAD, _FIRST),
        _step(_EQUAL, _FAMILIES[0], 3, 0),
        _step(_EQUAL, _FAMILIES[1], 2, 0),
        _step(_EQUAL, _FAMILIES[2], 1, 0),
        _step(_RETURN, _ERRNO | _EAFNOSUPPORT),
        _step(_RETURN, _ALLOW),
        _step(_EQUAL, known.ioctl, 0, 4),
        _step(_LOAD, _SECOND),
        _step(_EQUAL, _TERMINAL[0], 1, 0),
        _step(_EQUAL, _TERMINAL[1], 0, 1),
        _step(_RETURN, _ERRNO | _EPERM),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
