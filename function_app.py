"""The Functions app: one FunctionApp, one blueprint per trigger family."""

import azure.functions as func

from functions import group_events, portal, resource_events, schedules, vault_events, work

app = func.FunctionApp()
app.register_functions(group_events.blueprint)
app.register_functions(portal.blueprint)
app.register_functions(resource_events.blueprint)
app.register_functions(schedules.blueprint)
app.register_functions(vault_events.blueprint)
app.register_functions(work.blueprint)
