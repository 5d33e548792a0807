import { Anchor, Container } from "@mantine/core";
import type { ReactNode } from "react";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { Failure, Nothing } from "../shared/states.js";

/** Stands where a page failed. */
export function Crash(): ReactNode {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NoSuchPage />;
  return (
    <Container size="sm" py="xl">
      <Failure error={error} onRetry={() => window.location.reload()} />
    </Container>
  );
}

/** Stands where no page is. */
export function NoSuchPage(): ReactNode {
  return (
    <Nothing
      title="There is no such page"
      actions={
        <Anchor component={Link} to="/ui/sessions">
          All sessions
        </Anchor>
      }
    />
  );
}
