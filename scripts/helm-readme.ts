import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml'
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

/** The chart's values with their defaults and comments: a line for each that has a comment or is no map. */
export function readValues(yamlText: string): ValueRow[] {
  const document = parseDocument(yamlText)
  if (!isMap(document.contents)) throw new Error('values.yaml holds no map')
  const first = document.commentBefore
  const rows = rowsOf(document.contents, '', (node) => node.toJS(document))
  if (first && rows[0]?.says === '') rows[0].says = oneLine(first)
  return rows
}

function rowsOf(map: YAMLMap, prefix: string, toJs: (map: { toJS: YAMLMap['toJS'] }) => unknown): ValueRow[] {
  return map.items.flatMap((pair, index) => {
    const path = `${prefix}${keyOf(pair)}`
    const says = oneLine(commentOf(pair) ?? (index === 0 ? (map.commentBefore ?? '') : ''))
    const { value } = pair
    if (isMap(value) && value.items.length > 0 && !value.flow) {
      const rows = rowsOf(value, `${path}.`, toJs)
      return says === '' || (index === 0 && says === oneLine(map.commentBefore ?? '') && commentOf(pair) === null)
        ? rows
        : [{ path, fallback: '', says }, ...rows]
    }
    const js: unknown = isScalar(value) ? value.value : toJs(value as YAMLMap)
    return [{ path, fallback: JSON.stringify(js), says }]
  })
}

function keyOf({ key }: Pair): string {
  return isScalar(key) ? String(key.value) : String(key)
}

function commentOf({ key }: Pair): string | null {
  return isScalar(key) ? (key.commentBefore ?? null) : null
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
  const rows = readValues(yamlText).map(({ path, fallback, says }) => `| \`${path}\` | ${cell(fallback)} | ${escapeCell(says)} |`)
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
