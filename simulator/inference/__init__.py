"""The data plane of AI accounts: Azure OpenAI, the model inference API, language; keys, tokens, roles, networks."""
