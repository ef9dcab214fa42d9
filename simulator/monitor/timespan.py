"""The `timespan` of a query: an ISO 8601 duration until now, or an interval of two times, or of a time and a duration."""

import re
from datetime import UTC, datetime, timedelta

_DURATION = re.compile(
    r"P(?:(?P<weeks>[\d.]+)W)?(?:(?P<days>[\d.]+)D)?"
    r"(?:T(?:(?P<hours>[\d.]+)H)?(?:(?P<minutes>[\d.]+)M)?(?:(?P<seconds>[\d.]+)S)?)?"
)


def interval(text: str, now: datetime) -> tuple[datetime, datetime]:
    """The start and the end that the text means; raises ValueError. Years and months are not taken: they have no length."""
    first, slash, second = text.partition("/")
    if not slash:
        return now - _duration(first), now
    if second.startswith("P"):
        start = _moment(first)
        return start, start + _duration(second)
    end = _moment(second)
    return (end - _duration(first) if first.startswith("P") else _moment(first)), end


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groupdict().values()):
        raise ValueError(f"'{text}' is no ISO 8601 duration")
    return timedelta(**{unit: float(amount) for unit, amount in match.groupdict().items() if amount})


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
