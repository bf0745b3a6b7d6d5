import { z } from 'zod'

const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID')

/** Instances of Key Protect and HPCS that are asked which registrations name a deleted cluster. */
export const keyProtectSchema = z
  .strictObject({
    instances: z
      .array(
        z.strictObject({
          id: uuid,
          service: z.enum(['kms', 'hs-crypto']).default('kms'),
          region: z.string().regex(/^[a-z]{2,3}-[a-z0-9]{2,12}$/, 'must be a region such as eu-de'),
          /** Accounts of the clusters that use its keys. Empty: any. */
          accounts: z.array(z.string().regex(/^[0-9a-f]{32}$/)).default([]),
          /** Where it answers, if not at the usual address: HPCS of before 2024 has a port of its own. */
          url: z.url({ protocol: /^https?$/ }).optional(),
        }),
      )
      .default([]),
  })
  .prefault({})

/** Where the pods of the microservice are on a hub. Source: runbook, Actions to take, last paragraph. */
export const kubernetesSchema = z
  .strictObject({
    namespace: z
      .string()
      .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
      .default('armada'),
    selector: z.string().min(1).default('app=armada-kp-events'),
    container: z.string().min(1).default('armada-kp-events'),
  })
  .prefault({})
