import { z } from 'zod'
import type { PodSpec } from './chart.ts'

const RESTRICTED = z.looseObject({
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  hostNetwork: z.literal(false).optional(),
  hostPID: z.literal(false).optional(),
  hostIPC: z.literal(false).optional(),
  securityContext: z.looseObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.number().min(10_000),
    runAsGroup: z.number().min(10_000),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
    sysctls: z.undefined().optional(),
  }),
  initContainers: z.undefined().optional(),
  volumes: z
    .array(
      // No hostPath; the restricted standard's other kinds are not used.
      z
        .strictObject({
          name: z.string(),
          configMap: z.unknown().optional(),
          secret: z.unknown().optional(),
          emptyDir: z.strictObject({ sizeLimit: z.string() }).optional(),
          persistentVolumeClaim: z.unknown().optional(),
          // A token of our own making: what mounts itself stays off.
          projected: z.unknown().optional(),
        })
        .partial({ configMap: true }),
    )
    .optional(),
  containers: z.array(
    z.looseObject({
      image: z.string().regex(/(@sha256:[0-9a-f]{64}|:(?!latest$)[\w.-]+)$/, 'has neither digest nor version'),
      command: z.undefined().optional(),
      securityContext: z.strictObject({
        allowPrivilegeEscalation: z.literal(false),
        capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
        privileged: z.literal(false),
        readOnlyRootFilesystem: z.literal(true),
        runAsNonRoot: z.literal(true),
      }),
      ports: z.array(z.looseObject({ hostPort: z.undefined().optional() })).optional(),
      resources: z.strictObject({
        requests: z.looseObject({ cpu: z.string(), memory: z.string() }),
        limits: z.looseObject({ cpu: z.string(), memory: z.string() }),
      }),
    }),
  ),
})

/**
 * What the pod does beyond the restricted pod security standard and our own rules: no token, read-only root, users above
 * 10000, limits. Source: kubernetes.io, Pod Security Standards and the Kubernetes hardening guide of NSA and CISA.
 */
export function securityFindings(pod: PodSpec): string[] {
  const { error } = RESTRICTED.safeParse(pod)
  return error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []
}
