"""Runs in the sandbox of folio.service, and tells what it may do there."""

from __future__ import annotations

import json
import mmap
import os
import socket
from pathlib import Path


def allowed(act: object) -> bool:
    try:
        act()  # type: ignore[operator]
    except OSError:
        return False
    return True


def write(folder: str) -> bool:
    return allowed(lambda: Path(folder, "probe").write_text("x"))


def look(folder: str) -> list[str]:
    return [entry.name for entry in Path(folder).iterdir()]


def run_made_code() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)


found = {
    "is not root": os.getuid() != 0,
    "writes its cache": write(os.environ["CACHE_DIRECTORY"]),
    "writes its state": write(os.environ["STATE_DIRECTORY"]),
    "reads the content": allowed(lambda: look("/srv/folio/content")),
    "reads the engine": allowed(lambda: Path("/opt/folio/engine.py").read_text()),
    "cannot write the content": not write("/srv/folio/content"),
    "cannot write the engine": not write("/opt/folio"),
    "cannot write settings": not write("/etc"),
    "cannot write beside its folders": not any(map(write, ("/var/lib", "/var/cache", "/run", "/usr/local", "/home"))),
    "cannot read root's home": not allowed(lambda: look("/root")),
    "cannot read the key of TLS": not allowed(lambda: Path("/etc/folio/tls/privkey.pem").read_text()),
    "sees no other process": {name for name in look("/proc") if name.isdigit()} <= {str(os.getpid())},
    "has no network": not allowed(lambda: socket.socket(socket.AF_INET)),
    "runs no code it has made": not allowed(run_made_code),
    "opens no device": not allowed(lambda: os.open("/dev/kmsg", os.O_RDONLY)),
}
Path(os.environ["STATE_DIRECTORY"], "found").write_text(json.dumps(found))
