"""Microsoft.Authorization on management.azure.com: role definitions, role assignments, deny assignments, and the check
that every other service asks whether a principal may do what it is about to do."""
