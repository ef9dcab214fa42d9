"""Microsoft.MachineLearningServices on management.azure.com: workspaces, hubs and their projects, connections."""
