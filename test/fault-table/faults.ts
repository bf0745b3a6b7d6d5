import { at, type Fault, onBoth } from './fault.ts'
import { PROCESS_FAULTS } from './process-faults.ts'
import { STORE_FAULTS } from './store-faults.ts'
import { UPSTREAM_FAULTS } from './upstream-faults.ts'

const WORLD_FAULTS: readonly Fault[] = [
  {
    what: 'the same webhook many times at once',
    held: 'one case, each effect once',
    ...onBoth('faults/intake', 'a hundred copies of a webhook at once'),
    tests: [
      ...at('handlers/alertmanager-intake', 'is stored once however often it is sent'),
      ...at('replicas/replicas', 'the same alert told to all of them at once is one case'),
    ],
  },
  {
    what: 'two Alertmanagers without gossip tell the same group',
    held: 'one episode, one set of effects',
    ...onBoth('faults/intake', 'the same group from two Alertmanagers'),
    tests: at('end-to-end/alertmanager', 'two Alertmanagers that do not see each other cause one set of effects'),
  },
  {
    what: 'each of two Alertmanagers knows another part of a group',
    held: 'the union is judged, and forbids what one part forbids',
    ...onBoth('faults/intake', 'two Alertmanagers that each know a part'),
    tests: [
      ...at('cases/merge-update', 'of a second sender that knows another part of the group is joined to the first'),
      ...at('cases/merge-update', 'firing messages of several senders always end in the union of what they told'),
    ],
  },
  {
    what: 'Alertmanager is killed and sends again what it sent',
    held: 'no further effect',
    ...onBoth('faults/intake', 'a group that is told again'),
    tests: at('end-to-end/alertmanager', 'over repeats and a killed Alertmanager'),
  },
  {
    what: 'a recorded webhook of PagerDuty under another delivery id',
    held: '202 and nothing else; refused by its age once its id is forgotten',
    ...onBoth('faults/intake', 'recorded webhooks of PagerDuty'),
    tests: at(
      'handlers/pagerduty/route',
      'is taken in once however often it is sent, under whatever delivery id',
      'is known as a copy 48 h later, and refused by its age after that',
    ),
  },
  {
    what: 'resolved comes before firing',
    held: 'a firing that was seen resolved is a replay until an open incident confirms it',
    ...onBoth('faults/intake', 'a resolve that is told before its firing'),
    tests: at(
      'cases/merge-update',
      'a late resolve after the end opens nothing',
      'is a replay until an incident confirms it',
    ),
  },
  {
    what: 'an incident is resolved between plan and write',
    held: 'read again before the write; nothing is written to it',
    ...onBoth('faults/intake', 'an incident that is resolved just before our'),
    tests: at('actions/acknowledge-lots', 'with a resolved incident among them find it out and spare it alone'),
  },
  {
    what: 'a person acknowledges, snoozes, reassigns, escalates or notes first',
    held: 'the person wins: no snooze, handed over, said once',
    ...onBoth('faults/intake', 'an incident that a person has'),
    tests: [
      ...at('handlers/pagerduty/flow', 'that a person acknowledges hands the snoozed case over'),
      ...at('sweep', 'sees that a person took a snoozed incident', 'sees that a person reassigned a snoozed incident'),
    ],
  },
  {
    what: 'a group that fires and resolves fifty times',
    held: 'one issue, one message, no more snoozes than the budget has',
    ...onBoth('faults/intake', 'fifty fires and resolves'),
  },
  {
    what: 'the Slack message comes after the alert',
    held: 'waited for 5 min, then for a person; a late one is judged anew',
    tests: at('runbook-scenarios/runbook-scenarios', '23-text-after-alert', '05-no-error-text'),
  },
  {
    what: 'the Slack message is edited or deleted after we acted on it',
    held: 'the page is woken, and the note says why',
    tests: at(
      'demo/scenarios',
      'busy; while snoozed the error text is edited into another one',
      'busy; while snoozed the error text is deleted',
    ),
  },
  {
    what: 'Slack has a gap: no event, no read',
    held: 'unavailable, never absent, until the whole window was read again',
    embedded: at(
      'evidence/slack/slack-evidence',
      'after a gap the whole window is read again',
      'a read older than 60 s proves nothing',
    ),
    redis: at('replicas/roles-slack', 'a read that ended more than 60 s ago proves nothing at any replica'),
  },
  {
    what: 'a person or another bot posts the text that permits a snooze',
    held: 'permits nothing: only parent messages of listed authors do',
    tests: at('runbook-scenarios/runbook-scenarios', '35-error-text-of-a-stranger', '34-success-told-by-a-person'),
  },
  {
    what: 'Alertmanager leaves alerts out of a group',
    held: 'completed by its API, else no snooze',
    ...onBoth('faults/intake', 'a group of which Alertmanager left alerts out'),
    tests: at(
      'sweep',
      'is completed from Alertmanager and judged whole',
      'that Alertmanager does not tell is not snoozed',
    ),
  },
  {
    what: 'hundreds of clusters fire within a minute',
    held: 'a storm: no snooze, no issue, one notice, pages ring',
    embedded: at('storm-watch', 'is seen by the looks of its own first moment'),
    redis: at('replicas/storm', 'is seen by each of them before any case of it is stored'),
  },
]

/** Every fault that the product is held to. The order is that of the table. */
export const FAULTS: readonly Fault[] = [...PROCESS_FAULTS, ...UPSTREAM_FAULTS, ...WORLD_FAULTS, ...STORE_FAULTS]
