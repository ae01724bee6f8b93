-- The inventory: what sources said, when we knew it, and what was not looked at.
--
-- Time has one axis. A run gets its number (seq) when it commits, under one lock. A versioned row
-- is in force from run `from_run` (its seq) up to, not including, run `to_run`; NULL means still in
-- force. A reader picks one seq and sees exactly what was known then.
-- Times are microseconds since 1970 UTC (`…_us`); a flag is a nullable time; JSON is TEXT.

-- Facts about this installation, such as its id.
CREATE TABLE setting (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

-- One reading of sources, or one edit by hand.
CREATE TABLE run (
  run_key BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  seq BIGINT UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('scan', 'import', 'edit', 'maintenance')),
  title TEXT NOT NULL,
  actor TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'committed', 'failed')),
  process_id BIGINT,
  started_us BIGINT NOT NULL,
  committed_us BIGINT,
  incomplete_us BIGINT,
  observations BIGINT NOT NULL,
  nodes_added BIGINT NOT NULL,
  nodes_changed BIGINT NOT NULL,
  nodes_retired BIGINT NOT NULL,
  edges_added BIGINT NOT NULL,
  edges_ended BIGINT NOT NULL,
  older_ignored BIGINT NOT NULL,
  detail TEXT NOT NULL
);

-- One instance of a kind of source: a connector and the scope it speaks about.
CREATE TABLE source (
  source_key BIGINT PRIMARY KEY,
  connector TEXT NOT NULL,
  scope TEXT NOT NULL,
  authoritative_us BIGINT,
  provisional_us BIGINT,
  first_run BIGINT NOT NULL,
  last_run BIGINT NOT NULL,
  last_observed_us BIGINT,
  removed_us BIGINT,
  UNIQUE (connector, scope)
);

-- What a run looked at and what it did not.
CREATE TABLE coverage (
  run BIGINT NOT NULL,
  source_key BIGINT NOT NULL,
  number BIGINT NOT NULL,
  kind TEXT,
  attribute_group TEXT NOT NULL,
  place TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('complete', 'partial', 'denied', 'truncated', 'failed', 'not_attempted')),
  reason TEXT NOT NULL,
  lag_us BIGINT,
  occurrences BIGINT NOT NULL,
  PRIMARY KEY (run, source_key, number)
);

-- A thing, for as long as it has a name. The text id stands here alone.
CREATE TABLE node (
  node_key BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  provider TEXT NOT NULL,
  partition_name TEXT NOT NULL,
  native_id TEXT NOT NULL,
  first_run BIGINT NOT NULL
);
CREATE INDEX node_by_native_id ON node (native_id);

-- The merged facts that are filtered and listed by. Which source gave which is recomputed from the
-- sightings, so it cannot contradict them.
CREATE TABLE node_version (
  node_key BIGINT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  kind TEXT NOT NULL,
  class TEXT,
  subtype TEXT,
  provider TEXT NOT NULL,
  tenant TEXT,
  name TEXT NOT NULL,
  status TEXT,
  created_us BIGINT,
  created_state TEXT,
  expires_us BIGINT,
  expires_state TEXT,
  last_used_us BIGINT,
  last_used_state TEXT,
  last_rotated_us BIGINT,
  last_rotated_state TEXT,
  environment TEXT,
  owner TEXT,
  vendor TEXT,
  privileged BIGINT,
  instances BIGINT,
  referenced_us BIGINT,
  retired_us BIGINT,
  PRIMARY KEY (node_key, from_run)
);
CREATE INDEX node_version_by_start ON node_version (from_run);
CREATE INDEX node_version_by_end ON node_version (to_run) WHERE to_run IS NOT NULL;
CREATE INDEX node_version_by_name ON node_version (kind, name, node_key) WHERE to_run IS NULL;
CREATE INDEX node_version_by_expiry ON node_version (expires_us) WHERE to_run IS NULL AND expires_us IS NOT NULL;

-- What one source says about one node. `seen` lists `run:observed_us` of every later run that said
-- the same, so as-of reads give the time known then without a row for each confirmation.
CREATE TABLE sighting (
  sighting_key BIGINT PRIMARY KEY,
  node_key BIGINT NOT NULL,
  source_key BIGINT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  last_run BIGINT NOT NULL,
  observed_us BIGINT NOT NULL,
  last_observed_us BIGINT NOT NULL,
  seen TEXT NOT NULL,
  place TEXT,
  attributes TEXT NOT NULL
);
CREATE INDEX sighting_by_node ON sighting (node_key, source_key);
CREATE INDEX sighting_by_source ON sighting (source_key, node_key) WHERE to_run IS NULL;

-- A relation one source states, kept under the end whose sighting states it (`by_key`). It runs
-- from `by_key` to `other_key`, or the other way round when `reversed` is 1.
CREATE TABLE edge (
  edge_key BIGINT PRIMARY KEY,
  by_key BIGINT NOT NULL,
  other_key BIGINT NOT NULL,
  reversed BIGINT NOT NULL CHECK (reversed IN (0, 1)),
  kind TEXT NOT NULL,
  source_key BIGINT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  place TEXT,
  attributes TEXT NOT NULL
);
CREATE INDEX edge_by_statement ON edge (by_key, source_key);
CREATE INDEX edge_by_other ON edge (other_key, kind);
CREATE INDEX edge_by_first_run ON edge (from_run);
CREATE INDEX edge_by_last_run ON edge (to_run) WHERE to_run IS NOT NULL;

-- Other names. `identifies_us` is set on names that mean being one thing.
CREATE TABLE alias (
  alias_text TEXT NOT NULL,
  node_key BIGINT NOT NULL,
  identifies_us BIGINT,
  first_run BIGINT NOT NULL,
  PRIMARY KEY (alias_text, node_key)
);
CREATE INDEX alias_by_node ON alias (node_key);

-- Tags and labels, as the sources state them.
CREATE TABLE tag (
  node_key BIGINT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  PRIMARY KEY (node_key, name, from_run)
);
CREATE INDEX tag_by_value ON tag (name, value) WHERE to_run IS NULL;

-- Beginnings of words of names, for prefix search. The whole name is found by node_version_by_name.
CREATE TABLE search_term (
  term TEXT NOT NULL,
  node_key BIGINT NOT NULL,
  PRIMARY KEY (term, node_key)
);

-- Records that are one thing under two names: by a shared identifying alias, or by hand.
CREATE TABLE member (
  node_key BIGINT NOT NULL,
  root_key BIGINT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  because TEXT NOT NULL,
  PRIMARY KEY (node_key, from_run)
);
CREATE INDEX member_by_root ON member (root_key);

-- Pairs a person said are two things, whatever names they share.
CREATE TABLE apart (
  low_key BIGINT NOT NULL,
  high_key BIGINT NOT NULL,
  from_run BIGINT NOT NULL,
  because TEXT NOT NULL,
  PRIMARY KEY (low_key, high_key)
);

-- Counts as they stood when a run committed, so a summary never counts again.
CREATE TABLE run_count (
  run BIGINT NOT NULL,
  kind TEXT NOT NULL,
  class TEXT NOT NULL,
  provider TEXT NOT NULL,
  subtype TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'retired', 'referenced')),
  total BIGINT NOT NULL,
  PRIMARY KEY (run, kind, class, provider, subtype, state)
);
