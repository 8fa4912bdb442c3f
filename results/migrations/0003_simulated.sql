-- Times that a simulated phone gave are kept apart from those of real devices: by the study.

ALTER TABLE study ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0 CHECK (simulated IN (0, 1));
ALTER TABLE trial ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0 CHECK (simulated IN (0, 1));

CREATE TRIGGER trial_simulated BEFORE INSERT ON trial
  WHEN NEW.simulated > (SELECT simulated FROM study WHERE id = NEW.study_id)
BEGIN
  SELECT raise(ABORT, 'a simulated time cannot enter a study of a real device');
END;

CREATE TRIGGER trial_real BEFORE INSERT ON trial
  WHEN NEW.simulated < (SELECT simulated FROM study WHERE id = NEW.study_id)
    AND coalesce(NEW.latency_low_ms, NEW.emulated_low_ms) IS NOT NULL
BEGIN
  SELECT raise(ABORT, 'the time of a real device cannot enter a simulated study');
END;

-- What a study or a trial is, it stays.
CREATE TRIGGER study_stays BEFORE UPDATE OF simulated ON study
BEGIN
  SELECT raise(ABORT, 'whether a study is simulated cannot be changed');
END;

CREATE TRIGGER trial_stays BEFORE UPDATE OF simulated, study_id ON trial
BEGIN
  SELECT raise(ABORT, 'whether a trial is simulated cannot be changed');
END;
