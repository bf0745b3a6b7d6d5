// The least code that makes the calls of a snoozed case, in memory: no durability, no retry, no check of any answer.
import { createHash } from 'node:crypto'
import { Agent, createServer, request } from 'node:http'

const sandboxUrl = new URL(process.argv[2] ?? '')
/** As many sockets as the responder has. */
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const PAGERDUTY = { authorization: 'Token token=sandbox-pagerduty-token', from: 'responder@example.com' }
const SLACK = { authorization: 'Bearer xoxb-sandbox-token' }

interface Incidents {
  incidents: { id: string }[]
}

const server = createServer((message, response) => {
  const chunks: Buffer[] = []
  message.on('data', (chunk: Buffer) => chunks.push(chunk))
  message.on('end', () => {
    const { groupKey } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { groupKey: string }
    response.end()
    void snooze(groupKey)
  })
})

async function snooze(groupKey: string): Promise<void> {
  const key = createHash('sha256').update(groupKey).digest('hex')
  const found = await call('GET', `/pagerduty/incidents?incident_key=${key}&statuses[]=triggered`, PAGERDUTY)
  const id = (found as Incidents).incidents[0]?.id
  await call('GET', `/pagerduty/incidents/${id}/log_entries`, PAGERDUTY)
  const acknowledged = { incident: { type: 'incident_reference', status: 'acknowledged' } }
  await call('PUT', `/pagerduty/incidents/${id}`, PAGERDUTY, acknowledged)
  await call('POST', `/pagerduty/incidents/${id}/snooze`, PAGERDUTY, { duration: 7_200 })
  const text = 'Snoozed 2 h: cluster busy with another KMS action'
  await Promise.all([
    call('POST', `/pagerduty/incidents/${id}/notes`, PAGERDUTY, { note: { content: text } }),
    call('POST', '/slack/api/chat.postMessage', SLACK, { channel: '#armada-deploy', text }),
  ])
}

function call(method: string, path: string, headers: Record<string, string>, body?: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body)
    const sent = request(
      {
        host: sandboxUrl.hostname,
        port: sandboxUrl.port,
        method,
        path,
        agent,
        headers: {
          ...headers,
          accept: 'application/vnd.pagerduty+json;version=2',
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        },
      },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })
}

server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') process.send?.({ url: `http://127.0.0.1:${address.port}` })
})
