#!/usr/bin/env bash
# Lets changes of groups through to the app, once Microsoft Graph has made the partner topic (the app's first subscription does):
# activates the topic, gives it the identity by which it keeps dead letters, and subscribes the app to it. May be run again.
# Before: UNKEYED_GROUP_TOPIC is set to the topic's resource id and deployed; the app's blocker groups.topicNotActivated then asks
# for this. Usage: AZURE_ENV_NAME=... infra/scripts/follow-groups.sh <name of the partner topic>
# What azd knows of the environment is taken from it; without azd, give all that after-deploy.sh was given.
set -euo pipefail
topic="${1:?the name of the partner topic}"
: "${AZURE_ENV_NAME:?the name of the environment}"
if command -v azd >/dev/null && known="$(azd env get-values --environment "$AZURE_ENV_NAME" 2>/dev/null)"; then
  set -a
  eval "$known"
  set +a
fi
here=()
if [ -n "${AZURE_SUBSCRIPTION_ID:-}" ]; then here=(--subscription "$AZURE_SUBSCRIPTION_ID"); fi
group="$(az group show ${here[@]+"${here[@]}"} --name "rg-unkeyed-$AZURE_ENV_NAME" --query id --output tsv)"
url="https://management.azure.com$group/providers/Microsoft.EventGrid/partnerTopics/$topic"
version=2025-02-15

az rest --method POST --url "$url/activate?api-version=$version" --output none
az rest --method PATCH --url "$url?api-version=$version" --output none --body '{"identity": {"type": "SystemAssigned"}}'
UNKEYED_GROUP_TOPIC_NAME="$topic" "$(dirname "$0")/after-deploy.sh"
