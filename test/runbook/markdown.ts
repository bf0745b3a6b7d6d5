import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The runbook itself, kept beside the repository where there is one: the data is compared with it there. */
export const RUNBOOK_PATH = resolve(import.meta.dirname, '../../../shared/runbook/armada-deploy-kp-events-failures.md')

/** The runbook's sections by heading, or null where the file is not there. */
export function readRunbook(): Map<string, string> | null {
  return existsSync(RUNBOOK_PATH) ? sectionsOf(readFileSync(RUNBOOK_PATH, 'utf8')) : null
}

function sectionsOf(markdown: string): Map<string, string> {
  const parts = markdown.split(/^#{2,4} (.+)$/m)
  const sections = new Map<string, string>()
  for (let at = 1; at < parts.length; at += 2) sections.set(parts[at]?.trim() ?? '', parts[at + 1] ?? '')
  return sections
}

/** A text without its markdown: links by their words, no emphasis, no fences, single spaces. */
export function plain(markdown: string): string {
  return markdown
    .replace(/{{ site\.data\.teams\.armada-deploy\.escalate\.name }}/g, '{escalation}')
    .replace(/{{ site\.data\.teams\.armada-deploy\.comm\.name }}/g, '{squad}')
    .replace(/{{ site\.data\.teams\.armada-deploy\.name }}/g, '{repository}')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\(([^()]*)\)\[[^\]]*\]/g, '$1') // The runbook has one link written the wrong way round.
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '')
    .replace(/[`]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
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

/** The body cells of a markdown table, as plain text. */
export function tableRows(markdown: string): string[][] {
  const lines = markdown.split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .replace(/^\||\|$/g, '')
      .split('|')
      .map(plain),
  )
}
