import TestSequencer from '@jest/test-sequencer'

/** Folders whose tests start many processes, or wait for real time limits. */
const LONG = /\/test\/(chaos|crash|demo|end-to-end|faults|helm|replicas|stop)\//

/** The long test files begin first, so that none of them is left to run alone at the end. A fresh clone knows no times yet. */
export default class LongOnesFirst extends TestSequencer {
  sort(tests) {
    const sorted = super.sort(tests)
    const isLong = ({ path }) => LONG.test(path)
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))]
  }
}
