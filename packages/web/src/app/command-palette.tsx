import { Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import "@mantine/spotlight/styles.css";
import { useMantineColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { useNavigate } from "react-router";
import { acquisitionsQuery, allGridsQuery, squaresQuery } from "../api/queries.js";
import { Icon } from "./icons.js";
import { addressOf, PAGES } from "./shell-pages.js";
import { useGrid } from "./use-grid.js";

/** Everything that one can go to or do, by typing a part of its name: Ctrl K. */
export function CommandPalette(): ReactNode {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const [opened, setOpened] = useState(false);
  const gridUuid = useGrid();
  const acquisitions = useQuery({ ...acquisitionsQuery, enabled: opened });
  const grids = useQuery({ ...allGridsQuery, enabled: opened });
  const squares = useQuery({ ...squaresQuery(gridUuid ?? ""), enabled: opened && gridUuid !== null });

  const actions = useMemo((): SpotlightActionGroupData[] => {
    const go = (path: string) => () => void navigate(path);
    const names = new Map((acquisitions.data ?? []).map(({ uuid, name }) => [uuid, name]));
    return [
      {
        group: "Pages",
        actions: PAGES.map((page) => ({
          id: page.path,
          label: page.label,
          leftSection: <Icon name={page.icon} />,
          onClick: go(addressOf(page, gridUuid)),
        })),
      },
      {
        group: "Sessions",
        actions: (acquisitions.data ?? []).map(({ uuid, name, instrument_id, status }) => ({
          id: `session ${uuid}`,
          label: name,
          description: [instrument_id, status].filter((part) => part !== null).join(" · "),
          onClick: go(`/ui/sessions/${uuid}`),
        })),
      },
      {
        group: "Grids",
        actions: (grids.data ?? []).map(({ uuid, name, acquisition_uuid }) => ({
          id: `grid ${uuid}`,
          label: name,
          description: names.get(acquisition_uuid ?? "") ?? "",
          onClick: go(`/ui/grids/${uuid}`),
        })),
      },
      {
        group: "Squares of this grid",
        actions: (squares.data ?? []).map(({ uuid, gridsquare_id }) => ({
          id: `square ${uuid}`,
          label: `Square ${gridsquare_id}`,
          onClick: go(`/ui/squares/${uuid}`),
        })),
      },
      {
        group: "Page",
        actions: [
          {
            id: "light",
            label: "Light colours",
            leftSection: <Icon name="sun" />,
            onClick: () => setColorScheme("light"),
          },
          {
            id: "dark",
            label: "Dark colours",
            leftSection: <Icon name="moon" />,
            onClick: () => setColorScheme("dark"),
          },
          { id: "auto", label: "Colours of the system", onClick: () => setColorScheme("auto") },
          {
            id: "print",
            label: "Print this page",
            leftSection: <Icon name="print" />,
            onClick: () => setTimeout(() => window.print(), 300),
          },
        ],
      },
    ];
  }, [acquisitions.data, grids.data, squares.data, navigate, gridUuid, setColorScheme]);

  return (
    <Spotlight
      actions={actions}
      onSpotlightOpen={() => setOpened(true)}
      shortcut="mod + K"
      // Also where one writes: what is written stays, and is gone back to.
      tagsToIgnore={[]}
      triggerOnContentEditable
      nothingFound="Nothing of that name"
      highlightQuery
      scrollable
      maxHeight={460}
      limit={12}
      overlayProps={{ backgroundOpacity: 0.4, blur: 0 }}
      searchProps={{
        leftSection: <Icon name="search" />,
        placeholder: "Page, session, grid, square…",
        "aria-label": "Search",
      }}
    />
  );
}
