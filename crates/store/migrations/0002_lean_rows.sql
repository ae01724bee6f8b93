-- Fewer and cheaper rows; see docs/decisions/0013-lean-rows.md.
--
-- `/*+ WITHOUT ROWID */` is a hint to SQLite, written out by the store: the table is its primary
-- key, so the key is not stored a second time. Keys begin with the node, because that is the order
-- in which an import writes.

-- A kind outside the table of kinds (`crates/model/src/kinds.rs`) is refused. Comparisons from the
-- most frequent kind on, because a list is built anew for every row by SQLite.
DROP INDEX node_by_native_id;
ALTER TABLE node RENAME TO node_1;
CREATE TABLE node (
  node_key BIGINT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CONSTRAINT node_kind CHECK (
    kind = 'identity' OR kind = 'credential' OR kind = 'workload' OR kind = 'resource'
    OR kind = 'role' OR kind = 'policy' OR kind = 'group' OR kind = 'application'
    OR kind = 'account' OR kind = 'host' OR kind = 'secret_container' OR kind = 'key'
    OR kind = 'person' OR kind = 'team' OR kind = 'tenant' OR kind = 'org_unit'
    OR kind = 'federation_provider' OR kind = 'image' OR kind = 'repo' OR kind = 'pipeline'
    OR kind = 'runner' OR kind = 'vendor'
  ),
  provider TEXT NOT NULL,
  partition_name TEXT NOT NULL,
  native_id TEXT NOT NULL,
  first_run BIGINT NOT NULL
);
INSERT INTO node (node_key, id, kind, provider, partition_name, native_id, first_run)
  SELECT node_key, id, kind, provider, partition_name, native_id, first_run FROM node_1 ORDER BY node_key;
DROP TABLE node_1;
CREATE INDEX node_by_native_id ON node (native_id);

DROP INDEX node_version_by_start;
DROP INDEX node_version_by_end;
DROP INDEX node_version_by_name;
DROP INDEX node_version_by_expiry;
ALTER TABLE node_version RENAME TO node_version_1;
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
) /*+ WITHOUT ROWID */;
INSERT INTO node_version (node_key, from_run, to_run, kind, class, subtype, provider, tenant, name, status,
    created_us, created_state, expires_us, expires_state, last_used_us, last_used_state, last_rotated_us,
    last_rotated_state, environment, owner, vendor, privileged, instances, referenced_us, retired_us)
  SELECT node_key, from_run, to_run, kind, class, subtype, provider, tenant, name, status,
    created_us, created_state, expires_us, expires_state, last_used_us, last_used_state, last_rotated_us,
    last_rotated_state, environment, owner, vendor, privileged, instances, referenced_us, retired_us
  FROM node_version_1 ORDER BY node_key, from_run;
DROP TABLE node_version_1;
-- What the first run wrote is nearly everything: whoever asks for it reads the table.
CREATE INDEX node_version_by_start ON node_version (from_run) WHERE from_run > 1;
CREATE INDEX node_version_by_end ON node_version (to_run) WHERE to_run IS NOT NULL;
-- Lists walk this one; the columns behind the key spare them the table for what they skip. `to_run`
-- is among them, though always NULL here, because SQLite would else fetch the row to see that.
CREATE INDEX node_version_by_name
  ON node_version (kind, name, node_key, class, subtype, tenant, retired_us, referenced_us, to_run)
  WHERE to_run IS NULL;
CREATE INDEX node_version_by_expiry ON node_version (expires_us) WHERE to_run IS NULL AND expires_us IS NOT NULL;

DROP INDEX edge_by_first_run;
CREATE INDEX edge_by_first_run ON edge (from_run) WHERE from_run > 1;
-- Edges that are stated at a place, of each source: few but for scans of files.
CREATE INDEX edge_by_place ON edge (source_key) WHERE place IS NOT NULL AND to_run IS NULL;

DROP INDEX alias_by_node;
ALTER TABLE alias RENAME TO alias_1;
CREATE TABLE alias (
  node_key BIGINT NOT NULL,
  alias_text TEXT NOT NULL,
  identifies_us BIGINT,
  first_run BIGINT NOT NULL,
  PRIMARY KEY (node_key, alias_text)
) /*+ WITHOUT ROWID */;
INSERT INTO alias (node_key, alias_text, identifies_us, first_run)
  SELECT node_key, alias_text, identifies_us, first_run FROM alias_1 ORDER BY node_key, alias_text;
DROP TABLE alias_1;
CREATE INDEX alias_by_text ON alias (alias_text, node_key);

DROP INDEX tag_by_value;
ALTER TABLE tag RENAME TO tag_1;
CREATE TABLE tag (
  node_key BIGINT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  PRIMARY KEY (node_key, name, from_run)
) /*+ WITHOUT ROWID */;
INSERT INTO tag (node_key, name, value, from_run, to_run)
  SELECT node_key, name, value, from_run, to_run FROM tag_1 ORDER BY node_key, name, from_run;
DROP TABLE tag_1;
CREATE INDEX tag_by_value ON tag (name, value) WHERE to_run IS NULL;

ALTER TABLE search_term RENAME TO search_term_1;
CREATE TABLE search_term (
  term TEXT NOT NULL,
  node_key BIGINT NOT NULL,
  PRIMARY KEY (term, node_key)
) /*+ WITHOUT ROWID */;
INSERT INTO search_term (term, node_key) SELECT term, node_key FROM search_term_1 ORDER BY term, node_key;
DROP TABLE search_term_1;

DROP INDEX member_by_root;
ALTER TABLE member RENAME TO member_1;
CREATE TABLE member (
  node_key BIGINT NOT NULL,
  root_key BIGINT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  because TEXT NOT NULL,
  PRIMARY KEY (node_key, from_run)
) /*+ WITHOUT ROWID */;
INSERT INTO member (node_key, root_key, from_run, to_run, because)
  SELECT node_key, root_key, from_run, to_run, because FROM member_1 ORDER BY node_key, from_run;
DROP TABLE member_1;
CREATE INDEX member_by_root ON member (root_key);
