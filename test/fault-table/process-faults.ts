import { at, type Fault, onBoth } from './fault.ts'

/** Four ways to effects: issue, acknowledge, snooze, note and message; a comment; a wake; the end of a group. */
const EVERY_EFFECT = [
  'an orphaned registration:',
  'a later case of the same cluster:',
  'a wake by an operator:',
  'the group resolves:',
]
/** Each of them killed at each named point between two awaits that leaves something else durable, and at each write, committed or not. */
const KILLED = {
  embedded: at('crash/matrix', ...EVERY_EFFECT),
  redis: at('crash/matrix-redis', ...EVERY_EFFECT),
}

export const PROCESS_FAULTS: readonly Fault[] = [
  { what: 'killed before an alert is durable', held: 'no 2xx went out; the sender tries again; one case', ...KILLED },
  { what: 'killed after it is durable, before the 2xx', held: 'the copy that comes next changes nothing', ...KILLED },
  { what: 'killed after the evidence, before the plan', held: 'gathered again; nothing outside changed', ...KILLED },
  { what: 'killed after the plan, before the intent', held: 'planned again; no effect so far', ...KILLED },
  { what: 'killed after the intent, before the call', held: 'the probe finds nothing; done once', ...KILLED },
  {
    what: 'killed after the call was committed, before its answer',
    held: 'the probe finds it; adopted, not sent again',
    ...KILLED,
  },
  { what: 'killed after the answer, before the receipt', held: 'as above', ...KILLED },
  { what: 'killed after the receipt, before the look ends', held: 'the next look writes nothing', ...KILLED },
  {
    what: 'killed at random under load, again and again',
    held: 'nothing lost, doubled or forbidden',
    embedded: at('chaos/chaos', 'embedded, 1 at once'),
    redis: at('chaos/chaos', 'redis, 3 at once'),
  },
  {
    what: 'one of several replicas is killed',
    held: 'the others take up its looks and finish what it began, once',
    redis: at('replicas/replicas', 'one killed in the middle: the others finish what it began, each effect once'),
  },
  {
    what: 'two replicas at one case',
    held: 'a turn with a fencing number that the journal checks; one effect',
    redis: [
      ...at('store/redis-store', 'of work whose turn was lost', 'can not both store one version of a case'),
      ...at('replicas/replicas', '3 of them do each effect of 12 alerts once'),
    ],
  },
  {
    what: 'a process stands still until its turn has passed to another, and goes on',
    held: 'its intent is refused; what it already sent is found',
    redis: at('replicas/zombie', 'does nothing twice when it goes on'),
    embedded: at('actions/send-once', 'is not sent where the process stood still after its intent'),
  },
  {
    what: 'a look that throws each time, or kills the process',
    held: 'five tries by our own count, then set aside and said; the neighbours go on',
    tests: at(
      'scheduler',
      'gives up on a group that fails every look',
      'a group that fails does not keep others',
      'looks at what two processes died of one by one',
    ),
  },
  {
    what: 'the queue counts a look as stalled too often, or loses all its jobs',
    held: 'the queue only carries: what is due stands in the store',
    redis: [
      ...at('crash/negative-controls', 'with the stall limit of the product a look whose job saw two deaths is made'),
      ...at('replicas/bullmq-engine', 'the whole queue deleted in the middle of looks'),
    ],
  },
  {
    what: 'SIGTERM with work in flight',
    held: 'not ready at once, effects end or stay in the journal, exit 0 within 20 s',
    embedded: at('stop/stop', 'with 200 webhooks in flight loses none', 'while PagerDuty hangs ends in time'),
    redis: at('replicas/replicas', 'Redis away: a replica that is told to stop ends with 0 in time'),
  },
  {
    what: 'a pause in the middle of work',
    held: 'no new intent within 5 s at any replica; what we hold quiet is offered back',
    embedded: at('actions/open-cases', 'gives the page back: nothing of ours is held'),
    redis: at('replicas/replicas', 'a pause by one of them holds for all within 5 s'),
  },
  {
    what: 'clocks that are wrong, or jump',
    held: 'leases by the clock of Redis; a start that lies ahead does not lengthen a wait; signatures keep their window',
    ...onBoth('faults/outages', 'a clock that is ten minutes ahead', 'a clock that is ten minutes behind'),
    tests: [
      ...at('evidence/slack/slack-evidence', 'a clock of ours that is 10 minutes ahead skips no message'),
      ...at('handlers/slack/route', 's apart is accepted'),
      ...at('clients/circuit', 'when the clock is set back'),
      ...at('replicas/roles-slack', 'whatever the clock of its reader says'),
    ],
  },
]
