"""Templates of paths that several modules register routes under."""

GROUP = "/subscriptions/{subscription}/resourceGroups/{group}"
ACCOUNT = GROUP + "/providers/Microsoft.CognitiveServices/accounts/{account}"
PROJECT = ACCOUNT + "/projects/{project}"
