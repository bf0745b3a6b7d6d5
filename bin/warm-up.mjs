// Runs after `npm ci`: compiles the service once and keeps the result in Node's compile cache, so that the first start is
// as quick and as small as every other one. It is only a help: where it can't be done the install goes on.
import module from 'node:module'

const isPossible = Number(process.versions.node.split('.')[0]) >= 24 && typeof module.flushCompileCache === 'function'
if (isPossible) {
  await import('./heap.mjs')
  module.enableCompileCache()
  await import('../src/main.ts').then(
    () => module.flushCompileCache(),
    () => undefined,
  )
}
