"""Every answer is counted and noted, in lines that nobody can forge."""

from __future__ import annotations

import asyncio
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import PATIENCE_SECONDS

from folio.ledger import MOST_LINES, Ledger, printable

LEAP = 1_782_000_000.4  # 2026-06-21T00:00:00Z


def entered(ledger: Ledger, path: str = "/a", status: int = 200, seconds: float = 0.0012) -> None:
    ledger.enter(ledger.number(), "GET", path, "/{path}", status, 1234, seconds)


def value(text: str, name: str) -> float:
    return float(next(line.rpartition(" ")[2] for line in text.splitlines() if line.startswith(name)))


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "folio.access")
    return caplog


async def test_an_answer_is_a_line_with_its_time_and_number(lines: pytest.LogCaptureFixture) -> None:
    ledger = Ledger(lambda: LEAP)
    entered(ledger, "/essays/on-cats")
    assert not lines.messages  # it waits for others
    ledger.flush()
    moment, number, *rest = lines.messages[0].split(" ")
    assert moment == "2026-06-21T00:00:00Z"
    assert number.endswith("-1")
    assert rest == ["GET", "/essays/on-cats", "200", "1234", "1.2ms"]


async def test_lines_are_written_a_moment_later_by_themselves(lines: pytest.LogCaptureFixture) -> None:
    class Reader(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.set()

    written, log = asyncio.Event(), logging.getLogger("folio.access")
    log.addHandler(reader := Reader())
    try:
        entered(Ledger())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await written.wait()
    finally:
        log.removeHandler(reader)


async def test_no_more_lines_wait_than_a_bound(lines: pytest.LogCaptureFixture) -> None:
    ledger = Ledger()
    for _ in range(MOST_LINES):
        entered(ledger)
    assert len(lines.messages[0].splitlines()) == MOST_LINES


async def test_where_nobody_reads_the_log_no_line_is_made(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "folio.access")
    ledger = Ledger()
    entered(ledger)
    ledger.flush()
    assert not caplog.messages


async def test_counts_are_added_up_by_route_and_status() -> None:
    ledger = Ledger()
    for seconds in (0.0001, 0.02, 0.02, 99):
        entered(ledger, seconds=seconds)
    entered(ledger, status=304)
    for text in (ledger.render(), ledger.render()):  # told again, not counted again
        assert value(text, 'responder_requests_total{method="GET",path="/{path}",status="200"}') == 4
        assert value(text, 'responder_requests_total{method="GET",path="/{path}",status="304"}') == 1
        assert value(text, 'responder_request_duration_seconds_bucket{method="GET",path="/{path}",le="0.025"}') == 4
        assert value(text, 'responder_request_duration_seconds_bucket{method="GET",path="/{path}",le="10.0"}') == 4
        assert value(text, 'responder_request_duration_seconds_bucket{method="GET",path="/{path}",le="+Inf"}') == 5
        assert value(text, 'responder_request_duration_seconds_sum{method="GET",path="/{path}"}') == pytest.approx(
            99.0413, abs=1e-3
        )


@given(st.text(max_size=400))
def test_any_path_is_one_word_of_ascii(path: str) -> None:
    shown = printable("/" + path)
    assert shown.isascii()
    assert shown.isprintable()
    assert " " not in shown
