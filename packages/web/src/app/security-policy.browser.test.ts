import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser, startWebForTests, type WebForTests } from "../testing/browser-for-tests.js";
import { seedSession, sendSession } from "../testing/seed-session.js";

/** Every way of drawing and loading that the pages know, and the API's own page. */
const PAGES = [
  { path: "/ui/sessions/c-acquisition", ready: "Session" },
  { path: "/ui/grids/c-grid?square=c-square-0", ready: "Good expected" },
  { path: "/ui/squares/c-square-0?hole=c-hole-0-1", ready: "Belief" },
  { path: "/ui/quality/c-grid", ready: "CTF max resolution" },
  { path: "/docs/", ready: "SmartEM Decisions" },
] as const;

describeInBrowser("the content security policy", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
    const size = { squares: 6, openedSquares: 1, holesPerSquare: 12, imagedPerSquare: 6 };
    await sendSession(web.url, seedSession({ prefix: "c", name: "Policy", ...size }));
  });
  afterAll(() => web.stop());

  test.each(PAGES)("lets $path do what it does", async ({ path, ready }) => {
    const refused: string[] = [];
    const { page, errors } = await web.open(path, {
      prepare: (opened) => {
        opened.on("console", (message) => {
          if (/content security policy/i.test(message.text())) refused.push(message.text());
        });
        return Promise.resolve();
      },
    });
    await page.getByText(ready).first().waitFor();
    expect(refused).toEqual([]);
    expect(errors).toEqual([]);
  });
});
