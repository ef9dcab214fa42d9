"""What a user, group, service principal or managed identity can do on an account: "View my access", and from when it holds."""
