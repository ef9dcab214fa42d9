"""The pages of the sign-in: plain HTML that needs no script, in light and dark, under a strict content security policy."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from simulator.wire import Reply

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#6b6b6b, #9a9a9a); --accent: light-dark(#0b57a4, #8fc7ff);
  --bad: light-dark(#a4262c, #ff9aa2); --page: light-dark(#f3f2f1, #1b1a19); --card: light-dark(#fff, #252423); }
body { margin: 0; background: var(--page); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 27rem; margin: 2rem auto; padding: 1.5rem 2rem; background: var(--card); border-radius: .5rem; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 .5rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; }
label { display: block; margin-top: .75rem; }
input, button { font: inherit; box-sizing: border-box; width: 100%; padding: .5rem .75rem; border-radius: .25rem;
  border: 1px solid var(--line); background: transparent; color: inherit; }
button { margin-top: .75rem; cursor: pointer; text-align: left; }
button.first { background: var(--accent); color: var(--card); border-color: var(--accent); text-align: center; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button small { display: block; } ul { list-style: none; margin: 0; padding: 0; } [role=alert] { color: var(--bad); }
dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
"""
_SUBMIT = "document.forms[0].submit()"


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody to sign in as; `about` says what they may do, or that they are signed in."""

    id: str
    name: str
    user_name: str
    about: str


def sign_in(action: str, token: str, *, to: str, hint: str, wrong: str, people: Iterable[Choice], target: str) -> Reply:
    """The page that asks who somebody is; `target` is where the browser will be sent afterwards."""
    alert = f'<p role="alert">{escape(wrong)}</p>' if wrong else ""
    hidden = _hidden({"ctx": token})
    buttons = "".join(
        f'<li><button name="person" value="{escape(each.id)}">{escape(each.name)}'
        f"<small>{escape(each.user_name)} · {escape(each.about)}</small></button></li>"
        for each in people
    )
    body = f"""<h1>Sign in</h1><p>to <strong>{escape(to)}</strong>, at Contoso in the local Azure</p>{alert}
<form method="post" action="{escape(action)}">{hidden}
<label for="loginfmt">User name</label>
<input id="loginfmt" name="loginfmt" autocomplete="username" value="{escape(hint)}" required>
<label for="passwd">Password</label>
<input id="passwd" name="passwd" type="password" autocomplete="current-password" required>
<button class="first">Sign in</button></form>
<h2>Or, without a password, as</h2>
<form method="post" action="{escape(action)}">{hidden}<ul>{buttons}</ul></form>
<form method="post" action="{escape(action)}">{hidden}<button name="cancel" value="1">Cancel</button></form>"""
    return _page("Sign in to your account", body, target)


def consent(action: str, token: str, *, client: str, user: str, permissions: Iterable[str], target: str) -> Reply:
    """The page that asks whether a client may call an application for its user."""
    rows = "".join(f"<li>{escape(each)}</li>" for each in permissions)
    hidden = _hidden({"ctx": token})
    body = f"""<h1>Permissions requested</h1><p>{escape(user)}, <strong>{escape(client)}</strong> would like to:</p>
<ul>{rows}</ul><form method="post" action="{escape(action)}">{hidden}
<button class="first" name="accept" value="1">Accept</button><button name="cancel" value="1">Cancel</button></form>"""
    return _page("Permissions requested", body, target)


def failed(error: Mapping[str, object], status: int) -> Reply:
    """The page for what cannot be told to the client; `error` is the body that a token error would have."""
    body = f"""<h1>Sign in</h1><p>Sorry, but we're having trouble signing you in.</p>
<p role="alert">{escape(str(error["error_description"]).partition(" Trace ID:")[0])}</p>
<h2>Troubleshooting details</h2><dl><dt>Request Id</dt><dd>{escape(str(error["trace_id"]))}</dd>
<dt>Correlation Id</dt><dd>{escape(str(error["correlation_id"]))}</dd>
<dt>Timestamp</dt><dd>{escape(str(error["timestamp"]))}</dd></dl>"""
    return _page("Sign in to your account", body, status=status)


def signed_out() -> Reply:
    body = "<h1>You signed out of your account</h1><p>It's a good idea to close all browser windows.</p>"
    return _page("Sign out", body)


def posted(target: str, values: Mapping[str, str]) -> Reply:
    """The page that posts an answer to the client, by a script where scripts run, else by a button."""
    body = f"""<h1>Working</h1><form method="post" action="{escape(target)}">{_hidden(values)}
<noscript><p>Script is disabled. Select Submit to continue.</p></noscript><button class="first">Submit</button></form>
<script>{_SUBMIT}</script>"""
    return _page("Working…", body, target, script=f"; script-src {_hashed(_SUBMIT)}")


def _page(title: str, body: str, target: str = "", *, status: int = 200, script: str = "") -> Reply:
    text = f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>
<style>{_STYLE}</style></head><body><main>{body}</main></body></html>"""
    forms = f"form-action 'self' {_source(target)}".strip()
    policy = (
        f"default-src 'none'; style-src {_hashed(_STYLE)}; base-uri 'none'; frame-ancestors 'none'; {forms}{script}"
    )
    return Reply(
        status,
        text.encode(),
        {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": policy,
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "strict-origin-when-cross-origin",
        },
    )


def _hidden(values: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in values.items()
    )


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _source(target: str) -> str:
    """Where a form's answer may lead, which browsers check too."""
    parts = urlsplit(target)
    if parts.scheme in {"http", "https"}:
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:" if parts.scheme else ""
