import { type Kysely, sql } from "kysely";

/*
 * Natural keys are unique, references are foreign keys, times are timestamptz. `seq` is the order of creation, in which
 * lists answer. Fields that have a default in answers are stored as null until somebody gives them, so that a request
 * that does not mention them can be told from one that does.
 */
const UP = `
create table acquisitions (
  uuid text primary key,
  seq bigint generated always as identity unique,
  name text, status text, start_time timestamptz, end_time timestamptz, paused_time timestamptz,
  storage_path text, atlas_path text, clustering_mode text, clustering_radius text,
  instrument_model text, instrument_id text, computer_name text, epu_session_id text, planned_end_time timestamptz
);

create table grids (
  uuid text primary key,
  seq bigint generated always as identity unique,
  acquisition_uuid text not null references acquisitions on delete cascade,
  name text, status text, data_dir text, atlas_dir text, scan_start_time timestamptz, scan_end_time timestamptz
);
create index on grids (acquisition_uuid, seq);

create table atlases (
  uuid text primary key,
  seq bigint generated always as identity unique,
  grid_uuid text not null references grids on delete cascade,
  atlas_id text, acquisition_date timestamptz, storage_folder text, description text, name text
);
create unique index on atlases (grid_uuid, coalesce(atlas_id, ''));

create table atlas_tiles (
  uuid text primary key,
  seq bigint generated always as identity unique,
  atlas_uuid text not null references atlases on delete cascade,
  tile_id text, position_x integer, position_y integer, size_x integer, size_y integer, file_format text, base_filename text
);
create unique index on atlas_tiles (atlas_uuid, tile_id);

create table gridsquares (
  uuid text primary key,
  seq bigint generated always as identity unique,
  grid_uuid text not null references grids on delete cascade,
  gridsquare_id text not null,
  status text, data_dir text, atlas_node_id integer, state text, rotation double precision, image_path text,
  selected boolean, unusable boolean,
  stage_position_x double precision, stage_position_y double precision, stage_position_z double precision,
  center_x integer, center_y integer, physical_x double precision, physical_y double precision,
  size_width integer, size_height integer, acquisition_datetime timestamptz, defocus double precision,
  magnification double precision, pixel_size double precision, detector_name text, applied_defocus double precision,
  atlas_quality double precision, atlas_category integer, acquisition_order integer,
  unique (grid_uuid, gridsquare_id)
);
create index on gridsquares (grid_uuid, seq);

create table tile_positions (
  atlastile_uuid text not null references atlas_tiles on delete cascade,
  gridsquare_uuid text not null references gridsquares on delete cascade,
  center_x integer not null, center_y integer not null, size_width integer not null, size_height integer not null,
  primary key (atlastile_uuid, gridsquare_uuid)
);
create index on tile_positions (gridsquare_uuid);

create table foilholes (
  uuid text primary key,
  seq bigint generated always as identity unique,
  gridsquare_uuid text not null references gridsquares on delete cascade,
  foilhole_id text not null,
  gridsquare_id text,
  status text, center_x double precision, center_y double precision, quality double precision, rotation double precision,
  size_width double precision, size_height double precision, x_location integer, y_location integer,
  x_stage_position double precision, y_stage_position double precision, diameter integer, is_near_grid_bar boolean,
  selected boolean, state text, acquisition_order integer,
  pixel_intensity_mean double precision, pixel_intensity_stdev double precision,
  unique (gridsquare_uuid, foilhole_id)
);
create index on foilholes (gridsquare_uuid, seq);

create table micrographs (
  uuid text primary key,
  seq bigint generated always as identity unique,
  foilhole_uuid text not null references foilholes on delete cascade,
  foilhole_id text, micrograph_id text, location_id text, high_res_path text, manifest_file text,
  -- What tells the micrographs of a hole apart, wherever the folder is mounted.
  file_name text generated always as
    (coalesce(nullif(regexp_replace(manifest_file, '^.*[\\\\/]', ''), ''), micrograph_id)) stored,
  acquisition_datetime timestamptz, defocus double precision, detector_name text, energy_filter boolean,
  phase_plate boolean, image_size_x integer, image_size_y integer, binning_x integer, binning_y integer, status text,
  total_motion double precision, average_motion double precision, ctf_max_resolution_estimate double precision,
  number_of_particles_picked integer, number_of_particles_selected integer, number_of_particles_rejected integer,
  pick_distribution text, selection_distribution text, pixel_size double precision,
  stage_position_x double precision, stage_position_y double precision,
  beam_shift_x double precision, beam_shift_y double precision,
  unique (foilhole_uuid, file_name)
);
create index on micrographs (foilhole_uuid, seq);

-- Other uuids under which clients have posted an entity.
create table entity_aliases (
  alias text primary key,
  entity text not null,
  uuid text not null
);
create index on entity_aliases (uuid);

create table prediction_models (
  name text primary key,
  seq bigint generated always as identity unique,
  description text not null default '',
  can_train boolean not null default false, can_infer boolean not null default true, can_update boolean not null default false
);

-- Every prediction ever made; exactly one of the two uuids is set.
create table quality_predictions (
  id bigint generated always as identity primary key,
  timestamp timestamptz not null default now(),
  prediction_model_name text not null,
  metric_name text,
  value double precision not null,
  gridsquare_uuid text references gridsquares on delete cascade,
  foilhole_uuid text references foilholes on delete cascade,
  check (num_nonnulls(gridsquare_uuid, foilhole_uuid) = 1)
);
create index on quality_predictions (gridsquare_uuid, id) where gridsquare_uuid is not null;
create index on quality_predictions (foilhole_uuid, id) where foilhole_uuid is not null;

-- The newest of them per entity, model and metric ('' = none named): what plans read.
create table current_predictions (
  entity_uuid text not null,
  prediction_model_name text not null,
  metric_name text not null,
  level text not null check (level in ('gridsquare', 'foilhole', 'group')),
  value double precision not null,
  timestamp timestamptz not null,
  primary key (entity_uuid, prediction_model_name, metric_name)
);

create table foilhole_groups (
  uuid text primary key,
  grid_uuid text not null references grids on delete cascade,
  name text
);
create index on foilhole_groups (grid_uuid);
create table foilhole_group_members (
  group_uuid text not null references foilhole_groups on delete cascade,
  foilhole_uuid text not null references foilholes on delete cascade,
  primary key (group_uuid, foilhole_uuid)
);
create index on foilhole_group_members (foilhole_uuid);

create table model_parameters (
  grid_uuid text not null references grids on delete cascade,
  prediction_model_name text not null,
  group_name text not null,
  key text not null,
  metric_name text not null,
  value double precision not null,
  timestamp timestamptz not null default now(),
  primary key (grid_uuid, prediction_model_name, group_name, key, metric_name)
);

create table model_weights (
  id bigint generated always as identity primary key,
  timestamp timestamptz not null default now(),
  grid_uuid text not null references grids on delete cascade,
  prediction_model_name text not null,
  metric_name text,
  micrograph_uuid text,
  micrograph_quality boolean,
  quality_score double precision,
  prediction_value double precision,
  weight double precision not null,
  weight_sd double precision
);
create index on model_weights (grid_uuid, id);

-- The outbox and the log of changes. The transaction id comes first so that it is assigned before the id is drawn:
-- ids are then handed out in an order that readers can follow without ever missing one (see events/feed.ts).
create table events (
  txid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity primary key,
  created_at timestamptz not null default now(),
  event_type text not null,
  acquisition_uuid text,
  grid_uuid text,
  payload jsonb not null
);

create table event_cursors (
  name text primary key,
  last_id bigint not null,
  updated_at timestamptz not null default now()
);

-- Messages from outside that wait to be applied: ready, parked until what they speak of is known, or dead.
create table inbox (
  id bigint generated always as identity primary key,
  received_at timestamptz not null default now(),
  message_id text,
  event_type text not null,
  body jsonb not null,
  grid_uuid text not null default '',
  status text not null default 'ready' check (status in ('ready', 'parked', 'dead')),
  available_at timestamptz not null default now(),
  attempts integer not null default 0,
  waiting_for text,
  reason text
);
create index on inbox (grid_uuid, id) where status = 'ready';
create index on inbox (waiting_for) where status = 'parked';
create index on inbox (available_at) where status = 'parked';
create index on inbox (status, id);

-- Which messages have been taken in, so that a second delivery changes nothing.
create table received_messages (
  message_id text primary key,
  received_at timestamptz not null default now()
);
create index on received_messages (received_at);

create table agent_sessions (
  session_id text primary key,
  seq bigint generated always as identity unique,
  agent_id text not null,
  acquisition_uuid text references acquisitions on delete set null,
  name text,
  status text not null default 'active' check (status in ('active', 'inactive', 'completed')),
  experimental_parameters jsonb,
  created_at timestamptz not null default now(),
  last_activity_at timestamptz not null default now(),
  ended_at timestamptz
);
create index on agent_sessions (acquisition_uuid);

create table agent_connections (
  connection_id text primary key,
  agent_id text not null,
  session_id text not null references agent_sessions on delete cascade,
  connected_at timestamptz not null default now(),
  last_heartbeat_at timestamptz not null default now(),
  closed_at timestamptz,
  close_reason text
);
create index on agent_connections (session_id) where closed_at is null;

create table instructions (
  instruction_id text primary key,
  seq bigint generated always as identity unique,
  session_id text not null references agent_sessions on delete cascade,
  agent_id text not null,
  instruction_type text not null,
  payload jsonb not null,
  sequence_number bigint,
  priority text not null default 'normal' check (priority in ('high', 'normal', 'low')),
  status text not null default 'pending' check (status in ('pending', 'sent', 'acknowledged', 'expired', 'failed', 'cancelled')),
  ack_status text,
  created_at timestamptz not null default now(),
  sent_at timestamptz, acknowledged_at timestamptz, expires_at timestamptz,
  retry_count integer not null default 0, max_retries integer not null default 3,
  instruction_metadata jsonb,
  decision_id bigint,
  verification jsonb
);
create index on instructions (session_id, seq);
create index on instructions (session_id) where status in ('pending', 'sent');
create index on instructions (expires_at) where status in ('pending', 'sent');

create table instruction_acknowledgements (
  id bigint generated always as identity primary key,
  instruction_id text not null references instructions on delete cascade,
  status text not null, result text, error_message text, processing_time_ms integer, processed_at timestamptz,
  created_at timestamptz not null default now()
);
create index on instruction_acknowledgements (instruction_id);

-- Every change of an instruction's state, for the audit trail.
create table instruction_history (
  id bigint generated always as identity primary key,
  instruction_id text not null references instructions on delete cascade,
  at timestamptz not null default now(),
  status text not null,
  details jsonb
);
create index on instruction_history (instruction_id, id);

create table agent_logs (
  id bigint generated always as identity primary key,
  agent_id text not null, session_id text not null,
  timestamp timestamptz not null, level text not null, logger_name text not null, message text not null
);
create index on agent_logs (session_id, id);

-- How decisions are made for an acquisition: mode, limits of quality, costs, guard rails.
create table decision_settings (
  acquisition_uuid text primary key references acquisitions on delete cascade,
  settings jsonb not null,
  updated_at timestamptz not null default now()
);

-- Grids about which something has changed since they were last decided on.
create table decision_requests (
  grid_uuid text primary key references grids on delete cascade,
  requested_at timestamptz not null default now(),
  not_before timestamptz not null default now(),
  micrograph_uuid text
);

create table decisions (
  id bigint generated always as identity primary key,
  grid_uuid text not null references grids on delete cascade,
  created_at timestamptz not null default now(),
  mode text not null check (mode in ('observe', 'advise', 'automatic')),
  summary jsonb not null,
  -- Compressed input and output, kept where the decision changed what the microscope is told.
  input bytea,
  output bytea
);
create index on decisions (grid_uuid, id);

-- The current plan, a row a square; holes in parallel arrays.
create table square_plans (
  gridsquare_uuid text primary key references gridsquares on delete cascade,
  grid_uuid text not null references grids on delete cascade,
  decision_id bigint not null,
  rank integer,
  skipped boolean not null,
  value double precision not null,
  rate_per_minute double precision,
  reason text not null,
  foilhole_uuids text[] not null,
  probabilities double precision[] not null,
  deviations double precision[] not null,
  acquisition_indices integer[] not null,
  hole_skips boolean[] not null,
  hole_reasons text[] not null
);
create index on square_plans (grid_uuid);

-- What the microscope of a grid has been told last, by what it is about: 'squares', 'skip', or a grid square.
create table told_plans (
  grid_uuid text not null references grids on delete cascade,
  target text not null,
  content jsonb not null,
  instruction_id text not null references instructions on delete cascade,
  told_at timestamptz not null default now(),
  primary key (grid_uuid, target)
);

-- A change of plan that waits for an operator's word, or got it: at most one a grid.
create table proposals (
  grid_uuid text primary key references grids on delete cascade,
  decision_id bigint not null,
  tellings jsonb not null,
  status text not null default 'pending' check (status in ('pending', 'rejected')),
  created_at timestamptz not null default now()
);

-- What operators have chosen by hand, which decisions never overrule: squares and holes that are locked out or wanted.
create table operator_choices (
  entity_uuid text primary key,
  grid_uuid text not null references grids on delete cascade,
  choice text not null check (choice in ('locked', 'selected')),
  chosen_at timestamptz not null default now()
);
create index on operator_choices (grid_uuid);

create table registrations (
  entity_uuid text primary key,
  registered_at timestamptz not null default now(),
  count integer
);
`;

const DOWN = `
drop table registrations, operator_choices, proposals, told_plans, square_plans, decisions, decision_requests, decision_settings, agent_logs, instruction_history,
  instruction_acknowledgements, instructions, agent_connections, agent_sessions, received_messages, inbox, event_cursors,
  events, model_weights, model_parameters, foilhole_group_members, foilhole_groups, current_predictions,
  quality_predictions, prediction_models, entity_aliases, micrographs, foilholes, tile_positions, gridsquares,
  atlas_tiles, atlases, grids, acquisitions;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(UP).execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(DOWN).execute(db);
}
