{{/* The pod, the same for both stores but for the volume. */}}
{{- define "kp-events-responder.pod" -}}
metadata:
  labels:
    {{- include "kp-events-responder.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    # Policy and secrets are read again when their files change. These parts of the policy alone take a restart.
    checksum/policy-at-start: {{ include "kp-events-responder.policyAtStart" . | sha256sum }}
    {{- with .Values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "kp-events-responder.fullname" . }}
  automountServiceAccountToken: false
  # Kubernetes would otherwise put variables into the environment for each Service, some with names like ours.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext:
    {{- include "kp-events-responder.podSecurity" . | nindent 4 }}
  {{- with .Values.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if eq .Values.store.kind "redis" }}
  topologySpreadConstraints:
    {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "kp-events-responder.selectorLabels" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  containers:
    - name: responder
      image: {{ include "kp-events-responder.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      securityContext:
        {{- include "kp-events-responder.containerSecurity" . | nindent 8 }}
      ports:
        - {name: http, containerPort: 8080, protocol: TCP}
      env:
        {{- include "kp-events-responder.environment" . | nindent 8 }}
      # A start takes 1 s; a store that has to be checked or a slow node takes longer.
      startupProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 1
        timeoutSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      # On SIGTERM /readyz says 503 and the door stays open for 3 s: one look has to fall into them.
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 1
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        {{- if eq .Values.store.kind "embedded" }}
        - {name: data, mountPath: /data}
        {{- end }}
        - {name: secrets, mountPath: /etc/kp-responder/secrets, readOnly: true}
        - {name: policy, mountPath: /etc/kp-responder/policy, readOnly: true}
        {{- if .Values.etcdTls.existingSecret }}
        - {name: etcd-tls, mountPath: /etc/kp-responder/etcd, readOnly: true}
        {{- end }}
        {{- if .Values.kubernetes.enabled }}
        - {name: kubernetes, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{ end }}
  volumes:
    # SQLite sorts what is large in a file.
    - name: tmp
      emptyDir: {sizeLimit: 64Mi}
    {{- if and (eq .Values.store.kind "embedded") .Values.store.persistence.existingClaim }}
    - name: data
      persistentVolumeClaim: {claimName: {{ .Values.store.persistence.existingClaim }}}
    {{- end }}
    - name: secrets
      secret:
        secretName: {{ include "kp-events-responder.secretName" . }}
        defaultMode: 0440
        items:
          {{- range include "kp-events-responder.secretKeys" . | fromJsonArray }}
          - {key: {{ . }}, path: {{ . }}}
          {{- end }}
    - name: policy
      configMap: {name: {{ include "kp-events-responder.fullname" . }}-policy}
    {{- with .Values.etcdTls }}
    {{- if .existingSecret }}
    - name: etcd-tls
      secret:
        secretName: {{ .existingSecret }}
        defaultMode: 0440
    {{- end }}
    {{- end }}
    {{- if .Values.kubernetes.enabled }}
    # Nothing is mounted by itself: this token is the pod's own, lives an hour and is renewed by the kubelet.
    - name: kubernetes
      projected:
        defaultMode: 0440
        sources:
          - serviceAccountToken: {path: token, expirationSeconds: 3600}
          - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
    {{- end }}
    {{- with .Values.extraVolumes }}{{ toYaml . | nindent 4 }}{{ end }}
{{- end }}

{{- define "kp-events-responder.environment" -}}
- {name: HOST, value: 0.0.0.0}
- {name: PORT, value: '8080'}
- {name: DATA_DIR, value: /data}
- {name: POLICY_FILE, value: /etc/kp-responder/policy/policy.yaml}
{{- range $name, $value := .Values.config }}
{{- if $value }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}
{{- range include "kp-events-responder.secretKeys" . | fromJsonArray }}
- name: {{ . }}_FILE
  value: /etc/kp-responder/secrets/{{ . }}
{{- end }}
{{- if .Values.kubernetes.enabled }}
- {name: KUBERNETES_IN_CLUSTER, value: 'true'}
{{- end }}
{{- with .Values.etcdTls }}
{{- if .existingSecret }}
- {name: ETCD_CA_FILE, value: /etc/kp-responder/etcd/{{ .caKey }}}
{{- if .certKey }}
- {name: ETCD_CERT_FILE, value: /etc/kp-responder/etcd/{{ .certKey }}}
- {name: ETCD_KEY_FILE, value: /etc/kp-responder/etcd/{{ .keyKey }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
