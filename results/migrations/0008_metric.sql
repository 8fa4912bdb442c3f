-- A study may maximise what a command of the user's prints. Only the constraint changes: SQLite keeps it in the
-- text of the schema, and to copy the table would let go of all that refers to it. The index tells other
-- connections that the schema is another.

PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, 'objective IN (''accuracy'', ''fidelity'')', 'objective IN (''accuracy'', ''fidelity'', ''metric'')')
  WHERE type = 'table' AND name = 'study';
PRAGMA writable_schema = RESET;
DROP INDEX study_basis;
CREATE INDEX study_basis ON study (basis) WHERE basis <> '';
