"""login.microsoftonline.com and the managed identity endpoint: real, signed tokens."""
