"""The HTTP side: one trigger, whose application is made on the first request, so that event workers never pay for it."""

from functools import cache

import azure.functions as func

blueprint = func.Blueprint()


@blueprint.route(route="{*path}", auth_level=func.AuthLevel.ANONYMOUS)
async def portal(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Answers the page and the API; callers are told apart in the application, whatever the platform in front does."""
    answer: func.HttpResponse = await _middleware().handle_async(req, context)
    return answer


@cache
def _middleware() -> func.AsgiMiddleware:
    from functions.portal.app import application

    return func.AsgiMiddleware(application())
