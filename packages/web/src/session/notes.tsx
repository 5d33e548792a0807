import { Button, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { notesQuery, writeNote } from "../api/queries.js";
import { useLogin } from "../auth/login-context.js";
import { usePermission } from "../auth/use-permission.js";
import { formatDateTime } from "../shared/format.js";
import { sayNotDone } from "../shared/not-done.js";
import { Failures, LoadingRows } from "../shared/states.js";
import classes from "./session-page.module.css";

/** What people write down about a session, newest last. */
export function Notes({ acquisitionUuid }: { acquisitionUuid: string }): ReactNode {
  const client = useQueryClient();
  const { name } = useLogin();
  const operate = usePermission("operate");
  const notes = useQuery(notesQuery(acquisitionUuid));
  const [text, setText] = useState("");
  const write = useMutation({
    mutationFn: () => writeNote(acquisitionUuid, text.trim(), name),
    onSuccess: () => {
      setText("");
      return client.invalidateQueries({ queryKey: notesQuery(acquisitionUuid).queryKey });
    },
    onError: (error) => sayNotDone("The note was not kept", error),
  });
  if (notes.data === null) return null;
  return (
    <section className={`panel ${classes.part}`} aria-labelledby="notes-title">
      <Title order={2} size="h4" id="notes-title" mb={6}>
        Notes
      </Title>
      <Stack gap={8}>
        <Failures of={{ "": notes }} />
        {notes.isPending && <LoadingRows rows={2} />}
        {notes.data?.map((note) => (
          <div key={note.note_id}>
            <Text size="xs" c="var(--ink-soft)">
              {formatDateTime(note.created_at)}
              {note.author !== null && ` · ${note.author}`}
            </Text>
            <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
              {note.text}
            </Text>
          </div>
        ))}
        <form
          className="no-print"
          aria-label="Write a note"
          aria-describedby={operate.describedBy}
          onSubmit={(event) => {
            event.preventDefault();
            write.mutate();
          }}
        >
          <Textarea
            aria-label="A new note"
            placeholder="What is worth knowing about this session"
            size="xs"
            autosize
            minRows={2}
            disabled={operate.missing}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button
            type="submit"
            variant="default"
            mt={6}
            disabled={text.trim() === "" || operate.missing}
            loading={write.isPending}
          >
            Keep note
          </Button>
          {operate.note}
        </form>
      </Stack>
    </section>
  );
}
