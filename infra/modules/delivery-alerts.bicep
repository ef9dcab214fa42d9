// Tells of events that never arrived at the app: kept as dead letters, or dropped.

@description('Resource id of the topic.')
param topicId string

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

var wanted = loadJsonContent('../alerts.json').metrics

resource alerts 'Microsoft.Insights/metricAlerts@2018-03-01' = [for each in wanted: {
  name: 'unkeyed ${each.name} ${uniqueString(topicId)}'
  location: 'global'
  properties: {
    description: each.description
    severity: each.severity
    enabled: true
    scopes: [
      topicId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: each.metric
          metricName: each.metric
          operator: 'GreaterThan'
          threshold: 0
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [for id in actionGroupIds: {
      actionGroupId: id
    }]
  }
}]
