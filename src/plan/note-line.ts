/**
 * How much a line of a note is needed. `outcome`: what came of it, what it rests on, and what was not checked; `act`: what a
 * person acts on; `known`: what was looked at and what is left; `more`: all else.
 */
const NEEDS = ['outcome', 'act', 'known', 'more'] as const
export type Need = (typeof NEEDS)[number]

export interface NoteLine {
  text: string
  need: Need
}

/** The texts as lines that are needed so much. */
export function linesOf(need: Need, texts: readonly string[]): NoteLine[] {
  return texts.map((text) => ({ text, need }))
}

/**
 * As many whole lines as fit into so many characters, line ends between them included: those that are needed most first,
 * equals in their order. They stand in the order they came.
 */
export function fittingLines(lines: readonly NoteLine[], limit: number): string[] {
  const kept = new Set<NoteLine>()
  let room = limit + 1
  for (const need of NEEDS) {
    for (const line of lines) {
      const length = [...line.text].length + 1
      if (line.need !== need || length > room) continue
      kept.add(line)
      room -= length
    }
  }
  return lines.filter((line) => kept.has(line)).map(({ text }) => text)
}
