import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { plain, sectionsOf } from '../../src/runbook/markdown.ts'

/** The runbook itself, kept beside the repository where there is one: the data is compared with it there. */
export const RUNBOOK_PATH = resolve(import.meta.dirname, '../../../shared/runbook/armada-deploy-kp-events-failures.md')

/** The runbook's sections by heading, or null where the file is not there. */
export function readRunbook(): Map<string, string> | null {
  return existsSync(RUNBOOK_PATH) ? sectionsOf(readFileSync(RUNBOOK_PATH, 'utf8')) : null
}

/** The bullets of a text, each as plain text, below the line that leads them. */
export function bullets(markdown: string): { lead: string; items: string[] }[] {
  const groups: { lead: string; items: string[] }[] = []
  for (const line of markdown.split('\n')) {
    const item = /^\s*(?:\*|\d+\.|-) (.+)$/.exec(line)?.[1]
    if (item) groups.at(-1)?.items.push(plain(item))
    else if (line.trim() !== '') groups.push({ lead: plain(line), items: [] })
  }
  return groups
}
