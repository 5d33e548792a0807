import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { sessionFiles, writeFiles } from "./testing/epu-folder.js";
import { SMALL_SESSION } from "./testing/sessions.js";
import { useWorkplace } from "./testing/use-workplace.js";

const workplace = useWorkplace();

test("a finished folder is uploaded whole, with every field that its files give", async () => {
  const { api, watched } = workplace;
  writeFiles(watched, sessionFiles(SMALL_SESSION));
  const agent = await workplace.agent();
  await agent.settled();
  expect(api.counts()).toEqual({
    acquisition: 1,
    grid: 1,
    atlas: 1,
    atlas_tile: 3,
    gridsquare: 4,
    foilhole: 12,
    micrograph: 12,
    tile_position: 6,
  });
  const atlasFile = join(watched, "atlas", "Supervisor_4600928", "Sample4", "Atlas", "Atlas.dm");
  const [acquisition] = api.all("acquisition");
  expect(acquisition).toEqual({
    uuid: acquisition?.uuid,
    name: "Supervisor_1",
    status: "started",
    start_time: "2024-04-05T10:51:13.000Z",
    storage_path: "Z:\\DoseFractions",
    atlas_path: atlasFile,
    clustering_mode: "ClusteringWithImageBeamShift",
    clustering_radius: "0.000012",
    epu_session_id: "4600928",
    instrument_model: "TITAN52336320",
    instrument_id: "3593",
    computer_name: "TITAN1",
  });
  const [grid] = api.all("grid");
  expect(grid).toEqual({
    uuid: grid?.uuid,
    acquisition_uuid: acquisition?.uuid,
    name: "Supervisor_1",
    data_dir: join(watched, "Supervisor_1"),
    atlas_dir: dirname(atlasFile),
    scan_start_time: "2024-04-04T08:00:00.000Z",
    scan_end_time: "2024-04-04T08:38:20.123Z",
  });
  const square = api.all("gridsquare").find((each) => each.gridsquare_id === "102");
  const images = join(watched, "Supervisor_1", "Images-Disc1", "GridSquare_102");
  expect(square).toEqual({
    uuid: square?.uuid,
    grid_uuid: grid?.uuid,
    gridsquare_id: "102",
    lowmag: false,
    data_dir: images,
    image_path: join(images, "GridSquare_20240406_102420.jpg"),
    atlas_node_id: 102,
    state: "Defined",
    rotation: 0.2,
    selected: true,
    unusable: false,
    stage_position_x: 1e-5,
    stage_position_y: 2e-5,
    stage_position_z: 3e-5,
    center_x: 150,
    center_y: 230,
    size_width: 61,
    size_height: 61,
    physical_x: expect.closeTo(150_000, 3),
    physical_y: expect.closeTo(230_000, 3),
    atlas_quality: 0.75,
    atlas_category: 2,
    acquisition_datetime: "2024-04-06T09:24:17.853Z",
    defocus: -1.5e-6,
    applied_defocus: -1.2e-6,
    magnification: 165_000,
    pixel_size: 8.2e-11,
    detector_name: "Falcon 4i",
  });
  const hole = api.all("foilhole").find((each) => each.foilhole_id === "102001");
  expect(hole).toEqual({
    uuid: hole?.uuid,
    gridsquare_uuid: square?.uuid,
    foilhole_id: "102001",
    gridsquare_id: "102",
    center_x: 2048,
    center_y: 2050,
    size_width: 310,
    size_height: 300,
    quality: 0.9,
    rotation: 0,
    x_location: 140,
    y_location: 101,
    x_stage_position: 1.4e-6,
    y_stage_position: 1e-6,
    diameter: 20,
    is_near_grid_bar: false,
    selected: true,
    state: "Defined",
    acquisition_order: 1,
    pixel_intensity_mean: 1001,
    pixel_intensity_stdev: 12.5,
  });
  const micrograph = api.all("micrograph").find((each) => each.micrograph_id === "image-102001-1");
  const name = "FoilHole_102001_Data_9001_1_20240406_105001";
  expect(micrograph).toEqual({
    uuid: micrograph?.uuid,
    foilhole_uuid: hole?.uuid,
    foilhole_id: "102001",
    micrograph_id: "image-102001-1",
    location_id: "9001",
    manifest_file: `${name}.xml`,
    high_res_path: join(images, "Data", `${name}.jpg`),
    acquisition_datetime: "2024-04-06T09:24:17.853Z",
    defocus: -1.5e-6,
    detector_name: "Falcon 4i",
    energy_filter: true,
    image_size_x: 4096,
    image_size_y: 4096,
    binning_x: 1,
    binning_y: 1,
    pixel_size: 8.2e-11,
    stage_position_x: 1.5e-5,
    stage_position_y: 2.5e-5,
    beam_shift_x: 0.001,
    beam_shift_y: -0.002,
  });
  expect(api.all("atlas_tile")).toContainEqual(
    expect.objectContaining({ tile_id: "2", position_x: 500, size_x: 512, base_filename: "Tile_2_0_1" }),
  );
  expect([...api.registered].sort()).toEqual(
    [
      `/grids/${grid?.uuid}/registered`,
      ...api
        .all("gridsquare")
        .filter((each) => each.gridsquare_id === "101" || each.gridsquare_id === "102")
        .map((each) => `/gridsquares/${each.uuid}/registered?count=6`),
    ].sort(),
  );
});
