// The policies together, and their assignment.
targetScope = 'subscription'

@description('Of each policy: key, definitionId, effect.')
param policies array

@description('True: the set is assigned to this subscription.')
param assign bool

var references = [for each in policies: {
  policyDefinitionReferenceId: each.key
  policyDefinitionId: each.definitionId
  parameters: {
    effect: {
      value: each.effect
    }
  }
}]

resource set 'Microsoft.Authorization/policySetDefinitions@2023-04-01' = {
  name: 'unkeyed-keyless'
  properties: {
    displayName: 'AI accounts without keys'
    description: 'Keeps keys from coming back to accounts and connections of Azure AI services.'
    policyType: 'Custom'
    metadata: {
      category: 'Cognitive Services'
    }
    policyDefinitions: references
  }
}

resource assignment 'Microsoft.Authorization/policyAssignments@2023-04-01' = if (assign) {
  name: 'unkeyed-keyless'
  properties: {
    displayName: 'AI accounts without keys'
    policyDefinitionId: set.id
    enforcementMode: 'Default'
  }
}
