import { spawnSync } from 'node:child_process'
import { z } from 'zod'

/** Any answer of `npm audit --json`: counts by severity, or an error where the registry tells no advisories. */
const auditAnswer = z.union([
  z.object({
    metadata: z.object({ vulnerabilities: z.object({ high: z.number(), critical: z.number() }) }),
    vulnerabilities: z.record(z.string(), z.object({ severity: z.string(), isDirect: z.boolean() })),
  }),
  z.object({ message: z.string() }).transform(({ message }) => ({ why: message })),
  z.object({ error: z.object({ summary: z.string() }) }).transform(({ error }) => ({ why: error.summary })),
])

/**
 * Asks the registry in use what is known against the production dependencies of the lock file. Exits 1 when that is high or
 * critical, and when npm can't be understood. A registry that tells no advisories, as many mirrors do not, is said and is no
 * failure: what is not there can't be mended here.
 */
const { stdout, stderr } = spawnSync(
  'npm',
  ['audit', '--omit=dev', '--package-lock-only', '--json', ...process.argv.slice(2)],
  { encoding: 'utf8' },
)
const answer = auditAnswer.safeParse(parsed(stdout))
if (!answer.success) {
  process.stdout.write(`npm audit was not understood:\n${stdout}${stderr}\n`)
  process.exitCode = 1
} else if ('why' in answer.data) {
  process.stdout.write(`advisories: not checked, this registry tells none (${answer.data.why})\n`)
} else {
  const { metadata, vulnerabilities } = answer.data
  const grave = Object.entries(vulnerabilities).filter(([, { severity }]) => /^(high|critical)$/.test(severity))
  const { high, critical } = metadata.vulnerabilities
  process.stdout.write(`advisories: ${high} high, ${critical} critical\n`)
  for (const [name, { severity, isDirect }] of grave)
    process.stdout.write(`  ${name}: ${severity}${isDirect ? '' : ', by way of another package'}\n`)
  process.exitCode = high + critical > 0 ? 1 : 0
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
