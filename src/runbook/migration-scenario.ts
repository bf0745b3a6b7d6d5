import { AUTHORIZATIONS, type Authorization, SCENARIOS, type Scenario } from './authorizations.ts'

/** Words by which a text tells which use of keys it is about. Source: runbook, Containers Key Migration Impact. */
const WORDS: Readonly<Record<string, RegExp>> = {
  'IKS Secret Encryption': /\b(?:cluster secrets?|secret encryption|kms_update|master)\b/i,
  'IKS Encrypted Worker': /\b(?:worker[ -]?pools?|worker[ -]?nodes?|workers?|boot volumes?)\b/i,
  'Attached Block Storage': /\b(?:block storage|storage ?class|attached storage|persistent volumes?|pvcs?)\b/i,
}

/** The scenarios of the runbook's matrix that the texts tell of; all of them where they tell of none. */
export function scenariosTold(texts: readonly string[]): readonly Scenario[] {
  const told = SCENARIOS.filter(({ scenario }) => texts.some((text) => WORDS[scenario]?.test(text)))
  return told.length === 0 ? SCENARIOS : told
}

export interface RequiredAuthorization {
  authorization: Authorization
  /** Which scenario needs it, and when: `IKS Secret Encryption during, after`. */
  neededBy: readonly string[]
}

/**
 * The authorizations that a migration under way needs in these scenarios, by their ids. What is needed before is needed
 * during it too, and what is needed after must be there when it ends. Source: runbook, Required Service Authorizations Matrix.
 */
export function requiredAuthorizations(scenarios: readonly Scenario[]): RequiredAuthorization[] {
  return AUTHORIZATIONS.flatMap((authorization) => {
    const { id } = authorization
    const neededBy = scenarios.flatMap(({ scenario, ...times }) => {
      const when = (['before', 'during', 'after'] as const).filter((time) => times[time].includes(id))
      return when.length === 0 ? [] : [`${scenario} ${when.join(', ')}`]
    })
    return neededBy.length === 0 ? [] : [{ authorization, neededBy }]
  })
}
