"""Groups: what changes in them, whom that lets in or shuts out, and which accounts that concerns.

One feed of changes of the whole tenant is read to its end, by a timer and whenever an event says that there is something
new; who was in a group is remembered, so that it can be said who has left.
"""
