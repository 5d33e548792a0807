import { SmartemError } from "@smartem/common/errors";
import type { Pool } from "../database/connection.js";
import { findEntity } from "../entities/read.js";

/** What a name on the command line is the name of: a grid's uuid or alias, a registered model, both or neither. */
export async function whatIsNamed(pool: Pool, name: string): Promise<{ isGrid: boolean; isModel: boolean }> {
  const { rows } = await pool.query("select from prediction_models where name = $1", [name]);
  return { isGrid: (await findEntity(pool, "grid", name)) !== null, isModel: rows.length > 0 };
}

/**
 * The uuid of the grid, where there is one alone.
 *
 * @throws SmartemError `grid_not_named` where there are several, `not_found` where there is none
 */
export async function theOnlyGrid(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ uuid: string }>("select uuid from grids limit 2");
  const [first, ...others] = rows;
  if (first === undefined) throw new SmartemError("not_found", 404, "There is no grid.");
  if (others.length === 0) return first.uuid;
  throw new SmartemError("grid_not_named", 400, "There are several grids.", { hint: "Name one with --grid-uuid." });
}
