#!/usr/bin/env bash
# The second stage: subscribes the app that is deployed now to the events it is for. Run by azd after each deployment;
# without azd: AZURE_ENV_NAME=... AZURE_LOCATION=... infra/scripts/after-deploy.sh [further parameters of events.bicep]
set -euo pipefail
cd "$(dirname "$0")/.."
: "${AZURE_ENV_NAME:?the name of the environment}" "${AZURE_LOCATION:?the region}"
group="rg-unkeyed-$AZURE_ENV_NAME"

name_of() { # the name of the one resource of this type whose name begins so
  az resource list --resource-group "$group" --resource-type "$1" --query "[?starts_with(name, '$2')].name | [0]" --output tsv
}

given=()
given_as() { # takes a parameter from the environment, where azd has put what main.bicep was given, as JSON
  if [ -n "${!2:-}" ]; then given+=(--parameters "$1=${!2}"); fi
}
given_as watchedSubscriptions UNKEYED_WATCHED_SUBSCRIPTIONS
given_as actionGroupIds UNKEYED_ACTION_GROUPS
given_as existingTopics UNKEYED_EXISTING_TOPICS
given_as groupTopicName UNKEYED_GROUP_TOPIC_NAME

az deployment sub create --name "unkeyed-events-$AZURE_ENV_NAME" --location "$AZURE_LOCATION" --template-file events.bicep \
  --parameters "environmentName=$AZURE_ENV_NAME" "location=$AZURE_LOCATION" \
  "appName=$(name_of Microsoft.Web/sites func-unkeyed-)" \
  "storageName=$(name_of Microsoft.Storage/storageAccounts stunkeyed)" \
  "vaultName=$(name_of Microsoft.KeyVault/vaults kv-unkeyed-)" \
  "${given[@]}" "$@" --output none
echo "The app is subscribed to the events of environment $AZURE_ENV_NAME."
