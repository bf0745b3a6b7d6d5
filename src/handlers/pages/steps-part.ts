import type { Step } from '../api/case-schema.ts'
import { type Html, html } from './html.ts'
import type { LinkRenderer } from './link.ts'

/** What a person does next, each command with a button that copies it. */
export function renderSteps(steps: readonly Step[], link: LinkRenderer): Html {
  return html`<h4>Next steps</h4><ol class="plain steps">${steps.map(
    ({ text, commands }) =>
      html`<li>${renderLine(text, link)}${commands.map(
        (command) =>
          html`<div class="command"><code>${command}</code><button type="button" class="copy" aria-label="Copy the command ${command}">Copy</button></div>`,
      )}</li>`,
  )}</ol>`
}

/** A line of text with its addresses as links. */
export function renderLine(line: string, link: LinkRenderer): (Html | string | null)[] {
  return line.split(/(https?:\/\/\S+)/).map((part) => (/^https?:/.test(part) ? link(part, null) : part))
}
