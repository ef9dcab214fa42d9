"""Azure Blob Storage, as little of it as reading one policy file takes."""
