-- What judgements read of a record, merged like its other listed facts. NULL until a source speaks
-- again. `signals` holds answers as `name=yes;name=no`, in the order of names.
ALTER TABLE node_version ADD COLUMN purpose TEXT;
ALTER TABLE node_version ADD COLUMN application TEXT;
ALTER TABLE node_version ADD COLUMN justification TEXT;
ALTER TABLE node_version ADD COLUMN sensitivity TEXT;
ALTER TABLE node_version ADD COLUMN credential_type TEXT;
ALTER TABLE node_version ADD COLUMN cadence_days BIGINT;
ALTER TABLE node_version ADD COLUMN signals TEXT;
