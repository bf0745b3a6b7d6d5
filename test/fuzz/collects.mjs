// Loaded into the responder before all else: on SIGUSR2 it has V8 collect whatever is garbage, so that what is left is what
// the process keeps. By itself V8 collects when it needs room, or some time after the last work.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
process.on('SIGUSR2', () => {
  collect()
  collect() // What the first one finished off.
})
