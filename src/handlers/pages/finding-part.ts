import { SOURCE_NAMES } from '../../model/finding.ts'
import type { AlertView, FindingView } from '../api/case-schema.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'
import { renderSparkline } from './sparkline.ts'
import { renderSteps } from './steps-part.ts'
import { renderTime } from './when.ts'

const COLOURS: Readonly<Record<FindingView['outcome'], string>> = {
  found: 'blue',
  absent: '',
  weak: '',
  unavailable: 'amber',
}

/** What further sources say of an alert, each with its words, what to do about it, and a drawing where there is one; what asks something of a person first. */
export function renderFindings({ fingerprint, findings }: AlertView, { link }: { link: LinkRenderer }): Html {
  const sorted = [...findings].sort((a, b) => rank(a) - rank(b))
  return html`<h4 class="small soft">Looked up beside it</h4><ul class="plain">${sorted.map((finding) =>
    renderFinding(finding, { link, id: `${finding.source}-${fingerprint}` }),
  )}</ul>`
}

/** What was not checked stands before what proves little. */
function rank({ outcome, steps }: FindingView): number {
  if (steps.length > 0) return 0
  return outcome === 'weak' ? 3 : outcome === 'unavailable' ? 2 : 1
}

function renderFinding(finding: FindingView, { link, id }: { link: LinkRenderer; id: string }): Html {
  const { source, outcome, summary, observedAt, link: url, lines, quotes, steps } = finding
  const name = SOURCE_NAMES[source]
  return html`<li><span class="pill ${COLOURS[outcome]}">${outcome}</span> ${name}: ${summary}
${renderSparkline(finding, id)}
${lines.length > 0 && html`<ul class="plain">${lines.map((line) => html`<li><small>${line}</small></li>`)}</ul>`}
${quotes.map((quote) => html`<blockquote class="mono" tabindex="0">${quote}</blockquote>`)}
${steps.length > 0 && renderSteps(steps, link)}
<small class="soft line">${name}, ${renderTime(observedAt)}${url && html`, ${link(url, `look there: ${name}`)}`}</small></li>`
}
