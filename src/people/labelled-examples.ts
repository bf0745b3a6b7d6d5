import { z } from 'zod'
import { type Case, firingAlerts } from '../model/case.ts'
import { cut, maskSecrets } from '../model/outside-text.ts'
import { REASONS, type Reason } from '../model/verdict.ts'
import type { SettingStore } from '../store/store.ts'

/** The list of what people labelled, and each of them, in the settings of the store. */
const LIST = 'labelled-examples'
/** Examples kept; of more the oldest go. */
const EXAMPLE_LIMIT = 500
const WORDS_LIMIT = 500

const Ids = z.array(z.string())
const LabelledExample = z.object({
  id: z.string(),
  caseId: z.string(),
  /** Which verdict would have been right, as a person said. */
  right: z.enum(REASONS),
  /** Their words, secrets masked. */
  text: z.string(),
  by: z.string(),
  /** UTC ISO 8601. */
  at: z.string(),
  alerts: z.array(
    z.object({
      fingerprint: z.string(),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
      startsAtMs: z.number(),
      /** The verdict that was given, or null where there was none. */
      given: z.string().nullable(),
      /** What it was given on, whole, as the case has it. */
      facts: z.unknown(),
    }),
  ),
})
/** A case whose verdict a person called wrong, with what it was judged on. */
export type LabelledExample = z.infer<typeof LabelledExample>

/** The example that a case makes, as it stands. */
export function toExample(
  subject: Case,
  said: { right: Reason; text: string; by: string; nowMs: number },
): LabelledExample {
  return {
    // One for each person and case: who says it again corrects it.
    id: `${subject.id}.${said.by.replace(/^slack:(\w+).*$/, '$1')}`,
    caseId: subject.id,
    right: said.right,
    text: cut(maskSecrets(said.text), WORDS_LIMIT),
    by: said.by,
    at: new Date(said.nowMs).toISOString(),
    alerts: firingAlerts(subject).map(({ fingerprint, labels, annotations, startsAtMs, judgement, facts }) => ({
      fingerprint,
      labels,
      annotations,
      startsAtMs,
      given: judgement?.verdict.reason ?? null,
      facts,
    })),
  }
}

/** Keeps an example durably, in place of what the same person said of the case. Under the turn of the examples. */
export async function keepExample(example: LabelledExample, store: SettingStore): Promise<void> {
  await store.putSetting(nameOf(example.id), JSON.stringify(example))
  const others = (await exampleIds(store)).filter((id) => id !== example.id)
  const gone = others.slice(0, Math.max(0, others.length + 1 - EXAMPLE_LIMIT))
  for (const id of gone) await store.putSetting(nameOf(id), 'null')
  await store.putSetting(LIST, JSON.stringify([...others.slice(gone.length), example.id]))
}

/** All examples, oldest first. */
export async function listExamples(store: Pick<SettingStore, 'setting'>): Promise<LabelledExample[]> {
  const found = await Promise.all((await exampleIds(store)).map((id) => exampleById(id, store)))
  return found.filter((example) => example !== null)
}

/** The example of an id, or null. */
export async function exampleById(id: string, store: Pick<SettingStore, 'setting'>): Promise<LabelledExample | null> {
  const parsed = LabelledExample.safeParse(toJson(await store.setting(nameOf(id))))
  return parsed.success ? parsed.data : null
}

async function exampleIds(store: Pick<SettingStore, 'setting'>): Promise<string[]> {
  const parsed = Ids.safeParse(toJson(await store.setting(LIST)))
  return parsed.success ? parsed.data : []
}

function nameOf(id: string): string {
  return `labelled-example/${id}`
}

function toJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
