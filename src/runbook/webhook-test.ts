/** How to learn before a migration whether a webhook will stop the update of the masters. */
export const WEBHOOK_VALIDATION = {
  source: 'Webhook validation',
  lines: [
    'When keys that are used for secret encryption are migrated, the master pod definitions will be updated which require a rolling master update.',
    'Run the following commands to verify that the webhooks will not cause an issue. If these commands fail, then the key migration will likely hit an issue. Note, the namespace, ibm-system, should be changed to match a namespace where secrets are stored.',
  ],
} as const

/** The namespace that the runbook tests in. */
export const WEBHOOK_NAMESPACE = 'ibm-system'

/** The commands that test the webhooks of a namespace: each has to succeed. */
export function webhookTest(namespace: string): string[] {
  return [
    `kubectl label ns ${namespace} ibm-cloud.kubernetes.io/webhook-test-at="$(date -u +%FT%H_%M_%SZ)" --overwrite`,
    `kubectl run webhook-test --image registry.ng.bluemix.net/armada-master/pause:3.10 -n ${namespace}`,
    `kubectl delete pod -n ${namespace} webhook-test`,
    `kubectl create secret generic -n ${namespace} webhook-test --from-literal=webhook=test`,
    `kubectl delete secret -n ${namespace} webhook-test`,
  ]
}
