import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { z } from 'zod'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const keyed = z.looseObject({ properties: z.record(z.string(), z.unknown()) })
const schemaFile = z.object({
  properties: z.looseObject({
    config: keyed,
    secrets: z.looseObject({
      properties: z.looseObject({ keys: z.looseObject({ items: z.object({ enum: z.array(z.string()) }) }) }),
    }),
  }),
})

/** Set by the chart itself or by Kubernetes, or files whose place the chart decides. */
const OWN = [
  ...['HOST', 'PORT', 'DATA_DIR', 'POLICY_FILE', 'ETCD_CA_FILE', 'ETCD_CERT_FILE', 'ETCD_KEY_FILE'],
  ...['KUBERNETES_IN_CLUSTER', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'],
]
/** Of the product's configuration, for what is not all built yet. */
const source = readdirSync(`${ROOT}src/config`)
  .map((name) => readFileSync(`${ROOT}src/config/${name}`, 'utf8'))
  .join('\n')
const secretNames = [...source.matchAll(/secret\('([A-Z_]+)'\)/g)].map(([, name]) => name ?? '')
const variables = [...source.matchAll(/^ {2}([A-Z][A-Z_]+): (?:z\.|url|port)/gm)].map(([, name]) => name ?? '')
const { properties } = schemaFile.parse(JSON.parse(readFileSync(`${ROOT}helm/values.schema.json`, 'utf8')))

describe('the chart knows', () => {
  test('every variable of the service that is no secret', () => {
    expect(variables).toContain('RESPONDER_MODE')
    const known = [...Object.keys(properties.config.properties), ...OWN]
    expect(variables.filter((name) => !known.includes(name))).toEqual([])
  })

  test('every secret of the service, and gives it as a file', () => {
    expect(secretNames).toContain('REDIS_URL')
    const known = properties.secrets.properties.keys.items.enum
    expect(secretNames.filter((name) => !known.includes(name))).toEqual([])
  })
})
