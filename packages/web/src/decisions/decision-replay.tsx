import { Button, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { replayQuery } from "../api/queries.js";
import { Mark } from "../shared/mark.js";
import { Failure, LoadingRows } from "../shared/states.js";

/** Computes a stored decision again from what it was made from, and says in words why it came out as it did. */
export function DecisionReplay({ gridUuid, decisionId }: { gridUuid: string; decisionId: number }): ReactNode {
  const [asked, setAsked] = useState(false);
  const replay = useQuery({ ...replayQuery(gridUuid, decisionId), enabled: asked });
  if (!asked) {
    return (
      <Button variant="default" onClick={() => setAsked(true)} style={{ alignSelf: "flex-start" }}>
        Replay and explain
      </Button>
    );
  }
  if (replay.isPending) return <LoadingRows rows={3} />;
  if (replay.isError) return <Failure error={replay.error} onRetry={() => void replay.refetch()} />;
  const { identical, explanation, squares } = replay.data;
  return (
    <Stack gap={6} component="section" aria-label="Replay">
      <Text size="sm" component="div">
        <Mark mark={identical ? "✓" : "✕"} tone={identical ? "live" : "warn"}>
          {identical
            ? "computed again: the same to the bit"
            : "computed again: not the same (another version of the program?)"}
        </Mark>
      </Text>
      <Text size="sm">{explanation}</Text>
      <ol style={{ margin: 0, paddingInlineStart: 22 }}>
        {squares.slice(0, 8).map((square) => (
          <Text size="sm" component="li" c="var(--ink-soft)" key={square.gridsquare_uuid}>
            {square.explanation}
          </Text>
        ))}
      </ol>
    </Stack>
  );
}
