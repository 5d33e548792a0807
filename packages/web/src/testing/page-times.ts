import type { Locator, Page } from "playwright-core";

/** To be called before the first request: from then on, {@link firstViewMs} knows when the list of sessions was there. */
export function watchFirstView(page: Page): Promise<unknown> {
  return page.addInitScript(() => {
    const seen = new MutationObserver(() => {
      if (document.querySelector("tbody tr td") === null) return;
      seen.disconnect();
      requestAnimationFrame(() => performance.mark("first-view"));
    });
    seen.observe(document, { childList: true, subtree: true });
  });
}

/** From the request to the frame with the list of sessions. */
export async function firstViewMs(page: Page): Promise<number> {
  await page.waitForFunction(() => performance.getEntriesByName("first-view").length > 0);
  return page.evaluate(() => performance.getEntriesByName("first-view")[0]?.startTime ?? Number.NaN);
}

/** What the scripts weigh, as they were sent, that were asked for until the list of sessions was there. */
export function scriptBytes(page: Page): Promise<number> {
  return page.evaluate(() => {
    const seenAt = performance.getEntriesByName("first-view")[0]?.startTime ?? Number.NaN;
    return performance
      .getEntriesByType("resource")
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .filter(({ name, startTime }) => name.endsWith(".js") && startTime < seenAt)
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  });
}

/** From the click on a page's link to the frame with its heading. */
export async function changeOfPageMs(page: Page, name: string): Promise<number> {
  await page.getByRole("link", { name, exact: true }).waitFor();
  return page.evaluate(
    (heading) =>
      new Promise<number>((resolve) => {
        const links = document.querySelectorAll<HTMLAnchorElement>('[aria-label="Pages"] a');
        const start = performance.now();
        const seen = new MutationObserver(() => {
          if (document.querySelector("h1")?.textContent !== heading) return;
          seen.disconnect();
          requestAnimationFrame(() => resolve(performance.now() - start));
        });
        seen.observe(document, { childList: true, characterData: true, subtree: true });
        [...links].find((link) => link.textContent === heading)?.click();
      }),
    name,
  );
}

/** From the click on a link to the frame with a map that was not there before. */
export async function changeToMapMs(link: Locator): Promise<number> {
  return link.first().evaluate(
    (element: HTMLElement) =>
      new Promise<number>((resolve) => {
        const maps = () => [...document.querySelectorAll("canvas[role=img]")];
        const before = new Set(maps());
        const start = performance.now();
        const seen = new MutationObserver(() => {
          if (maps().every((map) => before.has(map))) return;
          seen.disconnect();
          requestAnimationFrame(() => resolve(performance.now() - start));
        });
        seen.observe(document, { childList: true, subtree: true });
        element.click();
      }),
  );
}
