"""Key Vault: vaults in Resource Manager, and their secrets at {vault}.vault.azure.net."""
