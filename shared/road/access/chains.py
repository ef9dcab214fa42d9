"""By which groups in groups a principal is in one: read downwards from that group, level by level, side by side."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from shared.models import Membership
from shared.road.abreast import each_of

type Inner = Mapping[str, frozenset[str]]
# Of groups to look into: beyond, a chain is left unknown
MOST_READ = 50
SIDE_BY_SIDE = 16


async def inner_groups(
    roots: Iterable[str], membership: Membership, groups_in: Callable[[str], Awaitable[frozenset[str]]]
) -> Inner:
    """The groups in each of `roots`, and in those, as far as the principal is in them; one round for each level between.

    Raises what `groups_in` raises, once it raises it.
    """
    direct = membership.direct or frozenset()
    found: dict[str, frozenset[str]] = {}
    wave = sorted(set(roots) - direct)
    while wave and len(found) + len(wave) <= MOST_READ:
        answers = await each_of(wave, groups_in, SIDE_BY_SIDE)
        held = [answer & membership.groups.keys() for answer in answers]
        found.update(zip(wave, held, strict=True))
        wave = sorted(frozenset[str]().union(*held) - direct - found.keys())
    return found


def chain(root: str, inner: Inner, direct: frozenset[str]) -> tuple[str, ...] | None:
    """The shortest way from a group down to one that the principal is in itself, both named; None where none is known."""
    paths: list[tuple[str, ...]] = [(root,)]
    seen = {root}
    while paths:
        if found := next((path for path in paths if path[-1] in direct), None):
            return found
        longer = [
            (*path, each) for path in paths for each in sorted(inner.get(path[-1], frozenset())) if each not in seen
        ]
        paths = list({path[-1]: path for path in reversed(longer)}.values())
        seen.update(path[-1] for path in paths)
    return None
