import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser, startWebForTests, type WebForTests } from "../testing/browser-for-tests.js";
import { type IdentityProvider, startIdentityProvider } from "../testing/identity-provider.js";

describeInBrowser("login", () => {
  let provider: IdentityProvider;
  let web: WebForTests;
  beforeAll(async () => {
    provider = await startIdentityProvider();
    web = await startWebForTests({ auth: provider.settings });
    await web.backend.pool.query(
      "insert into acquisitions (uuid, name, status) values ('l-acquisition', 'Apoferritin', 'started')",
    );
  });
  afterAll(async () => {
    await web?.stop();
    await provider?.stop();
  });

  test("goes to the identity provider and comes back to the page that was asked for, with the event stream", async () => {
    const { page, errors } = await web.open("/ui/sessions/l-acquisition?from=mail");
    const stream = page.waitForResponse(
      (response) => response.url().includes("/frontend/events/stream") && response.ok(),
    );
    await page.getByRole("link", { name: "Ada" }).click();
    await page.getByRole("heading", { level: 1, name: "Apoferritin" }).waitFor();
    expect(page.url()).toBe(`${web.url}/ui/sessions/l-acquisition?from=mail`);
    await stream;
    await page.getByTestId("live-indicator").getByText("Live").waitFor();

    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Apoferritin" }).waitFor();
    await page.getByRole("button", { name: "Log out Ada" }).click();
    await page.getByText("Goodbye").waitFor();
    expect(errors).toEqual([]);
  });

  test("says what went wrong when the provider sends back what this tab has not asked for", async () => {
    const { page } = await web.open("/ui/login?code=stolen&state=unknown");
    await page.getByRole("alert").getByText("This tab has not asked anybody to log in.").waitFor();
  });

  test("takes a token by hand where the server names no provider", async () => {
    const { page } = await web.open("/ui/sessions", {
      prepare: async (tab) => {
        await tab.route("**/auth/configuration", (route) =>
          route.fulfill({ json: { required: true, issuer: null, client_id: null, scope: null } }),
        );
        await tab.route(/\/acquisitions(\/[a-z-]+)?$/, (route) =>
          route.request().headers().authorization === "Bearer by-hand" ? route.fulfill({ json: [] }) : route.continue(),
        );
      },
    });
    await page.getByLabel("Access token", { exact: true }).fill("by-hand");
    const asked = page.waitForRequest((request) => request.headers().authorization === "Bearer by-hand");
    await page.getByRole("button", { name: "Continue" }).click();
    await asked;
    await page.getByText("No session yet").waitFor();
  });
});
