"""Microsoft.CognitiveServices on management.azure.com: accounts, keys, deployments, soft-deleted accounts."""
