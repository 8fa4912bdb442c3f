-- What a sensitivity depends on, so that studies of other devices share it, and what it saves on this one.

ALTER TABLE study ADD COLUMN basis TEXT NOT NULL DEFAULT '';
CREATE INDEX study_basis ON study (basis) WHERE basis <> '';
ALTER TABLE sensitivity ADD COLUMN saved_ms REAL;
