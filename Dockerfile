# syntax=docker/dockerfile:1
# Both bases are pinned by digest; the tag beside it says what the digest was. Node's version is the one the tests run on
# (package.json), and the same binary compiles the cache and runs in the final stage.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6
# glibc and libstdc++, certificates and a user 65532; no shell, no package manager.
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No dependency needs its install script; our own postinstall is run below, by the user that will run the service.
RUN npm ci --omit=dev --ignore-scripts

FROM ${NODE_IMAGE} AS build
WORKDIR /app
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.cache
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY src ./src
# Node's compile cache holds for one binary, one path and one user.
RUN mkdir -p /data .cache && chown 65532:65532 /data .cache
USER 65532:65532
RUN ["node", "bin/warm-up.mjs"]

# The sandbox of PagerDuty, Slack and GitHub that compose.yaml wires the responder to. Never for production.
FROM build AS sandbox
COPY sandbox ./sandbox
ENTRYPOINT ["node", "sandbox/main.ts"]

FROM ${RUNTIME_IMAGE} AS responder
LABEL org.opencontainers.image.title="KP Events Responder" \
      org.opencontainers.image.description="Runs the armada-kp-events runbook itself, with evidence, verdict and every reason shown."
# All that is run belongs to root; the service writes into its data alone.
USER 0:0
WORKDIR /app
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.cache DATA_DIR=/data
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build --chown=0:0 /app ./
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
VOLUME ["/data"]
EXPOSE 8080
# Kubernetes has probes of its own; this is for those who run the image by hand or by compose.
HEALTHCHECK --interval=10s --timeout=5s --retries=3 \
  CMD ["/usr/local/bin/node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8080}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/local/bin/node"]
# The arguments of `npm start`; a test holds the two together. `doctor` and the other commands: `bin/kp-responder.mjs doctor`.
CMD ["--max-semi-space-size=4", "bin/start.mjs"]
