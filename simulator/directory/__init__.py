"""Microsoft Entra ID's directory: users, groups, applications and service principals, and Microsoft Graph over them."""
