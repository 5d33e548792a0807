import { VisuallyHidden } from "@mantine/core";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation } from "react-router";

/** On a page that one has come to from another one: the focus moves to its heading, as soon as it has one, and its title is read out. */
export function NewPage(): ReactNode {
  const { pathname } = useLocation();
  const before = useRef(pathname);
  const [title, setTitle] = useState("");

  useEffect(() => {
    if (before.current === pathname) return;
    before.current = pathname;
    const main = document.getElementById("main");
    const left = document.activeElement;
    const look = (): void => {
      const heading = main?.querySelector("h1");
      if (heading == null || heading.textContent === "") return;
      watched.disconnect();
      setTitle(document.title);
      // Who has gone on to something meanwhile, or stays with what both pages have, is left there.
      const { activeElement } = document;
      const elsewhere = activeElement !== document.body && activeElement !== left;
      if (elsewhere || (activeElement !== document.body && main?.contains(activeElement) === true)) return;
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    };
    const watched = new MutationObserver(look);
    // What is there now may still be the page that one leaves.
    const frame = requestAnimationFrame(() => {
      if (main !== null) watched.observe(main, { childList: true, subtree: true, characterData: true });
      look();
    });
    return () => {
      cancelAnimationFrame(frame);
      watched.disconnect();
    };
  }, [pathname]);

  return (
    <VisuallyHidden role="status" aria-label="Page">
      {title}
    </VisuallyHidden>
  );
}
