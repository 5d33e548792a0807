import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { ApiProblem } from "./problem.js";
import { setAccessToken } from "./token.js";

/** Asks for an access token as soon as the server refuses an answer for want of one. */
export function AccessDialog(): ReactNode {
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const [token, setToken] = useState("");
  useEffect(
    () =>
      client.getQueryCache().subscribe((event) => {
        const { error } = event.query.state;
        if (event.type === "updated" && error instanceof ApiProblem && error.status === 401) setAsked(true);
      }),
    [client],
  );
  return (
    <Modal
      opened={asked}
      onClose={() => setAsked(false)}
      title="This server asks who you are"
      centered
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(false);
          setAccessToken(token);
          setToken("");
        }}
      >
        <Stack gap="sm">
          <Text size="sm">
            Paste an access token of your facility's identity provider. It is kept until you close this tab.
          </Text>
          <PasswordInput
            label="Access token"
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            data-autofocus
          />
          <Group justify="flex-end">
            <Button type="submit" disabled={token.trim() === ""}>
              Continue
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
