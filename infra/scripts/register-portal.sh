#!/usr/bin/env bash
# Registers the portal's application in Microsoft Entra ID, or brings one of that name up to date: tokens of version 2, the scope
# `access`, the roles Unkeyed.Read, Unkeyed.Operate and Unkeyed.Admin, and the page as redirect of a single-page application.
# It makes no secret: the page signs in with PKCE. Needs: az, signed in as an Application Administrator. May be run again.
# Usage: infra/scripts/register-portal.sh <address of the page: the output UNKEYED_PORTAL> [name of the registration]
set -euo pipefail
page="${1:?the address of the page}"
name="${2:-unkeyed}"
graph=https://graph.microsoft.com/v1.0

found="$(az rest --method GET --url "$graph/applications?\$filter=displayName eq '$name'&\$select=id,appId" \
  --query "value[].[id, appId]" --output tsv)"
if [ "$(grep -c . <<<"$found")" -gt 1 ]; then
  echo "More than one registration is named $name; give another name." >&2
  exit 1
fi
if [ -z "$found" ]; then
  found="$(az rest --method POST --url "$graph/applications" --query "[id, appId]" --output tsv \
    --body "{\"displayName\": \"$name\", \"signInAudience\": \"AzureADMyOrg\"}" | paste -s)"
fi
read -r object client <<<"$found"

# Ids of scope and roles are made from the client id, so that a second run changes nothing
body="$(python3 - "$client" "$page" <<'PYTHON'
import json, sys, uuid

client, page = sys.argv[1:]
made = lambda name: str(uuid.uuid5(uuid.UUID(client), name))
roles = {
    "Unkeyed.Read": "See the fleet, accounts, access and diagnoses.",
    "Unkeyed.Operate": "Onboard accounts, grant what the policy allows, switch connections, rotate keys.",
    "Unkeyed.Admin": "Revoke keys, turn key access off and on, roll back.",
}
scope = {
    "id": made("access"), "value": "access", "type": "User", "isEnabled": True,
    "adminConsentDisplayName": "Use unkeyed", "adminConsentDescription": "Use unkeyed as the one who is signed in.",
    "userConsentDisplayName": "Use unkeyed", "userConsentDescription": "Use unkeyed as you.",
}
print(json.dumps({
    "identifierUris": [f"api://{client}"],
    "api": {"requestedAccessTokenVersion": 2, "oauth2PermissionScopes": [scope]},
    "appRoles": [
        {"id": made(value), "value": value, "displayName": value, "description": says, "isEnabled": True,
         "allowedMemberTypes": ["User", "Application"]}
        for value, says in roles.items()
    ],
    "spa": {"redirectUris": [page]},
}))
PYTHON
)"
az rest --method PATCH --url "$graph/applications/$object" --body "$body" --output none
if ! az rest --method GET --url "$graph/servicePrincipals(appId='$client')?\$select=id" --output none 2>/dev/null; then
  az rest --method POST --url "$graph/servicePrincipals" --body "{\"appId\": \"$client\"}" --output none
fi
echo "Registered as $client. Set it and deploy again:"
echo "  azd env set UNKEYED_PORTAL_CLIENT_ID $client && azd provision"
echo "Then give people and applications their roles: Entra ID, enterprise application $name, users and groups."
