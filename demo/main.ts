import { Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { runDemo } from './run.ts'

const options = z.object({
  once: z.boolean().default(false),
  json: z.boolean().default(false),
  port: z.number().optional(),
})
const LARGEST_PORT = 65_535

const command = new Command('npm run demo --')
  .description(
    'Runs the responder on a sandbox PagerDuty, Slack, GitHub and etcd of its own, plays every branch of the runbook through its HTTP surface, and stays up for you to look at.',
  )
  .option('--once', 'exit after the last scenario: 0 if every outcome is the expected one, else 1')
  .option('--port <port>', 'port of the dashboard on 127.0.0.1 (default: a free one)', toPort)
  .option(
    '--json',
    'print JSON lines, and nothing else, on standard output (npm prints a line of its own: npm run --silent demo -- --json)',
  )
  .action(async (given: unknown) => {
    process.exitCode = await runDemo(options.parse(given))
  })

await command.parseAsync()

function toPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= LARGEST_PORT) return port
  throw new InvalidArgumentError(`a port is a number from 1 to ${LARGEST_PORT}`)
}
