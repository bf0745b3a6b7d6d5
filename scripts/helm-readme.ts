import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Document, isMap, isNode, isScalar, parseDocument, type YAMLMap } from 'yaml'
import { CHART } from './helm-tools.ts'

/** One line of the table. */
export interface ValueRow {
  /** Dotted path. */
  path: string
  /** As JSON. */
  fallback: string
  /** The comment above the key; empty where it has none. */
  says: string
}

/** What is shown in place of a default that would fill the page. */
const LONGEST_DEFAULT = 60

/** The chart's values with their defaults and comments: a line for each that has a comment or is no block of others. */
export function readValues(yamlText: string): ValueRow[] {
  const document = parseDocument(yamlText)
  const { contents, commentBefore } = document
  if (!isMap(contents)) throw new Error('values.yaml holds no map')
  return rowsOf(contents, { prefix: '', first: commentBefore ?? '', document })
}

interface Place {
  prefix: string
  /** The comment above the first key, which the parser gives to the whole map. */
  first: string
  document: Document
}

function rowsOf(map: YAMLMap, { prefix, first, document }: Place): ValueRow[] {
  return map.items.flatMap(({ key, value }, index) => {
    if (!isScalar(key)) return []
    const path = `${prefix}${key.value}`
    const says = oneLine(key.commentBefore ?? (index === 0 ? (map.commentBefore ?? first) : ''))
    if (isMap(value) && !value.flow) {
      const rows = rowsOf(value, { prefix: `${path}.`, first: '', document })
      return says === '' ? rows : [{ path, fallback: '', says }, ...rows]
    }
    const fallback = isNode(value) ? JSON.stringify(value.toJS(document)) : ''
    return [{ path, fallback, says }]
  })
}

function oneLine(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.trim())
    .join(' ')
    .trim()
}

/** The chart's README: what it makes, then every value. */
export function chartReadme(yamlText: string, head: string): string {
  const rows = readValues(yamlText).map(
    ({ path, fallback, says }) => `| \`${path}\` | ${cell(fallback)} | ${escapeCell(says)} |`,
  )
  return `${head.trimEnd()}\n\n| value | default | |\n|---|---|---|\n${rows.join('\n')}\n`
}

function cell(fallback: string): string {
  if (fallback === '') return ''
  return fallback.length > LONGEST_DEFAULT ? 'see `values.yaml`' : `\`${escapeCell(fallback)}\``
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|')
}

/** The README as it has to be now. */
export function currentReadme(): string {
  return chartReadme(
    readFileSync(join(CHART, 'values.yaml'), 'utf8'),
    readFileSync(join(CHART, 'README.head.md'), 'utf8'),
  )
}

if (import.meta.main) writeFileSync(join(CHART, 'README.md'), currentReadme())
