"""What stands before the account, and the service itself: networks, throttling, faults, SDKs that are too old."""

import re

from shared.models import Unknown
from shared.road.diagnose.case import Case
from shared.road.diagnose.cause import (
    EXACT,
    HINT,
    HOW_TO,
    LIKELY,
    NETWORKS,
    NOT,
    Cause,
    Check,
    confirmed,
    fits,
    possible,
    ruled_out,
)
from shared.road.diagnose.symptom import Client, Signs, Words

# A User-Agent's version, and the first that is not known for this
_VERSIONS = {
    r"azsdk-python-ai-inference/1\.0\.0b(\d+)": ("azure-ai-inference", 5),
    r"\bopenai[/ =]+v?(0)\.\d+": ("openai", 1),
}


def _private(case: Case) -> Check | None:
    if case.account is None:
        return None
    if case.account.network.public:
        return ruled_out("the account lets the public network in")
    return confirmed("the account's publicNetworkAccess is Disabled: only private endpoints are let in")


def _firewall(case: Case) -> Check | None:
    if case.account is None or not case.account.network.public:
        return None
    rules = case.account.network
    if not rules.closed:
        return ruled_out("the account's network rules let every address in")
    let_in = f"let in are {len(rules.addresses)} address rules and {len(rules.subnets)} subnets"
    return confirmed("the account's networkAcls deny by default", let_in)


def _unreached(case: Case) -> Check | None:
    if not case.signs.says(Words.UNREACHED):
        return None
    probe = case.evidence.probe
    answered = (
        () if isinstance(probe, Unknown) else ("the app's own call to the account's endpoint was answered just now",)
    )
    return possible("from which network the call was made is not known", *answered)


def _throttled(case: Case) -> Check | None:
    if case.signs.status != 429 and not case.signs.says(Words.THROTTLED):
        return None
    return confirmed("the service asks to be called less often")


def _unwell(case: Case) -> Check | None:
    status = case.signs.status or 0
    if status < 500 or case.signs.says(*Words.all()):
        return None
    return possible(f"the service answered {status}")


def _old_sdk(case: Case) -> Check | None:
    if named := _too_old(case.signs):
        return confirmed(named)
    if case.signs.says(Words.OLD_SDK):
        return confirmed("the error comes from the SDK itself: code and SDK are of different versions")
    return possible("the SDK's version was not told") if case.signs.is_told and _is_sdk(case.signs) else None


def _is_sdk(signs: Signs) -> bool:
    return signs.client not in {Client.REST, Client.UNKNOWN}


def _too_old(signs: Signs) -> str:
    for pattern, (package, first) in _VERSIONS.items():
        found = re.search(pattern, signs.text, re.IGNORECASE)
        if found and int(found[1]) < first:
            return f"the call was made with {package}, {found[0]}"
    return ""


def _old_sdk_fits(signs: Signs) -> int:
    if _too_old(signs) or signs.says(Words.OLD_SDK):
        return EXACT
    return HINT if _is_sdk(signs) and signs.is_refusal else NOT


CAUSES = (
    Cause(
        "sdk.outdated", "code", "any error with an SDK; errors of the SDK's own",
        "The SDK is too old for the service, or for the code.",
        "Upgrade the SDK before looking further: pip install --upgrade azure-ai-inference openai azure-identity.",
        HOW_TO, _old_sdk_fits, _old_sdk,
    ),
    Cause(
        "network.private", "network", "403 “Public access is disabled”, a host name that does not resolve",
        "The account lets private endpoints in only.",
        "Call from a network with a private endpoint to the account and its DNS zone, or allow public access.",
        NETWORKS, fits(Words.PUBLIC_OFF, likely=(Words.UNREACHED,), statuses=(403,)), _private,
    ),
    Cause(
        "network.firewall", "network", "403 “Access denied due to Virtual Network/Firewall rules”",
        "The account's network rules do not let the caller's address in.",
        "Add the caller's address or subnet to the account's network rules.",
        NETWORKS, fits(Words.FIREWALL, statuses=(403,)), _firewall,
    ),
    Cause(
        "network.unreached", "network", "“Connection error”, a host name that does not resolve, a timeout",
        "The call did not come to the account: its name does not resolve where the code runs, or a proxy or firewall is between.",
        "Resolve the account's host there (nslookup); behind a private endpoint that takes its private DNS zone. Ask for HTTPS_PROXY.",
        NETWORKS, fits(Words.UNREACHED), _unreached,
    ),
    Cause(
        "service.throttled", "service", "429",
        "The rate limit of the deployment, or the quota of the subscription, is used up.",
        "Wait for as long as Retry-After says and call less often, or give the deployment more capacity.",
        '"Azure OpenAI quotas and limits"',
        fits(Words.THROTTLED, when=lambda signs: EXACT if signs.status == 429 else NOT), _throttled,
    ),
    Cause(
        "service.unwell", "service", "500, 502, 503, 504",
        "The service has a fault.",
        "Call again a little later; look at Azure's status where it lasts.",
        '"Azure status"', fits(when=lambda signs: LIKELY if (signs.status or 0) >= 500 else NOT), _unwell,
    ),
)  # fmt: skip
