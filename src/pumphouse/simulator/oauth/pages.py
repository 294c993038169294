"""The pages a user sees in the browser. Everything that comes from outside is escaped."""

from collections.abc import Iterable
from html import escape
from string import Template

from starlette.responses import HTMLResponse

from pumphouse.simulator.oauth.grants import AuthorizationRequest
from pumphouse.simulator.oauth.policy import Policy

__all__ = ["consent_page", "message_page"]

#: prefilled, so that submitting the page as it stands works; any name and password do
_USER = "owner@example.org"
_PASSWORD = "simulated"  # noqa: S105 - opens nothing

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Frame-Options": "DENY",
}

_PAGE = Template("""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>$title</title>
<style>
body { font: 1rem/1.5 sans-serif; max-width: 28rem; margin: 3rem auto; padding: 0 1rem }
label, button { display: block; margin: .5rem 0 }
input[type=text], input[type=password] { width: 100% }
</style>
</head>
<body>
<h1>$title</h1>
$body
</body>
</html>
""")

_CONSENT = Template("""\
<p>A simulated cloud: any user name and password will do.</p>
$problem
<form method="post" action="$action">
<input type="hidden" name="ticket" value="$ticket">
<label>E-mail <input type="text" name="username" value="$user" autocomplete="username"></label>
<label>Password <input type="password" name="password" value="$password" \
autocomplete="current-password"></label>
<p>The application that answers at <code>$redirect_uri</code> asks to:</p>
$scopes
<button type="submit" name="decision" value="accept">Accept</button>
<button type="submit" name="decision" value="deny">Deny</button>
</form>
""")

_SCOPE = Template("""\
<label><input type="checkbox" name="scope" value="$scope" checked> $sentence ($scope)</label>
""")


def consent_page(
    policy: Policy, request: AuthorizationRequest, ticket: str, action: str, problem: str = ""
) -> HTMLResponse:
    """Login and consent in one page.

    Args:
        policy: whose page it is.
        request: what the application asks for.
        ticket: what the posted form is recognised by.
        action: where the form goes.
        problem: one sentence about the last attempt.
    """
    scopes = (
        _SCOPE.substitute(scope=escape(scope), sentence=escape(policy.scopes[scope]))
        for scope in request.scope
    )
    body = _CONSENT.substitute(
        problem=f'<p role="alert">{escape(problem)}</p>' if problem else "",
        action=escape(action),
        ticket=escape(ticket),
        user=_USER,
        password=_PASSWORD,
        redirect_uri=escape(request.redirect_uri),
        scopes="".join(scopes),
    )
    return _page(policy.title, body, 200)


def message_page(title: str, sentences: Iterable[str], status: int) -> HTMLResponse:
    """A page that only says something."""
    body = "\n".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return _page(title, body, status)


def _page(title: str, body: str, status: int) -> HTMLResponse:
    return HTMLResponse(_PAGE.substitute(title=escape(title), body=body), status, _HEADERS)
