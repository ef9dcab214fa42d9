// Policies that keep keys from coming back, for a company to assign where it likes. They change nothing: they audit or deny.
// Left out on purpose: the built-in "Configure Azure AI Services resources to disable local key access" rewrites the whole account,
// its subdomain and network access too; "Configure Cognitive Services accounts to disable local authentication" undoes a rollback.
targetScope = 'subscription'

@description('What happens to a connection that holds a key.')
@allowed(['Audit', 'Deny', 'Disabled'])
param keyConnections string = 'Deny'

@description('What happens to an account without a custom subdomain.')
@allowed(['Audit', 'Deny', 'Disabled'])
param subdomains string = 'Deny'

@description('What happens to an account that keys open. Deny only once every account is sealed: it hinders any change to the others.')
@allowed(['Audit', 'Deny', 'Disabled'])
param keyAccess string = 'Audit'

@description('True: the set is assigned to this subscription; false: it is only there to be assigned.')
param assign bool = true

var builtIn = {
  keyAccess: '71ef260a-8f18-47b7-abcb-62d0673d94dc'
  requestLogs: '1b4d1c4e-934c-4703-944c-27c82c06bebb'
}

// The owners of connections, and the categories that can use Entra ID for an AI account; others are left alone
var owners = [
  'Microsoft.CognitiveServices/accounts'
  'Microsoft.CognitiveServices/accounts/projects'
  'Microsoft.MachineLearningServices/workspaces'
]
var categories = [
  'AIServices'
  'AzureOpenAI'
  'CognitiveService'
]
var keyed = [for owner in owners: {
  allOf: [
    {
      field: 'type'
      equals: '${owner}/connections'
    }
    {
      field: '${owner}/connections/category'
      in: categories
    }
    {
      field: '${owner}/connections/authType'
      equals: 'ApiKey'
    }
  ]
}]

module connections 'policy-definition.bicep' = {
  name: 'unkeyed-policy-connections'
  params: {
    name: 'unkeyed-no-key-connections'
    displayName: 'Connections to AI accounts use Microsoft Entra ID'
    reason: 'A connection with a key is a copy of the key that rotation breaks and that everybody in the project can use.'
    condition: {
      anyOf: keyed
    }
  }
}

module subdomain 'policy-definition.bicep' = {
  name: 'unkeyed-policy-subdomain'
  params: {
    name: 'unkeyed-custom-subdomain'
    displayName: 'AI accounts have a custom subdomain'
    reason: 'Without one the endpoint takes no tokens of Microsoft Entra ID, and a subdomain cannot be changed later.'
    condition: {
      allOf: [
        {
          field: 'type'
          equals: 'Microsoft.CognitiveServices/accounts'
        }
        {
          field: 'Microsoft.CognitiveServices/accounts/customSubDomainName'
          exists: false
        }
      ]
    }
  }
}

module keyless 'policy-set.bicep' = {
  name: 'unkeyed-policy-set'
  params: {
    assign: assign
    policies: [
      {
        key: 'keyConnections'
        definitionId: connections.outputs.id
        effect: keyConnections
      }
      {
        key: 'subdomains'
        definitionId: subdomain.outputs.id
        effect: subdomains
      }
      {
        key: 'keyAccess'
        definitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', builtIn.keyAccess)
        effect: keyAccess
      }
      {
        key: 'requestLogs'
        definitionId: tenantResourceId('Microsoft.Authorization/policyDefinitions', builtIn.requestLogs)
        effect: 'AuditIfNotExists'
      }
    ]
  }
}
