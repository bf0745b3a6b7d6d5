import { describe, expect, test } from '@jest/globals'
import { isListedAuthor } from '../../../src/evidence/slack/listed-author.ts'

const BOT = { botId: 'B1', appId: 'A1', userId: 'U1', name: 'kp-events' }
const PERSON = { botId: null, appId: null, userId: 'U1', name: 'B1' }

describe('whose messages may permit', () => {
  test.each([
    ['a bot listed by its bot id', BOT, ['B9', 'B1'], 'none-when-empty', true],
    ['a bot listed by its app id', BOT, ['A1'], 'none-when-empty', true],
    ['another bot', BOT, ['B2'], 'any-bot-when-empty', false],
    ['a bot listed by its user id, which is no bot or app id', BOT, ['U1'], 'none-when-empty', false],
    ['any bot in shadow without a list', BOT, [], 'any-bot-when-empty', true],
    ['any bot in live without a list', BOT, [], 'none-when-empty', false],
    ['a person in shadow without a list', PERSON, [], 'any-bot-when-empty', false],
    ['a person who calls himself like a listed bot', PERSON, ['B1'], 'any-bot-when-empty', false],
  ] as const)('%s', (_sentence, author, authors, mode, isListed) => {
    expect(isListedAuthor(author, authors, mode)).toBe(isListed)
  })
})
