-- Layers of a network whose filters were put in an order in which like masks meet.

ALTER TABLE layer ADD COLUMN reordered INTEGER NOT NULL DEFAULT 0 CHECK (reordered IN (0, 1));
