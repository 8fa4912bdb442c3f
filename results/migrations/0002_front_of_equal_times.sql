-- Times are compared that were taken together: a device that has become slower since the search has
-- lengthened the times of the networks in the playoff, and of no other. A network that was beaten in the
-- phase in which it was timed last stays beaten by that time; asked again, it has another chance.
DROP VIEW front;

CREATE VIEW front AS
WITH timed AS (
  SELECT t.id AS trial_id, max(o.value) OVER (
    PARTITION BY t.study_id, t.phase ORDER BY t.latency_ms, o.value DESC, t.id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS best
  FROM trial AS t
  JOIN study AS s ON s.id = t.study_id
  JOIN objective AS o ON o.trial_id = t.id AND o.name = s.objective
  WHERE t.kind = 'model' AND t.outcome = 'ok' AND t.emulated = 0 AND t.latency_ms IS NOT NULL
), unbeaten AS (
  SELECT p.* FROM point AS p JOIN timed AS t ON t.trial_id = p.trial_id
  WHERE t.best IS NULL OR p.quality > t.best
)
-- Going from the fastest to the slowest, those better than every one before.
SELECT study_id, trial_id, key, quality, latency_ms
FROM (
  SELECT *, max(quality) OVER (
    PARTITION BY study_id ORDER BY latency_ms, quality DESC, trial_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS best
  FROM unbeaten
)
WHERE best IS NULL OR quality > best;
