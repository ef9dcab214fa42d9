"""Route templates of HTTP triggers, matched as ASP.NET Core matches them.

Microsoft's "Route constraint reference" and "Routing in ASP.NET Core": `{name}`, `{name?}`, `{name=default}`,
`{name:constraint}`, `{*rest}`; casing does not count, a slash at the end neither; literals go before constrained
parameters, those before plain ones, and a catch-all comes last.
"""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from simulator.host.configuration import ConfigurationError

type Check = Callable[[str], bool]

_OPEN, _CLOSE = "\1", "\2"  # for {{ and }}, the braces inside a regular expression
_PARAMETER = re.compile(r"\{(\*{0,2})([^{}:=?]+)((?::[a-zA-Z]+(?:\([^{}()]*\))?)*)(=[^{}]*|\?)?\}")
_CONSTRAINT = re.compile(r":([a-z]+)(?:\(([^()]*)\))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    catch_all: bool
    optional: bool
    default: str | None
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """`rank` sorts templates: the smaller goes first."""

    text: str
    pattern: re.Pattern[str]
    parameters: tuple[_Parameter, ...]
    rank: tuple[int, ...]

    def match(self, path: str) -> dict[str, str] | None:
        """The parameters of a raw path (encoded, without the slash in front); None where it does not match."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        values: dict[str, str] = {}
        for parameter, raw in zip(self.parameters, found.groups(), strict=True):
            value = _decoded(raw) if raw else parameter.default
            if value is None:
                continue
            if not all(check(value) for check in parameter.checks):
                return None
            values[parameter.name] = value
        return values


def parse(text: str) -> Template:
    """A template, ready to match; raises ConfigurationError where it is malformed or has an unknown constraint."""
    pattern, rank, parameters = "", [], []
    for segment in _segments(text.replace("{{", _OPEN).replace("}}", _CLOSE)):
        found = [_parameter(each, text) for each in _PARAMETER.finditer(segment)]
        rest = _PARAMETER.sub("", segment)
        if "{" in rest or "}" in rest:
            raise ConfigurationError(f"route '{text}': '{segment}' is malformed")
        parameters += found
        rank.append(_rank(found, mixed=bool(rest)))
        pattern += _segment_pattern(segment, found, first=not pattern, mixed=bool(rest))
    deep = bool(parameters) and parameters[-1].catch_all
    compiled = re.compile(pattern if deep else pattern + "/?", re.IGNORECASE | re.DOTALL)
    return Template(text, compiled, tuple(parameters), tuple(rank))


def _segments(text: str) -> list[str]:
    """The template cut at its slashes, but not inside braces."""
    out, depth, current = [], 0, ""
    for character in text.strip("/"):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "/" and depth == 0:
            out.append(current)
            current = ""
        else:
            current += character
    return [*out, current] if current else out


def _parameter(found: re.Match[str], template: str) -> _Parameter:
    stars, name, constraints, end = found.groups()
    checks = tuple(
        _check(each.group(1).lower(), each.group(2) or "", template) for each in _CONSTRAINT.finditer(constraints)
    )
    default = end[1:] if end and end.startswith("=") else None
    return _Parameter(name, bool(stars), bool(stars or end), default, checks)


def _segment_pattern(segment: str, found: list[_Parameter], *, first: bool, mixed: bool) -> str:
    slash = "" if first else "/"
    if not mixed and found:
        value = "(.*)" if found[0].catch_all else "([^/]+)"
        return f"(?:{slash}{value})?" if found[0].optional else slash + value
    literals = re.split(r"\0", _PARAMETER.sub("\0", segment))
    return slash + "([^/]+)".join(re.escape(each) for each in literals)


def _rank(found: list[_Parameter], *, mixed: bool) -> int:
    if not found:
        return 1
    constrained = mixed or bool(found[0].checks)
    if found[0].catch_all:
        return 4 if constrained else 5
    return 2 if constrained else 3


def _decoded(raw: str) -> str:
    """A path decoded as ASP.NET Core does: everything but the encoded slash."""
    return unquote(re.sub("%2f", "%252F", raw, flags=re.IGNORECASE))


def _is_guid(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True


def _whole(value: str, bits: int) -> bool:
    limit: int = 2 ** (bits - 1)
    return re.fullmatch(r"[+-]?\d{1,19}", value) is not None and -limit <= int(value) < limit


def _number(value: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value) is not None


def _length(value: str, bounds: str) -> bool:
    least, _, most = bounds.partition(",")
    return int(least) <= len(value) <= int(most or least)


def _within(value: str, least: str, most: str) -> bool:
    return _whole(value, 64) and (not least or int(value) >= int(least)) and (not most or int(value) <= int(most))


_CHECKS: dict[str, Callable[[str, str], bool]] = {
    "int": lambda value, _: _whole(value, 32),
    "long": lambda value, _: _whole(value, 64),
    "bool": lambda value, _: value.lower() in ("true", "false"),
    "alpha": lambda value, _: re.fullmatch("[a-z]*", value, re.IGNORECASE) is not None,
    "guid": lambda value, _: _is_guid(value),
    "decimal": lambda value, _: _number(value),
    "double": lambda value, _: _number(value),
    "float": lambda value, _: _number(value),
    "required": lambda value, _: bool(value),
    "minlength": lambda value, least: len(value) >= int(least),
    "maxlength": lambda value, most: len(value) <= int(most),
    "length": _length,
    "min": lambda value, least: _within(value, least, ""),
    "max": lambda value, most: _within(value, "", most),
    "range": lambda value, bounds: _within(value, *bounds.split(",", 1)),
    "regex": lambda value, pattern: re.search(pattern, value, re.IGNORECASE) is not None,
}


def _check(name: str, argument: str, template: str) -> Check:
    if name not in _CHECKS:
        raise ConfigurationError(f"route '{template}': no constraint '{name}' here, only {', '.join(_CHECKS)}")
    argument = argument.replace(_OPEN, "{").replace(_CLOSE, "}")
    return lambda value: _CHECKS[name](value, argument)
