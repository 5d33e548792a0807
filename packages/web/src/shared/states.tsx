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

interface FailureProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
  /** What can't be shown, in words. */
  readonly what?: readonly string[];
  /** Whether what was there before is still shown. */
  readonly kept?: boolean;
}

/** A request that failed: what happened, what can be done, and a way to try again. */
export function Failure({ error, onRetry, what = [], kept = false }: FailureProps): ReactNode {
  const problem = error instanceof ApiProblem ? error : null;
  const verdict = problem?.status === 404 ? "Not found" : kept ? "Not up to date" : "This can't be shown";
  return (
    <Alert
      color="red"
      variant="outline"
      title={what.length === 0 ? verdict : `${verdict}: ${what.join(", ")}`}
      role="alert"
      // What is still there needs the room.
      p={kept ? "xs" : "md"}
      style={{ flex: "none" }}
    >
      <Group gap="sm">
        <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
        {problem?.hint != null && <Text size="sm">{problem.hint}</Text>}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}

/** How a request stands, as far as pages say so. */
export interface Asked {
  readonly isError: boolean;
  readonly error: unknown;
  /** What is known, also from before a later request that failed. */
  readonly data: unknown;
  refetch(): unknown;
}

/** Those of many requests that failed. */
export function failedOf(asked: readonly Asked[]): Asked[] {
  return asked
    .filter(({ isError }) => isError)
    .map(({ isError, error, data, refetch }) => ({
      isError,
      error,
      data: data === undefined ? undefined : true,
      refetch,
    }));
}

/** What of a page was asked for and can't be had, in one place; nothing while all is well. What there is stays. */
export function Failures({ of }: { of: Readonly<Record<string, Asked | readonly Asked[]>> }): ReactNode {
  const failed = Object.entries(of).flatMap(([what, asked]) => {
    const own = [asked].flat().filter(({ isError }) => isError);
    return own.length === 0 ? [] : [{ what, own }];
  });
  const all = failed.flatMap(({ own }) => own);
  const [first] = all;
  if (first === undefined) return null;
  return (
    <Failure
      error={first.error}
      what={failed.flatMap(({ what }) => what || [])}
      kept={all.every(({ data }) => data !== undefined)}
      onRetry={() => {
        for (const one of all) void one.refetch();
      }}
    />
  );
}

interface AnsweredProps<T> {
  readonly query: Omit<Asked, "data"> & { readonly data: T | undefined };
  /** What stands there until the first answer. */
  readonly loading?: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** What a request answered; until then, that it is under way; why there is no answer, beside what was known before. */
export function Answered<T>({ query, loading = <LoadingRows rows={3} />, children }: AnsweredProps<T>): ReactNode {
  return (
    <>
      <Failures of={{ "": query }} />
      {query.data !== undefined ? children(query.data) : query.isError ? null : loading}
    </>
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
