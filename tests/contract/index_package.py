"""Run in an environment with nothing but the package's requirements: indexes the unpacked app as Azure does, and asks it for `/`.

index_package.py APP LIBRARY: LIBRARY holds Microsoft's worker library, after everything else on the path, as in Azure.
Prints {"functions": {name: trigger}, "status": of `/`, "title": of the page}.
"""

import asyncio
import json
import os
import re
import sys
from types import SimpleNamespace
from typing import Any


async def main(app: str, library: str) -> None:
    os.chdir(app)
    sys.path.insert(0, app)
    sys.path.append(library)
    functions = await index(app)
    response = await get_page(functions["portal"].function_id)
    print(
        json.dumps(
            {
                "functions": {name: trigger(each) for name, each in functions.items()},
                "status": int(response["status_code"].value),
                "title": re.findall(r"<title>(.*)</title>", response["body"].value.decode()),
            }
        )
    )


async def index(app: str) -> dict[str, Any]:
    """The functions by name, as the worker tells the host of them; its messages are stood in for as far as it makes them."""
    from azure.functions.decorators.core import BindingDirection
    from azure_functions_runtime import handle_event, start_threadpool_executor
    from azure_functions_runtime.bindings.meta import load_binding_registry

    class Info(SimpleNamespace):
        out = BindingDirection.OUT.value
        inout = BindingDirection.INOUT.value

    class Status(SimpleNamespace):
        Success = 1

    load_binding_registry()
    start_threadpool_executor()
    worker: Any = handle_event
    worker.protos = SimpleNamespace(
        BindingInfo=Info,
        RpcFunctionMetadata=SimpleNamespace,
        RpcRetryOptions=SimpleNamespace,
        FunctionMetadataResponse=SimpleNamespace,
        StatusResult=Status,
    )
    worker.load_function_metadata(app, caller_info="the test of the package")
    found = (await worker.functions_metadata_request(None)).function_metadata_results
    return {each.name: each for each in found}


def trigger(function: Any) -> str:
    """The type of the function's trigger."""
    bindings = [json.loads(each) for each in function.raw_bindings]
    return next(str(each["type"]) for each in bindings if each["type"].endswith("Trigger"))


async def get_page(function_id: str) -> dict[str, Any]:
    """What the function answers to GET /."""
    from azure_functions_runtime.bindings.datumdef import Datum
    from azure_functions_runtime.native_invocation import invocation_request_native

    datum: Any = Datum  # its constructor says nothing of types
    invoke: Any = invocation_request_native

    request = {
        "method": datum("GET", "string"),
        "url": datum("https://unkeyed.example/", "string"),
        "headers": {"host": datum("unkeyed.example", "string")},
        "query": {},
        "params": {},
        "body": datum(b"", "bytes"),
    }
    values = [("req", datum(request, "http"))]
    ok, returned, outputs, _, _ = await invoke(
        "one", function_id, values, {}, "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
    )
    assert ok
    answer: Any = dict([("$return", returned), *outputs])["$return"]
    return dict(answer.value)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
