import type { Policy } from '../config/policy.ts'
import type { CaseAlert } from '../model/case.ts'
import { clusterIdTokens } from '../model/cluster-id.ts'
import { identifyCluster } from '../model/identity.ts'
import { parseKeyCrn } from '../model/key-crn.ts'
import { cut, toInertText } from '../model/outside-text.ts'
import type { Pattern } from '../model/pattern.ts'

/** What an error text tells besides the error. Each is inert text, or null where the text does not say it. */
export interface ErrorTrace {
  corrId: string | null
  sourceKey: string | null
  targetKey: string | null
  /** CRNs of keys that the text names, in whatever role; each of the exact shape. */
  keys: readonly string[]
  /** The account that hosts HPCS, where the target key is one of HPCS. */
  targetAccount: string | null
  /** The key action that can't be done, such as `rotate`. */
  keyAction: string | null
  /** The provider that the text blames, where it blames one. */
  provider: 'key-protect' | 'hpcs' | null
}

const CRN_LIMIT = 300
/** Characters of one error text that are searched: such a text is a few hundred long. */
const TEXT_LIMIT = 4_000
/** Key CRNs that are looked for in one text: a source and a target, each perhaps twice. */
const KEY_LIMIT = 8
const KEY_CRN = /crn:v1:[a-z0-9-]{1,40}:[a-z]{1,20}:(?:kms|hs-crypto):[^\s"',<>|`]{1,250}/g
const HPCS_CRN = /^crn:v1:[^:]+:[^:]+:hs-crypto:[^:]*:a\/([0-9a-f]{32}):/
const HPCS_NAMED = /\b(?:hpcs|hs-crypto|hyper protect)\b/i
const KEY_PROTECT_NAMED = /\b(?:key ?protect|kms)\b/i

/** What the error texts of the alert tell, and the logs beside them: the newest text that says a thing is believed. */
export function traceOf(alert: CaseAlert, { patterns }: Pick<Policy, 'patterns'>): ErrorTrace {
  const cited = ofCluster(alert, citedTexts(alert))
  const all = [...cited, ...ofCluster(alert, loggedTexts(alert))]
  const first = <T>(texts: readonly string[], find: (text: string) => T | null): T | null => {
    for (const text of texts) {
      const found = find(text)
      if (found !== null) return found
    }
    return null
  }
  const targetKey = first(all, (text) => keyOf(text, 'target', patterns.keyCrn))
  return {
    corrId: first(all, (text) => inert(patterns.corrId.match(text)?.[1])),
    sourceKey: first(all, (text) => inert(keyOf(text, 'source', patterns.keyCrn))),
    targetKey: inert(targetKey),
    keys: [...new Set(all.flatMap(keysIn))].slice(0, KEY_LIMIT),
    targetAccount: targetKey === null ? null : (HPCS_CRN.exec(targetKey)?.[1] ?? null),
    keyAction: first(cited, (text) => inert(patterns.keyAction.match(text)?.[0])),
    provider: first(cited, providerOf),
  }
}

/** The cited error texts, newest first. */
function citedTexts({ judgement }: CaseAlert): string[] {
  return (judgement?.verdict.evidence ?? []).flatMap(({ source, outcome, quote }) =>
    source === 'kp-events-alerts' && outcome === 'found' && quote !== null ? [cut(quote, TEXT_LIMIT)] : [],
  )
}

/** What was found in the logs: it tells ids and keys. What went wrong, and who is to blame, the error texts tell. */
function loggedTexts({ findings }: CaseAlert): string[] {
  const logged = (findings?.entries ?? []).filter(({ source }) => source === 'logs')
  return logged.flatMap(({ quotes }) => quotes.map((quote) => cut(quote, TEXT_LIMIT)))
}

/** What texts say of the alert's cluster: the lines of other clusters are left out. */
function ofCluster(alert: CaseAlert, texts: readonly string[]): readonly string[] {
  const identity = identifyCluster(alert)
  if (identity.kind !== 'identified') return texts
  return texts.map((text) => {
    const isOthers = (part: string) => clusterIdTokens(part).some((id) => id !== identity.clusterId)
    if (!isOthers(text)) return text
    const own = text.split('\n').filter((line) => !isOthers(line) && clusterIdTokens(line).length > 0)
    return own.join('\n')
  })
}

/** The first key CRN of a role, or null. A pattern gives its first match only, so the rest is searched again. */
function keyOf(text: string, role: 'source' | 'target', pattern: Pattern): string | null {
  let rest = text
  for (let at = 0; at < KEY_LIMIT; at += 1) {
    const [whole, named, crn] = pattern.match(rest) ?? []
    if (!whole || !crn) return null
    if (named?.toLowerCase() === role) return crn.replace(/[.;)\]}]+$/, '')
    rest = rest.slice(rest.indexOf(whole) + whole.length)
  }
  return null
}

function keysIn(text: string): string[] {
  return (text.match(KEY_CRN) ?? []).flatMap((crn) => parseKeyCrn(crn.replace(/[.;)\]}]+$/, ''))?.crn ?? [])
}

function providerOf(text: string): ErrorTrace['provider'] {
  // A key CRN names a service without blaming it.
  const words = text.replace(/crn:v1:\S+/g, ' ')
  const isHpcs = HPCS_NAMED.test(words)
  if (isHpcs === KEY_PROTECT_NAMED.test(words)) return null
  return isHpcs ? 'hpcs' : 'key-protect'
}

function inert(text: string | null | undefined): string | null {
  return text ? toInertText(text, CRN_LIMIT) : null
}
