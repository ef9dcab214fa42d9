"""A local Azure that the real SDKs talk to, and a local Functions host. Never deployed.

One process, loopback only, everything in memory. `azure.py` holds the state of every service and rebuilds it on
`reset()`; each service is a package with its state, its routes and its wire errors; `server.py` brings the public host
names to them. What no service implements is answered 501 with the name of the call.
"""
