-- All the evidence that a verdict stands on. Samples of before have none of it.

ALTER TABLE sample ADD COLUMN core_before INTEGER;
ALTER TABLE sample ADD COLUMN throttle INTEGER;
ALTER TABLE sample ADD COLUMN queue_ns INTEGER;
