// One custom policy whose effect is decided where it is assigned.
targetScope = 'subscription'

@description('Name of the definition.')
param name string

@description('Name that people see.')
param displayName string

@description('Why the policy is there.')
param reason string

@description('What it applies to: the `if` of a policy rule.')
param condition object

resource definition 'Microsoft.Authorization/policyDefinitions@2023-04-01' = {
  name: name
  properties: {
    displayName: displayName
    description: reason
    policyType: 'Custom'
    mode: 'All'
    metadata: {
      category: 'Cognitive Services'
    }
    parameters: {
      effect: {
        type: 'String'
        defaultValue: 'Audit'
        allowedValues: [
          'Audit'
          'Deny'
          'Disabled'
        ]
        metadata: {
          displayName: 'Effect'
          description: 'What happens to what the policy applies to.'
        }
      }
    }
    policyRule: {
      if: condition
      then: {
        effect: '[parameters(\'effect\')]'
      }
    }
  }
}

output id string = definition.id
