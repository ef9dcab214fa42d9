"""Every cause that is known. Where two are as likely, the earlier one is told first."""

from shared.road.diagnose import (
    account_causes,
    deployment_causes,
    endpoint_causes,
    key_causes,
    role_causes,
    service_causes,
    sign_in_causes,
    token_causes,
)
from shared.road.diagnose.cause import Cause

CAUSES: tuple[Cause, ...] = (
    *sign_in_causes.CAUSES,
    *account_causes.CAUSES,
    *endpoint_causes.CAUSES,
    *deployment_causes.CAUSES,
    *role_causes.CAUSES,
    *token_causes.CAUSES,
    *key_causes.CAUSES,
    *service_causes.CAUSES,
)


def table() -> str:
    """The causes as the table of docs/diagnose.md."""
    rows = (f"| `{each.code}` | {each.symptom} | {each.cause} | {each.fix} | {each.source} |" for each in CAUSES)
    return "\n".join(("| code | seen as | cause | fix | document |", "| --- | --- | --- | --- | --- |", *rows))
