import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { ApiProblem } from "../api/problem.js";
import { accessToken, setAccessToken } from "../api/token.js";
import { useLogin } from "./login-context.js";

/**
 * Sees to it that somebody logs in as soon as the server refuses an answer for want of a token: at its identity provider, or,
 * where it names none, with a token that is pasted here.
 */
export function AccessDialog(): ReactNode {
  const client = useQueryClient();
  const { begin } = useLogin();
  /** Why there is a dialog; null: there is none. */
  const [reason, setReason] = useState<"paste" | "again" | null>(null);
  const asking = useRef(false);
  useEffect(
    () =>
      client.getQueryCache().subscribe((event) => {
        const { error } = event.query.state;
        if (event.type !== "updated" || !(error instanceof ApiProblem) || error.status !== 401 || asking.current)
          return;
        asking.current = true;
        // A token that the server does not take: going to the provider again by itself could go on for ever.
        if (accessToken() !== null) return setReason("again");
        begin()
          .then((left) => {
            if (!left) setReason("paste");
          })
          .catch(() => setReason("paste"));
      }),
    [client, begin],
  );
  const close = (): void => {
    asking.current = false;
    setReason(null);
  };
  const logIn = (): void => {
    setAccessToken(null);
    begin()
      .then((left) => {
        if (!left) setReason("paste");
      })
      .catch(() => setReason("paste"));
  };
  return (
    <Modal
      opened={reason !== null}
      onClose={close}
      title="This server asks who you are"
      centered
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {reason === "again" && (
        <Stack gap="sm">
          <Text size="sm">Your login has ended, or the server does not accept it.</Text>
          <Group justify="flex-end">
            <Button onClick={logIn} data-autofocus>
              Log in again
            </Button>
          </Group>
        </Stack>
      )}
      {reason === "paste" && <PasteToken onToken={close} />}
    </Modal>
  );
}

function PasteToken({ onToken }: { onToken: () => void }): ReactNode {
  const [token, setToken] = useState("");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onToken();
        setAccessToken(token);
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
  );
}
