import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "../app/icons.js";

export interface ExportItem {
  readonly label: string;
  readonly run: () => void;
}

/** What a page shows, as files. */
export function ExportMenu({ items }: { items: readonly ExportItem[] }): ReactNode {
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Tooltip label="Export">
          <ActionIcon variant="default" size="md" aria-label="Export" className="no-print">
            <Icon name="download" />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {items.map(({ label, run }) => (
          <Menu.Item key={label} onClick={run}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
