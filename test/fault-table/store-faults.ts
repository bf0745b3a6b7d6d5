import { at, type Fault } from './fault.ts'

export const STORE_FAULTS: readonly Fault[] = [
  {
    what: 'a write to the store that is torn by a kill',
    held: 'what was acknowledged is there, the rest never was',
    embedded: [
      ...at('faults/store-damage', 'a write that a kill has torn takes nothing with it'),
      ...at('store/sqlite-database', 'one that fails is undone alone and fails its own caller only'),
    ],
    redis: at('faults/redis-refuses', 'a Redis that lost the last 1 bytes of its file does nothing twice'),
  },
  {
    what: 'the disk is full, the file can’t be written',
    held: '503 at the door, no effect without intent, goes on when space is back',
    embedded: [
      ...at('crash/crash', 'while the store cannot be written the door answers 503'),
      ...at('store/sqlite-database', 'a write is refused as unavailable, and all that was confirmed before is there'),
    ],
    redis: [
      ...at('faults/redis-refuses', 'a Redis that is full: 503 at the door and no effect'),
      ...at('store/redis-connection', 'is refused as not durable'),
    ],
  },
  {
    what: 'the store is damaged at the start',
    held: 'refused, the file left as it is; never begun anew in silence',
    embedded: [
      ...at('faults/store-damage', 'a store in which any page is damaged is refused or whole, never begun anew'),
      ...at('store/sqlite-database', 'is refused, and left as it is', 'a file that was cut short is refused'),
    ],
    redis: at('store/redis-damage', 'at the end of the audit chain stops what would be chained to it'),
  },
  {
    what: 'Redis is killed and back 5 s later',
    held: '503 meanwhile; nothing lost or done twice',
    redis: at('replicas/replicas', 'Redis killed in the middle and back 5 s later: nothing is lost or done twice'),
  },
  {
    what: 'Redis lost its last second, or a replica of it with less took over',
    held: 'what began before is looked for upstream before anything is sent',
    redis: [
      ...at(
        'store/redis-history',
        'by what a crash can lose raises the doubt and freezes nothing',
        'a restarted server raises the doubt at every replica',
      ),
      ...at('actions/lost-records', 'what stands upstream is adopted and nothing is sent twice'),
      ...at('faults/redis-refuses', 'bytes of its file does nothing twice'),
    ],
  },
  {
    what: 'Redis takes no writes: it became a replica, or lacks the replicas that it has to have',
    held: '503 at the door, no effect; goes on by itself',
    redis: at('faults/redis-refuses', 'a Redis that has become a replica', 'a Redis that lacks the replicas'),
  },
  {
    what: 'Redis was emptied, rolled back, or is somebody else’s',
    held: 'acting is frozen at every replica, and says so, until an operator sets the mode',
    redis: [
      ...at('replicas/replicas', 'Redis emptied under them: all of them are in shadow and say why'),
      ...at('store/redis-history', 'by more than that freezes'),
    ],
  },
  {
    what: 'Redis may evict keys, or does not keep a file',
    held: 'refused at the start; the sentence says what to set',
    redis: at('store/redis-guard', 'and the sentence says what to set'),
  },
  {
    what: 'the store is away while a page is acknowledged',
    held: 'rung without the store',
    tests: at('actions/held-page', 'is rung without the store, where that is not back in time'),
  },
  {
    what: 'two processes on one data directory',
    held: 'the second is refused',
    embedded: at('store/sqlite-database', 'a second owner is refused as long as the first lives'),
  },
]
