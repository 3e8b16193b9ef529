"""Floods a server with requests for one path or many in turn, and measures what they cost it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.harness import Server, client

SECONDS = 2
CONNECTIONS = 8
ROTATE = Path(__file__).with_name("rotate.lua")


def cost(server: Server, paths: Sequence[str], headers: Mapping[str, str]) -> tuple[float, float]:
    """Flood a server; return its CPU microseconds for a request, and requests a second."""
    before = server.cpu_seconds()
    count = _flood(server.port, paths, [f"{name}: {value}" for name, value in headers.items()])
    return (server.cpu_seconds() - before) / count * 1e6, count / SECONDS


def tour(
    server: Server, paths: Sequence[str], rounds: int = 1, headers: Mapping[str, str] | None = None
) -> Mapping[int, int]:
    """Request every path `rounds` times, all in turn; return the count of answers by status."""
    with _listed(paths) as file:
        asking = [f"{name}: {value}" for name, value in (headers or {}).items()]
        command = client("tour", str(server.port), f"@{file.name}", str(rounds), str(CONNECTIONS), *asking)
        said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return {int(status): count for status, count in said.items()}


def _flood(port: int, paths: Sequence[str], headers: Sequence[str]) -> int:
    """Send requests from another process, and return the count of answers. With wrk, raises RuntimeError on errors."""
    with _listed(paths) as file:
        if wrk := shutil.which("wrk"):
            return _wrk(wrk, port, paths, file.name, headers)
        path = f"@{file.name}"
        command = client("flood", str(port), path, str(SECONDS), str(CONNECTIONS), *headers)
        return int(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))


def _wrk(wrk: str, port: int, paths: Sequence[str], file: str, headers: Sequence[str]) -> int:
    options = [option for header in headers for option in ("-H", header)]
    rotate = ["-s", str(ROTATE)] if len(paths) > 1 else []
    command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *options, *rotate, f"http://127.0.0.1:{port}{paths[0]}"]
    environ = {**os.environ, "PATHS": file}
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environ).stdout
    found = re.search(r"(\d+) requests in", said)
    if found is None or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(f"not every answer was good: {said}")
    return int(found[1])


def _listed(paths: Sequence[str]) -> tempfile._TemporaryFileWrapper[str]:
    """Write paths to a temporary file, one a line; closing it deletes it."""
    file = tempfile.NamedTemporaryFile("w", prefix="folio-bench-")  # noqa: SIM115 - the caller closes it
    file.write("\n".join(paths))
    file.flush()
    return file
