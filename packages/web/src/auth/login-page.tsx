import { Button } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { Failure, LoadingRows } from "../shared/states.js";
import { useLogin } from "./login-context.js";

/** Where the identity provider sends people back to; they see it only if that failed. */
export function LoginPage(): ReactNode {
  const navigate = useNavigate();
  const { begin, complete } = useLogin();
  const [error, setError] = useState<Error | null>(null);
  // What the provider sent back with counts once.
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    begun.current = true;
    complete().then(
      (returnTo) => void navigate(returnTo, { replace: true }),
      (reason: unknown) => setError(reason instanceof Error ? reason : new Error(String(reason))),
    );
  }, [complete, navigate]);
  if (error === null) return <LoadingRows rows={4} />;
  return (
    <>
      <Failure error={error} />
      <Button m="sm" onClick={() => void begin()}>
        Log in again
      </Button>
    </>
  );
}
