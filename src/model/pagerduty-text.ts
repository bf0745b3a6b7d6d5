import type { ReceivedAlert } from './alert.ts'

/**
 * The alerts of a PagerDuty incident's text as Alertmanager's own template writes it: `Labels:` and `Annotations:` lists
 * of ` - name = value`, then `Source: URL`. Values may run over several lines. Empty when the text holds none.
 * Source: Alertmanager template/default.tmpl, __text_alert_list.
 */
export function alertsInText(text: string, startsAtMs: number): ReceivedAlert[] {
  const alerts: ReceivedAlert[] = []
  let current: ReceivedAlert | null = null
  let list: Record<string, string> | null = null
  let lastKey: string | null = null
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*Labels:\s*$/.test(line)) {
      current = {
        fingerprint: `text-${alerts.length + 1}`,
        status: 'firing',
        labels: {},
        annotations: {},
        startsAtMs,
        endsAtMs: null,
        generatorUrl: '',
      }
      alerts.push(current)
      list = current.labels
      lastKey = null
    } else if (/^\s*Annotations:\s*$/.test(line) && current) {
      list = current.annotations
      lastKey = null
    } else if (/^\s*Source:/.test(line) && current) {
      current.generatorUrl = line.slice(line.indexOf(':') + 1).trim()
      list = null
    } else if (list) {
      const entry = /^\s*- (\S+) = (.*)$/.exec(line)
      if (entry?.[1] !== undefined) {
        lastKey = entry[1]
        list[lastKey] = entry[2]?.trimEnd() ?? ''
      } else if (lastKey !== null && line.trim() !== '') {
        list[lastKey] = `${list[lastKey] ?? ''}\n${line}`
      }
    }
  }
  return alerts
}
