// Alerts over what the app logs. alerts.json has the table: what each means, the message it waits for, the query.

@description('Region of the alerts: that of the workspace.')
param location string

@description('Tags of every resource.')
param tags object

@description('Resource id of the workspace.')
param workspaceId string

@description('Ids of the action groups that alerts go to.')
param actionGroupIds array

var wanted = loadJsonContent('../alerts.json').logs

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for each in wanted: {
  name: 'unkeyed ${each.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'unkeyed: ${each.name}'
    description: each.description
    severity: each.severity
    enabled: true
    scopes: [
      workspaceId
    ]
    evaluationFrequency: each.every
    windowSize: each.window
    // The table is there only once the app has logged something
    skipQueryValidation: true
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: join(each.query, '\n')
          timeAggregation: 'Count'
          operator: each.operator
          threshold: each.threshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    actions: {
      actionGroups: actionGroupIds
    }
  }
}]
