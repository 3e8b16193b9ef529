"""Dates are read in every form people write, and never made more precise than they were written."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folio import dates
from folio.dates import Date

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = st.dates(dt.date(1000, 1, 1))


@pytest.mark.parametrize(
    ("written", "iso", "shown"),
    [
        (2013, "2013", "2013"),
        ("2013", "2013", "2013"),
        ("2026-06", "2026-06", "June 2026"),
        ("2026-6-1", "2026-06-01", "1 June 2026"),
        ("June 2026", "2026-06", "June 2026"),
        ("june 2026", "2026-06", "June 2026"),
        ("11 June 2026", "2026-06-11", "11 June 2026"),
        ("11. June 2026", "2026-06-11", "11 June 2026"),
        ("June 11, 2026", "2026-06-11", "11 June 2026"),
        ("June 11 2026", "2026-06-11", "11 June 2026"),
        (dt.date(2026, 6, 11), "2026-06-11", "11 June 2026"),
        ("20260611", "2026-06-11", "11 June 2026"),
        (20260611, "2026-06-11", "11 June 2026"),
        ("2026.06.11", "2026-06-11", "11 June 2026"),
        (dt.datetime(2026, 6, 11, 10), "2026-06-11T10:00:00+02:00", "11 June 2026"),
        ("2026-06-11 10:00", "2026-06-11T10:00:00+02:00", "11 June 2026"),
        ("2026-12-11T10:00:00", "2026-12-11T10:00:00+01:00", "11 December 2026"),
        ("2026-06-11T10:00:00Z", "2026-06-11T10:00:00+00:00", "11 June 2026"),
        ("2026-06-11 10:00:00 -0500", "2026-06-11T10:00:00-05:00", "11 June 2026"),
        ("2026-06-11 10:00:00 +05:30", "2026-06-11T10:00:00+05:30", "11 June 2026"),
        (" 2026-06-11 ", "2026-06-11", "11 June 2026"),
        ("2013-01-27 10:00 -0500", "2013-01-27T10:00:00-05:00", "27 January 2013"),
        ("2013-01-27T10:00:00Z", "2013-01-27T10:00:00+00:00", "27 January 2013"),
        ("2013-01-27 10:00:00 UTC", "2013-01-27T10:00:00+00:00", "27 January 2013"),
        ("2013-01-27 10:00:00 UTC-05:00", "2013-01-27T10:00:00-05:00", "27 January 2013"),
        ("2013-01-27T10:00:00.123456789Z", "2013-01-27T10:00:00+00:00", "27 January 2013"),
        ("2013-01-27 10:00:00 +00:00", "2013-01-27T10:00:00+00:00", "27 January 2013"),
        ("2010-12-03 10:20", "2010-12-03T10:20:00+01:00", "3 December 2010"),
        ("2012/03/30 23:00", "2012-03-30T23:00:00+02:00", "30 March 2012"),
        ("2013-1-7 9:05", "2013-01-07T09:05:00+01:00", "7 January 2013"),
        ("2012/03/30", "2012-03-30", "30 March 2012"),
        ("Jun 3, 2026", "2026-06-03", "3 June 2026"),
        ("3 Jun 2026", "2026-06-03", "3 June 2026"),
        ("Sept. 2026", "2026-09", "September 2026"),
        ("may 2026", "2026-05", "May 2026"),
        ("June 1st, 2026", "2026-06-01", "1 June 2026"),
        ("1st June 2026", "2026-06-01", "1 June 2026"),
        ("22nd of June 2026", "2026-06-22", "22 June 2026"),
        ("Jun 3rd, 2026", "2026-06-03", "3 June 2026"),
        ("Thursday, June 11th 2026", "2026-06-11", "11 June 2026"),
        ("Thu 11 Jun 2026", "2026-06-11", "11 June 2026"),
        ("11-Jun-2026", "2026-06-11", "11 June 2026"),
        ("June, 2026", "2026-06", "June 2026"),
        ("June 11, 2026 3:04 PM", "2026-06-11T15:04:00+02:00", "11 June 2026"),
        ("June 11, 2026 at 12:30 a.m.", "2026-06-11T00:30:00+02:00", "11 June 2026"),
        ("2026-06-11 12:05 pm", "2026-06-11T12:05:00+02:00", "11 June 2026"),
        ("Thu, 11 Jun 2026 10:00:00 +0000", "2026-06-11T10:00:00+00:00", "11 June 2026"),
        ("Thu, 11 Jun 2026 10:00:00 GMT", "2026-06-11T10:00:00+00:00", "11 June 2026"),
        (1781164800000, "2026-06-11T10:00:00+02:00", "11 June 2026"),
        ("1781164800", "2026-06-11T10:00:00+02:00", "11 June 2026"),
    ],
)
def test_a_date_keeps_the_precision_it_was_written_with(written: Any, iso: str, shown: str) -> None:
    found = dates.parse(written, BERLIN)
    assert (found.iso, found.text) == (iso, shown)


@pytest.mark.parametrize(
    "written",
    ["2026-13-45", "2026-02-30", "0000", "12 2013", "32 June 2026", "soon", "", "2026-06-11T25:00", 13, 0, 99999, True,
     2.5, [2026], {}, "1 Juni 2026", "3 juin 2026", "06/11/2026", "2026/06-11", "2026-06-11 10:00 EST",
     "2026-06-11 10:00 +99:00", "2026-06-11 10:99", "x" * 10_000, "June 1st", "1 June 2 2026", "June 2026 10:00",
     "2026-06-11 13:00 PM", "2026-06-11 0:30 AM", "20261301", "Juneday, 11 June 2026", "11 June 2026 10:00 EST"],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_a_remedy(written: Any) -> None:
    with pytest.raises(ValueError, match=r"is not a date \(use 2026-06-01\)") as caught:
        dates.parse(written, BERLIN)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize(
    ("stem", "date", "rest"),
    [
        ("2026-06-11-on-cats", Date(2026, 6, 11), "on-cats"),
        ("2009-01-if_textmate_42", Date(2009, 1), "if_textmate_42"),
        ("2013-on-cats", Date(2013), "on-cats"),
        ("2013_on-cats", Date(2013), "on-cats"),
        ("2026-06-11", Date(2026, 6, 11), ""),
        ("2026-06", Date(2026, 6), ""),
        ("1984", None, "1984"),
        ("2026-13-on-cats", None, "2026-13-on-cats"),
        ("2026-02-30", None, "2026-02-30"),
        ("12-factor", None, "12-factor"),
        ("2013-1234-things", Date(2013), "1234-things"),
        ("on-cats", None, "on-cats"),
        ("2013-", None, "2013-"),
        ("2026-06-11 On cats", Date(2026, 6, 11), "On cats"),
        ("2026-06-11 - On cats", Date(2026, 6, 11), "On cats"),
        ("2026-06 Cats", Date(2026, 6), "Cats"),
        ("2026 in cats", None, "2026 in cats"),
        ("2026_06_11", Date(2026, 6, 11), ""),
        ("2026_06", Date(2026), "06"),
        ("20260611 On cats", Date(2026, 6, 11), "On cats"),
        ("202606111530-on-cats", Date(2026, 6, 11), "on-cats"),
        ("20260611", None, "20260611"),
        ("12345678 cats", None, "12345678 cats"),
        ("", None, ""),
    ],
)
def test_a_file_name_gives_its_date_up(stem: str, date: Date | None, rest: str) -> None:
    assert dates.from_name(stem) == (date, rest)


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("*June 2026*", Date(2026, 6)),
        ("_2013_", Date(2013)),
        ("*11 June 2026*  ", Date(2026, 6, 11)),
        ("*September 30, 2026*", Date(2026, 9, 30)),
        ("*Wednesday, September 30th, 2026*", Date(2026, 9, 30)),
        ("*June 2nd, 2026 10:00*", None),
        ("*12 2013*", None),
        ("**June 2026**", None),
        ("*June 2026* and more", None),
        ("June 2026", None),
        ("*in June 2026*", None),
        ("", None),
    ],
)
def test_an_emphasised_line_is_a_date_when_it_is_nothing_else(line: str, date: Date | None) -> None:
    assert dates.from_line(line, BERLIN) == date


def test_less_precise_dates_sort_before_the_days_they_hold() -> None:
    moment = dates.from_moment(dt.datetime(2013, 1, 5, 9, tzinfo=BERLIN))
    ordered = [Date(2012, 12, 31), Date(2013), Date(2013, 1), Date(2013, 1, 5), moment, Date(2013, 2)]
    shuffled = [ordered[n] for n in (5, 2, 0, 4, 1, 3)]
    assert sorted(shuffled, key=lambda date: date.key) == ordered


def test_a_day_begins_at_midnight_of_the_given_zone() -> None:
    assert Date(2026, 3, 29).start(BERLIN).isoformat() == "2026-03-29T00:00:00+01:00"
    assert Date(2026, 7).start(BERLIN).isoformat() == "2026-07-01T00:00:00+02:00"


def test_dates_agree_when_what_both_know_is_the_same() -> None:
    assert Date(2026, 6).agrees(Date(2026, 6, 11))
    assert not Date(2026, 6).agrees(Date(2026, 7, 11))
    assert not Date(2026).agrees(Date(2025, 1))


@pytest.mark.parametrize(
    ("later", "earlier", "follows"),
    [
        (Date(2026, 6, 12), Date(2026, 6, 11), True),
        (Date(2026, 7), Date(2026, 6, 11), True),
        (Date(2027), Date(2026, 6), True),
        (Date(2026, 6, 11), Date(2026, 6, 12), False),
        (Date(2026, 6, 11), Date(2026, 6), False),
        (Date(2026), Date(2026, 6), False),
        (dates.from_moment(dt.datetime(2026, 6, 11, 22, tzinfo=BERLIN)), Date(2026, 6, 11), False),
        (dates.from_moment(dt.datetime(2026, 6, 11, 22, tzinfo=BERLIN)), Date(2026, 6, 10), True),
    ],
)
def test_a_date_follows_another_when_it_is_a_later_day(later: Date, earlier: Date, follows: bool) -> None:
    assert later.follows(earlier) is follows


@given(DAYS)
def test_every_day_reads_back_in_every_form(day: dt.date) -> None:
    expected = Date(day.year, day.month, day.day)
    month = dates.MONTHS[day.month - 1]
    for written in (day, expected.iso, expected.text, f"{month} {day.day}, {day.year}"):
        assert dates.parse(written, BERLIN) == expected
    assert dates.from_name(f"{expected.iso}-on-cats") == (expected, "on-cats")
    assert dates.from_line(f"*{expected.text}*", BERLIN) == expected


@given(st.datetimes(), st.sampled_from([BERLIN, dt.UTC, ZoneInfo("Pacific/Kiritimati"), ZoneInfo("America/Adak")]))
def test_any_moment_of_any_year_can_be_sorted_and_compared(moment: dt.datetime, zone: Any) -> None:
    found = dates.parse(moment.replace(tzinfo=zone), BERLIN)
    assert found.start(BERLIN) == moment.replace(tzinfo=zone)
    assert found.key and found.iso
    assert isinstance(found.start(BERLIN).timestamp(), float)


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.text()))
def test_any_value_is_a_date_or_a_value_error(value: Any) -> None:
    try:
        found = dates.parse(value, BERLIN)
    except ValueError:
        return
    assert 1 <= found.year <= 9999
    assert found.text


@given(st.text())
def test_any_name_keeps_what_is_not_a_date(stem: str) -> None:
    date, rest = dates.from_name(stem)
    assert stem.endswith(rest)
    assert date is not None or rest == stem
