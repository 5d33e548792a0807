import { Alert, Button, Center, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { ApiProblem } from "../api/problem.js";

/** Rows that stand where content will be. */
export function LoadingRows({ rows = 6, height = 28 }: { rows?: number; height?: number }): ReactNode {
  return (
    <Stack gap={6} role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => row).map((row) => (
        <Skeleton key={row} height={height} radius="sm" />
      ))}
    </Stack>
  );
}

/** A request that failed: what happened, what can be done, and a way to try again. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }): ReactNode {
  const problem = error instanceof ApiProblem ? error : null;
  return (
    <Alert
      color="red"
      variant="outline"
      title={problem?.status === 404 ? "Not found" : "This can't be shown"}
      role="alert"
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
        {problem?.hint != null && <Text size="sm">{problem.hint}</Text>}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** There is nothing to show, and that is no mistake. */
export function Nothing({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}): ReactNode {
  return (
    <Center py={48} px="md">
      <Stack gap="xs" align="center" maw={520}>
        <Title order={2} size="h4">
          {title}
        </Title>
        {children !== undefined && (
          <Text size="sm" c="var(--ink-soft)" ta="center" component="div">
            {children}
          </Text>
        )}
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Stack>
    </Center>
  );
}
