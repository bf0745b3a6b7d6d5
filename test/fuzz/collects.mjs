// Loaded into the responder before all else: on SIGUSR2 it has V8 collect whatever is garbage, so that what is left is what
// the process keeps. By itself V8 collects when it needs room, or some time after the last work; and of an ordinary collection
// it keeps the empty pages at hand, which only one as in need gives back.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
process.on('SIGUSR2', () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }))
