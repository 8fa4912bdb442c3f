-- Networks that were trained on after they were pruned: a trial names the network that it measured, which
-- the file keeps, because training is not repeated to make it again.

CREATE TABLE network (
  sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64), -- of onnx
  saved  TEXT NOT NULL,
  onnx   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE trial ADD COLUMN refined TEXT REFERENCES network (sha256);
