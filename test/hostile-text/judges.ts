import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'
import { defaultTreeAdapter as nodes, parse, parseFragment, type DefaultTreeAdapterTypes as Tree } from 'parse5'
import { DEFAULT_POLICY } from '../../src/config/policy.ts'
import { ICON } from '../../src/handlers/pages/icon.ts'

/** Where our own words may lead, besides what the policy names. */
const OWN_HOSTS: ReadonlySet<string> = new Set([
  'responder.example.com',
  'acme.pagerduty.com',
  'ibm-argonauts.slack.com',
  ...Object.values(DEFAULT_POLICY.links).flatMap((link) => (URL.canParse(link) ? [new URL(link).host] : [])),
])
/** Control, invisible and direction-changing characters. */
const UNSEEN = /(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/u

const PAGE_ELEMENTS = new Set(
  'html head meta title link style script noscript body header nav div a span form label input button main article section p h1 h2 h3 h4 ul ol li b small strong code blockquote dl dt dd br details summary time select option'.split(
    ' ',
  ),
)
const PAGE_ATTRIBUTES = new Set(
  'lang charset name content http-equiv class id href src rel method action formaction formnovalidate type value required maxlength placeholder autocomplete for tabindex title aria-label aria-current role datetime data-now data-since data-mode data-case data-state data-relative selected autocapitalize spellcheck'.split(
    ' ',
  ),
)
/** How often the page of one open case with one alert has them. */
const PAGE_COUNTS: Readonly<Record<string, number>> = {
  title: 1,
  style: 1,
  main: 1,
  h1: 1,
  section: 8,
  form: 4,
  script: 1,
  link: 1,
}
const BODY_ELEMENTS = new Set(['p', 'ul', 'li', 'code', 'pre', 'h2', 'strong', 'a'])
const BODY_ATTRIBUTES = new Set(['href', 'class'])
/** What GitHub turns into a mention, a reference or a footnote wherever it stands outside code. */
const REFERENCE = /@[\w-]|(?:^|\W)#\d|\bGH-\d|\b[0-9a-f]{7,40}\b|\[\^/i

/** What is wrong with a page: nothing but our own elements, attributes and links may be on it. `isList`: of many cases. */
export function judgePage(page: string, { isList = false } = {}): string[] {
  const elements = elementsOf(parse(page.replaceAll(ICON.toString(), '')))
  const count = (name: string) => elements.filter(({ tagName }) => tagName === name).length
  const counts = isList ? { title: 1, style: 1, main: 1, h1: 1, script: 1, link: 1 } : PAGE_COUNTS
  return [
    ...judgeElements(elements, PAGE_ELEMENTS, PAGE_ATTRIBUTES),
    ...Object.entries(counts).flatMap(([name, wanted]) =>
      count(name) === wanted ? [] : [`${count(name)} <${name}>, not ${wanted}`],
    ),
    ...textsOf(parse(page), false).flatMap((text) =>
      UNSEEN.test(text.replaceAll('\t', ' ')) ? [`unseen character in ${short(text)}`] : [],
    ),
  ]
}

/** What is wrong with a body on GitHub, as GitHub's own flavour of markdown reads it. `marker` is the one comment in it. */
export function judgeMarkdown(body: string, marker: string): string[] {
  const rendered = micromark(body, {
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
  })
  const tree = parseFragment(rendered)
  const comments = allOf(tree).flatMap((node) => (nodes.isCommentNode(node) ? [`<!--${node.data}-->`] : []))
  return [
    ...judgeElements(elementsOf(tree), BODY_ELEMENTS, BODY_ATTRIBUTES),
    ...(comments.length === 1 && comments[0] === marker ? [] : [`comments ${short(comments.join(' '))}`]),
    ...(body.toLowerCase().split('kp-responder:').length === 2 ? [] : ['a mark that is not ours']),
    ...textsOf(tree, true).flatMap((text) => (REFERENCE.test(text) ? [`reference in ${short(text)}`] : [])),
    ...(UNSEEN.test(body) ? ['unseen character'] : []),
  ]
}

/** What is wrong with a note: plain text of which PagerDuty makes links, and whose last line is our mark. */
export function judgeNote(note: string, marker: string): string[] {
  // Without the characters that would hide an address from the reader of links as code or as part of a markdown link.
  const bare = note.replace(/[`<>[\]()*_~|\\]/g, ' ')
  const linked = elementsOf(parseFragment(micromark(bare, { extensions: [gfm()], htmlExtensions: [gfmHtml()] })))
  return [
    ...judgeElements(
      linked.filter(({ tagName }) => tagName === 'a'),
      new Set(['a']),
      new Set(['href']),
    ),
    ...(note.match(/\S*:\/\/\S*/g) ?? []).flatMap((word) => (isOwnAddress(word) ? [] : [`address ${short(word)}`])),
    ...(/@[^\s…]/.test(note) ? ['a mention or a mail address'] : []),
    ...(note.split('\n').at(-1) === marker ? [] : ['the mark is not the last line']),
    ...(note.toLowerCase().split('kp-responder:').length === 2 ? [] : ['a mark that is not ours']),
    ...(UNSEEN.test(note) ? ['unseen character'] : []),
    ...([...note].length > 2_000 ? ['too long'] : []),
  ]
}

/** What is wrong with a message: `text` is mrkdwn without any outside markup, and so is every mrkdwn object. */
export function judgeSlack({ text, blocks }: { text: string; blocks: readonly unknown[] }): string[] {
  return [...judgeMrkdwn(text), ...blocks.flatMap(judgeBlock)]
}

/** What is wrong with lines of the log: each is one JSON object, and no character of it moves a terminal's cursor. */
export function judgeLog(written: string, lines: number): string[] {
  const found = written.split('\n').slice(0, -1)
  return [
    ...(found.length === lines ? [] : [`${found.length} lines, not ${lines}`]),
    ...found.flatMap((line) => {
      const parsed: unknown = JSON.parse(line)
      const isOurs = typeof parsed === 'object' && parsed !== null && 'msg' in parsed && parsed.msg === 'a case failed'
      return isOurs ? [] : [`forged line ${short(line)}`]
    }),
    ...(UNSEEN.test(written) || written.includes('\r') ? ['unseen character'] : []),
  ]
}

function judgeElements(
  elements: readonly Tree.Element[],
  known: ReadonlySet<string>,
  attributes: ReadonlySet<string>,
): string[] {
  return elements.flatMap(({ tagName, attrs }) => [
    ...(known.has(tagName) ? [] : [`<${tagName}>`]),
    ...attrs.flatMap(({ name, value }) =>
      attributes.has(name) ? judgeAttribute(name, value) : [`${tagName} ${name}`],
    ),
  ])
}

function judgeAttribute(name: string, value: string): string[] {
  switch (name) {
    case 'src':
      return value === '/assets/live.js' ? [] : [`src ${short(value)}`]
    case 'href':
    case 'action':
    case 'formaction':
      return value === '#main' || /^\/(?![/\\])/.test(value) || isOwnAddress(value) ? [] : [`${name} ${short(value)}`]
    case 'class':
      return /^[a-z -]*$/.test(value) ? [] : [`class ${short(value)}`]
    case 'content':
      return /^(?:\d+|width=device-width, initial-scale=1|light dark)$/.test(value) ? [] : [`content ${short(value)}`]
    default:
      return []
  }
}

function isOwnAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, host, username } = new URL(address)
  return protocol === 'https:' && username === '' && OWN_HOSTS.has(host)
}

function judgeBlock(block: unknown): string[] {
  if (Array.isArray(block)) return block.flatMap(judgeBlock)
  if (typeof block !== 'object' || block === null) return []
  const type: unknown = 'type' in block ? block.type : null
  const text: unknown = 'text' in block ? block.text : null
  const inner = Object.values(block).flatMap(judgeBlock)
  switch (type) {
    case 'mrkdwn':
      return typeof text === 'string' ? judgeMrkdwn(text) : ['mrkdwn without a text']
    case 'plain_text':
      return 'emoji' in block && block.emoji === false ? judgeLiteral(text) : ['emoji are not off']
    case 'text':
      return judgeLiteral(text)
    case 'header':
    case 'section':
    case 'context':
    case 'rich_text':
    case 'rich_text_preformatted':
      return inner
    default:
      return [`a ${String(type)}`]
  }
}

/** Slack makes nothing of a literal text, but refuses an empty or a long one. */
function judgeLiteral(text: unknown): string[] {
  if (typeof text !== 'string' || text === '') return ['an empty text']
  return [
    ...(text.length > 3_000 ? ['too long'] : []),
    ...(UNSEEN.test(text) ? ['unseen character'] : []),
    ...(text.isWellFormed() ? [] : ['half a character']),
  ]
}

/** Reads mrkdwn as Slack does: `<...>` is a command, three entities are characters, `@` and an address may become links. */
function judgeMrkdwn(text: string): string[] {
  const faults: string[] = []
  let rest = text
  for (let open = rest.indexOf('<'); open >= 0; open = rest.indexOf('<')) {
    const close = rest.indexOf('>', open)
    const command = rest.slice(open + 1, close < 0 ? undefined : close)
    const [address = '', label = ''] = command.split('|')
    if (close < 0 || !isOwnAddress(address) || !/^[A-Za-z ]+$/.test(label)) faults.push(`command ${short(command)}`)
    rest = rest.slice(0, open) + (close < 0 ? '' : rest.slice(close + 1))
  }
  if (/>|&(?!(?:amp|lt|gt);)/.test(rest)) faults.push(`not escaped: ${short(rest)}`)
  if (/@[^\s…]|:\/\//.test(rest)) faults.push(`mention or address in ${short(rest)}`)
  if (UNSEEN.test(rest)) faults.push('unseen character')
  return faults
}

function elementsOf(node: Tree.ParentNode): Tree.Element[] {
  return allOf(node).filter((child) => nodes.isElementNode(child))
}

/** The texts below a node, without those of style sheets and, if asked, of code. */
function textsOf(node: Tree.ParentNode, isCodeLeftOut: boolean): string[] {
  return allOf(node).flatMap((child) => {
    if (!nodes.isTextNode(child)) return []
    const parent = child.parentNode && 'tagName' in child.parentNode ? child.parentNode.tagName : ''
    return parent === 'style' || (isCodeLeftOut && (parent === 'code' || parent === 'pre')) ? [] : [child.value]
  })
}

function allOf(node: Tree.ParentNode): Tree.ChildNode[] {
  return node.childNodes.flatMap((child) => [child, ...('childNodes' in child ? allOf(child) : [])])
}

function short(text: string): string {
  return JSON.stringify(text.slice(0, 120))
}
