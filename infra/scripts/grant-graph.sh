#!/usr/bin/env bash
# Gives the app's identity its application permissions of Microsoft Graph, which Bicep cannot give. roles.json names each and why.
# Needs: az, signed in as somebody who may consent for applications (Privileged Role Administrator). May be run again.
# Usage: infra/scripts/grant-graph.sh <object id of the app's identity: the output UNKEYED_PRINCIPAL_ID>
set -euo pipefail
principal="${1:?the object id of the identity of the app}"
table="$(dirname "$0")/../roles.json"
graph=https://graph.microsoft.com/v1.0
application=00000003-0000-0000-c000-000000000000 # Microsoft Graph, in every tenant

field() { # a field of each permission in the table, one a line
  python3 -c 'import json, sys; print(*(each[sys.argv[2]] for each in json.load(open(sys.argv[1]))["graph"]), sep="\n")' "$table" "$1"
}

resource="$(az rest --method GET --url "$graph/servicePrincipals(appId='$application')?\$select=id" --query id --output tsv)"
held="$(az rest --method GET --url "$graph/servicePrincipals/$principal/appRoleAssignments" \
  --query "value[].appRoleId" --output tsv)"
paste -d '|' <(field permission) <(field why) | while IFS='|' read -r permission why; do
  role="$(az rest --method GET --url "$graph/servicePrincipals/$resource?\$select=appRoles" \
    --query "appRoles[?value=='$permission' && contains(allowedMemberTypes, 'Application')].id | [0]" --output tsv)"
  if [ -z "$role" ]; then
    echo "Microsoft Graph has no application permission $permission" >&2
    exit 1
  fi
  if grep -qiF "$role" <<<"$held"; then
    echo "$permission is there already."
    continue
  fi
  az rest --method POST --url "$graph/servicePrincipals/$principal/appRoleAssignments" --output none \
    --body "{\"principalId\": \"$principal\", \"resourceId\": \"$resource\", \"appRoleId\": \"$role\"}"
  echo "$permission given: $why"
done
echo "Managed identities keep their tokens for up to a day: the permissions may take that long to be seen."
