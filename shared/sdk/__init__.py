"""One module per Azure service; with `store`, the only place that imports an Azure SDK.

`get_` raises NotFoundError if absent, `list_` may be empty, `ensure_` is idempotent and returns what is now true,
`remove_` succeeds if absent. Everything raised is an error of shared/errors.py.
"""
