import { CHANNELS } from '../../runbook/channels.ts'
import type { EvidenceView } from '../api/case-schema.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'
import { renderTime, renderTimesIn } from './when.ts'

const COLOURS: Readonly<Record<EvidenceView['outcome'], string>> = { found: 'blue', absent: '', unavailable: 'amber' }

/** What people call a source; another stands under its own name. */
const NAMES: Readonly<Record<string, string>> = {
  alert: 'The alert',
  'kp-events-alerts': CHANNELS.kpEventsAlerts.name,
  'deploy-failure': CHANNELS.deployFailure.name,
  'deploy-alerts': CHANNELS.deployAlerts.name,
  pagerduty: 'PagerDuty',
}

/** One answer of one source: what it said, in its own words, when, and where to look. */
export function renderEvidence(
  { source, outcome, summary, observedAt, link: url, quote }: EvidenceView,
  link: LinkRenderer,
): Html {
  const name = NAMES[source] ?? source
  return html`<li><div class="source"><strong>${name}</strong> <span class="pill ${COLOURS[outcome]}">${outcome}</span></div>
<p>${renderTimesIn(summary)}${url && html` · ${link(url, source.includes('-') ? 'the message' : `look there: ${name}`)}`}</p>
${quote && html`<blockquote class="mono" tabindex="0">${quote}</blockquote>`}
<small class="soft line">as of ${renderTime(observedAt)}</small></li>`
}
