"""The collector waits while much is read, whoever else reads at the same time, and goes on in the end."""

from __future__ import annotations

import gc
import platform
import subprocess
import sys

import pytest

from folio import collector


def test_it_waits_until_the_outermost_reading_ends() -> None:
    assert gc.isenabled()
    with collector.waiting():
        with collector.waiting():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_goes_on_when_a_reading_fails() -> None:
    with pytest.raises(OSError, match="gone"), collector.waiting():
        raise OSError("gone")
    assert gc.isenabled()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps its own house")
def test_memory_below_what_stays_is_given_back() -> None:
    code = """
from pathlib import Path
from folio import collector
resident = lambda: int(Path("/proc/self/statm").read_text().split()[1])
texts = [b"%04d" % n * 1000 for n in range(10_000)]
texts = texts[::100]
before = resident()
collector.give_back()
print(4 * (before - resident()))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(run.stdout) > 30_000
