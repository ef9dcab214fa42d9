"""Everything the triggers call. Knows no trigger type.

`road` is the domain and decides; `sdk` speaks to Azure; `store` keeps what must outlive a process. Dependencies point
one way: road → sdk, store → models, errors, settings.
"""
