import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { readConfig } from '../config/config.ts'
import { openStoreReader } from '../store/store-reader.ts'
import { type ChainCheck, verifyChain } from '../store/verify-chain.ts'
import { UNNEEDED_VARIABLES } from './unneeded-variables.ts'

/** `kp-responder audit verify`: whether the audit chain is the one that was written. */
export function auditCommand(program: Command): void {
  program
    .command('audit')
    .description('the record of every action, refusal, mode change and act by hand')
    .command('verify')
    .description('checks the audit chain and names the first bad record; changes nothing, the service may run')
    .option('--anchor <hash>', 'a head that was logged earlier ("audit anchor"): it must stand in the chain', toHash)
    .option('--json', 'print JSON (the default when standard output is no terminal)')
    .addHelpText(
      'after',
      '\nReads the store in DATA_DIR, or at REDIS_URL. A chain whose end was cut off is right in itself: only an anchor shows that.\nExit code 1 when a record is bad, the anchor is not found, or the store can not be read.',
    )
    .action(async (options: { anchor?: string; json?: boolean }) => {
      const config = readConfig({ ...process.env, ...UNNEEDED_VARIABLES })
      const reader = await openStoreReader(config)
      try {
        const check = await verifyChain(reader, { anchor: options.anchor ?? null, progress: tellProgress })
        if (!holds(check)) process.exitCode = 1
        const isText = process.stdout.isTTY && !options.json
        process.stdout.write(isText ? `${toLine(check)}\n` : `${JSON.stringify(toJson(check), null, 2)}\n`)
      } finally {
        await reader.close()
      }
    })
}

function holds({ fault, hasAnchor }: ChainCheck): boolean {
  return fault === null && hasAnchor !== false
}

function toJson(check: ChainCheck) {
  return { ok: holds(check), ...check, says: toLine(check) }
}

function toLine({ records, head, fault, hasAnchor }: ChainCheck): string {
  if (fault) return `BAD: ${fault.why}. The ${records} records before it are as they were written.`
  if (hasAnchor === false)
    return `BAD: the anchor is not in the chain of ${records} records: its end was cut off, or the whole chain replaced.`
  const anchored = hasAnchor ? ', the anchor among them' : ''
  return head ? `ok: ${records} records${anchored}, head ${head.hash}` : 'ok: no record yet'
}

function tellProgress(records: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${records} records`)
}

function toHash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new InvalidArgumentError('must be 64 hex digits, as the log says')
}
