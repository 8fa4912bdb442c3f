-- Comparisons of two builds, and the builds to compare with.

CREATE TABLE gate (
  id         INTEGER PRIMARY KEY,
  study      TEXT NOT NULL CHECK (study <> ''),
  device     TEXT NOT NULL REFERENCES device (fingerprint),
  target     TEXT NOT NULL,
  baseline   TEXT NOT NULL,
  candidate  TEXT NOT NULL,
  verdict    TEXT NOT NULL CHECK (verdict IN ('pass', 'regression', 'inconclusive')),
  started    TEXT NOT NULL,
  seconds    REAL NOT NULL CHECK (seconds >= 0),
  simulated  INTEGER NOT NULL CHECK (simulated IN (0, 1)),
  suppressed TEXT NOT NULL CHECK (json_valid(suppressed))
) STRICT;

CREATE INDEX gate_study ON gate (study, id);

CREATE TABLE comparison (
  gate_id         INTEGER NOT NULL REFERENCES gate (id) ON DELETE CASCADE,
  number          INTEGER NOT NULL CHECK (number >= 0),
  name            TEXT NOT NULL CHECK (name <> ''),
  kind            TEXT NOT NULL CHECK (kind IN ('time', 'accuracy', 'fidelity')),
  verdict         TEXT NOT NULL CHECK (verdict IN ('different', 'same', 'need more data')),
  worse           INTEGER NOT NULL CHECK (worse IN (0, 1)),
  ratio           REAL CHECK (ratio > 0),
  ratio_low       REAL,
  ratio_high      REAL,
  pairs           INTEGER NOT NULL CHECK (pairs >= 0),
  invalid         INTEGER NOT NULL CHECK (invalid >= 0),
  p               REAL NOT NULL CHECK (p BETWEEN 0 AND 1),
  p_adjusted      REAL NOT NULL CHECK (p_adjusted BETWEEN 0 AND 1),
  baseline_value  REAL,
  candidate_value REAL,
  canary_ns       REAL,
  detail          TEXT NOT NULL,
  log_ratios      TEXT NOT NULL CHECK (json_valid(log_ratios)),
  PRIMARY KEY (gate_id, number),
  CHECK (worse = 0 OR verdict = 'different')
) STRICT, WITHOUT ROWID;

CREATE INDEX comparison_name ON comparison (name, kind, gate_id);

CREATE TABLE build (
  study   TEXT NOT NULL CHECK (study <> ''),
  target  TEXT NOT NULL,
  label   TEXT NOT NULL,
  saved   TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (study, target)
) STRICT, WITHOUT ROWID;
