import { Checkbox, Group, Select, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useEffectEvent, useRef } from "react";
import type { AgentLog } from "../api/additions.js";
import type { ListPart } from "../api/client.js";
import { agentLogsQuery } from "../api/queries.js";
import { followWhileSeen } from "../live/follow-while-seen.js";
import { useAddress } from "../shared/address.js";
import { saveCsv } from "../shared/export.js";
import { ExportMenu } from "../shared/export-menu.js";
import { formatCount, formatDateTime, formatMoment } from "../shared/format.js";
import { Scrollable } from "../shared/scrollable.js";
import { Failures, LoadingRows } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import classes from "./agents-page.module.css";
import { isWanted, LEVELS, type WantedLines, withNew } from "./log-lines.js";

const DEFAULT_LEVEL = "INFO";
/** The server looks for words when they are written. */
const TYPED_MS = 300;
const NO_LINES: ListPart<AgentLog> = { rows: [], total: 0 };

/** What agents write to their logs, as they write it. */
export function AgentLogs(): ReactNode {
  const client = useQueryClient();
  const address = useAddress();
  const asked = address.get("level") ?? "";
  const level = LEVELS.find((known) => known === asked) ?? DEFAULT_LEVEL;
  const text = address.get("log") ?? "";
  const [typed] = useDebouncedValue(text.trim(), TYPED_MS);
  const wanted: WantedLines = { level, text: typed };
  const question = agentLogsQuery(wanted);
  // While others are asked for, those that are there stay.
  const logs = useQuery({ ...question, placeholderData: keepPreviousData });
  const following = address.get("follow") !== "off";
  const scroller = useRef<HTMLElement>(null);
  const loaded = logs.data !== undefined;

  const add = useEffectEvent((lines: readonly AgentLog[]) => {
    const own = lines.filter((line) => isWanted(line, wanted));
    if (own.length > 0) client.setQueryData(question.queryKey, (known) => withNew(known ?? NO_LINES, own));
  });
  useEffect(() => {
    if (!loaded) return;
    let arrived: AgentLog[] = [];
    const store = (): void => {
      if (arrived.length === 0) return;
      const lines = arrived;
      arrived = [];
      add(lines);
    };
    const timer = setInterval(store, 250);
    const unfollow = followWhileSeen(["agent.log"], {
      onEvent: ({ type, data }) => {
        if (type === "agent.log") arrived.push(data as AgentLog);
      },
      onState: (state) => {
        // It tells of what is written from now on: what was written before is asked for.
        if (state === "live") void client.invalidateQueries({ queryKey: ["agents", "logs"] });
      },
    });
    return () => {
      clearInterval(timer);
      unfollow();
    };
  }, [client, loaded]);

  const { rows: shown, total } = logs.data ?? NO_LINES;

  // biome-ignore lint/correctness/useExhaustiveDependencies: new lines are what there is to follow.
  useEffect(() => {
    if (following) scroller.current?.scrollTo({ top: 0 });
  }, [shown, following]);

  return (
    <section className={`panel ${classes.part}`} aria-labelledby="logs-title">
      <Group gap="sm" mb={6}>
        <Title order={2} size="h4" id="logs-title">
          Logs
        </Title>
        <Select
          aria-label="Least severe level"
          data={[...LEVELS]}
          value={level}
          onChange={(value) => address.put("level", value === DEFAULT_LEVEL ? null : value)}
          allowDeselect={false}
          w={120}
        />
        <TextInput
          aria-label="Search the logs"
          placeholder="Agent, logger, message"
          value={text}
          onChange={(event) => address.put("log", event.currentTarget.value || null)}
        />
        <Checkbox
          size="xs"
          label="Follow"
          checked={following}
          onChange={(event) => address.put("follow", event.currentTarget.checked ? null : "off")}
        />
        <Text size="xs" c="var(--ink-soft)" ml="auto">
          {total > shown.length ? `newest ${formatCount(shown.length)} of ${formatCount(total)}` : "newest first"}
        </Text>
        <ExportMenu
          label="Save the lines"
          size="sm"
          items={[
            {
              label: "Table (CSV)",
              run: () =>
                saveCsv(
                  "agent-logs",
                  shown.map((line) => ({ ...line })),
                ),
            },
          ]}
        />
      </Group>
      <UnknownParts of={{ level: level !== asked }} />
      {logs.isPending && <LoadingRows />}
      <Failures of={{ "": logs }} />
      {logs.data !== undefined && shown.length === 0 && (
        <Text size="sm" c="var(--ink-soft)">
          {typed !== ""
            ? "No line matches."
            : level === "DEBUG"
              ? "No agent has reported anything."
              : `No agent has reported anything at ${level} or above.`}
        </Text>
      )}
      {shown.length > 0 && (
        <Scrollable className={classes.log} ref={scroller} label="Log lines">
          <ol>
            {shown.map((line) => (
              <li key={line.id} className={classes.line} data-level={line.level.toLowerCase()}>
                <time dateTime={line.timestamp} title={formatDateTime(line.timestamp)}>
                  {formatMoment(line.timestamp)}
                </time>{" "}
                <span className={classes.level}>{line.level}</span>{" "}
                <span className={classes.soft}>{line.agent_id}</span> {line.message}
              </li>
            ))}
          </ol>
        </Scrollable>
      )}
    </section>
  );
}
