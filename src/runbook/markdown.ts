/** A markdown document's sections (headings of the second to fourth level), each by its heading. */
export function sectionsOf(markdown: string): Map<string, string> {
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

/** The list items of a text, each with the lines that belong to it, as markdown. */
export function listItems(markdown: string): string[] {
  const items: string[] = []
  for (const line of markdown.split('\n')) {
    if (/^\s*(?:[*-]|\d+\.|[a-z]\.) /.test(line)) items.push(line.trim())
    else if (line.trim() === '') items.push('')
    else if (items.length > 0) items.push(`${items.pop()}\n${line.trim()}`)
  }
  return items.filter((item) => item !== '')
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

/** The Slack channels that a text links to, by id, with the words of the link (empty where it is written the wrong way round). */
export function slackLinks(markdown: string): { id: string; words: string }[] {
  const found: { id: string; words: string }[] = []
  for (const [, words = '', id = ''] of markdown.matchAll(
    /(?:\[([^\]]*)\]\()?https:\/\/[a-z0-9.-]+\.slack\.com\/archives\/([CG][A-Z0-9]{6,})/g,
  ))
    found.push({ id, words })
  return found
}
