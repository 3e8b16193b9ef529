"""Dates with the precision that the author wrote: a year, a month, a day or a moment.

parse("2026-06") -> Date(2026, 6); from_name("2026-06-11-on-cats") -> (Date(2026, 6, 11), "on-cats").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# The date that a name is ("2026_06_11" is Logseq's), or begins with ("202606111530 Cats" is a note of a Zettelkasten).
_NAME = re.compile(
    r"(\d{4})-(\d{2})(?:-(\d{2}))?$|(\d{4})_(\d{2})_(\d{2})$"
    r"|(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6})?[-_ ]+(?=[^-_ ])"
    r"|(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:[-_]+(?=[^-_ ])|(?<=-\d\d) +(?:[-–—] +)?(?=[^-– —]))"
)
_ISO = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})(?:\2(\d{1,2}))?)?$", re.ASCII)
_MOMENT = re.compile(
    r"(?P<year>\d{4})([-/])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?:T| +)"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?: ?(?P<half>[AP])\.?M\.?)?"
    r" ?(?P<zone>Z|UTC|GMT|(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{2})(?::?(?P<minutes>\d{2}))?)?$",
    re.ASCII | re.IGNORECASE,
)
_WORDS = re.compile(
    rf"(?:(?:Mon|Tue|Tues|Wed|Wednes|Thu|Thur|Thurs|Fri|Sat|Satur|Sun)(?:day)?\.?,? )?"
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[ -](?:of )?)?"
    rf"(?:(?P<month>{'|'.join(MONTHS)}|(?:Sept|{'|'.join(name[:3] for name in MONTHS)})\.?)"
    rf"(?: (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?|,)?[ -])?"
    rf"(?P<year>\d{{4}})(?:,? (?:at )?(?P<time>\d{{1,2}}:\d.*))?$",
    re.IGNORECASE | re.ASCII,
)
_EPOCH = re.compile(r"[12]\d{9}(?:\d{3})?$", re.ASCII)  # seconds or milliseconds since 1970, as programs keep them

DAY = dt.timedelta(days=1)
Clock = Callable[[], dt.datetime]  # returns the current time, zone-aware
Key = tuple[int, int, int, float]


class Date(NamedTuple):
    """A date known to the year, month, day or moment; `month`, `day` and `moment` are None if unknown.

    `moment` is zone-aware. Years are 1 to 9999.
    """

    year: int
    month: int | None = None
    day: int | None = None
    moment: dt.datetime | None = None

    @property
    def key(self) -> Key:
        """A sort key in which unknown parts count as zero, so that "2013" comes before "January 2013"."""
        return (self.year, self.month or 0, self.day or 0, self.moment.timestamp() if self.moment else 0.0)

    @property
    def iso(self) -> str:
        """Return "2026", "2026-06", "2026-06-11" or "2026-06-11T10:00:00+02:00"."""
        if self.moment:
            return self.moment.isoformat(timespec="seconds")
        return "-".join([f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None)])

    @property
    def text(self) -> str:
        """Return "2013", "June 2026" or "11 June 2026"."""
        month = MONTHS[self.month - 1] if self.month else ""
        return " ".join(part for part in (str(self.day or ""), month, str(self.year)) if part)

    def start(self, zone: dt.tzinfo | None) -> dt.datetime:
        """Return the first moment of this date, zone-aware, for feeds and for scheduling."""
        return self.moment or dt.datetime(self.year, self.month or 1, self.day or 1, tzinfo=zone)

    def agrees(self, other: Date) -> bool:
        """Say whether the parts known in both dates are equal: "June 2026" agrees with 11 June 2026."""
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        return all(a == b for a, b in pairs if a is not None and b is not None)

    def follows(self, other: Date) -> bool:
        """Say whether this date is later, compared at the precision of the less precise one."""
        return self.key > other.key and not self.agrees(other)

    @property
    def precision(self) -> int:
        """1 for a year, 2 a month, 3 a day, 4 a moment."""
        return 4 if self.moment else 3 if self.day else 2 if self.month else 1


def key(date: Date | None) -> Key:
    """Return a sort key that puts undated things before dated ones."""
    return date.key if date else (0, 0, 0, 0.0)


def now() -> dt.datetime:
    """Return the current time in UTC: the Clock used everywhere but in tests."""
    return dt.datetime.now(dt.UTC)


def is_later(moment: dt.datetime, now: dt.datetime) -> bool:
    """Compare two zone-aware times, correctly also when clocks are put back.

    Python compares two times in one zone by wall-clock time, which repeats an hour then.
    """
    if moment.tzinfo is now.tzinfo and abs(moment - now) < DAY:
        return moment.timestamp() > now.timestamp()
    return moment > now


def from_moment(moment: dt.datetime) -> Date:
    """Make a Date of a zone-aware time."""
    return Date(moment.year, moment.month, moment.day, moment)


def parse(value: Any, zone: ZoneInfo) -> Date:
    """Read a date in any usual form: date and datetime objects, ISO 8601 of any precision, "11 June 2026", 2013.

    Also "June 11th, 2026", "Thu, 11 Jun 2026 10:00:00 +0200", "June 11, 2026 3:04 PM" and 1781164800000.
    A time without a zone is in `zone`. Raises ValueError with the remedy.
    """
    if isinstance(value, dt.datetime):
        return from_moment(value if value.tzinfo else value.replace(tzinfo=zone))
    if isinstance(value, dt.date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, int) and not isinstance(value, bool) and 1000 <= value <= 9999:
        return Date(value)
    text = str(value).strip()
    try:
        return _from_text(text, zone)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not a date (use 2026-06-01)") from None


def _from_text(text: str, zone: ZoneInfo) -> Date:
    if found := _ISO.match(text):
        return _checked(*(int(part) if part else None for part in found.group(1, 3, 4)))
    if found := _WORDS.match(text):
        return _worded(found, zone)
    if found := _MOMENT.match(text):
        return from_moment(_moment(found, zone))
    if _EPOCH.match(text):
        return from_moment(dt.datetime.fromtimestamp(int(text[:10]), zone))
    if re.fullmatch(r"\d{8}", text):
        return _checked(int(text[:4]), int(text[4:6]), int(text[6:]))
    moment = dt.datetime.fromisoformat(text)
    return from_moment(moment if moment.tzinfo else moment.replace(tzinfo=zone))


def _worded(found: re.Match[str], zone: ZoneInfo) -> Date:
    """Read a date with the name of its month, and the time that may follow a day."""
    if found["day"] and (found["day2"] or not found["month"]):
        raise ValueError
    day = int(found["day"] or found["day2"] or 0) or None
    starts = [month[:3].casefold() for month in MONTHS]
    month = starts.index(found["month"][:3].casefold()) + 1 if found["month"] else None
    date = _checked(int(found["year"]), month, day)
    if not found["time"]:
        return date
    moment = _MOMENT.match(f"{date.iso} {found['time']}")
    if not moment:
        raise ValueError
    return from_moment(_moment(moment, zone))


def _moment(found: re.Match[str], zone: ZoneInfo) -> dt.datetime:
    """Read a time in a form looser than ISO 8601, such as "2013-1-27 9:05 -0500"."""
    written = [int(found[part] or 0) for part in ("year", "month", "day", "hour", "minute", "second")]
    if found["half"]:  # 12:30 AM is half past midnight
        if not 1 <= written[3] <= 12:
            raise ValueError
        written[3] = written[3] % 12 + (12 if found["half"] in "pP" else 0)
    if not found["zone"]:
        return dt.datetime(*written, tzinfo=zone)  # type: ignore[misc, arg-type]
    offset = dt.timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
    own = dt.timezone(-offset if found["sign"] == "-" else offset) if offset else dt.UTC
    return dt.datetime(*written, tzinfo=own)  # type: ignore[misc, arg-type]


def _checked(year: int | None, month: int | None, day: int | None) -> Date:
    assert year is not None
    dt.date(year, month if month is not None else 1, day if day is not None else 1)
    return Date(year, month, day)


def from_name(stem: str) -> tuple[Date | None, str]:
    """Split the date off a file name: "2009-01-if_textmate_42" -> (Date(2009, 1), "if_textmate_42").

    If the name is only a month or a day, the rest is ""; a bare year ("1984") may be a title and is no date. An
    impossible date ("2026-13-…") is part of the name: (None, stem).
    """
    if found := _NAME.match(stem):
        groups = found.groups()
        parts = next(groups[n : n + 3] for n in range(0, len(groups), 3) if groups[n])
        try:
            return _checked(*(int(part) if part else None for part in parts)), stem[found.end() :]
        except ValueError:
            pass
    return None, stem


def day_of(name: str) -> str | None:
    """Return the day that words name, as a file of that day is called: "Jun 11th, 2026" -> "2026-06-11"; else None."""
    try:
        date = parse(name, ZoneInfo("UTC")) if _WORDS.match(name) else None
    except ValueError:
        return None
    return date.iso if date and date.precision == 3 else None


def from_line(line: str, zone: ZoneInfo) -> Date | None:
    """Read a line below a title that is only an emphasised date: "*June 2026*", "_2013_"; return None for any other."""
    if found := re.fullmatch(r"\s*([*_])([^*_]{4,40})\1\s*", line):
        words = _WORDS.match(found[2].strip())
        is_date = words and not words["time"] and (words["month"] or not words["day"])
        return parse(found[2].strip(), zone) if is_date else None
    return None
