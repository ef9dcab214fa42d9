"""What the fuzzer of the API leaves out: requests that no HTTP server of Azure lets through to an app.

Kestrel, which the Functions host is built on, refuses a header that is not UTF-8 and a request line of more than 8 KiB by
itself, with an empty answer.
"""

from urllib.parse import quote, urlencode

import schemathesis

LONGEST_LINE = 8000


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Whether the case would reach an app at all."""
    query = urlencode(dict(case.query or {}), doseq=True)
    path = "".join(quote(str(each), safe="") for each in (case.path_parameters or {}).values())
    return len(query) + len(path) < LONGEST_LINE and all(_is_utf_8(str(each)) for each in (case.headers or {}).values())


def _is_utf_8(text: str) -> bool:
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return False
    return True
