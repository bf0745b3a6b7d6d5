import { z } from 'zod'
import { escapeHtml, MAX_SHOWN, renderRows } from './html.ts'
import type { LedgerEntry } from './ledger.ts'
import { renderGithub, renderSlack } from './page-sections.ts'

export interface PageContent {
  now: Date
  /** Snapshots by upstream. */
  state: Record<string, unknown>
  ledger: readonly LedgerEntry[]
  /** Shows this incident alone. */
  incidentId: string | undefined
}

/** What the page reads of an incident. */
const incidentSchema = z.object({
  id: z.string(),
  summary: z.string(),
  status: z.string(),
  created_at: z.string(),
  pending_actions: z.array(z.object({ type: z.string(), at: z.string() })),
  notes: z.array(z.object({ created_at: z.string(), content: z.string(), user: z.object({ summary: z.string() }) })),
  log_entries: z.array(
    z.object({
      created_at: z.string(),
      type: z.string(),
      summary: z.string(),
      agent: z.object({ summary: z.string() }),
    }),
  ),
})
type ShownIncident = z.infer<typeof incidentSchema>

const STYLE = `body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #d0d7de}h3{font-size:1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{border:1px solid #d0d7de;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
td{white-space:pre-wrap}pre{white-space:pre-wrap;background:#f6f8fa;padding:.5rem;margin:.3rem 0}.triggered{color:#b42318}.acknowledged{color:#8a5a00}.resolved{color:#146c2e}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}pre{background:#161b22}.triggered{color:#ff7b72}.acknowledged{color:#e3b341}.resolved{color:#56d364}a{color:#79c0ff}}`

/** Returns the page of what happened to the sandbox. All text is escaped, wherever it came from. */
export function renderPage({ now, state, ledger, incidentId }: PageContent): string {
  const { pagerduty, slack, github } = state
  const incidents = toIncidents(pagerduty).filter(({ id }) => incidentId === undefined || id === incidentId)
  const entries = ledger.filter(({ target }) => incidentId === undefined || target === incidentId)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sandbox</title><style>${STYLE}</style></head>
<body><h1><a href="/">Sandbox</a></h1><p>Sandbox time ${escapeHtml(now.toISOString())}. Reload to see what is new.</p>
<h2>PagerDuty: ${incidents.length} incidents</h2>
${incidents.slice(-MAX_SHOWN).toReversed().map(renderIncident).join('\n') || '<p>None yet.</p>'}
${incidentId === undefined ? `<h2>Slack</h2>${renderSlack(slack)}<h2>GitHub</h2>${renderGithub(github)}` : ''}
<h2>Ledger: ${entries.length} committed effects</h2>
${renderRows(['at', 'upstream', 'effect', 'target', 'actor', 'detail'], entries.slice(-MAX_SHOWN).toReversed().map(toLedgerRow))}
</body></html>
`
}

function renderIncident(incident: ShownIncident): string {
  const { id, summary, status, pending_actions: pending } = incident
  const next = pending.map(({ type, at }) => `${type} at ${at}`).join(', ')
  return `<section id="${escapeHtml(id)}"><h3><a href="/incidents/${encodeURIComponent(id)}">${escapeHtml(id)}</a>
<span class="${escapeHtml(status)}">${escapeHtml(status)}</span> ${escapeHtml(summary)}</h3>
<p>${escapeHtml(next || 'nothing pending')}</p>
${renderRows(
  ['at', 'what', 'by', ''],
  incident.log_entries.map((entry) => [
    entry.created_at,
    entry.type.replace('_log_entry', ''),
    entry.agent.summary,
    entry.summary,
  ]),
)}
${incident.notes.map((note) => `<p>Note by ${escapeHtml(note.user.summary)}, ${escapeHtml(note.created_at)}</p><pre>${escapeHtml(note.content)}</pre>`).join('\n')}
</section>`
}

function toIncidents(snapshot: unknown): ShownIncident[] {
  const parsed = z.object({ incidents: z.array(incidentSchema) }).safeParse(snapshot)
  return parsed.success ? parsed.data.incidents : []
}

function toLedgerRow({ at, upstream, effect, target, actor, detail }: LedgerEntry): string[] {
  return [at, upstream, effect, target, actor, JSON.stringify(detail)]
}
