"""Azure Monitor: request logs of accounts, what sends them to workspaces, and the queries over them."""
