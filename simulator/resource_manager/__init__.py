"""management.azure.com: the front door every provider stands behind, and subscriptions and resource groups."""
