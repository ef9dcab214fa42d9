"""Any road: facts and a policy as they may happen to be, good ones more often than not."""

from datetime import timedelta

from hypothesis import strategies as st

from shared.models import NOT_READ, AccountRecord, ExposureKind, KeyName, Milestone
from shared.road.policy import Grant, Keys, Policy, Rule
from tests.unit.builders import (
    ACCOUNT_ID,
    GROUP_ID,
    LISTED,
    NOW,
    USER_ROLE,
    VAULT,
    account,
    assignment,
    connection,
    exposed,
    facts,
    pointing,
    proof,
    secret,
    use,
)
from tests.unit.test_road_properties import UNREAD, Case

HOUR = timedelta(hours=1)
GRANT = Grant(group=GROUP_ID, role=USER_ROLE)
QUIET, GRACE, SPREAD = timedelta(days=1), HOUR, timedelta(minutes=5)
SWITCHABLE, FIXED, KEYLESS = (
    connection(),
    connection(id=f"{ACCOUNT_ID}/connections/fixed", category="CustomKeys", auth_type="CustomKeys"),
    connection(id=f"{ACCOUNT_ID}/connections/free", auth_type="AAD"),
)


def mostly[T](good: st.SearchStrategy[T], *others: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """Good four times out of five: a road that is blocked early shows nothing of its end."""
    return st.integers(0, 4).flatmap(lambda chance: good if chance or not others else st.one_of(*others))


def _keys(rotate_every: str) -> Keys:
    words = {"vault": VAULT, "grace": "PT1H", **({"rotateEvery": rotate_every} if rotate_every else {})}
    return Keys.model_validate(words)


ages = st.sampled_from((timedelta(minutes=1), HOUR, 2 * HOUR, QUIET, 2 * QUIET, 5 * QUIET))
moments = ages.map(lambda age: NOW - age)
maybe = st.one_of(st.none(), st.none(), moments)
keys = st.one_of(st.none(), st.sampled_from(("", "PT2H", "P60D")).map(_keys))
rules = st.builds(
    lambda goal, connections, keys: Rule.model_validate(
        {"name": "chat", "goal": goal, "connections": connections, "keys": keys, "quiet": "P1D", "grants": (GRANT,)}
    ),
    mostly(st.just(Milestone.SEALED), st.sampled_from(Milestone)),
    mostly(st.just("entra"), st.just("leave")),
    keys,
)
pointings = mostly(
    st.lists(st.sampled_from((SWITCHABLE, KEYLESS)), max_size=2, unique=True).map(lambda found: pointing(*found)),
    st.just(UNREAD),
    st.just(NOT_READ),
    st.sampled_from(
        (
            pointing(FIXED),
            pointing(unplaced=(SWITCHABLE,)),
            pointing(unread={"hub": "503"}),
            pointing(read_at=None),
            pointing(read_at=NOW - 3 * QUIET),
        )
    ),
)
uses = mostly(
    st.builds(
        lambda since, last: use(since=since, last=last),
        st.just(NOW - 3 * QUIET),
        st.sampled_from((None, NOW - 2 * QUIET)),
    ),
    st.just(UNREAD),
    st.builds(lambda since, until, last: use(since=min(since, until), until=until, last=last), moments, moments, maybe),
    st.sampled_from((use(has_setting=False), use(since=None, until=None))),
)
secrets = mostly(
    st.builds(
        lambda name, created: secret(key=name, created=created, fingerprint=LISTED[name]),
        st.sampled_from(KeyName),
        moments,
    ),
    st.one_of(st.none(), st.just(UNREAD)),
    st.builds(
        lambda changes, created: secret(**changes, created=created),
        st.sampled_from(
            (
                {"enabled": False, "fingerprint": ""},
                {"account": f"{ACCOUNT_ID}-two"},
                {"key": None},
                {"fingerprint": "of-a-dead-key"},
                {"expires": NOW + timedelta(days=1)},
                {"key": KeyName.KEY2},
            )
        ),
        moments,
    ),
)
regenerated = st.fixed_dictionaries({}, optional=dict.fromkeys(KeyName, moments))
records = st.builds(
    AccountRecord,
    regenerated=mostly(st.just(dict.fromkeys(KeyName, NOW - HOUR)), regenerated),
    exposures=st.dictionaries(st.sampled_from(ExposureKind), moments).map(exposed),
    compared=maybe,
    sealed_seen=maybe,
    key_refused=maybe,
    key_tried=maybe,
    tries=st.integers(0, 3),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """An account that takes tokens, mostly, with all else as it happens to be."""
    held = draw(
        mostly(st.just((assignment(created_at=NOW - HOUR),)), st.sampled_from(((), (assignment(created_at=NOW),))))
    )
    found = facts(
        account=account(local_auth_disabled=draw(mostly(st.just(False), st.just(True)))),
        assignments=held,
        proof=draw(mostly(st.just(proof()), st.sampled_from((None, proof(accepted=False, code="role", refusals=1))))),
        pointing=draw(pointings),
        use=draw(uses),
        secret=draw(secrets),
        listed=draw(mostly(st.sampled_from((NOT_READ, LISTED)), st.just(UNREAD))),
        record=draw(records),
        key_at_hand=draw(st.booleans()),
    )
    return Case(found, Policy(version=1, rules=(draw(rules),)))
