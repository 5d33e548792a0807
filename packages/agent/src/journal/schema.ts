/** Raised whenever the tables change: a journal of another version is rebuilt from the watched folder. */
export const SCHEMA_VERSION = 11;

/** Times are ms since 1970, those of files µs: whole numbers, which every way into the database leaves as they are. */
export const SCHEMA = `
create table folders (
  id integer primary key,
  path text not null unique,
  -- When something new was last seen of the session whose folder it is…
  seen_at real,
  -- …and when the newest of it was written: long before, where an archive is read.
  written_at real
);

-- Folders on which something else is mounted than what they are in.
create table mounts (path text primary key) without rowid;

create table files (
  -- Never given again: what was read of a file may come when that is gone, and another one is there.
  id integer primary key autoincrement,
  folder integer not null,
  name text not null,
  kind text not null,
  -- Folder of the EPU session it belongs to; null for files that belong to none.
  session integer,
  -- pending: to be read, not before next_attempt. waiting: for its session's EpuSession.dm, or for a session that uses
  -- the atlas. done: read. refused: of no use until it changes. ignored: nothing to be read from it.
  state text not null check (state in ('pending','waiting','done','refused','ignored')),
  -- Lower first: what others depend on.
  urgency integer not null,
  size integer not null,
  mtime integer not null,
  ctime integer not null,
  -- Of the content that the facts were read from; after a ! where it is to be read once more although it did not change.
  hash text,
  -- Grows whenever the file was seen to change: what was read before is then not the last word.
  change integer not null default 0,
  attempts integer not null default 0,
  next_attempt real not null default 0,
  code text,
  reason text,
  unique (folder, name)
);
create index files_due on files (urgency, next_attempt, id) where state = 'pending';
create index files_waiting on files (session) where state = 'waiting';
create index files_of_session on files (session);
create index files_rewritten on files (kind, mtime) where kind in ('epuSession', 'gridSquareMetadata', 'atlas');
create index files_failing on files (next_attempt) where state = 'pending' and attempts > 0;
create index files_refused on files (id) where state = 'refused';

-- How many files there are, by triggers: an agent at rest tells it every few seconds. Without a code: ''.
create table file_counts (
  kind text not null,
  state text not null,
  code text not null,
  n integer not null,
  primary key (kind, state, code)
) without rowid;
create trigger files_added after insert on files begin
  insert into file_counts values (new.kind, new.state, coalesce(new.code, ''), 1)
  on conflict (kind, state, code) do update set n = n + 1;
end;
create trigger files_removed after delete on files begin
  update file_counts set n = n - 1 where kind = old.kind and state = old.state and code = coalesce(old.code, '');
end;
create trigger files_changed after update of state, code on files
when old.state is not new.state or old.code is not new.code begin
  update file_counts set n = n - 1 where kind = old.kind and state = old.state and code = coalesce(old.code, '');
  insert into file_counts values (new.kind, new.state, coalesce(new.code, ''), 1)
  on conflict (kind, state, code) do update set n = n + 1;
end;

create table sessions (
  folder text primary key,
  acquisition_uuid text not null,
  grid_uuid text not null,
  epu_session_id text not null,
  name text,
  -- As EPU wrote it.
  atlas_path text,
  -- Where it is on this computer; null while it is not found.
  atlas_file text
);
create index sessions_of_atlas on sessions (atlas_file);
-- Acquisitions that this agent, or another before it, has found to be complete, but for those that went on.
create table complete_acquisitions (
  acquisition text primary key,
  -- How many of its micrographs were known then, and when the last was taken: with more, or a later one, it goes on, and
  -- with more squares. Null where that has yet to be found out.
  micrographs integer,
  ended text,
  -- How many of its squares were selected then.
  selected integer,
  -- 0: it is to be found so, and told, anew.
  told integer not null default 0
) without rowid;
-- How many micrographs were ever known of an acquisition, and when the last was taken (ISO 8601).
create table imaged (
  acquisition text primary key,
  micrographs integer not null,
  last text
) without rowid;

create table entities (
  id integer primary key,
  uuid text not null unique,
  kind text not null,
  -- Place in the order of upload.
  level integer not null,
  acquisition text not null,
  parent integer,
  second_parent integer,
  identity text not null,
  -- Whether some file proves that it exists.
  asserted integer not null,
  -- 1: its body may differ from what the API has confirmed.
  queued integer not null,
  change integer not null default 1,
  confirmed_hash text,
  attempts integer not null default 0,
  next_attempt real not null default 0,
  -- Set when the API refuses it for good; cleared when it changes.
  refusal text,
  -- When the file was last written that made it queue.
  since real not null
);
create index entities_queued on entities (level, next_attempt) where queued = 1 and asserted = 1;
create index entities_of_parent on entities (parent);
create index entities_refused on entities (kind) where refusal is not null;

-- How many entities there are, as with files: of those that some file proves, and of the others (unproven).
create table entity_counts (
  kind text primary key,
  known integer not null default 0,
  queued integer not null default 0,
  confirmed integer not null default 0,
  refused integer not null default 0,
  unproven integer not null default 0
) without rowid;
create trigger entities_added after insert on entities begin
  insert into entity_counts (kind) values (new.kind) on conflict (kind) do nothing;
  update entity_counts set known = known + new.asserted, queued = queued + new.asserted * new.queued,
    unproven = unproven + 1 - new.asserted where kind = new.kind;
end;
create trigger entities_changed after update of asserted, queued, confirmed_hash, refusal on entities
when old.asserted <> new.asserted or old.queued <> new.queued
  or (old.confirmed_hash is null) <> (new.confirmed_hash is null) or (old.refusal is null) <> (new.refusal is null) begin
  update entity_counts set
    known = known + new.asserted - old.asserted,
    unproven = unproven + old.asserted - new.asserted,
    queued = queued + new.asserted * new.queued - old.asserted * old.queued,
    confirmed = confirmed + new.asserted * (new.confirmed_hash is not null) - old.asserted * (old.confirmed_hash is not null),
    refused = refused + new.asserted * (new.refusal is not null) - old.asserted * (old.refusal is not null)
  where kind = new.kind;
end;

create table facts (
  entity integer not null,
  file integer not null,
  precedence text not null,
  fields text not null,
  primary key (entity, file)
) without rowid;
create index facts_of_file on facts (file);

-- What files have said that are gone: of entities that are still to be uploaded, and where a copy is left that was written before.
create table kept_facts (
  entity integer not null,
  -- Without the path: where all else is equal, a file that is there decides.
  precedence text not null,
  fields text not null,
  -- When it was written that is not to give way to a copy written before; 0: any file that is there decides.
  written integer not null,
  primary key (entity, precedence)
) without rowid;

-- What files say that are being forgotten; empty but for then.
create table leaving (
  entity integer not null,
  precedence text not null,
  fields text not null,
  written integer not null
);

-- Of what the API has confirmed the last entity of each acquisition, and one of each span before; of what it was seen to have
-- later only the last.
create table witnesses (
  -- Never given again: they say what came later.
  no integer primary key autoincrement,
  acquisition text not null,
  kind text not null,
  uuid text not null
);
create index witnesses_of_acquisition on witnesses (acquisition, no);
-- Where the API has stored what it has confirmed: one row, none before it has told.
create table confirming_database (id text not null);

-- "All squares of this grid", "all holes of this square": said once, when all of them are confirmed, and again when there are more.
create table registrations (
  uuid text primary key,
  kind text not null check (kind in ('grid','gridsquare')),
  acquisition text not null,
  count integer not null,
  -- EPU's ids of all that were ever listed: those by which there are more, and those that are listed no longer, show.
  listed text not null,
  state text not null check (state in ('open','said'))
);
create index registrations_of_acquisition on registrations (acquisition);
create index registrations_open on registrations (uuid) where state = 'open';

create table outbox (
  id integer primary key,
  -- What must be said once has one key.
  key text not null unique,
  method text not null,
  path text not null,
  body text,
  attempts integer not null default 0,
  next_attempt real not null default 0,
  -- Kept after delivery, so that it is not said again.
  -- held: not permitted now; seldom tried again.
  state text not null check (state in ('open','held','delivered','refused')),
  reason text,
  created_at real not null
);
create index outbox_due on outbox (id, next_attempt) where state in ('open', 'held');
create index outbox_not_taken on outbox (id) where state in ('held', 'refused');
create index outbox_settled on outbox (created_at) where state in ('delivered', 'refused');

create table instructions (
  instruction_id text primary key,
  session_id text not null,
  acquisition text not null,
  -- Each lane of a session is carried out in order; lanes don't wait for each other.
  lane text not null,
  message text not null,
  -- Place in the order of execution: priority, then sequence number, then arrival.
  priority integer not null,
  sequence_number integer,
  arrival integer not null,
  -- executing: some of it may have reached the microscope's control.
  state text not null check (state in ('received','executing','done')),
  attempts integer not null default 0,
  next_attempt real not null default 0,
  received_at real not null,
  finished_at real,
  outcome text
);
create index instructions_open on instructions (session_id, lane, priority, sequence_number, arrival) where state <> 'done';
create index instructions_by_state on instructions (state, finished_at);

-- Decisions that Athena holds and of which has yet to be told whether the microscope followed them.
create table verifications (
  instruction_id text primary key,
  session_id text not null,
  acquisition text not null,
  watch text not null,
  created_at real not null,
  -- It has been told as followed; what it skips may still be acquired.
  followed integer not null default 0
);

-- What orders that were given need to have taken over from the microscope's own software, and whether this agent has it to give back.
create table takeovers (
  service text not null,
  plugin text not null,
  -- Empty: taken over, or about to be, for one that is being given.
  acquisition text not null,
  -- The same for all acquisitions that need it.
  held integer not null,
  primary key (service, plugin, acquisition)
) without rowid;
`;

/** Added since the tables last changed: an index needs no journal to be rebuilt. */
export const ADDED_INDEXES = `
create index if not exists instructions_by_sequence on instructions (session_id, lane, sequence_number, arrival);
`;

/**
 * What a start does: all is tried at once, and nothing was seen later than now. The clock that set the times may have been
 * another, or wrong.
 */
export const forgetSchedule = (nowMs: number): string => `
update files set next_attempt = 0 where state = 'pending' and next_attempt > 0;
update entities set next_attempt = 0 where queued = 1 and asserted = 1 and next_attempt > 0;
update outbox set next_attempt = 0 where state in ('open', 'held') and next_attempt > 0;
update instructions set next_attempt = 0 where state <> 'done' and next_attempt > 0;
update folders set seen_at = ${nowMs} where seen_at > ${nowMs};
update folders set written_at = ${nowMs} where written_at > ${nowMs};
`;
