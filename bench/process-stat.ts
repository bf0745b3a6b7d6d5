import { readFileSync } from 'node:fs'

/** Ticks of /proc/PID/stat a second. Source: proc(5), sysconf(_SC_CLK_TCK), 100 on Linux. */
const TICKS_PER_SECOND = 100

/** CPU time that a process has used so far, user and system, in ms; to 10 ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name before it may hold blanks: what follows its closing bracket does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND
}

/** Memory that a process holds now and the most it ever held, in MB of 1,000,000 bytes. */
export function memoryMb(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return { now: readKb(status, 'VmRSS') / 976.5625, peak: readKb(status, 'VmHWM') / 976.5625 }
}

function readKb(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1])
}
