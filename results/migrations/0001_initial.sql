-- Every column's meaning, unit and source: docs/results.md.

CREATE TABLE device (
  fingerprint TEXT NOT NULL PRIMARY KEY CHECK (fingerprint <> ''),
  name        TEXT NOT NULL,
  facts       TEXT NOT NULL CHECK (json_valid(facts)),
  seen        TEXT NOT NULL
) STRICT;

CREATE TABLE study (
  id                   INTEGER PRIMARY KEY,
  name                 TEXT NOT NULL UNIQUE CHECK (name <> ''),
  configuration        TEXT NOT NULL,
  configuration_sha256 TEXT NOT NULL,
  seed                 INTEGER NOT NULL,
  model                TEXT NOT NULL,
  model_sha256         TEXT NOT NULL,
  target               TEXT NOT NULL,
  device               TEXT REFERENCES device (fingerprint),
  objective            TEXT NOT NULL CHECK (objective IN ('accuracy', 'fidelity')),
  state                TEXT NOT NULL CHECK (state IN ('running', 'interrupted', 'finished', 'failed')),
  created              TEXT NOT NULL,
  updated              TEXT NOT NULL
) STRICT;

CREATE TABLE trial (
  id               INTEGER PRIMARY KEY,
  study_id         INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
  number           INTEGER NOT NULL CHECK (number >= 0),
  kind             TEXT NOT NULL CHECK (kind IN ('kernel', 'model')),
  phase            TEXT NOT NULL CHECK (phase <> ''),
  key              TEXT NOT NULL CHECK (key <> ''),
  parameters       TEXT NOT NULL CHECK (json_valid(parameters)),
  outcome          TEXT NOT NULL CHECK (outcome IN
    ('ok', 'infeasible', 'compile-error', 'push-error', 'launch-error', 'crash', 'timeout',
     'wrong-answer', 'unstable', 'hot', 'dropped', 'device-lost', 'cancelled')),
  detail           TEXT NOT NULL,
  started          TEXT NOT NULL,
  seconds          REAL NOT NULL CHECK (seconds >= 0),
  emulated         INTEGER NOT NULL CHECK (emulated IN (0, 1)),
  latency_ms       REAL CHECK (latency_ms > 0),
  latency_low_ms   REAL CHECK (latency_low_ms > 0),
  latency_high_ms  REAL CHECK (latency_high_ms > 0),
  emulated_ms      REAL CHECK (emulated_ms > 0),
  emulated_low_ms  REAL CHECK (emulated_low_ms > 0),
  emulated_high_ms REAL CHECK (emulated_high_ms > 0),
  valid_samples    INTEGER NOT NULL CHECK (valid_samples >= 0),
  workload         TEXT NOT NULL,
  scheme           TEXT NOT NULL CHECK (scheme IN ('', 'dense', 'filter', 'vanilla', 'kgs')),
  gm               INTEGER NOT NULL CHECK (gm >= 0),
  gn               INTEGER NOT NULL CHECK (gn >= 0),
  density          REAL NOT NULL CHECK (density BETWEEN 0 AND 1),
  schedule         TEXT NOT NULL,
  macs             INTEGER NOT NULL CHECK (macs >= 0),
  clips            INTEGER NOT NULL CHECK (clips >= 0),
  reused_from      INTEGER REFERENCES trial (id) ON DELETE SET NULL,
  provenance       TEXT NOT NULL CHECK (json_valid(provenance)),
  provenance_key   TEXT NOT NULL,
  UNIQUE (study_id, number),
  -- An emulator's time is not a latency, and what ran natively has no emulated time.
  CHECK (emulated = 0 OR coalesce(latency_ms, latency_low_ms, latency_high_ms) IS NULL),
  CHECK (emulated = 1 OR coalesce(emulated_ms, emulated_low_ms, emulated_high_ms) IS NULL),
  -- Only what ended well has a time; what was dropped has a lower bound, and nothing else has either.
  CHECK (outcome = 'ok' OR coalesce(latency_ms, latency_high_ms, emulated_ms, emulated_high_ms) IS NULL),
  CHECK (outcome IN ('ok', 'dropped') OR coalesce(latency_low_ms, emulated_low_ms) IS NULL),
  CHECK (latency_ms IS NULL OR (latency_low_ms <= latency_ms AND latency_ms <= latency_high_ms)),
  CHECK (emulated_ms IS NULL OR (emulated_low_ms <= emulated_ms AND emulated_ms <= emulated_high_ms))
) STRICT;

-- A candidate is finished once per phase. Faults of the device or the network say nothing about it, so
-- they may be repeated.
CREATE UNIQUE INDEX trial_finished ON trial (study_id, phase, key)
  WHERE outcome NOT IN ('push-error', 'launch-error', 'unstable', 'hot', 'device-lost', 'cancelled');
CREATE INDEX trial_key ON trial (study_id, key);
CREATE INDEX trial_provenance ON trial (provenance_key) WHERE outcome = 'ok' AND provenance_key <> '';
CREATE INDEX trial_model ON trial (study_id, number) WHERE kind = 'model';

CREATE TABLE objective (
  trial_id INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,
  name     TEXT NOT NULL CHECK (name <> ''),
  value    REAL NOT NULL,
  PRIMARY KEY (trial_id, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER objective_emulated BEFORE INSERT ON objective
  WHEN NEW.name = 'latency_ms' AND (SELECT emulated FROM trial WHERE id = NEW.trial_id)
BEGIN
  SELECT raise(ABORT, 'an emulated time is not a latency');
END;

CREATE TABLE sample (
  trial_id     INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL CHECK (number >= 0),
  ns           REAL NOT NULL CHECK (ns >= 0),
  batch        INTEGER NOT NULL CHECK (batch > 0),
  verdict      TEXT NOT NULL CHECK (verdict IN ('valid', 'hot', 'moved', 'preempted', 'canary-drift')),
  core         INTEGER,
  khz_before   INTEGER,
  khz_after    INTEGER,
  millicelsius INTEGER,
  nivcsw       INTEGER,
  canary_ratio REAL,
  PRIMARY KEY (trial_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE layer (
  trial_id  INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,
  number    INTEGER NOT NULL CHECK (number >= 0),
  name      TEXT NOT NULL,
  scheme    TEXT NOT NULL CHECK (scheme IN ('dense', 'filter', 'vanilla', 'kgs')),
  gm        INTEGER NOT NULL CHECK (gm >= 0),
  gn        INTEGER NOT NULL CHECK (gn >= 0),
  rate      REAL NOT NULL CHECK (rate BETWEEN 0 AND 1),
  algorithm TEXT NOT NULL,
  schedule  TEXT NOT NULL,
  workload  TEXT NOT NULL,
  macs      INTEGER NOT NULL CHECK (macs >= 0),
  ms        REAL CHECK (ms > 0),
  dense_ms  REAL CHECK (dense_ms > 0),
  PRIMARY KEY (trial_id, number),
  UNIQUE (trial_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sensitivity (
  study_id      INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
  layer         TEXT NOT NULL,
  scheme        TEXT NOT NULL CHECK (scheme IN ('filter', 'vanilla', 'kgs')),
  gm            INTEGER NOT NULL CHECK (gm >= 0),
  gn            INTEGER NOT NULL CHECK (gn >= 0),
  rate          REAL NOT NULL CHECK (rate > 0 AND rate < 1),
  lost          REAL NOT NULL,
  clips         INTEGER NOT NULL CHECK (clips > 0),
  dense_correct INTEGER CHECK (dense_correct BETWEEN 0 AND clips),
  correct       INTEGER CHECK (correct BETWEEN 0 AND clips),
  PRIMARY KEY (study_id, layer, scheme, gm, gn, rate),
  CHECK ((dense_correct IS NULL) = (correct IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE latency (
  study_id INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
  workload TEXT NOT NULL CHECK (workload <> ''),
  scheme   TEXT NOT NULL CHECK (scheme IN ('dense', 'filter', 'vanilla', 'kgs')),
  gm       INTEGER NOT NULL CHECK (gm >= 0),
  gn       INTEGER NOT NULL CHECK (gn >= 0),
  density  REAL NOT NULL CHECK (density BETWEEN 0 AND 1),
  trial_id INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,
  PRIMARY KEY (study_id, workload, scheme, gm, gn, density)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
  study_id INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
  activity TEXT NOT NULL CHECK (activity <> ''),
  seconds  REAL NOT NULL CHECK (seconds >= 0),
  PRIMARY KEY (study_id, activity)
) STRICT, WITHOUT ROWID;

CREATE TABLE playoff (
  study_id INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
  contest  TEXT NOT NULL CHECK (contest <> ''),
  trial_id INTEGER NOT NULL REFERENCES trial (id) ON DELETE CASCADE,
  tied     INTEGER NOT NULL CHECK (tied IN (0, 1)),
  picked   INTEGER NOT NULL CHECK (picked IN (0, 1)),
  PRIMARY KEY (study_id, contest, trial_id),
  CHECK (tied = 1 OR picked = 0)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX playoff_picked ON playoff (study_id, contest) WHERE picked = 1;

CREATE TABLE study_state (
  study_id INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
  name     TEXT NOT NULL CHECK (name <> ''),
  value    TEXT NOT NULL CHECK (json_valid(value)),
  updated  TEXT NOT NULL,
  PRIMARY KEY (study_id, name)
) STRICT, WITHOUT ROWID;

-- A point is a measured network: both objectives known, neither emulated. When a candidate was measured
-- again (a playoff), the later measurement replaces the earlier, which was chosen for being lucky.
CREATE VIEW point AS
WITH measured AS (
  SELECT t.study_id, t.id AS trial_id, t.key, o.value AS quality, t.latency_ms,
         row_number() OVER (PARTITION BY t.study_id, t.key ORDER BY t.number DESC) AS age
  FROM trial AS t
  JOIN study AS s ON s.id = t.study_id
  JOIN objective AS o ON o.trial_id = t.id AND o.name = s.objective
  WHERE t.kind = 'model' AND t.outcome = 'ok' AND t.emulated = 0 AND t.latency_ms IS NOT NULL
)
SELECT study_id, trial_id, key, quality, latency_ms FROM measured WHERE age = 1;

-- The front: going from the fastest point to the slowest, those better than every one before.
CREATE VIEW front AS
SELECT study_id, trial_id, key, quality, latency_ms
FROM (
  SELECT *, max(quality) OVER (
    PARTITION BY study_id ORDER BY latency_ms, quality DESC, trial_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS best
  FROM point
)
WHERE best IS NULL OR quality > best;
