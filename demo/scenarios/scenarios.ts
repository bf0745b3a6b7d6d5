import { ETCD_RECORD } from './etcd-record.ts'
import { FAULTS } from './faults.ts'
import { INGRESS } from './ingress.ts'
import { LEFT_RINGING } from './left-ringing.ts'
import { MIGRATION } from './migration.ts'
import { MODES } from './modes.ts'
import { QUIETED } from './quieted.ts'
import type { Scenario } from './scenario.ts'
import { STORMS } from './storm.ts'
import { BY_HAND, WHILE_SNOOZED } from './while-snoozed.ts'

/** Every scenario; those that are played alone in this order. */
export const SCENARIOS: readonly Scenario[] = [
  ...QUIETED,
  ...LEFT_RINGING,
  ...MIGRATION,
  ...ETCD_RECORD,
  ...INGRESS,
  ...WHILE_SNOOZED,
  ...BY_HAND,
  ...MODES,
  ...STORMS,
  ...FAULTS,
]
