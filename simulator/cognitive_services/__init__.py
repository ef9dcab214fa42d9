"""Microsoft.CognitiveServices on management.azure.com: accounts, keys, deployments, projects, connections, soft-deleted ones."""
