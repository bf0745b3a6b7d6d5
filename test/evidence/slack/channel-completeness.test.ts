import { describe, expect, test } from '@jest/globals'
import { type ChannelFacts, completeness } from '../../../src/evidence/slack/channel-completeness.ts'

const NOW_MS = Date.parse('2026-01-02T00:00:00Z')
const FROM_MS = NOW_MS - 3_600_000
const COVERAGE = {
  channel: 'C1',
  coveredFromMs: FROM_MS,
  coveredToMs: NOW_MS - 31_000,
  readEndedAtMs: NOW_MS - 30_000,
  fullReadAtMs: null,
}
const COMPLETE: ChannelFacts = {
  label: '#a (C1)',
  membership: { isMember: true, isArchived: false },
  coverage: COVERAGE,
  problem: null,
  hasUnreadThread: false,
  maxSilenceMs: 0,
  newestPostMs: null,
}
const PROBLEM = { code: 'internal_error', sinceMs: NOW_MS - 5_000 }

describe('when a channel is complete', () => {
  test.each<[string, Partial<ChannelFacts>]>([
    ['a member read it lately from the start asked', {}],
    ['the read ended exactly 60 s ago', { coverage: { ...COVERAGE, readEndedAtMs: NOW_MS - 60_000 } }],
    ['the poster spoke exactly its longest silence ago', { maxSilenceMs: 1_000, newestPostMs: NOW_MS - 1_000 }],
    ['a read that failed just now follows one that still proves', { problem: PROBLEM }],
  ])('it is when %s', (_sentence, more) => {
    expect(completeness({ ...COMPLETE, ...more }, FROM_MS, NOW_MS)).toBeNull()
  })

  test.each<[string, Partial<ChannelFacts>, string, boolean]>([
    [
      'we are no member',
      { membership: { isMember: false, isArchived: false } },
      'we are not a member of #a (C1): invite the bot',
      false,
    ],
    ['it is archived', { membership: { isMember: true, isArchived: true } }, '#a (C1) is archived', false],
    ['membership is not known', { membership: null }, 'whether we are a member of #a (C1) is not known', false],
    ['it was never read', { coverage: null, membership: null }, '#a (C1) has not been read yet since the start', true],
    [
      'the first read fails',
      { coverage: null, problem: PROBLEM },
      '#a (C1) could not be read since 2026-01-01T23:59:55.000Z (internal_error)',
      false,
    ],
    [
      'the read is 60.001 s old',
      { coverage: { ...COVERAGE, readEndedAtMs: NOW_MS - 60_001 } },
      '#a (C1) was last read at 2026-01-01T23:58:59.999Z',
      false,
    ],
    [
      'the read lies in the future of a clock that went back',
      { coverage: { ...COVERAGE, readEndedAtMs: NOW_MS + 60_001 } },
      '#a (C1) was last read at 2026-01-02T00:01:00.001Z',
      false,
    ],
    [
      'the start is not covered yet',
      { coverage: { ...COVERAGE, coveredFromMs: FROM_MS + 1 } },
      '#a (C1) is read back to 2026-01-01T23:00:00.001Z so far, 2026-01-01T23:00:00.000Z is needed',
      true,
    ],
    [
      'the start is not covered and reading fails',
      { coverage: { ...COVERAGE, coveredFromMs: FROM_MS + 1 }, problem: PROBLEM },
      '#a (C1) is read back to 2026-01-01T23:00:00.001Z so far, 2026-01-01T23:00:00.000Z is needed (internal_error since 2026-01-01T23:59:55.000Z)',
      false,
    ],
    [
      'a thread about the cluster is unread',
      { hasUnreadThread: true },
      'a thread about this cluster in #a (C1) has not been read yet',
      true,
    ],
    [
      'the poster is silent too long',
      { maxSilenceMs: 1_000, newestPostMs: NOW_MS - 1_001 },
      'the known poster of #a (C1) is silent since 2026-01-01T23:59:58.999Z: its feed may be broken',
      false,
    ],
    [
      'the poster never spoke',
      { maxSilenceMs: 1_000 },
      'the known poster of #a (C1) has posted nothing that we could read: its feed may be broken',
      false,
    ],
  ])('it is not when %s', (_sentence, more, why, isCatchingUp) => {
    expect(completeness({ ...COMPLETE, ...more }, FROM_MS, NOW_MS)).toEqual({ why, isCatchingUp })
  })
})
