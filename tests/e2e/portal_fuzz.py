"""What the fuzzer of the API leaves out: what no HTTP server of Azure lets through to an app, and what HTTP allows to anybody.

Kestrel, which the Functions host is built on, refuses a header that is not UTF-8 and a request line of more than 8 KiB by
itself, with an empty answer. A header that an API does not know is no fault.
"""

from typing import Any

import requests
import schemathesis

LONGEST_LINE = 8000
_UNKNOWN_HEADER = "x-schemathesis-unknown-property"


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Whether the case would reach an app at all, and is the app's to judge."""
    headers = {str(name).lower(): str(value) for name, value in (case.headers or {}).items()}
    if _UNKNOWN_HEADER in headers or not all(map(_is_utf_8, headers.values())):
        return False
    sent = case.as_transport_kwargs(base_url="http://127.0.0.1")
    line = requests.Request(sent["method"], sent["url"], params=sent.get("params")).prepare().url
    return len(line or "") < LONGEST_LINE


def _is_utf_8(text: str) -> bool:
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True
