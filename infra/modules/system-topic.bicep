// The system topic of one subscription: what Resource Manager says has happened in it.

@description('Name of the topic.')
param name string

@description('Resource id of the subscription.')
param source string

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: 'global'
  properties: {
    source: source
    topicType: 'Microsoft.Resources.Subscriptions'
  }
}
