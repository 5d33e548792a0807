import {
  ActionIcon,
  AppShell,
  Group,
  NavLink,
  Text,
  Tooltip,
  UnstyledButton,
  useMantineColorScheme,
} from "@mantine/core";
import { type ReactNode, Suspense } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { LiveIndicator } from "../live/live-indicator.js";
import { LoadingRows } from "../shared/states.js";
import { Icon, type IconName } from "./icons.js";
import classes from "./shell.module.css";

const PAGES: readonly { path: string; label: string; icon: IconName }[] = [
  { path: "/ui/sessions", label: "Sessions", icon: "sessions" },
];

function SchemeSwitch(): ReactNode {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark =
    colorScheme === "dark" || (colorScheme === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  const label = dark ? "Use light colours" : "Use dark colours";
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" aria-label={label} onClick={() => setColorScheme(dark ? "light" : "dark")}>
        <Icon name={dark ? "sun" : "moon"} />
      </ActionIcon>
    </Tooltip>
  );
}

/** What surrounds every page: where one is, how fresh it is, and where one can go. */
export function Shell(): ReactNode {
  const { pathname } = useLocation();
  return (
    <AppShell header={{ height: 44 }} navbar={{ width: 132, breakpoint: 0 }} padding={0} transitionDuration={0}>
      <AppShell.Header className={`${classes.header} no-print`}>
        <a href="#main" className={classes.skip}>
          Skip to content
        </a>
        <UnstyledButton component={Link} to="/ui/sessions" className={classes.brand}>
          <img src="/favicon.svg" alt="" width={22} height={22} />
          <Text fw={600} size="md" component="span">
            SmartEM Decisions
          </Text>
        </UnstyledButton>
        <Group gap="xs" ml="auto" wrap="nowrap">
          <LiveIndicator />
          <SchemeSwitch />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={`${classes.navbar} no-print`} aria-label="Pages">
        {PAGES.map(({ path, label, icon }) => (
          <NavLink
            key={path}
            component={Link}
            to={path}
            label={label}
            leftSection={<Icon name={icon} />}
            active={pathname === path || pathname.startsWith(`${path}/`)}
            className={classes.link}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" className={classes.main} tabIndex={-1}>
        <Suspense fallback={<LoadingRows />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}
