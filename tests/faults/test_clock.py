"""The clock is wrong by years, or put forward in the night: the same bytes; what is scheduled comes at its moment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from conftest import NOON, Clock, build_demo, running, settings_in, write_below
from crawl import crawl

pytestmark = pytest.mark.asyncio(loop_scope="module")
SPRING = dt.datetime(2027, 3, 28, 1, tzinfo=dt.UTC)  # clocks in Berlin go from 2 to 3 at this moment
MOMENTS = (
    NOON + dt.timedelta(days=3_650),
    NOON - dt.timedelta(days=3_650),
    SPRING,
    dt.datetime(1970, 1, 1, tzinfo=dt.UTC),
)
CHANGING = ("/health", "/metrics", "/api/search")


def build(content: Path) -> None:
    """Lay out the small site with no date after the year 1969, so that none of it is of the future to any clock."""
    build_demo(content)
    for file in sorted(content.glob("essays/2*.md")):
        file.rename(file.with_name(f"19{file.name[2:]}" if file.name < "2027" else "1950-01-01-later.md"))
    for n, file in enumerate(sorted(content.glob("essays/19*.md"))):
        file.rename(file.with_name(f"196{n}{file.name[4:]}"))


async def all_of_it(folder: Path, moment: dt.datetime) -> dict[str, tuple[int, bytes]]:
    async with running(settings_in(folder), Clock(moment)) as live:
        found = await crawl(live, "/essays.epub", pictures=False)
    return {path: (reply.status_code, reply.content) for path, reply in found.items() if not path.startswith(CHANGING)}


async def test_bytes_are_the_same_at_any_time(tmp_path: Path) -> None:
    build(tmp_path / "content")
    now = await all_of_it(tmp_path, NOON)
    assert len(now) > 80
    for moment in MOMENTS:
        assert await all_of_it(tmp_path, moment) == now, moment


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2027-03-28", dt.datetime(2027, 3, 27, 23, tzinfo=dt.UTC)),  # midnight in Berlin, before the clocks change
        ("2027-03-28T02:30:00", dt.datetime(2027, 3, 28, 1, 30, tzinfo=dt.UTC)),  # a time that there is not
        ("2027-10-31T02:30:00", dt.datetime(2027, 10, 31, 0, 30, tzinfo=dt.UTC)),  # and one that is twice: the first
        ("2027-07-01T10:00:00Z", dt.datetime(2027, 7, 1, 10, tzinfo=dt.UTC)),
        ("2036-11-01T12:00:00+02:00", dt.datetime(2036, 11, 1, 10, tzinfo=dt.UTC)),
    ],
)
async def test_a_scheduled_page_is_there_from_its_second_on(tmp_path: Path, written: str, moment: dt.datetime) -> None:
    write_below(tmp_path / "content", "later.md", f"---\ndate: {written}\n---\n# Later\n")
    clock = Clock(moment - dt.timedelta(seconds=1))
    async with running(settings_in(tmp_path), clock) as live:
        assert (await live.get("/later")).status_code == 404
        clock.moment = moment
        await live.press.refresh()
        assert (await live.get("/later")).status_code == 200
        for minutes in (20, 40, 60, 80, 100):  # also while the clock on the wall shows an hour for the second time
            clock.moment = moment + dt.timedelta(minutes=minutes)
            write_below(tmp_path / "content", "other.md", f"# Other {minutes}\n")
            await live.press.refresh()
            assert (await live.get("/later")).status_code == 200
