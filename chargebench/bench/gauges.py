"""What the operating system says about memory (Linux)."""

from __future__ import annotations

import re
from pathlib import Path

PROC = Path("/proc")
PAGE_BYTES = 4096


def private_bytes(pid: int | str = "self") -> int:
    """Memory that a process shares with no other: what would be free again if it ended."""
    text = (PROC / str(pid) / "smaps_rollup").read_text()
    return 1024 * sum(int(kib) for kib in re.findall(r"^Private_(?:Clean|Dirty): +(\d+) kB$", text, re.MULTILINE))


def slab_bytes() -> int:
    """Kernel objects of the whole machine: sockets, files, epoll entries and much that is not ours."""
    found = re.search(r"^Slab: +(\d+) kB$", (PROC / "meminfo").read_text(), re.MULTILINE)
    assert found is not None
    return 1024 * int(found[1])


def socket_buffer_bytes() -> int:
    """What waits in TCP buffers of this network namespace."""
    found = re.search(r"^TCP: .* mem (\d+)$", (PROC / "net" / "sockstat").read_text(), re.MULTILINE)
    assert found is not None
    return PAGE_BYTES * int(found[1])
