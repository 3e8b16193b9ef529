"""Work in real child processes: answers, errors, time, memory, crashes, queues and endings."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvloop
from serving import PATIENCE_SECONDS

from folio import progress
from folio.cache import Maker
from folio.config import Config, Limits
from folio.errors import BadContent, Busy, MakeFailed
from folio.workers import Workers

PID = Maker("os:getpid", 1)
REVERSED = Maker("makers:backwards", 1)
MAKERS = '''
import os, signal, sys, threading
from folio import progress
from folio.errors import BadContent

def backwards(text):
    print("a library that chatters on standard output")
    os.write(1, b"and one that does it in C")
    return text[::-1]

def hold(fifo):
    """Open a pipe and keep it open: its reader sees the end when this process ends."""
    hold.kept = open(fifo, "w")
    print("here", file=hold.kept, flush=True)
    return os.getpid()

def hold_and_wait(fifo):
    hold(fifo)
    signal.pause()

def refuse():
    raise BadContent("essays/cats.md", 3, "no cats")

def stumble():
    return {}["missing"]

class Reader:
    """Becomes the number of the thread that unpickles it."""
    def __reduce__(self):
        return threading.get_ident, ()

def told():
    progress.tell(3, 7)
    return Reader()

def facts():
    return os.getcwd(), os.nice(0), sys.stdin.read(), b"x" * 3_000_000
'''


@pytest.fixture(autouse=True)
def makers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "makers.py").write_text(MAKERS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.fixture
async def workers() -> AsyncIterator[Workers]:
    workers = Workers(Config())
    yield workers
    await workers.close()


def small(**limits: int) -> Config:
    return Config(limits=replace(Limits(), **limits))


@dataclass(frozen=True)
class Life:
    """A pipe for `hold`: `begun` is done when the child holds it, `ended` when the child is no more."""

    fifo: str
    begun: asyncio.Future[None]
    ended: asyncio.Future[None]


@pytest.fixture
def life(tmp_path: Path) -> Callable[[], Life]:
    def watch() -> Life:
        loop = asyncio.get_running_loop()
        life = Life(str(tmp_path / uuid.uuid4().hex), loop.create_future(), loop.create_future())
        os.mkfifo(life.fifo)

        def read() -> None:
            with Path(life.fifo).open() as pipe:
                pipe.read(1)
                loop.call_soon_threadsafe(life.begun.set_result, None)
                pipe.read()
                loop.call_soon_threadsafe(life.ended.set_result, None)

        threading.Thread(target=read, daemon=True).start()
        return life

    return watch


async def test_a_job_is_done_in_another_process_whatever_the_maker_prints(workers: Workers) -> None:
    assert await workers.run(REVERSED, "folio") == "oilof"
    assert await workers.run(PID) != os.getpid()


async def test_a_child_is_used_again(workers: Workers) -> None:
    assert await workers.run(PID) == await workers.run(PID)


async def test_two_jobs_run_side_by_side_and_no_more(workers: Workers) -> None:
    pids = await asyncio.gather(*(workers.run(PID) for _ in range(12)))
    assert len(set(pids)) <= 2


async def test_children_need_no_particular_folder_and_are_nice(
    workers: Workers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "pickle.py").write_text("raise SystemExit('a stray module was imported')")
    monkeypatch.chdir(tmp_path / "elsewhere")
    folder, niceness, stdin, large = await workers.run(Maker("makers:facts", 1))
    assert Path(folder) == tmp_path / "elsewhere"
    assert niceness == min(19, os.nice(0) + 10)
    assert (await workers.run(Maker("makers:facts", 1, "start")))[1] == os.nice(0), "all wait for those of a start"
    assert stdin == ""
    assert len(large) == 3_000_000


async def test_children_of_who_hurries_are_not_nice(workers: Workers) -> None:
    workers.hurry()
    assert await workers.run(Maker("os:nice", 1), 0) == os.nice(0)


async def test_an_error_of_ours_comes_back_as_itself(workers: Workers) -> None:
    with pytest.raises(BadContent) as raised:
        await workers.run(Maker("makers:refuse", 1))
    assert (raised.value.path, raised.value.line, raised.value.why) == ("essays/cats.md", 3, "no cats")


async def test_another_error_is_named_and_its_traceback_goes_to_the_log_alone(
    workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(MakeFailed) as raised:
        await workers.run(Maker("makers:stumble", 1))
    assert str(raised.value) == "KeyError: 'missing'"
    assert "Traceback" in caplog.text


async def test_a_crash_fails_its_own_job_and_the_next_gets_a_fresh_child(workers: Workers) -> None:
    before = await workers.run(PID)
    with pytest.raises(MakeFailed, match="ended before"):
        await workers.run(Maker("os:abort", 1))
    assert await workers.run(PID) != before


async def test_a_child_killed_while_idle_is_replaced_after_one_failure(workers: Workers) -> None:
    os.kill(await workers.run(PID), 9)
    with pytest.raises(MakeFailed):
        await workers.run(PID)
    assert await workers.run(REVERSED, "ab") == "ba"


async def test_a_job_that_takes_too_long_is_ended(life: Callable[[], Life], monkeypatch: pytest.MonkeyPatch) -> None:
    workers = Workers(small(make_seconds=900))
    child = life()
    job = asyncio.create_task(workers.run(Maker("makers:hold_and_wait", 1), child.fifo))
    await asyncio.wait_for(child.begun, PATIENCE_SECONDS)
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "time", lambda now=loop.time: now() + 900)
    with pytest.raises(MakeFailed, match="longer than 900 s"):
        await asyncio.wait_for(job, PATIENCE_SECONDS)
    await asyncio.wait_for(child.ended, PATIENCE_SECONDS)
    assert await workers.run(REVERSED, "ab") == "ba"
    await workers.close()


async def test_memory_is_bounded_and_running_out_is_survived() -> None:
    workers = Workers(small(worker_memory_mb=512))
    with pytest.raises(MakeFailed, match="memory"):
        await workers.run(Maker("builtins:bytearray", 1), 700_000_000)
    assert await workers.run(REVERSED, "ab") == "ba"
    await workers.close()


async def test_a_full_queue_says_so_at_once_and_works_on() -> None:
    workers = Workers(small(make_queue=3))
    jobs = [asyncio.create_task(workers.run(REVERSED, str(n) * 2)) for n in range(8)]
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    busy = [answer for answer in answers if isinstance(answer, Busy)]
    assert answers[:5] == ["00", "11", "22", "33", "44"]
    assert [error.retry_after_seconds for error in busy] == [5, 5, 5]
    assert await workers.run(REVERSED, "ab") == "ba"
    await workers.close()


async def test_a_caller_that_goes_away_takes_its_job_and_nothing_else(
    workers: Workers, life: Callable[[], Life]
) -> None:
    child = life()
    unwanted = asyncio.create_task(workers.run(Maker("makers:hold_and_wait", 1), child.fifo))
    await asyncio.wait_for(child.begun, PATIENCE_SECONDS)
    answers = await asyncio.gather(*(workers.run(REVERSED, f"{n}x") for n in range(5)))
    unwanted.cancel()
    with pytest.raises(asyncio.CancelledError):
        await unwanted
    await asyncio.wait_for(child.ended, PATIENCE_SECONDS)
    assert answers == [f"x{n}" for n in range(5)]
    assert await workers.run(REVERSED, "ab") == "ba"


class Writer:
    """Notes the thread that pickles it."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def __reduce__(self) -> tuple[Callable[[], str], tuple[()]]:
        self.threads.append(threading.get_ident())
        return str, ()


async def test_the_event_loop_neither_writes_frames_nor_reads_them_and_hears_how_far_a_job_is(workers: Workers) -> None:
    job, heard = Writer(), list[tuple[int, int, int]]()
    assert await workers.run(REVERSED, job) == ""
    with progress.heard(lambda *far: heard.append((threading.get_ident(), *far))):
        reader = await workers.run(Maker("makers:told", 1))
    here = threading.get_ident()
    assert len(job.threads) == 1
    assert here not in (*job.threads, reader)
    assert heard == [(here, 3, 7)]


async def test_a_job_that_is_unwanted_while_its_child_is_started_is_ended(workers: Workers) -> None:
    unwanted = asyncio.create_task(workers.run(Maker("signal:pause", 1)))
    while not (children := [*workers._pools["quick"]._all]):  # noqa: ASYNC110 - nobody tells when
        await asyncio.sleep(0)
    unwanted.cancel()
    with pytest.raises(asyncio.CancelledError):
        await unwanted
    await asyncio.wait_for(workers.close(), PATIENCE_SECONDS)
    assert [child.process and child.process.returncode for child in children] == [-signal.SIGKILL]


async def test_a_child_without_work_goes_home(life: Callable[[], Life]) -> None:
    workers = Workers(Config(), idle_seconds=0.01)
    child = life()
    pid = await workers.run(Maker("makers:hold", 1), child.fifo)
    await asyncio.wait_for(child.ended, PATIENCE_SECONDS)
    assert await workers.run(PID) != pid
    await workers.close()


async def test_closing_ends_children_at_work_and_idle(life: Callable[[], Life]) -> None:
    workers = Workers(Config())
    idle, busy = life(), life()
    await workers.run(Maker("makers:hold", 1, lane="index"), idle.fifo)
    at_work = asyncio.create_task(workers.run(Maker("makers:hold_and_wait", 1), busy.fifo))
    await asyncio.wait_for(busy.begun, PATIENCE_SECONDS)
    await workers.close()
    await asyncio.wait_for(asyncio.gather(idle.ended, busy.ended), PATIENCE_SECONDS)
    with pytest.raises(MakeFailed):
        await at_work
    with pytest.raises(Busy, match="stopping"):
        await workers.run(PID)


def test_uvloop_will_do_as_well() -> None:
    async def story() -> str:
        workers = Workers(Config())
        with pytest.raises(MakeFailed):
            await workers.run(Maker("os:abort", 1))
        answer: str = await workers.run(REVERSED, "ab")
        await workers.close()
        return answer

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(story()) == "ba"
