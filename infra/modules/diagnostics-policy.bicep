// Azure Policy that has every AI account send its request log to the workspace (deployIfNotExists).
// The request log is the only source that tells calls by key from calls by token. Accounts that are there need a remediation.
targetScope = 'subscription'

@description('Name of the environment.')
param environmentName string

@description('Region of the assignment, which one with an identity has to name.')
param location string

@description('Resource id of the identity that makes the diagnostic settings.')
param identityId string

@description('Id of the role by which it may.')
param writerRoleId string

@description('Resource id of the workspace.')
param workspaceId string

resource definition 'Microsoft.Authorization/policyDefinitions@2023-04-01' = {
  name: 'unkeyed-request-logs-${environmentName}'
  properties: {
    displayName: 'AI accounts send their request log to the workspace of unkeyed ${environmentName}'
    description: 'Makes a diagnostic setting with the category RequestResponse where an account has none.'
    policyType: 'Custom'
    mode: 'Indexed'
    metadata: {
      category: 'Monitoring'
    }
    parameters: {
      workspaceId: {
        type: 'String'
        metadata: {
          displayName: 'Workspace'
          description: 'Resource id of the workspace.'
        }
      }
    }
    policyRule: {
      if: {
        field: 'type'
        equals: 'Microsoft.CognitiveServices/accounts'
      }
      then: {
        effect: 'deployIfNotExists'
        details: {
          type: 'Microsoft.Insights/diagnosticSettings'
          existenceCondition: loadJsonContent('../request-log-on.json')
          roleDefinitionIds: [
            writerRoleId
          ]
          deployment: {
            properties: {
              mode: 'incremental'
              template: loadJsonContent('../diagnostic-setting.json')
              parameters: {
                account: {
                  value: '[field(\'name\')]'
                }
                setting: {
                  value: 'unkeyed-${environmentName}'
                }
                workspaceId: {
                  value: '[parameters(\'workspaceId\')]'
                }
              }
            }
          }
        }
      }
    }
  }
}

resource assignment 'Microsoft.Authorization/policyAssignments@2023-04-01' = {
  name: 'unkeyed-request-logs-${environmentName}'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    displayName: 'AI accounts send their request log to the workspace of unkeyed ${environmentName}'
    policyDefinitionId: definition.id
    parameters: {
      workspaceId: {
        value: workspaceId
      }
    }
  }
}
