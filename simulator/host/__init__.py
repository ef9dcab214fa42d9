"""A local Functions host: Microsoft's worker library runs the app, this package brings the triggers to it.

`python -m simulator.host APP_DIR --port P` indexes the `function_app.py` of APP_DIR in its own process, prints
`ready http://127.0.0.1:P` and serves HTTP, Event Grid, queue and timer triggers until SIGTERM. What it does follows the
sources of azure-functions-host and of the WebJobs extensions for Event Grid and Storage queues.

| module | holds |
| --- | --- |
| `configuration` | host.json and app settings |
| `worker` | indexing and invocation through azure_functions_runtime |
| `app` | the parts put together, and the HTTP server over them |
| `route_templates`, `http_trigger` | ASP.NET route templates; requests and responses as the worker wants them |
| `event_grid`, `queues`, `queue_messages`, `storage_queues`, `timers` | the other triggers, and queue output |
| `admin` | `/admin/…`: status, list, a function run by hand |
| `logs` | one JSON object per line, filtered as host.json says |
| `data` | the worker's type of values |
| `process` | the host as a child process, for whoever starts it |
"""
