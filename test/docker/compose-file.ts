import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { z } from 'zod'

export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

const service = z.object({
  image: z.string().optional(),
  build: z.object({ context: z.literal('.'), target: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown()).transform(Object.keys)]).default([]),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()).optional(),
})
const composeFile = z.object({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()),
})

/** compose.yaml, as far as it is read here. */
export const compose = composeFile.parse(parse(readFileSync(join(ROOT, 'compose.yaml'), 'utf8'), { merge: true }))

/** The service's variables. @throws Error where there is no such service. */
export function environmentOf(name: string): Record<string, string> {
  const found = compose.services[name]
  if (!found) throw new Error(`compose.yaml has no service ${name}`)
  return found.environment
}
