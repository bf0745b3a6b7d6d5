/** Required of the service and not of a command, where nothing listens and nobody signs in: they stand in for what is given. */
export const UNNEEDED_VARIABLES = {
  ALERTMANAGER_WEBHOOK_TOKENS: 'not-used',
  ALERTMANAGER_WEBHOOK_TOKENS_FILE: undefined,
  OPERATOR_TOKENS: 'not:used',
  OPERATOR_TOKENS_FILE: undefined,
}
