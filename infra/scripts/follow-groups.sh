#!/usr/bin/env bash
# Lets changes of groups through to the app, once Microsoft Graph has made the partner topic (the app's first subscription does):
# activates the topic, gives it the identity by which it keeps dead letters, and subscribes the app to it. May be run again.
# Before: UNKEYED_GROUP_TOPIC is set to the topic's resource id and deployed; the app's blocker groups.topicNotActivated then asks
# for this. Usage: AZURE_ENV_NAME=... AZURE_LOCATION=... infra/scripts/follow-groups.sh <name of the partner topic>
set -euo pipefail
topic="${1:?the name of the partner topic}"
: "${AZURE_ENV_NAME:?the name of the environment}"
group="rg-unkeyed-$AZURE_ENV_NAME"
version=2025-02-15

identity="$(az identity show --resource-group "$group" --name id-unkeyed-events --query id --output tsv)"
url="https://management.azure.com$(az group show --name "$group" --query id --output tsv)/providers/Microsoft.EventGrid/partnerTopics/$topic"
az rest --method POST --url "$url/activate?api-version=$version" --output none
az rest --method PATCH --url "$url?api-version=$version" --output none \
  --body "{\"identity\": {\"type\": \"UserAssigned\", \"userAssignedIdentities\": {\"$identity\": {}}}}"
UNKEYED_GROUP_TOPIC_NAME="$topic" "$(dirname "$0")/after-deploy.sh"
