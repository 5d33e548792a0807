import { followEvents } from "@smartem/backend/testing/sse-for-tests";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { describeInBrowser, send, startWebForTests, type WebForTests } from "../testing/browser-for-tests.js";
import { seedSession, sendSession } from "../testing/seed-session.js";

interface Order {
  readonly instruction_id: string;
  readonly instruction_type: string;
  readonly payload: {
    readonly gridsquare_id?: string;
    readonly gridsquare_ids?: readonly string[];
    readonly foilhole_ids?: readonly string[];
    readonly skip_foilhole_ids?: readonly string[];
  };
}

describeInBrowser("what an operator clicks", () => {
  let web: WebForTests;
  beforeAll(async () => {
    web = await startWebForTests();
    const shape = { squares: 12, openedSquares: 3, holesPerSquare: 40, imagedPerSquare: 10 };
    await sendSession(web.url, seedSession({ prefix: "o", name: "Apoferritin", ...shape }));
    await send(web.url, "POST", "/agent/krios/sessions", { session_id: "of-agent", acquisition_uuid: "o-acquisition" });
    await web.settle();
  });
  afterAll(() => web?.stop());

  test("about squares and holes reaches the agent as its next orders, in mode automatic", async () => {
    const orders: Order[] = [];
    const path = "/agent/krios/session/of-agent/instructions";
    const agent = followEvents(`${web.url}${path}/stream`, (event, data) => {
      if (event !== "instruction") return;
      const order = data as Order;
      orders.push(order);
      void send(web.url, "POST", `${path}/${order.instruction_id}/ack`, { status: "processed" });
    });
    onTestFinished(() => agent.close());
    const latest = (type: string, about: (order: Order) => boolean = () => true) =>
      orders.findLast(
        ({ instruction_type, ...order }) => instruction_type.endsWith(type) && about({ instruction_type, ...order }),
      );

    const { page, errors } = await web.open("/ui/sessions/o-acquisition");
    await page.getByText("Automatic", { exact: true }).click();
    await page.getByRole("button", { name: "Let it decide" }).click();
    await expect.poll(() => latest("reorder_gridsquares")).toBeDefined();
    const ids = (await send(web.url, "GET", "/grids/o-grid/gridsquares")) as { uuid: string; gridsquare_id: string }[];
    const idOf = (uuid: string) => ids.find((square) => square.uuid === uuid)?.gridsquare_id;
    const squares = () => latest("reorder_gridsquares")?.payload.gridsquare_ids ?? [];
    const uuidOf = (id: string) => ids.find((square) => square.gridsquare_id === id)?.uuid;
    // One that was looked into, and would not be the next.
    const wanted = squares()[0] === idOf("o-square-1") ? 2 : 1;
    const wantedId = idOf(`o-square-${wanted}`) ?? "";
    const locked = squares().findLast((id) => id !== wantedId) ?? "";

    await page.goto(`${web.url}/ui/grids/o-grid?square=${uuidOf(locked)}`);
    const control = page.getByRole("radiogroup", { name: "Who decides about it" });
    await control.getByText("Lock out").click();
    await expect.poll(() => latest("skip_gridsquares")?.payload.gridsquare_ids).toContain(locked);

    await page.goto(`${web.url}/ui/grids/o-grid?square=o-square-${wanted}`);
    await control.getByText("First").click();
    await expect.poll(() => send(web.url, "GET", "/grids/o-grid/choices")).toHaveLength(2);
    await expect.poll(() => squares()[0]).toBe(wantedId);
    expect(squares()).not.toContain(locked);

    const holes = () => latest("reorder_foilholes", ({ payload }) => payload.gridsquare_id === wantedId)?.payload;
    const { foilhole_id: hole } = (await send(web.url, "GET", `/foilholes/o-hole-${wanted}-30`)) as {
      foilhole_id: string;
    };
    await page.goto(`${web.url}/ui/squares/o-square-${wanted}?hole=o-hole-${wanted}-30`);
    await control.getByText("First").click();
    await expect.poll(() => holes()?.foilhole_ids?.[0]).toBe(hole);
    await control.getByText("Lock out").click();
    await expect.poll(() => holes()?.skip_foilhole_ids).toContain(hole);
    expect(errors).toEqual([]);
  });
});
