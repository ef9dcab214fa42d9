// The system topic of one subscription: what Resource Manager says has happened in it.

@description('Name of the topic.')
param name string

@description('Resource id of the subscription.')
param source string

@description('Resource id of the identity by which dead letters are kept; empty for none.')
param identityId string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: 'global'
  identity: empty(identityId) ? null : {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    source: source
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}
