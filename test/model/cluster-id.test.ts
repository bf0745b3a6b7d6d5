import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { clusterCrnsInText, clusterIdTokens, isClusterId, parseClusterCrn } from '../../src/model/cluster-id.ts'
import { ACCOUNT_ID, CLUSTER_ID, CRN, crnOf } from '../support/builders.ts'

const OLD_ID = '0123456789abcdef0123456789abcdef'

describe('a cluster id', () => {
  test.each([
    ['20 characters of 0-9a-v', CLUSTER_ID, true],
    ['32 lower-case hex digits', OLD_ID, true],
    ['19 characters', CLUSTER_ID.slice(1), false],
    ['21 characters', `${CLUSTER_ID}0`, false],
    ['a letter beyond v', `w${CLUSTER_ID.slice(1)}`, false],
    ['upper case', CLUSTER_ID.toUpperCase(), false],
    ['32 characters with a letter beyond f', `g${OLD_ID.slice(1)}`, false],
    ['a line feed at the end', `${CLUSTER_ID}\n`, false],
    ['a Cyrillic letter that looks like c', CLUSTER_ID.replace('c', 'с'), false],
    ['full-width digits', CLUSTER_ID.replace('0', '０'), false],
    ['an RTL override inside', `${CLUSTER_ID.slice(0, 10)}\u202e${CLUSTER_ID.slice(10)}`, false],
    ['a path', `${CLUSTER_ID.slice(0, 15)}/../x`, false],
    ["the runbook's placeholder", 'CLUSTER_ID', false],
    ['nothing', '', false],
  ])('%s', (_name, text, isOne) => {
    expect(isClusterId(text)).toBe(isOne)
  })
})

describe('the cluster ids that a text names', () => {
  test.each([
    ['alone', CLUSTER_ID, [CLUSTER_ID]],
    ['between underscores', `_${CLUSTER_ID}_`, [CLUSTER_ID]],
    ['in a worker name', `kube-${CLUSTER_ID}-default-00000123`, [CLUSTER_ID]],
    ['in a CRN', `see ${CRN}`, [CLUSTER_ID]],
    ['in quotes, brackets and punctuation', `("${CLUSTER_ID}"), <${OLD_ID}>.`, [CLUSTER_ID, OLD_ID]],
    ['twice', `${CLUSTER_ID} ${CLUSTER_ID}`, [CLUSTER_ID]],
    ['as the prefix of a longer token', `${CLUSTER_ID}0`, []],
    ['as the end of a longer token', `x${CLUSTER_ID}`, []],
    ['with a letter of another script beside it', `${CLUSTER_ID}é я${CLUSTER_ID}`, []],
    ['with a digit of another script beside it', `${CLUSTER_ID}٣`, []],
    ['with a homoglyph inside', CLUSTER_ID.replace('c', 'с'), []],
    ['an old id cut to 20 characters', OLD_ID.slice(0, 20), [OLD_ID.slice(0, 20)]],
    ['an old id is not also its own first 20 characters', OLD_ID, [OLD_ID]],
    ['upper case', CLUSTER_ID.toUpperCase(), []],
    ['over a line end', `${CLUSTER_ID.slice(0, 10)}\n${CLUSTER_ID.slice(10)}`, []],
  ])('%s', (_name, text, ids) => {
    expect(clusterIdTokens(text)).toEqual(ids)
  })

  test('an id is found in any text exactly where no letter or digit touches it', () => {
    const edge = fc.string({ unit: 'binary', minLength: 0, maxLength: 3 })
    fc.assert(
      fc.property(edge, edge, (before, after) => {
        const touches = /[\p{L}\p{N}]$/u.test(before) || /^[\p{L}\p{N}]/u.test(after)
        expect(clusterIdTokens(`${before}${CLUSTER_ID}${after}`).includes(CLUSTER_ID)).toBe(!touches)
      }),
    )
  })
})

describe('a cluster CRN', () => {
  test.each([
    ['of a cluster', CRN],
    ['of an old id', crnOf(OLD_ID)],
    ['of staging', CRN.replace('bluemix', 'staging')],
    ['of a dedicated cloud', CRN.replace(':public:', ':dedicated:')],
    ['of a region with a number', crnOf(CLUSTER_ID, 'eu-fr2')],
  ])('%s is read', (_name, crn) => {
    expect(parseClusterCrn(crn)).toMatchObject({ crn, accountId: ACCOUNT_ID })
  })

  test.each([
    ["with the runbook's placeholders", 'crn:v1:bluemix:public:containers-kubernetes:eu-de:a/ACCOUNT_ID:CLUSTER_ID::'],
    ['of another service', CRN.replace('containers-kubernetes', 'kms')],
    ['of another version', CRN.replace(':v1:', ':v2:')],
    ['cut short', CRN.slice(0, -1)],
    ['with a segment too many', `${CRN}:`],
    ['of a resource inside the cluster', CRN.replace('::', ':worker:w1')],
    ['without an account', CRN.replace(`a/${ACCOUNT_ID}`, '')],
    ['of a service scope', CRN.replace('a/', 's/')],
    ['of a short account', CRN.replace(ACCOUNT_ID, ACCOUNT_ID.slice(1))],
    ['without a region', crnOf(CLUSTER_ID, '')],
    ['with blanks around it', ` ${CRN} `],
    ['in upper case', CRN.toUpperCase()],
    ['of an empty cname', CRN.replace('bluemix', '')],
    ['of an unknown ctype', CRN.replace(':public:', ':private:')],
  ])('%s is refused', (_name, crn) => {
    expect(parseClusterCrn(crn)).toBeNull()
  })

  test('a free text gives its well-formed and its damaged cluster CRNs apart, and no CRN of another service', () => {
    const other = crnOf(OLD_ID)
    const damaged = CRN.slice(0, -4)
    const kms = `crn:v1:bluemix:public:kms:us-south:a/${ACCOUNT_ID}:0a1b:key:2c3d`
    const text = `for ${CRN} in the last 5 mins; also ${other}, (${damaged} and ${kms}`
    expect(clusterCrnsInText(text)).toEqual({
      valid: [parseClusterCrn(CRN), parseClusterCrn(other)],
      damaged: [damaged],
    })
  })

  test('punctuation after a CRN in a sentence is no damage', () => {
    for (const end of ['.', ')', ';', '].']) {
      expect(clusterCrnsInText(`(resource ${CRN}${end}`)).toEqual({ valid: [parseClusterCrn(CRN)], damaged: [] })
    }
  })
})
