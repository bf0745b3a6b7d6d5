import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, test } from '@jest/globals'
import { z } from 'zod'
import { CaseView } from '../../src/handlers/api/case-schema.ts'
import { startEtcd } from '../real/etcd.ts'
import { put } from '../real/etcd-gateway.ts'
import { type Program, startProgram } from '../real/program.ts'
import { startRedis } from '../real/redis.ts'
import { freePort } from '../support/free-port.ts'
import { casePageSchema } from '../support/responder-process.ts'
import { waitUntil } from '../support/wait-until.ts'
import { environmentOf, ROOT } from './compose-file.ts'

const LIMIT_MS = 150_000
const Doctor = z.object({ findings: z.array(z.object({ check: z.string(), state: z.string(), says: z.string() })) })
const SandboxState = z.object({ heartbeat: z.object({ pings: z.array(z.string()) }) })
/** What is looked up beside the evidence, by the doctor's names. */
const FURTHER =
  /^(?:prometheus|logs|ibm cloud token|key protect .*|iam account .*|kubernetes .*|heartbeat|alertmanager config, Watchdog)$/
const stops: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop()
}, 30_000)

/** The containers' names and ports, and where those programs are in this test. */
type Places = ReadonlyMap<string, string>

function localised(text: string, places: Places): string {
  return [...places].reduce((result, [there, here]) => result.replaceAll(there, here), text)
}

function configOf(file: string, places: Places): string {
  return localised(readFileSync(join(ROOT, file), 'utf8'), places)
}

interface Setting {
  places: Places
  more: Record<string, string>
}

/** Compose's own variables of the service, where those programs are in this test. */
function localEnvironment(name: string, { places, more }: Setting): Record<string, string> {
  const given = Object.entries(environmentOf(name)).map(([key, value]) => [key, localised(value, places)])
  return { PATH: process.env.PATH ?? '', ...Object.fromEntries(given), ...more }
}

function startService(name: string, script: string, setting: Setting) {
  const child: ChildProcess = spawn(process.execPath, [script], {
    cwd: ROOT,
    env: localEnvironment(name, setting),
    stdio: 'ignore',
  })
  const exited = once(child, 'exit')
  stops.push(async () => {
    child.kill('SIGKILL')
    await exited
  })
}

async function keep<P extends Program>(started: Promise<P>): Promise<P> {
  const program = await started
  stops.push(() => program.stop())
  return program
}

async function startMonitoring(places: Places): Promise<void> {
  const at = (name: string) => places.get(name) ?? ''
  await keep(
    startProgram({
      binaries: ['prometheus-alertmanager', 'alertmanager'],
      files: { 'alertmanager.yml': configOf('compose/alertmanager.yml', places) },
      args: (folder) => [
        `--config.file=${folder}/alertmanager.yml`,
        `--storage.path=${folder}`,
        `--web.listen-address=${at('alertmanager:9093')}`,
        '--cluster.listen-address=',
      ],
      isReady: async () => (await fetch(`http://${at('alertmanager:9093')}/-/ready`)).ok,
    }),
  )
  const prometheus = `127.0.0.1:${await freePort()}`
  await keep(
    startProgram({
      binaries: ['prometheus'],
      files: {
        'prometheus.yml': configOf('compose/prometheus.yml', places),
        'kp-events-rules.yml': configOf('compose/kp-events-rules.yml', places),
        'alert-rules.yaml': configOf('helm/files/alert-rules.yaml', places),
      },
      args: (folder) => [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/tsdb`,
        `--web.listen-address=${prometheus}`,
        '--rules.alert.resend-delay=2s',
      ],
      isReady: async () => (await fetch(`http://${prometheus}/-/ready`)).ok,
    }),
  )
}

/** What the doctor says of what is looked up beside the evidence, and of the heartbeat. */
async function examined(setting: Setting, alertmanagerConfig: string): Promise<string[]> {
  const run = promisify(execFile)(
    process.execPath,
    ['bin/kp-responder.mjs', 'doctor', '--json', '--alertmanager-config', alertmanagerConfig],
    { cwd: ROOT, env: localEnvironment('responder', setting) },
  )
  // Other lines may fail here: a sandbox is no PagerDuty account.
  const { stdout } = await run.catch((error: { stdout: string }) => error)
  const { findings } = Doctor.parse(JSON.parse(stdout))
  return findings.filter(({ check }) => FURTHER.test(check)).map(({ check, state }) => `${state} ${check}`)
}

test(
  "wired as compose.yaml wires them, the real programs fire an alert and the responder, which passes the chart's test, snoozes its page, having looked up what compose gives it, and pings",
  async () => {
    const [redis, etcd] = await Promise.all([keep(startRedis()), keep(startEtcd())])
    await put(etcd, '/clusters/.sentinel')
    const ports = { responder: await freePort(), sandbox: await freePort(), alertmanager: await freePort() }
    const places: Places = new Map([
      ['responder:8080', `127.0.0.1:${ports.responder}`],
      ['sandbox:9080', `127.0.0.1:${ports.sandbox}`],
      ['alertmanager:9093', `127.0.0.1:${ports.alertmanager}`],
      ['redis://redis:6379', redis.url],
      ['http://etcd:2379', etcd.url],
    ])
    const dataDir = mkdtempSync(join(tmpdir(), 'kp-wiring-'))
    stops.push(async () => rmSync(dataDir, { recursive: true, force: true }))
    startService('sandbox', 'sandbox/main.ts', { places, more: { HOST: '127.0.0.1', PORT: String(ports.sandbox) } })
    const kubeconfig = join(dataDir, 'kubeconfig.yaml')
    writeFileSync(kubeconfig, configOf('compose/kubeconfig.yaml', places))
    const own = {
      HOST: '127.0.0.1',
      PORT: String(ports.responder),
      DATA_DIR: dataDir,
      KUBERNETES_KUBECONFIG: kubeconfig,
      POLICY_FILE: join(ROOT, 'compose/policy.yaml'),
    }
    startService('responder', 'bin/start.mjs', { places, more: own })
    const url = `http://127.0.0.1:${ports.responder}`
    await waitUntil('the responder to be ready', async () => (await fetch(`${url}/readyz`)).ok, { timeoutMs: 60_000 })
    await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', readFileSync(join(ROOT, 'helm/files/helm-test.mjs'), 'utf8')],
      { env: { RESPONDER_URL: url } },
    )
    const alertmanagerConfig = join(dataDir, 'alertmanager.yml')
    writeFileSync(alertmanagerConfig, configOf('compose/alertmanager.yml', places))
    expect(await examined({ places, more: own }, alertmanagerConfig)).toEqual([
      'ok heartbeat',
      'ok prometheus',
      'ok logs',
      'ok ibm cloud token',
      expect.stringMatching(/^ok key protect /),
      expect.stringMatching(/^ok iam account /),
      expect.stringMatching(/^ok kubernetes /),
      expect.stringMatching(/^ok kubernetes .* logs$/),
      'ok alertmanager config, Watchdog',
    ])
    await startMonitoring(places)

    const token = environmentOf('responder').OPERATOR_TOKENS?.split(':')[1]
    const snoozed = await waitUntil(
      'the case to be snoozed',
      async () => {
        const answer = await fetch(`${url}/api/cases`, { headers: { authorization: `Bearer ${token}` } })
        return casePageSchema.parse(await answer.json()).cases.find(({ state }) => state === 'snoozed')
      },
      { timeoutMs: 60_000 },
    )
    expect(snoozed.plan.headline).toBe('Snoozed 2 h: cluster busy with another KMS action')
    expect(snoozed.incident).toMatchObject({ status: 'acknowledged' })
    const answer = await fetch(`${url}/api/cases/${snoozed.id}`, { headers: { authorization: `Bearer ${token}` } })
    const found = CaseView.parse(await answer.json()).alerts.flatMap(({ findings }) => findings)
    expect(found.map(({ source, outcome }) => `${source} ${outcome}`)).toEqual([
      'logs found',
      'prometheus found',
      'kubernetes weak',
    ])
    await waitUntil(
      'the heartbeat',
      async () => {
        const state = await fetch(`http://127.0.0.1:${ports.sandbox}/_sandbox/state`)
        return SandboxState.parse(await state.json()).heartbeat.pings.length > 0
      },
      { timeoutMs: 60_000 },
    )
  },
  LIMIT_MS,
)
