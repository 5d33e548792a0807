import { Button } from "@mantine/core";
import { type QueryClient, useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import {
  acquisitionQuery,
  allInstructions,
  choicesQuery,
  gridsQuery,
  notesQuery,
  planQuery,
  resultsQuery,
  settingsQuery,
  squaresQuery,
} from "../api/queries.js";
import { Icon } from "../app/icons.js";
import { save } from "../shared/export.js";
import { sayNotDone } from "../shared/not-done.js";
import type { SessionReport } from "./session-report.js";

async function gather(client: QueryClient, uuid: string): Promise<SessionReport> {
  const [acquisition, settings, grids, notes, instructions] = await Promise.all([
    client.fetchQuery(acquisitionQuery(uuid)),
    client.fetchQuery(settingsQuery(uuid)),
    client.fetchQuery(gridsQuery(uuid)),
    client.fetchQuery(notesQuery(uuid)),
    allInstructions(uuid),
  ]);
  return {
    acquisition,
    settings,
    notes: notes ?? [],
    instructions,
    madeAt: Date.now(),
    grids: await Promise.all(
      grids.map(async (grid) => ({
        grid,
        squares: await client.fetchQuery(squaresQuery(grid.uuid)),
        plan: await client.fetchQuery(planQuery(grid.uuid)),
        results: await client.fetchQuery(resultsQuery(grid.uuid)),
        choices: await client.fetchQuery(choicesQuery(grid.uuid)),
      })),
    ),
  };
}

/** Saves all that is known of a session as one HTML file. */
export function ReportButton({ acquisitionUuid }: { acquisitionUuid: string }): ReactNode {
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: async () => {
      const [report, { sessionReport }] = await Promise.all([
        gather(client, acquisitionUuid),
        // What draws it is loaded when it is asked for.
        import("./session-report.js"),
      ]);
      const html = new Blob([sessionReport(report)], { type: "text/html;charset=utf-8" });
      save(`${report.acquisition.name}-report.html`, html);
    },
    onError: (error) => sayNotDone("No report", error),
  });
  return (
    <Button
      variant="default"
      className="no-print"
      leftSection={<Icon name="download" size={14} />}
      loading={make.isPending}
      onClick={() => make.mutate()}
    >
      Report
    </Button>
  );
}
