/** How many of the newest incidents and ledger entries are shown; a load test makes thousands. */
export const MAX_SHOWN = 100

/** Shows plain data of any shape: a list of objects as a table, an object as a list of its members. */
export function renderValue(value: unknown): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return '<p>None yet.</p>'
    const rows: unknown[] = value.slice(-MAX_SHOWN)
    if (!rows.every(isObject)) return `<pre>${escapeHtml(JSON.stringify(rows, null, 2))}</pre>`
    const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
    return renderRows(
      columns,
      rows.map((row) => columns.map((column) => toText(row[column]))),
    )
  }
  if (!isObject(value)) return `<pre>${escapeHtml(toText(value))}</pre>`
  return Object.entries(value)
    .map(([name, member]) => `<h3>${escapeHtml(name)}</h3>${renderValue(member)}`)
    .join('\n')
}

/** Returns a table of text; every cell is escaped. */
export function renderRows(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((column) => `<th>${escapeHtml(column)}</th>`).join('')
  const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`).join('\n')
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Returns text that can stand in an element or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
