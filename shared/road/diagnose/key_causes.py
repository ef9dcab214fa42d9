"""Keys: not taken any more, made new, not this account's, or not to be listed."""

from datetime import timedelta

from shared.models import Entry, ExposureKind, Unknown
from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import (
    EXACT,
    FAINT,
    KEY_ACCESS,
    NOT,
    Cause,
    Check,
    confirmed,
    fits,
    possible,
    ruled_out,
)
from shared.road.diagnose.symptom import Signs, Words

_ROTATE = '"Rotate keys in Foundry Tools"'
_INSTEAD = (
    "a token of Microsoft Entra ID: give the caller a role on the account, and take the code for it from `snippet`."
)
_TOKENS = f"Call with {_INSTEAD}"
GATEWAYS_FOLLOW = timedelta(hours=24)


def _done(case: Case, *kinds: str) -> list[Entry]:
    """What the app did to the account of these kinds, the last first."""
    history = case.evidence.history
    entries = () if isinstance(history, Unknown) else history
    return sorted(
        (each for each in entries if each.step["kind"] in kinds and each.state == "done"), key=lambda each: each.at
    )[::-1]


def _by_app(entry: Entry, what: str) -> str:
    return f"the app {what} at {entry.at.isoformat(timespec='seconds')} (operation {entry.operation_id})"


def _off(case: Case) -> Check | None:
    account = case.account
    if account is None:
        return None
    if account.local_auth_disabled:
        by = [_by_app(each, "turned key access off") for each in _done(case, "DisableLocalAuth")[:1]]
        return confirmed("the account's disableLocalAuth is true", *by)
    opened = _done(case, "EnableLocalAuth")[:1]
    if opened and case.evidence.now - opened[0].at < GATEWAYS_FOLLOW:
        return confirmed(
            _by_app(opened[0], "turned key access on again"),
            fix="Wait: Azure's gateways follow within minutes, at times hours.",
        )
    return ruled_out("the account takes keys: disableLocalAuth is not set")


def _off_fits(signs: Signs) -> int:
    return EXACT if signs.says(Words.KEYS_OFF, Words.BAD_KEY) else FAINT if signs.only(401, 403) else NOT


def _rotated(case: Case) -> Check | None:
    if case.account is None or case.account.local_auth_disabled:
        return None
    told = [*_own(case), *_of_others(case)]
    return (
        confirmed(*told)
        if told
        else possible("the app knows of no key that was made new; it hears of such since it runs")
    )


def _own(case: Case) -> list[str]:
    said = {"RotateKey": "made {} new in a rotation", "RevokeKey": "made {} new to revoke it"}
    return [
        _by_app(each, said[each.step["kind"]].format(each.step.get("key", "a key"))) for each in _done(case, *said)[:2]
    ]


def _of_others(case: Case) -> list[str]:
    record = case.evidence.record
    found = None if isinstance(record, Unknown) else record.exposures.get(ExposureKind.REGENERATED)
    if found is None:
        return []
    who = ", ".join(found.who) or found.application or "somebody"
    return [f"{who} made a key new at {found.at.isoformat(timespec='seconds')}"]


def _wrong(case: Case) -> Check | None:
    if case.account is None or case.account.local_auth_disabled:
        return None
    return possible("which key was sent is not known, and is not to be told")


def _not_listed(case: Case) -> Check | None:
    if case.account is None:
        return None
    if case.account.local_auth_disabled:
        return confirmed("the account's disableLocalAuth is true, so its keys cannot be listed")
    return ruled_out("the account takes keys: disableLocalAuth is not set")


CAUSES = (
    Cause(
        "key.off", "account",
        "403 “AuthenticationTypeDisabled”, 401 “Access denied due to invalid subscription key or wrong API endpoint”",
        "Key access to the account is turned off.",
        _TOKENS, KEY_ACCESS, _off_fits, _off,
    ),
    Cause(
        "key.notListed", "account", "400 “Failed to list key. disableLocalAuth is set to be true”",
        "Keys cannot be listed while key access is off.",
        f"{_TOKENS} A tool that insists on keys has to be told to use Microsoft Entra ID.",
        KEY_ACCESS, fits(Words.NO_LISTING), _not_listed,
    ),
    Cause(
        "key.rotated", "code", "401 “Access denied due to invalid subscription key or wrong API endpoint”",
        "The key was made new; the old value is dead at once.",
        f"Read the key anew from where it is kept. Better than a key is {_INSTEAD}",
        _ROTATE, fits(Words.BAD_KEY, statuses=(401,)), _rotated,
    ),
    Cause(
        "key.wrong", "code", "401 “Access denied due to invalid subscription key or wrong API endpoint”",
        "The key is another account's, or is not complete, or belongs to another region's address.",
        f"Compare where the key comes from with the account. Better than a key is {_INSTEAD}",
        '"Authenticate requests to Foundry Tools"',
        fits(likely=(Words.BAD_KEY,), statuses=(401,)), _wrong,
    ),
)  # fmt: skip
