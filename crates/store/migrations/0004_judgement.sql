-- What was judged: verdicts and findings, versioned on the same axis of runs as everything else. An
-- assessment is a run of its own that comes after the run it judges.

-- What one record is for, whose it is and how much it matters, as last judged.
CREATE TABLE verdict (
  node_key BIGINT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  -- 'ambiguous' when the evidence contradicts itself; NULL when nobody can tell.
  environment TEXT,
  privileged BIGINT,
  third_party BIGINT,
  security_critical BIGINT,
  still_needed BIGINT,
  sensitivity TEXT,
  application TEXT,
  purpose TEXT,
  owner_state TEXT NOT NULL,
  owner TEXT,
  -- 'in_use', 'dormant'; NULL when nobody can tell.
  dormancy TEXT,
  -- The NHI risk score with its interval and coverage, of what is scored.
  score_r DOUBLE PRECISION,
  score_lo DOUBLE PRECISION,
  score_hi DOUBLE PRECISION,
  score_c DOUBLE PRECISION,
  -- The score after floors, by which lists are ranked.
  score_rank DOUBLE PRECISION,
  band TEXT,
  vector TEXT,
  -- When time alone may change the verdict.
  next_change_us BIGINT,
  next_review_us BIGINT,
  PRIMARY KEY (node_key, from_run)
);
CREATE INDEX verdict_by_rank ON verdict (score_rank, node_key) WHERE to_run IS NULL AND score_rank IS NOT NULL;
CREATE INDEX verdict_by_next_change ON verdict (next_change_us) WHERE to_run IS NULL AND next_change_us IS NOT NULL;
CREATE INDEX verdict_by_end ON verdict (to_run) WHERE to_run IS NOT NULL;

-- One thing wrong with one record. The row stands from the assessment that saw it first to the one
-- that saw it gone; a change of severity starts a new row, other words are brought up to date in place.
CREATE TABLE finding (
  finding_key BIGINT PRIMARY KEY,
  key TEXT NOT NULL,
  rule TEXT NOT NULL,
  node_key BIGINT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  severity TEXT NOT NULL CHECK (severity IN ('info', 'low', 'medium', 'high', 'critical')),
  severity_rank BIGINT NOT NULL,
  confidence BIGINT NOT NULL,
  -- The subject's risk when it was judged, for the order of lists.
  risk DOUBLE PRECISION NOT NULL,
  summary TEXT NOT NULL,
  assignee TEXT,
  -- An exception of the policy file holds until then.
  excepted_until_us BIGINT,
  body TEXT NOT NULL
);
CREATE INDEX finding_by_key ON finding (key);
CREATE INDEX finding_by_node ON finding (node_key) WHERE to_run IS NULL;
CREATE INDEX finding_by_rank ON finding (severity_rank, risk, key) WHERE to_run IS NULL;
CREATE INDEX finding_by_end ON finding (to_run) WHERE to_run IS NOT NULL;

-- What people decided about a finding; the newest row in force counts. Fixed is never decided: a
-- finding is fixed when it is no longer seen.
CREATE TABLE finding_decision (
  key TEXT NOT NULL,
  from_run BIGINT NOT NULL,
  to_run BIGINT,
  state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'accepted', 'false_positive')),
  until_us BIGINT,
  reason TEXT NOT NULL,
  people TEXT NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (key, from_run)
);

-- What a person said to a proposed owner. Accepted ones are also stated by hand.
CREATE TABLE owner_decision (
  node_key BIGINT NOT NULL,
  candidate_key BIGINT NOT NULL,
  role TEXT NOT NULL,
  from_run BIGINT NOT NULL,
  accepted BIGINT NOT NULL CHECK (accepted IN (0, 1)),
  confidence DOUBLE PRECISION,
  evidence TEXT NOT NULL,
  reason TEXT NOT NULL,
  actor TEXT NOT NULL,
  PRIMARY KEY (node_key, candidate_key, role, from_run)
);

-- One assessment: which run it judged, when by the clock, under which policy.
CREATE TABLE assessment (
  run BIGINT PRIMARY KEY,
  judged_run BIGINT NOT NULL,
  judged_us BIGINT NOT NULL,
  policy TEXT NOT NULL,
  whole_us BIGINT,
  nodes BIGINT NOT NULL,
  detail TEXT NOT NULL
);

-- What each rule looked at, in the whole inventory, as of an assessment.
CREATE TABLE rule_count (
  run BIGINT NOT NULL,
  rule TEXT NOT NULL,
  population BIGINT NOT NULL,
  fired BIGINT NOT NULL,
  unknown BIGINT NOT NULL,
  PRIMARY KEY (run, rule)
);
