#!/usr/bin/env bash
# The second stage: subscribes the app that is deployed now to the events it is for. Run by azd after each deployment;
# without azd: AZURE_ENV_NAME=... AZURE_LOCATION=... infra/scripts/after-deploy.sh [further parameters of events.bicep]
# What the first stage was given has to be given again: UNKEYED_WATCHED_SUBSCRIPTIONS, UNKEYED_ACTION_GROUPS,
# UNKEYED_EXISTING_TOPICS, each as JSON; UNKEYED_SUBSCRIPTION_DEAD_LETTERS, true or false. AZURE_SUBSCRIPTION_ID is where the app is, else az's own default.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${AZURE_ENV_NAME:?the name of the environment}" "${AZURE_LOCATION:?the region}"
group="rg-unkeyed-$AZURE_ENV_NAME"
here=() # azd and az each have a subscription of their own that they begin with
if [ -n "${AZURE_SUBSCRIPTION_ID:-}" ]; then here=(--subscription "$AZURE_SUBSCRIPTION_ID"); fi

name_of() { # the name of the one resource of this type whose name begins so
  local found
  found="$(az resource list ${here[@]+"${here[@]}"} --resource-group "$group" --resource-type "$1" \
    --query "[?starts_with(name, '$2')].name | [0]" --output tsv)"
  if [ -z "$found" ]; then
    echo "There is no $1 in $group: deploy the first stage, or name its subscription in AZURE_SUBSCRIPTION_ID." >&2
    return 1
  fi
  echo "$found"
}

given=()
given_as() { # takes a parameter from the environment, where azd has put what main.bicep was given, as JSON
  if [ -n "${!2:-}" ]; then given+=(--parameters "$1=${!2}"); fi
}
given_as watchedSubscriptions UNKEYED_WATCHED_SUBSCRIPTIONS
given_as actionGroupIds UNKEYED_ACTION_GROUPS
given_as existingTopics UNKEYED_EXISTING_TOPICS
given_as groupTopicName UNKEYED_GROUP_TOPIC_NAME
given_as subscriptionDeadLetters UNKEYED_SUBSCRIPTION_DEAD_LETTERS

app="$(name_of Microsoft.Web/sites func-unkeyed-)"
storage="$(name_of Microsoft.Storage/storageAccounts stunkeyed)"
vault="$(name_of Microsoft.KeyVault/vaults kv-unkeyed-)"

# Event Grid subscribes only functions that Azure knows of already, which it does a minute or two after the code came
for each in resource_events vault_events group_events; do
  for try in $(seq 30); do
    if az functionapp function show ${here[@]+"${here[@]}"} --resource-group "$group" --name "$app" --function-name "$each" \
      --output none 2>/dev/null; then continue 2; fi
    if [ "$try" = 1 ]; then echo "Waiting for the function $each of $app to be listed ..."; fi
    sleep 10
  done
  echo "The app $app has no function $each: is the code deployed?" >&2
  exit 1
done

az deployment sub create ${here[@]+"${here[@]}"} --name "unkeyed-events-$AZURE_ENV_NAME" --location "$AZURE_LOCATION" \
  --template-file events.bicep --parameters "environmentName=$AZURE_ENV_NAME" "location=$AZURE_LOCATION" \
  "appName=$app" "storageName=$storage" "vaultName=$vault" ${given[@]+"${given[@]}"} "$@" --output none
echo "The app is subscribed to the events of environment $AZURE_ENV_NAME."
