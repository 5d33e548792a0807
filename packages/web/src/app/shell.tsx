import {
  ActionIcon,
  AppShell,
  Button,
  Group,
  Kbd,
  NavLink,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { openSpotlight } from "@mantine/spotlight";
import { type ReactNode, Suspense } from "react";
import { Link, Outlet, useLocation, useNavigate } from "react-router";
import { AccessDialog } from "../auth/access-dialog.js";
import { useLogin } from "../auth/login-context.js";
import { LiveIndicator } from "../live/live-indicator.js";
import { zoneName } from "../shared/format.js";
import { LoadingRows } from "../shared/states.js";
import { CommandPalette } from "./command-palette.js";
import { Icon } from "./icons.js";
import { NewPage } from "./new-page.js";
import classes from "./shell.module.css";
import { addressOf, PAGES } from "./shell-pages.js";
import { useGrid } from "./use-grid.js";

function SchemeSwitch(): ReactNode {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme("light") === "dark";
  const label = dark ? "Use light colours" : "Use dark colours";
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size="md"
        aria-label={label}
        onClick={() => setColorScheme(dark ? "light" : "dark")}
      >
        <Icon name={dark ? "sun" : "moon"} />
      </ActionIcon>
    </Tooltip>
  );
}

/** Who is logged in, where somebody has to be. */
function Account(): ReactNode {
  const { name, end } = useLogin();
  return name === null ? null : (
    <Button variant="default" onClick={() => void end()} aria-label={`Log out ${name}`}>
      {name} · Log out
    </Button>
  );
}

/** What surrounds every page: where one is, how fresh it is, and where one can go. */
export function Shell(): ReactNode {
  const { pathname } = useLocation();
  const gridUuid = useGrid();
  const navigate = useNavigate();
  useHotkeys(PAGES.map((page, index) => [`alt + ${index + 1}`, () => void navigate(addressOf(page, gridUuid))]));
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
          <UnstyledButton className={classes.search} onClick={openSpotlight}>
            <Icon name="search" size={14} /> Go to <Kbd size="xs">Ctrl K</Kbd>
          </UnstyledButton>
          <Text size="xs" c="var(--ink-soft)" title="The zone of all times on these pages">
            {zoneName()}
          </Text>
          <LiveIndicator />
          <Account />
          <SchemeSwitch />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className={`${classes.navbar} no-print`} aria-label="Pages">
        {PAGES.map((page, index) => (
          <NavLink
            key={page.path}
            component={Link}
            to={addressOf(page, gridUuid)}
            label={page.label}
            title={`Alt ${index + 1}`}
            leftSection={<Icon name={page.icon} />}
            active={pathname === page.path || pathname.startsWith(`${page.path}/`)}
            className={classes.link}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" className={classes.main} tabIndex={-1}>
        <Suspense
          fallback={
            <div className={classes.loading}>
              <LoadingRows />
            </div>
          }
        >
          <Outlet />
        </Suspense>
      </AppShell.Main>
      <NewPage />
      <CommandPalette />
      <AccessDialog />
    </AppShell>
  );
}
