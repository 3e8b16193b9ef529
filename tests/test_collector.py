"""The collector waits while much is read, whoever else reads at the same time, and goes on in the end."""

from __future__ import annotations

import gc

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
