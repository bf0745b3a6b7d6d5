/** Required of the service and not of a command: nothing listens and nobody signs in. */
export const UNNEEDED_VARIABLES = { ALERTMANAGER_WEBHOOK_TOKENS: 'not-used', OPERATOR_TOKENS: 'not:used' }
