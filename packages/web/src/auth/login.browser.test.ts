import { createHash, randomBytes } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser, startWebForTests, type WebForTests } from "../testing/browser-for-tests.js";
import { seedSession, sendSession } from "../testing/seed-session.js";

const ISSUER = "http://identity.test/realms/facility";

/** An identity provider, as far as the authorisation code flow with PKCE goes, that lets everybody in as Ada. */
async function provideIdentity(page: Page): Promise<{ readonly tokens: string[] }> {
  const challenges = new Map<string, string>();
  const tokens: string[] = [];
  const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "*" };
  await page.route(`${ISSUER}/**`, async (route) => {
    const url = new URL(route.request().url());
    if (url.pathname.endsWith("/.well-known/openid-configuration")) {
      return route.fulfill({
        headers: cors,
        json: {
          issuer: ISSUER,
          authorization_endpoint: `${ISSUER}/auth`,
          token_endpoint: `${ISSUER}/token`,
          end_session_endpoint: `${ISSUER}/logout`,
        },
      });
    }
    if (url.pathname.endsWith("/auth")) {
      const query = url.searchParams;
      expect(query.get("client_id")).toBe("smartem-web");
      expect(query.get("code_challenge_method")).toBe("S256");
      const code = randomBytes(8).toString("hex");
      challenges.set(code, query.get("code_challenge") ?? "");
      const back = new URL(query.get("redirect_uri") ?? "");
      back.searchParams.set("code", code);
      back.searchParams.set("state", query.get("state") ?? "");
      return route.fulfill({
        contentType: "text/html",
        body: `<a href="${back.href.replaceAll("&", "&amp;")}">Ada</a>`,
      });
    }
    if (url.pathname.endsWith("/token")) {
      const form = new URLSearchParams(route.request().postData() ?? "");
      const challenge = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url");
      if (challenges.get(form.get("code") ?? "") !== challenge) {
        return route.fulfill({ status: 400, headers: cors, json: { error: "invalid_grant" } });
      }
      challenges.delete(form.get("code") ?? "");
      const access_token = randomBytes(12).toString("hex");
      tokens.push(access_token);
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: ISSUER, sub: "1", aud: "smartem-web", iat: now, exp: now + 3_600, name: "Ada" };
      const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
      const id_token = `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
      return route.fulfill({
        headers: cors,
        json: { access_token, id_token, token_type: "Bearer", expires_in: 3_600 },
      });
    }
    return route.fulfill({ contentType: "text/html", body: "Goodbye" });
  });
  return { tokens };
}

/** The server's own answers, for those who have a token. */
async function askForTokens(page: Page, url: string, tokens: readonly string[]): Promise<string[]> {
  const admitted: string[] = [];
  await page.route(
    (address) => address.origin === new URL(url).origin && /^\/(acquisitions|frontend|grids)\b/.test(address.pathname),
    (route) => {
      const token = /^Bearer (.*)$/.exec(route.request().headers().authorization ?? "")?.[1];
      if (token === undefined || !tokens.includes(token)) {
        return route.fulfill({ status: 401, json: { detail: "Not authenticated", code: "token_missing" } });
      }
      admitted.push(new URL(route.request().url()).pathname);
      return route.continue();
    },
  );
  return admitted;
}

describeInBrowser("login", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
    await sendSession(
      web.url,
      seedSession({
        prefix: "l",
        name: "Apoferritin",
        squares: 4,
        openedSquares: 1,
        holesPerSquare: 9,
        imagedPerSquare: 2,
      }),
    );
  });
  afterAll(() => web?.stop());

  const configured = (page: Page, issuer: string | null): Promise<unknown> =>
    page.route("**/auth/configuration", (route) =>
      route.fulfill({
        json: {
          required: true,
          issuer,
          client_id: issuer === null ? null : "smartem-web",
          scope: issuer === null ? null : "openid profile",
        },
      }),
    );

  test("goes to the identity provider and comes back to the page that was asked for, with the event stream", async () => {
    let admitted: string[] = [];
    const { page, errors } = await web.open("/ui/sessions/l-acquisition?from=mail", {
      prepare: async (tab) => {
        await configured(tab, ISSUER);
        const { tokens } = await provideIdentity(tab);
        admitted = await askForTokens(tab, web.url, tokens);
      },
    });
    await page.getByRole("link", { name: "Ada" }).click();
    await page.getByRole("heading", { level: 1, name: "Apoferritin" }).waitFor();
    expect(page.url()).toBe(`${web.url}/ui/sessions/l-acquisition?from=mail`);
    await page.getByTestId("live-indicator").getByText("Live").waitFor();
    expect(admitted).toContain("/frontend/events/stream");

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
        await configured(tab, null);
        await askForTokens(tab, web.url, ["by-hand"]);
      },
    });
    await page.getByLabel("Access token", { exact: true }).fill("by-hand");
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("row", { name: /Apoferritin/ }).waitFor();
  });
});
