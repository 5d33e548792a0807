import { atlasPathOf, type TreeSpec } from "./epu-folder.js";

/** A session that is small, but has everything that sessions have. */
export const SMALL_SESSION: TreeSpec = {
  folder: "Supervisor_1",
  session: {
    id: "4600928",
    name: "Supervisor_1",
    start: "2024-04-05T11:51:13.0000000+01:00",
    atlasPath: atlasPathOf("4600928"),
  },
  squareIds: ["101", "102", "103", "104"],
  visited: 2,
  holesPerSquare: 6,
  imagedPerSquare: 3,
  exposuresPerHole: 2,
  pictures: true,
};

/** Another with the same squares and holes in it. */
export const OTHER_SESSION: TreeSpec = {
  ...SMALL_SESSION,
  folder: "Supervisor_2",
  session: {
    id: "4700111",
    name: "Supervisor_2",
    start: "2024-05-01T08:00:00.0000000Z",
    atlasPath: atlasPathOf("4700111"),
  },
};
