import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { ICON } from './icon.ts'

const SCRIPTS = ['live.js', 'morph.js', 'ticking.js', 'copy.js'] as const

/** What the pages load: our own script and icon, open to anybody, since the sign-in page has the icon too. */
export async function assetRoutes(scope: FastifyInstance): Promise<void> {
  const scripts = SCRIPTS.map((name) => ({
    name,
    text: readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8'),
  }))
  const assets = [
    ...scripts.map((script) => ({ ...script, type: 'text/javascript; charset=utf-8' })),
    { name: 'icon.svg', text: ICON.toString(), type: 'image/svg+xml; charset=utf-8' },
  ]
  for (const { name, text, type } of assets) {
    scope.get(
      `/assets/${name}`,
      { config: { auth: 'none' }, schema: { summary: `Part of the dashboard: ${name}`, tags: ['pages'] } },
      async (_request, reply) => reply.type(type).send(text),
    )
  }
}
