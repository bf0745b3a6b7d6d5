import type { AdviceSection } from '../api/case-schema.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'
import { renderLine } from './steps-part.ts'

/** The runbook's sections come most useful first: these are read at once, the rest when somebody wants to. */
const OPEN_SECTIONS = 3

/** What the runbook says of an alert in a migration window. */
export function renderAdvice(advice: readonly AdviceSection[], link: LinkRenderer): Html | false {
  const rest = advice.slice(OPEN_SECTIONS)
  return (
    advice.length > 0 &&
    html`<h4>From the runbook</h4>${advice.slice(0, OPEN_SECTIONS).map((section) => renderSection(section, link, true))}
${rest.length > 0 && html`<details><summary>${rest.length} more sections of the runbook</summary><div class="within">${rest.map((section) => renderSection(section, link, false))}</div></details>`}`
  )
}

function renderSection({ title, source, lines }: AdviceSection, link: LinkRenderer, isOpen: boolean): Html {
  return html`<details${isOpen && html` open`}><summary>${title}</summary>
<ul class="plain small">${lines.map((line) => html`<li>${renderLine(line, link)}</li>`)}</ul>
<small class="soft line">Runbook: ${source}</small></details>`
}
