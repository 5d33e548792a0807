import type { Reports } from "../instructions/instruction-runner.js";
import type { Journal } from "../journal/journal.js";
import type { Settings } from "../settings.js";
import { type AgentStatus, filesByKind, orphansOf } from "./agent-status.js";

/** What the agent answers to the instructions that ask it about itself, or change how it works. */
export function agentReports(journal: Journal, settings: Settings, status: () => AgentStatus): Reports {
  return {
    "agent.status.request": () => status(),
    "agent.config.update": (payload) => settings.change(payload),
    "agent.info.datastore": () => ({
      files: filesByKind(journal),
      entities: Object.fromEntries(journal.entities.counts().map(({ kind, ...counts }) => [kind, counts])),
      sessions: journal.sessions.all(),
    }),
    "agent.info.metrics": () => {
      const { throughput, latency, queue, uptime_s } = status();
      return { throughput, latency, queue, uptime_s };
    },
    "agent.info.errors": () => {
      const { errors, unread, refused, api } = status();
      return { errors, unread, refused, api };
    },
    "agent.info.orphans": () => orphansOf(journal),
  };
}
