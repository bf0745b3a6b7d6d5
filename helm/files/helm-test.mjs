// Run by `helm test` in the responder's own image, which has no shell and no curl. Exits 0 if all of it holds.
const url = process.env.RESPONDER_URL
const failures = []

async function check(what, isSo) {
  const answer = await isSo().catch((error) => String(error.cause?.code ?? error.message))
  process.stdout.write(`${answer === true ? 'ok' : 'FAILED'}  ${what}${answer === true ? '' : `: ${answer}`}\n`)
  if (answer !== true) failures.push(what)
}

const get = (path, options) => fetch(url + path, { signal: AbortSignal.timeout(10_000), ...options })

await check('alive', async () => {
  const { status } = await get('/healthz')
  return status === 200 || `answered ${status}`
})
await check('ready: alerts can be accepted durably', async () => {
  const answer = await get('/readyz')
  return answer.status === 200 || `answered ${answer.status} ${await answer.text()}`
})
await check('accepted = done + pending + quarantined', async () => {
  const metrics = await (await get('/metrics')).text()
  const read = (name) => Number(new RegExp(`^kp_responder_alerts_${name} (\\d+)$`, 'm').exec(metrics)?.[1])
  const [accepted, settled] = [read('accepted'), read('done') + read('pending') + read('quarantined')]
  return accepted === settled || `${accepted} is not ${settled}`
})
await check('an alert without a token is turned away', async () => {
  const headers = { 'content-type': 'application/json' }
  const { status } = await get('/webhooks/alertmanager', { method: 'POST', headers, body: '{}' })
  return status === 401 || `answered ${status}`
})
process.exitCode = failures.length === 0 ? 0 : 1
